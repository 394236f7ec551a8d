"""The figures of a year as a workbook, and as a sheet to be signed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kompensasi.letters import pdf
from kompensasi.letters.models import Letterhead
from kompensasi.reports.year import YearInFigures
from spm_monitor.figures import Tally
from spm_monitor.wording import date_id, instant_id, short_date_id
from spm_monitor.workbooks import workbook

MOST_PAGES = 6
SHORT = ("Selesai", "Dalam SPM", "Di luar SPM", "Persen")
CAUSE = ("Sebab", "Pesanan", "Hari terlambat")
RETURNED = ("Seksi", "Kali")
TALLY = ("Selesai", "Dalam SPM", "Di luar SPM", "Persen dalam SPM",
         "Di luar target pertama", "Median hari terlambat")  # fmt: skip
ORDER = ("Pesanan", "Pelanggan", "Layanan", "Seksi", "Mulai", "Target pertama", "Target",
         "Hasil siap", "Hari terlambat", "Sebab")  # fmt: skip


def workbook_of(told: YearInFigures) -> bytes:
    """XLSX: a sheet for months, services, sections, causes, returned drafts, and every order."""
    return workbook([
        ("Bulan", ("Bulan", *TALLY), [_cells(tally) for tally in told.months]),
        ("Layanan", ("Layanan", *TALLY), [_cells(tally) for tally in told.services]),
        ("Seksi", ("Seksi", *TALLY), [_cells(tally) for tally in told.sections]),
        ("Sebab", CAUSE,
         [(cause.name, cause.orders, cause.lost_days) for cause in told.causes]),
        ("Konsep dikembalikan", RETURNED, told.returned),
        ("Pesanan", ORDER, [
            (
                o.number, o.customer, o.service, o.section, _day(o.started), _day(o.first_due),
                _day(o.due), _day(o.ready), o.days_late, o.cause,
            )
            for o in told.orders
        ]),
    ])  # fmt: skip


def _cells(tally: Tally) -> tuple[str | int | float | None, ...]:
    return (tally.name, tally.ended, tally.in_time, tally.late, tally.share,
            tally.late_at_first, tally.median_late)  # fmt: skip


def _day(instant: datetime | None) -> str:
    return short_date_id(instant) if instant else ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the sheet, all of it texts."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ReportSheet:
    """A year's figures as they are printed and signed."""

    letterhead: pdf.Letterhead
    title: str
    sentence: str
    tables: tuple[Table, ...]
    place: str
    dated: str
    printed: str


def sheet_of(told: YearInFigures, letterhead: Letterhead, now: datetime) -> ReportSheet:
    """The sheet of a year, with the letterhead of the day it is printed."""
    total = told.total
    share = f" ({total.share} persen)" if total.share is not None else ""
    return ReportSheet(
        letterhead=pdf.Letterhead(
            ministry=letterhead.ministry, agency=letterhead.agency, unit=letterhead.unit,
            address=letterhead.address, contact=letterhead.contact,
        ),
        title=f"Laporan Standar Pelayanan Minimal Tahun {told.year}",
        sentence=f"Selesai {total.ended} pesanan: {total.in_time} dalam SPM{share} dan"
        f" {total.late} di luar SPM, dengan {told.lost_days} hari terlambat seluruhnya.",
        tables=tuple(_tables(told)),
        place=letterhead.place, dated=date_id(now), printed=f"Dicetak {instant_id(now)}",
    )  # fmt: skip


def _tables(told: YearInFigures) -> Iterator[Table]:
    for title, first, tallies in (
        ("Menurut bulan", "Bulan", told.months),
        ("Menurut layanan", "Layanan", told.services),
        ("Menurut seksi", "Seksi", told.sections),
    ):
        yield Table(title=title, headings=(first, *SHORT), rows=tuple(map(_texts, tallies)))
    causes = tuple((c.name, str(c.orders), str(c.lost_days)) for c in told.causes)
    yield Table(title="Sebab di luar SPM", headings=CAUSE, rows=causes)
    returned = tuple((name, str(times)) for name, times in told.returned)
    yield Table(title="Konsep surat yang dikembalikan", headings=RETURNED, rows=returned)


def _texts(tally: Tally) -> tuple[str, ...]:
    share = "–" if tally.share is None else str(tally.share)
    return (tally.name, str(tally.ended), str(tally.in_time), str(tally.late), share)
