"""How numbers are written: the tokens of a pattern, what a typed number may be, when two are one.

Knows no database: the models ask it whether a pattern can work.
"""

import re
import string
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from spm_monitor.wording import ROMAN_MONTHS

TOKENS = ("urut", "unit", "klasifikasi", "bulan_romawi", "bulan", "tahun")
NEEDED = ("urut", "tahun")  # the counter is a year's: without both, numbers would repeat
LONGEST = 60  # two lines beside the date: what a draft keeps room for
HIGHEST = 99_999  # of a year's counter, for the length
TYPED = re.compile(r"[A-Za-z0-9./_() -]+")


class Numbered(Protocol):
    """What of a letterhead a number needs."""

    number_format: str
    unit_code: str
    classification: str


def number_text(letterhead: Numbered, sequence: int, day: date) -> str:
    """ "B/12/BSKJI/BSPJI-Palembang/SM/XI/2026" of the 12th letter of 2026."""
    return letterhead.number_format.format(
        urut=sequence,
        unit=letterhead.unit_code,
        klasifikasi=letterhead.classification,
        bulan_romawi=ROMAN_MONTHS[day.month - 1],
        bulan=f"{day.month:02d}",
        tahun=day.year,
    )


def flaw(letterhead: Numbered) -> str:
    """Why its pattern gives no good numbers, as a sentence; "" when it does."""
    pattern = letterhead.number_format
    try:
        unknown = unknown_tokens(pattern)
    except ValueError:
        return "Tiap kurung { harus ditutup dengan }."
    if unknown:
        return f"Unsur ini tidak dikenal: {braced(unknown)}."
    if missing := [name for name in NEEDED if f"{{{name}" not in pattern]:
        return f"Pola nomor memerlukan {braced(missing)}, agar nomor tidak berulang."
    try:
        number = number_text(letterhead, HIGHEST, date(2028, 8, 31))  # month VIII is the longest
    except (ValueError, LookupError, AttributeError):
        return "Pola ini tidak dapat dipakai. Tulis unsurnya saja, seperti {urut}."
    if len(number) > LONGEST:
        return f"Nomor paling banyak {LONGEST} huruf. Dengan pola ini {len(number)}."
    return ""


def unknown_tokens(pattern: str) -> list[str]:
    """Names in a pattern that are no token of ours."""
    names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]
    return [name for name in names if name not in TOKENS]


def braced(names: Iterable[str]) -> str:
    """ "{urut}, {tahun}": names as they stand in a pattern or a template."""
    return ", ".join(f"{{{name}}}" for name in names)


def tidy(number: str) -> str:
    """A typed number with single blanks."""
    return " ".join(number.split())


def typed_flaw(number: str) -> str:
    """Why a typed number (tidy) cannot stand on a letter, as a sentence; "" when it can."""
    if not number:
        return "Isi nomor surat."
    if len(number) > LONGEST:
        return f"Nomor paling banyak {LONGEST} huruf. Sekarang {len(number)}."
    if not TYPED.fullmatch(number):
        return "Nomor hanya memuat huruf, angka, spasi, dan tanda . / - _ ( )."
    if not re.search("[1-9]", number):
        return "Nomor surat memuat paling sedikit satu angka selain 0."
    if not re.search("[A-Za-z/]", number):
        return "Tulis nomor selengkapnya seperti di buku agenda, misalnya B/12/SM/XI/2026."
    return ""


def place_of(number: str, letterhead: Numbered) -> tuple[int, int] | None:
    """Year and sequence number of a number that fits the pattern, in whatever month; else None."""
    if flaw(letterhead):
        return None
    found = re.fullmatch(_expression(letterhead), key_of(number))
    return (int(found["tahun"]), int(found["urut"])) if found else None


def _expression(letterhead: Numbered) -> str:
    """The pattern as a regular expression of keys; a token that comes again may differ."""
    kinds = {
        "urut": r"\d+",
        "tahun": r"\d{4}",
        "bulan": r"\d{1,2}",
        "bulan_romawi": "|".join(month.casefold() for month in ROMAN_MONTHS),
        "unit": re.escape(key_of(letterhead.unit_code)),
        "klasifikasi": re.escape(key_of(letterhead.classification)),
    }
    parts, seen = [], set()
    for words, name, _, _ in string.Formatter().parse(letterhead.number_format):
        parts.append(re.escape(key_of(words)))
        if name is not None:
            parts.append(f"(?:{kinds[name]})" if name in seen else f"(?P<{name}>{kinds[name]})")
            seen.add(name)
    return "".join(parts)


def key_of(number: str) -> str:
    """Two numbers are the same when their keys are: case and blanks do not count."""
    return "".join(number.split()).casefold()
