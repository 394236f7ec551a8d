"""Numbers: the next of the year, or typed from the book; never two alike, never backwards."""

from datetime import datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kompensasi.letters import actions, numbering, patterns
from kompensasi.letters.models import Letter, Letterhead
from spm_monitor import journal
from spm_monitor.models import JournalEntry, Sequence
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.conftest import MONDAY, day, person, signed_in
from tests.letters.test_letter_pages import (
    approve_and_sign,
    draft,
    signed,
    squeezed,
    text,
    type_number,
)

pytestmark = pytest.mark.django_db

PATTERN = "B/{}/BSKJI/BSPJI-Palembang/SM.02/XI/2026"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY):
        yield


@pytest.fixture
def letterhead() -> Letterhead:
    return Letterhead.objects.on(MONDAY.date())


def taken(letterhead: Letterhead, text: str = "2026-11-23") -> str:
    """The sequence number that a new letter gets on a day."""
    with transaction.atomic():
        return numbering.take_number(draft(), letterhead, day(text)).split("/")[1]


def number_of(letter: Letter) -> str:
    return Letter.objects.get(pk=letter.pk).number


# --- the counter ------------------------------------------------------------------------------
def test_a_year_begins_at_its_start_value_and_the_next_at_one(letterhead):
    letterhead.first_number, letterhead.first_number_year = 41, 2026

    assert [taken(letterhead, d) for d in ("2026-12-30", "2026-12-31")] == ["41", "42"]
    assert [taken(letterhead, d) for d in ("2027-01-01", "2027-01-02")] == ["1", "2"]
    assert Sequence.objects.get(key="letter:2026").last == 42


def test_a_start_value_raised_in_mid_year_is_honoured_and_never_leads_back(letterhead):
    assert [taken(letterhead), taken(letterhead)] == ["1", "2"]
    letterhead.first_number = 50
    assert [taken(letterhead), taken(letterhead)] == ["50", "51"]
    letterhead.first_number = 7
    assert taken(letterhead) == "52"
    letterhead.first_number = 53
    assert taken(letterhead) == "53"


@pytest.mark.parametrize(
    ("at", "number", "dated"),
    [
        ("2026-12-31T16:59:58Z", "B/2/BSKJI/BSPJI-Palembang/SM.02/XII/2026", "2026-12-31"),
        ("2026-12-31T17:00:01Z", "B/1/BSKJI/BSPJI-Palembang/SM.02/I/2027", "2027-01-01"),
    ],
)
def test_the_year_of_a_number_is_the_letters_in_wib(at, number, dated):
    signed()
    letter = signed(at=datetime.fromisoformat(at))
    assert (letter.number, letter.dated) == (number, day(dated))


def test_a_start_value_without_its_year_is_this_years(letterhead):
    letterhead.first_number = 412
    letterhead.full_clean()
    assert (letterhead.start_of(2026), letterhead.start_of(2027)) == (412, 1)


# --- patterns ---------------------------------------------------------------------------------
@pytest.mark.parametrize("pattern", ["B/{unit}/{tahun}", "B/{urut}", "B/{kota}/{urut}/{tahun}", ""])
def test_a_pattern_that_cannot_number_is_refused_wherever_it_is_saved(letterhead, pattern):
    letterhead.number_format = pattern
    with pytest.raises(ValidationError) as refused:
        letterhead.full_clean()
    assert "number_format" in refused.value.error_dict


def test_a_pattern_that_lost_its_counter_stops_the_signing_in_words(letterhead):
    """A row written past every form: nothing turns for ever."""
    Letterhead.objects.filter(pk=letterhead.pk).update(number_format="B/tetap")
    signed()
    with pytest.raises(NotNow, match="Pola nomor surat tidak memuat"):
        approve_and_sign(draft())


# --- typed from the book ----------------------------------------------------------------------
def test_a_typed_number_is_used_in_the_act_of_signing_and_leaves_the_counter_alone():
    letter = draft()
    type_number(letter, "  SM/412/2026 ")

    approve_and_sign(letter)

    assert number_of(letter) == "SM/412/2026"
    assert number_of(signed()) == PATTERN.format(1)


def test_the_counter_skips_what_was_typed_signed_or_not():
    waiting, first = draft(), draft()
    type_number(waiting, PATTERN.format(2))
    type_number(first, PATTERN.format(1).lower().replace("/", " / "))
    approve_and_sign(first)

    assert [number_of(signed()) for _ in range(2)] == [PATTERN.format(3), PATTERN.format(4)]
    approve_and_sign(waiting)
    assert number_of(waiting) == PATTERN.format(2)


