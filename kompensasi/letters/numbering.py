"""The number of a letter: typed by the agenda clerk, or the next of the year (DOMAIN 6)."""

from datetime import date

from django.db import IntegrityError, transaction

from kompensasi.letters import patterns
from kompensasi.letters.models import Letter, Letterhead
from kompensasi.letters.patterns import key_of, number_text
from spm_monitor import sequences
from spm_monitor.refusals import BadInput, NotNow


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
    sequences.hold(counter(day.year))
    before, used = "", places_used(letterhead, day.year)
    while (number := _next_of_the_year(letterhead, day)) != before:
        if patterns.place_of(number, letterhead) not in used and _claim(letter, number):
            return number
        before = number  # typed for another letter: the counter goes on
    raise NotNow("Pola nomor surat tidak memuat {urut}. Minta administrator memperbaikinya.")


def places_used(
    letterhead: Letterhead, year: int, *, but: Letter | None = None
) -> dict[tuple[int, int] | None, str]:
    """Year and sequence number of each number given or typed of a year, of any month, with it."""
    keys = Letter.objects.filter(number_key__contains=str(year))
    if but is not None:
        keys = keys.exclude(pk=but.pk)
    used = {
        patterns.place_of(number or typed, letterhead): number or typed
        for number, typed in keys.values_list("number", "typed_number")
    }
    used.pop(None, None)
    return used


def refuse_used_place(letter: Letter, number: str, day: date) -> None:
    """Refuse a typed number whose sequence number another letter of its year has.

    Must be called in a transaction: the counter of that year stands still until it ends.
    """
    letterhead = Letterhead.objects.on(day)
    place = patterns.place_of(number, letterhead) if letterhead is not None else None
    if letterhead is None or place is None:
        return
    year, sequence = place
    if sequence < 1:
        raise BadInput("Nomor urut surat mulai dari 1.", "number")
    sequences.hold(counter(year))
    other = places_used(letterhead, year, but=letter).get(place)
    if other and key_of(other) != key_of(number):  # the very same number has its own sentence
        raise BadInput(
            f"Nomor urut {sequence} tahun {year} sudah dipakai surat lain: {other}.", "number"
        )


def _next_of_the_year(letterhead: Letterhead, day: date) -> str:
    start = letterhead.start_of(day.year)
    return number_text(letterhead, sequences.take(counter(day.year), start=start), day)


def counter(year: int) -> str:
    """The key of the counter of a year."""
    return f"letter:{year}"


def skip_to(sequence: int, day: date) -> None:
    """Give no number up to this one in the day's year again: the paper book is further than we."""
    sequences.raise_to(counter(day.year), sequence)


def last_sequence(day: date) -> int:
    """The last number given in the day's year, 0 before the first."""
    return sequences.last(counter(day.year))


def _claim(letter: Letter, number: str) -> bool:
    """Make the number this letter's; False when it is another's, also in this very moment."""
    letter.number_key = key_of(number)
    try:
        with transaction.atomic():
            letter.save(update_fields=["number_key"])
    except IntegrityError:
        return False
    return True
