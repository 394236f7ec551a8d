"""The number of a letter: typed by the agenda clerk, or the next of the year (DOMAIN 6)."""

from datetime import date

from django.db import IntegrityError, transaction

from kompensasi.letters.models import Letter, Letterhead
from kompensasi.letters.patterns import key_of, number_text
from spm_monitor import sequences
from spm_monitor.refusals import NotNow


def take_number(letter: Letter, letterhead: Letterhead, day: date) -> str:
    """The number under which a letter is signed, and from now on no other one.

    Must be called in the transaction of the signing, as late as can be: the year's counter stays
    locked until it ends, so that there is no gap and no double however many sign at once.
    """
    mine = Letter.objects.select_for_update().filter(pk=letter.pk)
    typed = mine.values_list("typed_number", flat=True).get()
    if typed:
        letter.typed_number, letter.number_key = typed, key_of(typed)
        return typed
    before = ""
    while (number := _next_of_the_year(letterhead, day)) != before:
        if _claim(letter, number):
            return number
        before = number  # typed for another letter: the counter goes on
    raise NotNow("Pola nomor surat tidak memuat {urut}. Minta administrator memperbaikinya.")


def _next_of_the_year(letterhead: Letterhead, day: date) -> str:
    start = letterhead.start_of(day.year)
    return number_text(letterhead, sequences.take(counter(day), start=start), day)


def counter(day: date) -> str:
    """The key of the counter of a day's year."""
    return f"letter:{day.year}"


def skip_to(sequence: int, day: date) -> None:
    """Give no number up to this one in the day's year again: the paper book is further than we."""
    sequences.raise_to(counter(day), sequence)


def last_sequence(day: date) -> int:
    """The last number given in the day's year, 0 before the first."""
    return sequences.last(counter(day))


def _claim(letter: Letter, number: str) -> bool:
    """Make the number this letter's; False when it is another's, also in this very moment."""
    letter.number_key = key_of(number)
    try:
        with transaction.atomic():
            letter.save(update_fields=["number_key"])
    except IntegrityError:
        return False
    return True