@pytest.mark.parametrize("same", ["sm/7/2026", "SM / 7 / 2026", "SM/7/ 2026"])
def test_no_number_is_typed_twice(same):
    letter, other = draft(), draft()
    type_number(letter, "SM/7/2026")

    with pytest.raises(BadInput, match="sudah diketik untuk surat lain"):
        type_number(other, same)
    approve_and_sign(letter)
    with pytest.raises(BadInput, match="sudah dipakai surat tanggal 23 November 2026"):
        type_number(other, same)


def test_a_counted_number_is_not_typed_even_when_it_is_void():
    letter = signed()
    with journal.act():
        actions.void(letter=letter, reason="Salah.", by=None, capacity="Sistem", now=MONDAY)

    with pytest.raises(BadInput, match="sudah dipakai"):
        type_number(draft(), PATTERN.format(1))
    assert number_of(letter) == PATTERN.format(1)


def test_a_letter_keeps_its_own_number_when_it_is_typed_again():
    letter = draft()
    type_number(letter, "SM/7/2026")
    type_number(letter, "sm/7/2026")
    assert Letter.objects.get(pk=letter.pk).typed_number == "sm/7/2026"


def test_a_number_that_is_let_go_is_free_again():
    letter, other, never_signed = draft(), draft(), draft()
    type_number(letter, "SM/7/2026")
    type_number(letter, "")
    type_number(never_signed, "SM/7/2026")
    with journal.act():
        actions.void(letter=never_signed, reason="Batal.", by=None, capacity="Sistem", now=MONDAY)
    type_number(other, "SM/7/2026")

    assert number_of(approve_and_sign(letter)) == PATTERN.format(1)
    assert number_of(approve_and_sign(other)) == "SM/7/2026"


def test_a_sequence_typed_under_another_month_is_not_counted_again():
    type_number(draft(), PATTERN.format(2).replace("XI", "X"))

    assert [number_of(signed()) for _ in range(2)] == [PATTERN.format(1), PATTERN.format(3)]


def test_a_sequence_that_was_given_is_not_typed_under_another_month():
    signed()
    type_number(held := draft(), PATTERN.format("05"))
    for sequence in (1, 5):
        with pytest.raises(BadInput, match=f"Nomor urut {sequence} tahun 2026 sudah dipakai"):
            type_number(draft(), PATTERN.format(sequence).replace("XI", "xii"))
    type_number(held, PATTERN.format(5))  # its own

    type_number(draft(), PATTERN.format(1).replace("2026", "2025"))  # another year's
    type_number(draft(), PATTERN.format(1).replace("SM.02", "SM.03"))  # another book's


def test_the_place_of_a_number_in_its_year(letterhead):
    def place(number: str) -> tuple[int, int] | None:
        return patterns.place_of(number, letterhead)

    assert place(PATTERN.format("012").lower()) == (2026, 12)
    assert place(PATTERN.format(12).replace("XI", "XIV")) is None
    letterhead.number_format = "{tahun}{bulan}-{urut:03d}.{urut}/{klasifikasi}"
    assert place("202611-007.7/sm.02") == (2026, 7)
    assert place("202611-007.7/smx02") is None


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("B/" + "7" * 59, "paling banyak 60 huruf. Sekarang 61."),
        ("B/<b>7</b>", "hanya memuat huruf, angka"),
        ("B/７/2026", "hanya memuat huruf, angka"),
        ("tanpa angka", "paling sedikit satu angka"),
        ("0", "satu angka selain 0"),
        ("-1", "selengkapnya seperti di buku agenda"),
        ("9999-12-31", "selengkapnya seperti di buku agenda"),
        (PATTERN.format("00"), "Nomor urut surat mulai dari 1."),
    ],
)
def test_what_cannot_stand_on_a_letter_is_not_typed(number, sentence):
    with pytest.raises(BadInput, match=sentence):
        type_number(draft(), number)


def test_the_longest_typed_number_is_printed():
    letter = draft()
    type_number(letter, ("B/123456/" * 9)[: patterns.LONGEST])
    assert approve_and_sign(letter).number.startswith("B/123456/B")


def test_only_a_letter_that_waits_can_be_given_a_number():
    letter, gone = signed(), draft()
    with journal.act():
        actions.void(letter=gone, reason="Batal.", by=None, capacity="Sistem", now=MONDAY)
    for late in (letter, gone):
        with pytest.raises(NotNow, match="sudah bernomor atau batal"):
            type_number(late, "SM/7/2026")


@pytest.mark.parametrize("username", ["kasi.pjt", "kepala", "auditor", "petugas", "admin"])
def test_nobody_but_the_agenda_clerk_types_numbers(username):
    letter = draft()
    with pytest.raises(NotYours):
        type_number(letter, "SM/7/2026", username)
    answer = signed_in(username).post(f"/surat/{letter.pk}/nomor/", {"number": "SM/7/2026"})
    assert answer.status_code == 403
    assert Letter.objects.get(pk=letter.pk).typed_number == ""


