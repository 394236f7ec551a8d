"""The number of a letter: a template of tokens, as offices really write it (DOMAIN 6)."""

import string
from datetime import date

from kompensasi.letters.models import Letterhead
from spm_monitor import sequences
from spm_monitor.wording import ROMAN_MONTHS

TOKENS = ("urut", "unit", "klasifikasi", "bulan_romawi", "bulan", "tahun")


def take_number(letterhead: Letterhead, day: date) -> str:
    """The next number of the year, under a letterhead's pattern.

    Must be called in the transaction of the signing, as late as can be: the year's counter stays
    locked until it ends, so that there is no gap and no double however many sign at once.
    """
    sequence = sequences.take(counter(day), start=letterhead.first_number)
    return number_text(letterhead, sequence, day)


def number_text(letterhead: Letterhead, sequence: int, day: date) -> str:
    """ "B/12/BSKJI/BSPJI-Palembang/SM/XI/2026" of the 12th letter of 2026."""
    return letterhead.number_format.format(
        urut=sequence,
        unit=letterhead.unit_code,
        klasifikasi=letterhead.classification,
        bulan_romawi=ROMAN_MONTHS[day.month - 1],
        bulan=f"{day.month:02d}",
        tahun=day.year,
    )


def unknown_tokens(pattern: str) -> list[str]:
    """Names in a pattern that are no token of ours."""
    names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]
    return [name for name in names if name not in TOKENS]


def counter(day: date) -> str:
    """The key of the counter of a day's year."""
    return f"letter:{day.year}"


def skip_to(sequence: int, day: date) -> None:
    """Give no number up to this one in the day's year again: the paper book is further than we."""
    sequences.raise_to(counter(day), sequence)


def last_sequence(day: date) -> int:
    """The last number given in the day's year, 0 before the first."""
    return sequences.last(counter(day))
