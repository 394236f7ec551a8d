"""Dates, times and spans as people read them: "26 Februari 2021", "15.55 WIB"."""

from datetime import date, datetime

from spm_monitor.workdays import to_wib

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip
ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def date_id(day: date) -> str:
    """ "26 Februari 2021"; of an instant, its date in WIB."""
    if isinstance(day, datetime):
        day = to_wib(day).date()
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def weekday_date_id(day: date) -> str:
    """ "Jumat, 26 Februari 2021"."""
    if isinstance(day, datetime):
        day = to_wib(day).date()
    return f"{DAYS[day.weekday()]}, {date_id(day)}"


def short_date_id(day: date) -> str:
    """ "26 Feb 2021"."""
    if isinstance(day, datetime):
        day = to_wib(day).date()
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def short_weekday_date_id(day: date) -> str:
    """ "Jum, 26 Feb 2021"."""
    if isinstance(day, datetime):
        day = to_wib(day).date()
    return f"{DAYS[day.weekday()][:3]}, {short_date_id(day)}"


def time_id(instant: datetime) -> str:
    """ "15.55 WIB"."""
    return f"{to_wib(instant):%H.%M} WIB"


def instant_id(instant: datetime) -> str:
    """ "26 Feb 2021 15.55 WIB"."""
    return f"{short_date_id(instant)} {time_id(instant)}"


def minutes_id(minutes: int) -> str:
    """ "2 jam 5 menit" of a number of minutes, never negative."""
    hours, rest = divmod(abs(minutes), 60)
    if not hours:
        return f"{rest} menit"
    return f"{hours} jam {rest} menit" if rest else f"{hours} jam"


def lower_first(text: str) -> str:
    """A text that begins a sentence, to stand within one; an abbreviation keeps its capitals."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


# Written in capitals also where nothing else is.
ABBREVIATIONS = {"BBIA", "BBSPJI", "BPIPI", "BSKJI", "BSPJI", "LSPRO", "RI", "UPT", "UPTD"}


def name_id(name: str) -> str:
    """A name as running text shows it: "BALAI RISET DAN ..." of a letterhead, less loud."""
    if not name.isupper():
        return name
    return " ".join(_less_loud(word) for word in name.split())


def _less_loud(word: str) -> str:
    if word == "DAN":
        return "dan"
    bare = word.strip("().,")
    return word if bare in ABBREVIATIONS or not bare.strip("IVX") else word.capitalize()


def thousands(number: int) -> str:
    """ "25.000"."""
    return f"{number:,}".replace(",", ".")


def rupiah(amount: int) -> str:
    """ "Rp 25.000"."""
    return f"Rp {thousands(amount)}"