def test_typing_is_on_record():
    letter = draft()
    type_number(letter, "SM/7/2026")
    type_number(letter, "SM/8/2026")
    entry = JournalEntry.objects.filter(verb="letter.number_typed").latest("seq")
    assert (entry.before, entry.after) == ({"number": "SM/7/2026"}, {"number": "SM/8/2026"})
    assert entry.capacity == "Petugas Agenda"


def test_the_database_itself_holds_a_number_once():
    letter, other = draft(), draft()
    type_number(letter, "SM/7/2026")
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=other.pk).update(typed_number="x", number_key="sm/7/2026")
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=other.pk).update(typed_number="SM/9/2026")


# --- the page ---------------------------------------------------------------------------------
def test_the_clerk_sees_what_waits_and_types_a_number():
    letter = draft(addressee="PT Menunggu")
    client = signed_in("agenda")
    page = squeezed(client.get("/surat/"))
    assert "Menunggu nomor" in page
    assert "PT Menunggu" in page
    assert "Konsep<small>sejak 23 Nov 2026</small>" in page

    answer = client.post(f"/surat/{letter.pk}/nomor/", {"number": "SM/7/2026"}, follow=True)

    assert 'value="SM/7/2026"' in squeezed(answer)
    assert "Nomor disimpan." in squeezed(answer)
    client.post(f"/surat/{letter.pk}/nomor/", {"number": " "})
    assert Letter.objects.get(pk=letter.pk).number_key is None


def test_the_draft_shows_the_number_it_will_bear():
    letter = draft()
    client = signed_in("agenda")
    type_number(letter, "SM/7/2026")
    said = text(client.get(f"/surat/{letter.pk}.pdf").content)
    assert "SM/7/2026" in said
    assert "nomor diberikan saat ditandatangani" not in " ".join(said.split())


def test_an_approved_letter_waits_for_its_signature():
    letter = draft()
    with journal.act():
        actions.review(
            version=letter.version, approved=True, note="", by=person("kasi.uji"),
            capacity=person("kasi.uji").appointments_on(MONDAY)[0], now=MONDAY,
        )  # fmt: skip
    assert "Menunggu tanda tangan<small>" in squeezed(signed_in("agenda").get("/surat/"))


def test_a_refused_number_stays_in_its_field_with_the_reason():
    letter, other = draft(), draft()
    type_number(other, "SM/7/2026")

    answer = signed_in("agenda").post(f"/surat/{letter.pk}/nomor/", {"number": "sm/7/2026"})

    assert answer.status_code == 422
    page = squeezed(answer)
    assert 'value="sm/7/2026"' in page
    assert "sudah diketik untuk surat lain yang menunggu tanda tangan." in page
    assert Letter.objects.get(pk=letter.pk).typed_number == ""


def test_others_see_no_letters_that_wait_for_a_number():
    draft(addressee="PT Menunggu")
    for username in ("kasi.pjt", "kepala", "auditor"):
        assert "PT Menunggu" not in signed_in(username).get("/surat/").content.decode()


# --- void -------------------------------------------------------------------------------------
def test_a_letter_that_left_meanwhile_is_not_voided():
    letter = signed()
    stale = Letter.objects.get(pk=letter.pk)
    with journal.act():
        actions.mark_sent(letter=letter, now=MONDAY)
        with pytest.raises(NotNow, match="sudah dikirim"):
            actions.void(letter=stale, reason="x", by=None, capacity="Sistem", now=MONDAY)


def test_a_letter_is_voided_once_with_its_first_reason():
    letter = signed()
    for reason in ("Pertama.", "Kedua."):
        with journal.act():
            actions.void(
                letter=letter, reason=reason, by=None, capacity="Sistem",
                now=MONDAY + timedelta(minutes=1),
            )  # fmt: skip
    assert Letter.objects.get(pk=letter.pk).void_reason == "Pertama."
    assert JournalEntry.objects.filter(verb="letter.voided").count() == 1


# --- numbers from before ----------------------------------------------------------------------
def test_numbers_given_before_keys_were_kept_are_held_too():
    migration = import_module("kompensasi.letters.migrations.0004_keys_of_given_numbers")
    old, twin = signed(), signed()
    Letter.objects.filter(pk=old.pk).update(number="SM / 7/2026", number_key=None)
    Letter.objects.filter(pk=twin.pk).update(number="sm/7/2026", number_key=None)

    migration.hold_given_numbers(apps, None)

    keys = Letter.objects.order_by("pk").values_list("number_key", flat=True)
    assert list(keys) == ["sm/7/2026", None]
    with pytest.raises(BadInput, match="sudah dipakai"):
        type_number(draft(), "SM/7/2026")
