"""What an entry on the order does to its case, in the same transaction (DOMAIN 2).

One case stands at each of the twelve steps, as in `test_refusals`: 3 of an order that ended late,
the others of open late orders. Each entry is tried at each step, through the order's own actions.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kompensasi.cases import actions, ending, following, opening
from kompensasi.cases.models import Case, Ending
from kompensasi.cases.steps import STEPS
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter
from kompensasi.souvenirs.models import Item, Movement, Reservation
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.models import JournalEntry, Order, Overrun
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.cases.held import STAFF, held_office, nothing_changes
from tests.cases.walking import do_step, open_visit, paper, step_url, walk
from tests.conftest import MONDAY, late_order, make_order, person, signed_in

pytestmark = pytest.mark.django_db

NOW = MONDAY + timedelta(hours=2)
DUE = MONDAY - timedelta(days=5)  # of every order here
IN_TIME, TOO_LATE = DUE - timedelta(hours=1), DUE + timedelta(days=2)
ENDED, STAYS = "ended", "stays"


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[dict[int, int]]:
    """The standing cases: step number to primary key."""
    with held_office(django_db_blocker, tmp_path_factory.mktemp("office")):
        for number in STEPS:
            late_order(f"UJI-{number}", ready_at=TOO_LATE if number == 3 else None)
        sweep(MONDAY)
        standing = {}
        for number in STEPS:
            case = Case.objects.get(order__number=f"UJI-{number}")
            walk(case, number, MONDAY)
            standing[number] = case.pk
        yield standing


@pytest.fixture(autouse=True)
def _at_ten(office):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case_at(office) -> Callable[[int], Case]:
    """The case that stands at a step."""
    return lambda number: Case.objects.select_related("order").get(pk=office[number])


# --- entries on an order -----------------------------------------------------------------------


def ready(order: Order, at: Any) -> None:
    orders.record_ready(order=order, at=at, by=person("pj.uji"), now=NOW)


def ready_in_time(order: Order) -> None:
    """The section enters only now that the result was there before the due."""
    ready(order, IN_TIME)


def ready_at_the_due(order: Order) -> None:
    ready(order, DUE)


def ready_late(order: Order) -> None:
    ready(order, TOO_LATE)


def ready_corrected_to_in_time(order: Order) -> None:
    orders.correct_ready(
        order=order, at=IN_TIME, reason="Salah tanggal", by=person("pj.uji"), now=NOW
    )


def change(order: Order, by: str = "petugas", **facts: Any) -> None:
    orders.change_order(order=order, facts=facts, by=person(by), now=NOW)


def promised_later(order: Order) -> None:
    """The due moves behind now and behind every estimate."""
    change(order, target_at=NOW + timedelta(days=30))


def promised_later_but_before_the_estimate(order: Order) -> None:
    """The due moves behind now; the section expects the result later still."""
    change(order, target_at=NOW + timedelta(days=2))
    if order.estimate_at is None and not order.ended:
        orders.record_estimate(
            order=order, at=NOW + timedelta(days=4), by=person("pj.uji"), now=NOW
        )


def promised_a_little_later(order: Order) -> None:
    """The due moves, and has passed nevertheless."""
    change(order, target_at=DUE + timedelta(days=1))


def ready_late_then_promised_later(order: Order) -> None:
    ready(order, TOO_LATE)
    promised_later(order)


def withdraw(order: Order, at: Any) -> None:
    orders.record_withdrawn(
        order=order, at=at, reason="Pelanggan batal.", by=person("kasi.pjt"), now=NOW
    )


def withdrawn_in_time(order: Order) -> None:
    withdraw(order, IN_TIME)


def withdrawn_at_the_due(order: Order) -> None:
    withdraw(order, DUE)


def withdrawn_late(order: Order) -> None:
    withdraw(order, TOO_LATE)


def other_data(order: Order) -> None:
    change(order, note="Alamat diperbaiki.")


IN_SPM, WITHDRAWN = Ending.IN_SPM, Ending.WITHDRAWN
OPEN = (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12)


def expected(
    entry: Callable[[Order], None], steps: tuple[int, ...], ending: Ending, *ends_at: int
) -> list[tuple[Any, int, Ending | str]]:
    """A line of the table: at these steps the case ends so, at the others it stays."""
    return [(entry, step, ending if step in ends_at else "") for step in steps]


# By hand from DOMAIN 2. Sent (12) always stays. Ended in time: 4 to 11. Still open: 6 to 11.
TABLE = [
    *expected(ready_in_time, OPEN, IN_SPM, 4, 5, 6, 7, 8, 9, 10, 11),
    *expected(ready_at_the_due, OPEN, IN_SPM, 4, 5, 6, 7, 8, 9, 10, 11),
    *expected(ready_late, OPEN, IN_SPM),
    *expected(ready_corrected_to_in_time, (3,), IN_SPM),
    *expected(promised_later, (*OPEN, 3), IN_SPM, 6, 7, 8, 9, 10, 11),
    *expected(promised_later_but_before_the_estimate, OPEN, IN_SPM),
    *expected(promised_a_little_later, (*OPEN, 3), IN_SPM),
    *expected(ready_late_then_promised_later, OPEN, IN_SPM, 4, 5, 6, 7, 8, 9, 10, 11),
    *expected(withdrawn_in_time, OPEN, WITHDRAWN, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11),
    *expected(withdrawn_at_the_due, OPEN, WITHDRAWN, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11),
    *expected(withdrawn_late, OPEN, WITHDRAWN),
    *expected(other_data, (*OPEN, 3), IN_SPM),
]
WRITER = {
    ready_in_time: "PJ Teknis Pengujian (contoh)",
    ready_at_the_due: "PJ Teknis Pengujian (contoh)",
    promised_later: "Petugas Loket (contoh)",
    ready_late_then_promised_later: "Petugas Loket (contoh)",
    withdrawn_in_time: "Kasi PJT (contoh)",
    withdrawn_at_the_due: "Kasi PJT (contoh)",
}
WHY = {
    IN_SPM: "Ternyata pesanan tidak di luar SPM.",
    WITHDRAWN: "Pesanan dibatalkan pelanggan sebelum terlambat.",
}


@pytest.mark.parametrize(
    ("entry", "step", "ending"), TABLE, ids=[f"{entry.__name__} {step}" for entry, step, _ in TABLE]
)
def test_an_entry_ends_the_case_or_leaves_it_where_it_stands(case_at, entry, step, ending):
    case = case_at(step)
    visit = open_visit(case)
    entry(case.order)
    case = Case.objects.get(pk=case.pk)
    assert case.ending == ending
    if not ending:
        assert open_visit(case) == visit
        assert case.ended_at is None
        nothing_was_given_up(case, step)
    else:
        assert open_visit(case) is None
        visit.refresh_from_db()
        assert (visit.finished_at, visit.finished_by) == (NOW, None)
        assert visit.finished_capacity == "Sistem"
        assert case.ended_at == NOW
        assert case.ending_note == f"{WHY[ending]} Dicatat oleh {WRITER[entry]}."
        everything_is_given_up(case, step)
    assert journal.first_broken() is None


def nothing_was_given_up(case: Case, step: int) -> None:
    assert not case.letters.filter(voided_at__isnull=False).exists()
    assert case.letters.count() == (step > 8)
    if step > 8:
        held = case.reservation
        assert held.released_at is None
        assert (held.left_at is None) == (step < 12)


def everything_is_given_up(case: Case, step: int) -> None:
    """Reservation released, draft void, a number already given *batal* and kept."""
    assert case.letters.count() == (step > 8)
    for letter in case.letters.all():
        assert letter.voided_at == NOW
        assert letter.void_reason == case.ending_note
        assert (letter.number is not None) == (step == 11)
        assert letter.sent_at is None
        assert bool(letter.pdf_sha256) == (step == 11)
    if step > 8:
        assert case.reservation.released_at == NOW
        assert case.reservation.left_at is None
    item = Item.objects.get()
    still = Reservation.objects.filter(released_at=None, left_at=None).count()
    assert item.reserved == still
    assert item.on_hand == 50 - Reservation.objects.filter(left_at__isnull=False).count()


def test_the_ending_is_on_record_with_its_reason(case_at):
    case = case_at(11)
    ready_in_time(case.order)
    told = JournalEntry.objects.filter(at=NOW).order_by("seq")
    assert [entry.verb for entry in told] == ["letter.voided", "case.ended", "order.ready"]
    ended = told[1]
    assert ended.after == {"ending": "in_spm"}
    assert ended.capacity == "Sistem"
    assert ended.note.endswith("Dicatat oleh PJ Teknis Pengujian (contoh).")
    assert Movement.objects.filter(at=NOW, kind=Movement.Kind.RELEASED).count() == 1


def test_a_number_that_was_given_up_is_never_given_again(case_at):
    case, other = case_at(11), case_at(10)
    given_up = case.letters.get().number
    ready_in_time(case.order)
    do_step(other, NOW)
    numbers = Letter.objects.filter(number__isnull=False).values_list("number", flat=True)
    assert given_up in numbers
    assert len(set(numbers)) == len(numbers) == 3
    assert sorted(int(number.split("/")[1]) for number in numbers) == [1, 2, 3]


def test_order_and_case_change_together_or_not_at_all(case_at, monkeypatch):
    """The entry is undone when the case cannot be ended."""
    case = case_at(9)

    def breaks(**_: Any) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr(following, "end", breaks)
    with nothing_changes(), pytest.raises(RuntimeError):
        ready_in_time(case.order)


# --- at steps 1 to 3 the case goes its ordinary way --------------------------------------------


@pytest.mark.parametrize("step", [1, 2])
def test_ready_in_time_before_step_3_ends_at_the_handing_over(case_at, step):
    case = case_at(step)
    ready_in_time(case.order)
    at = walk(case, 3, NOW)
    do_step(case, at)
    case.refresh_from_db()
    assert case.ending == Ending.IN_SPM
    assert case.ending_note == ""
    assert {visit.step for visit in case.visits.all()} == {1, 2, 3}


@pytest.mark.parametrize("entry", [ready_corrected_to_in_time, promised_later])
def test_in_time_after_all_at_step_3_ends_at_the_handing_over(case_at, entry):
    case = case_at(3)
    entry(case.order)
    assert do_step(case, NOW).status_code == 302
    case.refresh_from_db()
    assert case.ending == Ending.IN_SPM


def test_a_due_that_moved_ends_nothing_before_the_evaluation(case_at):
    """At 4 and 5 an open order inside its SPM is told to the customer and monitored on."""
    case = case_at(4)
    promised_later(case.order)
    at = walk(case, 5, NOW)
    assert do_step(case, at).status_code == 302
    assert open_visit(case).step == 1
    informed = case.visits.get(row__number=5).informed
    assert (informed.outside, informed.days_late) == (False, 0)


@pytest.mark.parametrize("step", [3, 4, 5, 6])
def test_a_result_that_is_taken_back(case_at, step):
    """At 3 there is nothing to hand over any more: back to 2, by the system, at once."""
    case = case_at(step)
    if step != 3:
        ready_late(case.order)
    before = open_visit(case)
    orders.take_back_ready(order=case.order, reason="Salah pesanan", by=person("kasi.pjt"), now=NOW)
    now_at = open_visit(case)
    assert case.order.ready_at is None
    if step != 3:
        assert now_at == before
        return
    assert now_at.step == 2
    assert now_at.opens_at == NOW
    assert now_at.due_at == NOW + timedelta(minutes=15)
    before.refresh_from_db()
    assert (before.finished_at, before.finished_capacity) == (NOW, "Sistem")
    assert before.note == "Hasil siap dicabut."
    assert do_step(case, NOW).status_code == 302
    assert open_visit(case).step == 4


def test_a_result_handed_over_cannot_be_withdrawn_with_the_case_left_behind(case_at):
    """Ready and withdrawn exclude each other: at 3 the order cannot be withdrawn."""
    with nothing_changes(), pytest.raises(NotNow):
        withdrawn_late(case_at(3).order)


# --- a withdrawn order whose case goes on ------------------------------------------------------


def test_an_order_withdrawn_late_is_apologised_for_without_a_new_date(case_at, office):
    """After due the case goes on: step 2 without *selesai*, no new date in the letter."""
    case = case_at(2)
    withdrawn_late(case.order)
    html = signed_in("pj.uji").get(step_url(case, 2)).content.decode()
    assert 'value="obstacle"' in html
    assert 'name="outcome" value="done"' not in html
    assert 'name="outcome" value="running"' not in html
    walk(case, None, NOW)
    case.refresh_from_db()
    assert case.ending == Ending.COMPENSATED
    told = case.case_letters.get()
    assert told.done_at is None


def test_an_order_withdrawn_without_a_due_has_no_case_left(now):
    """DOMAIN 3: at or before due, or without one."""
    order = make_order("UJI-BARU")
    case = opening.open_case(order=order, by=person("kasi.pjt"), now=NOW)
    withdraw(order, NOW)
    case.refresh_from_db()
    assert case.ending == Ending.WITHDRAWN


# --- once sent it stays ------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [ready_in_time, promised_later, withdrawn_in_time])
def test_a_case_whose_letter_was_sent_stays_also_when_it_comes_back(case_at, entry):
    """Undeliverable leads back to 11: the letter was sent nevertheless."""
    case = case_at(12)
    visit = open_visit(case)
    actions.finish_step(
        visit=visit, outcome="undeliverable", by=person("kasi.pjt"), now=NOW,
        data={"received_by": "", "at": NOW, "note": "Rumah kosong", "proof": paper()},
    )  # fmt: skip
    assert open_visit(case).step == 11
    entry(case.order)
    case = Case.objects.get(pk=case.pk)
    assert case.ending == ""
    assert open_visit(case).step == 11
    assert case.letters.get().voided_at is None
    with pytest.raises(NotNow):
        cancel(case)


# --- the letter that no longer fits ------------------------------------------------------------


def test_a_signed_letter_that_no_longer_fits_is_written_anew_with_its_souvenir_kept(case_at):
    """Step 11: ready late meanwhile, so the signed letter of an expected date becomes *batal*."""
    case = case_at(11)
    ready_late(case.order)
    held, old = case.reservation, case.letters.get()
    back = {"outcome": "redraft", "note": "Hasil sudah siap."}
    assert signed_in("kasi.pjt").post(step_url(case, 11), back).status_code == 302
    assert open_visit(case).step == 8
    old.refresh_from_db()
    assert (old.voided_at, old.void_reason) == (NOW, "Hasil sudah siap.")
    assert old.number
    at = walk(case, None, NOW)
    case = Case.objects.get(pk=case.pk)
    assert case.ending == Ending.COMPENSATED
    assert case.reservation == held
    assert case.reservation.left_at <= at
    assert case.letters.filter(voided_at=None).get().number != old.number


def test_a_long_reason_for_writing_anew_is_kept_whole(case_at):
    """A note may have 2,000 letters; neither database may refuse it then, or cut it."""
    case = case_at(11)
    ready_late(case.order)
    note = ("Hasil sudah siap dan surat perlu ditulis ulang. " * 41).strip()
    back = {"outcome": "redraft", "note": note}
    assert signed_in("kasi.pjt").post(step_url(case, 11), back).status_code == 302
    assert case.letters.get().void_reason == note
    assert case.visits.filter(row__number=11).last().note == note


# --- what a later sweep makes of it ------------------------------------------------------------


def test_an_order_found_inside_and_late_again_gets_a_new_case(case_at):
    """The case that ended *dalam SPM* answered another due."""
    case = case_at(9)
    promised_later(case.order)
    assert sweep(NOW).opened == 0
    change(case.order, target_at=DUE + timedelta(days=1))
    assert sweep(NOW).opened == 1
    assert case.order.cases.count() == 2
    assert case.order.cases.open().count() == 1


@pytest.mark.parametrize("entry", [ready_in_time, withdrawn_in_time])
def test_a_case_that_was_not_owed_is_not_opened_again(case_at, entry):
    case = case_at(7)
    entry(case.order)
    assert sweep(NOW).opened == 0
    assert not Overrun.objects.filter(order=case.order, corrected_at=None).exists()


# --- an administrator cancels ------------------------------------------------------------------


def cancel(case: Case, reason: str = "Dibuka dua kali.", by: str = "admin") -> None:
    ending.cancel_case(case=case, reason=reason, by=person(by), now=NOW)


@pytest.mark.parametrize("step", [n for n in STEPS if n != 12])
def test_an_administrator_cancels_before_the_letter_is_sent(case_at, step):
    case, visit = case_at(step), open_visit(case_at(step))
    url = f"/kasus/{case.pk}/batal/"
    response = signed_in("admin").post(url, {"reason": "Dibuka dua kali."})
    assert response.status_code == 302
    case.refresh_from_db()
    assert (case.ending, case.ending_note) == (Ending.CANCELLED, "Dibuka dua kali.")
    visit.refresh_from_db()
    assert (visit.finished_by, visit.note) == (person("admin"), "Dibuka dua kali.")
    everything_is_given_up(case, step)
    assert open_visit(case) is None
    assert sweep(NOW).opened == 0, "no sweep opens another"
    entry = JournalEntry.objects.filter(verb="case.ended").latest("seq")
    assert (entry.actor, entry.capacity) == (person("admin"), "Administrator")
    assert entry.note == "Dibuka dua kali."


def test_a_letter_that_was_sent_cannot_be_unsent(case_at):
    case, client = case_at(12), signed_in("admin")
    with nothing_changes():
        response = client.post(f"/kasus/{case.pk}/batal/", {"reason": "Batal"})
        with pytest.raises(NotNow):
            cancel(case)
    assert response.status_code == 409
    assert "Surat sudah dikirim; kasus tidak dapat dibatalkan lagi." in response.content.decode()


def test_a_case_that_ended_is_not_cancelled(case_at):
    case = case_at(9)
    cancel(case)
    with nothing_changes(), pytest.raises(NotNow) as refusal:
        cancel(case)
    assert refusal.value.sentence == f"Kasus {case.number} sudah berakhir."


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_cancelling_needs_a_reason(case_at, reason):
    case, client = case_at(9), signed_in("admin")
    with nothing_changes():
        response = client.post(f"/kasus/{case.pk}/batal/", {"reason": reason})
        with pytest.raises(BadInput):
            cancel(case, reason=reason)
    assert response.status_code == 422
    html = response.content.decode()
    assert "<title>Kesalahan: " in html
    assert "Isi alasan pembatalan." in html.split('class="disclosure" open>')[1]


def test_a_reason_that_is_too_long_is_refused_in_words(case_at):
    case, client = case_at(11), signed_in("admin")
    too_long = "a" * 301
    with nothing_changes():
        response = client.post(f"/kasus/{case.pk}/batal/", {"reason": too_long})
        with pytest.raises(BadInput):
            cancel(case, reason=too_long)
    assert response.status_code == 422
    assert "300" in response.content.decode()
    assert too_long in response.content.decode(), "what was typed is kept"
    cancel(case, reason=too_long[1:])


@pytest.mark.parametrize("username", [name for name in STAFF if name != "admin"])
def test_nobody_but_an_administrator_cancels(case_at, username):
    case, client = case_at(9), signed_in(username)
    with nothing_changes():
        response = client.post(f"/kasus/{case.pk}/batal/", {"reason": "Saya tidak suka."})
        with pytest.raises(NotYours):
            cancel(case, by=username)
    assert response.status_code == (404 if username.endswith((".kal", ".sert")) else 403)


def test_only_an_administrator_is_offered_to_cancel(case_at):
    for step, offered in ((9, True), (12, False)):
        for username in ("admin", "kasi.pjt", "kepala", "auditor"):
            html = signed_in(username).get(f"/kasus/{case_at(step).pk}/").content.decode()
            assert ("Batalkan kasus ini" in html) == (offered and username == "admin")
