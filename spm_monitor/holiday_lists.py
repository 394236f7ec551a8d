"""A year's list of days not worked, from the library or a file, beside the rows as they stand.

Lists are revised in mid-year, so what differs is shown before anything is written. A local day off
stands in no list, and none touches it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import holidays

from spm_monitor.models import Holiday
from spm_monitor.order_file import read_table
from spm_monitor.refusals import BadInput
from spm_monitor.wording import date_id

COUNTRY, LANGUAGE = "ID", "id"
COLUMNS = ("tanggal", "nama", "jenis")
KINDS = {"libur nasional": False, "cuti bersama": True}
MOST = 60  # days not worked that a year's list may hold
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Listed:
    """A day of the list."""

    date: date
    name: str
    joint: bool
    """Cuti bersama; a national holiday otherwise."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a list would change of a year's rows; each ascending by date."""

    new: tuple[Listed, ...]
    changed: tuple[tuple[Holiday, Listed], ...]
    """Days that are known by another name, or as another kind of day."""
    missing: tuple[Holiday, ...]
    """Days known that the list does not have, but for local ones."""

    @cached_property
    def nothing(self) -> bool:
        """Whether rows and list say the same."""
        return not (self.new or self.changed or self.missing)


def of_library(year: int) -> list[Listed]:
    """National holidays and cuti bersama as the library `holidays` knows them; perhaps none."""

    def days(category: str) -> dict[date, str]:
        return dict(
            holidays.country_holidays(
                COUNTRY, years=year, language=LANGUAGE, categories=(category,)
            )
        )

    national, government = days(holidays.PUBLIC), days(holidays.GOVERNMENT)
    found = {**government, **national}
    return [Listed(day, found[day], day not in national) for day in sorted(found)]


def of_file(content: bytes, year: int) -> list[Listed]:
    """A file with the columns `tanggal`, `nama`, `jenis` (empty: libur nasional).

    BadInput, with the line, for whatever cannot be read: a list is taken whole or not at all.
    """
    table = read_table(content, most=MOST, fields=COLUMNS, required=COLUMNS[:2])
    found: dict[date, Listed] = {}
    for line, cells in table.rows:
        if isinstance(cells, BadInput):
            raise BadInput(f"Baris {line}: {cells.sentence}", "file")
        listed = _listed(line, cells)
        if listed.date.year != year:
            raise BadInput(f"Baris {line}: {date_id(listed.date)} bukan tahun {year}.", "file")
        if listed.date in found:
            raise BadInput(f"Baris {line}: {date_id(listed.date)} sudah ada di atasnya.", "file")
        found[listed.date] = listed
    if not found:
        raise BadInput("Berkas ini tidak memuat hari libur.", "file")
    return [found[day] for day in sorted(found)]


def _listed(line: int, cells: dict[str, str]) -> Listed:
    name, kind = (" ".join(cells.get(column, "").split()) for column in ("nama", "jenis"))
    if not name:
        raise BadInput(f"Baris {line}: isi nama harinya.", "file")
    if len(name) > (Holiday._meta.get_field("name").max_length or 0):
        raise BadInput(f"Baris {line}: nama harinya paling banyak 200 huruf.", "file")
    joint = KINDS.get(kind.lower() or "libur nasional")
    if joint is None:
        raise BadInput(
            f"Baris {line}: tulis jenisnya “libur nasional” atau “cuti bersama”.", "file"
        )
    return Listed(_date(line, cells["tanggal"].strip()), name, joint)


def _date(line: int, text: str) -> date:
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    raise BadInput(f"Baris {line}: tulis tanggal seperti 24/11/2026.", "file")


def difference(year: int, listed: list[Listed]) -> Difference:
    """What a list would change of a year's rows; one query."""
    known = {day.date: day for day in Holiday.objects.filter(date__year=year).order_by("date")}
    on_list = {one.date for one in listed}
    return Difference(
        new=tuple(one for one in listed if one.date not in known),
        changed=tuple(
            (known[one.date], one)
            for one in listed
            if one.date in known and _differs(known[one.date], one)
        ),
        missing=tuple(day for day in known.values() if day.date not in on_list and not day.local),
    )


def _differs(day: Holiday, one: Listed) -> bool:
    return not day.local and (day.name, day.joint) != (one.name, one.joint)
