"""What a step refuses: whom, and when. A refusal says why and changes no row of any table."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from kompensasi.cases import actions, ending
from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.steps import STEPS
from kompensasi.letters.models import Letter
from kompensasi.people.models import User
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.models import Order
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.cases.held import (
    DONE_AS,
    LANE,
    NOW,
    OF_OTHER_SECTIONS,
    STAFF,
    TURN,
    TYPED_TEXT,
    Standing,
    appoint,
    nothing_changes,
)
from tests.cases.walking import (
    do_step,
    open_visit,
    step_url,
)
from tests.conftest import person, signed_in

pytestmark = [
    pytest.mark.django_db, pytest.mark.once, pytest.mark.slow, pytest.mark.usefixtures("at_ten"),
]  # fmt: skip

# --- whose turn it is not ----------------------------------------------------------------------


def sentence_for(step: int, username: str) -> str:
    """What a person is told who may read the case and whose turn it is not."""
    if username == "plh.kepala":
        return "Jabatan Anda tidak mencakup kasus kompensasi."
    lane = "Pelanggan" if step == 12 else LANE[TURN[step]]
    return f"Langkah {step} dikerjakan oleh {lane}. Anda dapat membaca, tetapi tidak mengisi."


@pytest.mark.parametrize("step", STEPS)
def test_a_full_answer_of_whose_turn_it_is_not_is_refused(office, step):
    case = office.at[step]
    with nothing_changes():
        for username in set(STAFF) - {TURN[step]}:
            response = office.clients[username].post(case.url, case.body())
            html = response.content.decode()
            if username in OF_OTHER_SECTIONS:
                assert response.status_code == 404, username
                assert case.case.number not in html
            else:
                assert response.status_code == 403, username
                assert sentence_for(step, username) in html


@pytest.mark.parametrize("step", STEPS)
def test_the_same_answer_is_taken_from_whose_turn_it_is(office, step):
    case = office.at[step]
    visit = case.visit
    response = office.turn(step).post(case.url, case.body())
    assert response.status_code == 302, response.content.decode()
    visit.refresh_from_db()
    assert visit.finished_by == person(TURN[step])
    assert visit.finished_at == NOW


@pytest.mark.parametrize("step", STEPS)
def test_who_is_not_signed_in_is_sent_to_sign_in(office, step):
    case = office.at[step]
    with nothing_changes():
        response = Client().post(case.url, case.body())
    assert response.status_code == 302
    assert response["Location"].startswith("/masuk/?next=")


def test_a_closed_account_is_nobody_however_long_its_session_lasts(office):
    User.objects.filter(username="kasi.pjt").update(is_active=False)
    case = office.at[8]
    with nothing_changes():
        response = office.clients["kasi.pjt"].post(case.url, case.body())
        with pytest.raises(NotYours):
            finish(case, "kasi.pjt", "submit", {})
    assert response.status_code == 302
    assert response["Location"].startswith("/masuk/?next=")


def test_a_person_without_a_post_may_do_nothing(office):
    User.objects.create_user("tanpa.jabatan", full_name="Tanpa Jabatan")
    client = signed_in("tanpa.jabatan")
    with nothing_changes():
        for case in office.at.values():
            assert client.post(case.url, case.body()).status_code == 403


def finish(case: Standing, username: str, outcome: str, data: dict[str, Any]) -> Any:
    """Through the one door, past every view."""
    by = person(username) if username else None
    return actions.finish_step(visit=case.visit, outcome=outcome, data=data, by=by, now=NOW)


@pytest.mark.parametrize("step", STEPS)
def test_the_door_itself_refuses_whose_turn_it_is_not(office, step):
    case = office.at[step]
    outcome = case.body()["outcome"]
    data = case.cleaned(person(TURN[step]), outcome)
    others = [name for name in (*STAFF, "") if name != TURN[step] and (name or step != 12)]
    with nothing_changes():
        for name in others:
            with pytest.raises(NotYours) as refusal:
                finish(case, name, outcome, data)
            lane = "Pelanggan" if step == 12 else LANE[TURN[step]]
            assert refusal.value.sentence == (
                f"Langkah {step} dikerjakan oleh {lane}. Anda dapat membaca, tetapi tidak mengisi."
                if name
                else "Langkah ini tidak dikerjakan oleh pelanggan."
            )


def test_the_head_of_another_section_signs_nothing_of_this_one(office):
    """Same post, other section: also where a person holds a post of each."""
    appoint("kasi.kal", "pj_teknis", "kal")
    with nothing_changes():
        for step in (2, 4, 6, 9):
            case = office.at[step]
            assert office.clients["kasi.kal"].post(case.url, case.body()).status_code == 404


def test_a_mandate_that_ended_while_the_letter_lay_open_signs_nothing(office):
    """A9: a Plh. opens the letter on the last day of the mandate, and presses after 24.00 WIB."""
    last_second = NOW.replace(hour=23, minute=59, second=59)
    midnight = last_second + timedelta(seconds=1)
    appoint("petugas", "kepala_balai", ends_on=NOW.date())
    case = office.at[10]
    with time_machine.travel(last_second, tick=False):
        client = signed_in("petugas")
        assert client.get(case.url).status_code == 200
    with time_machine.travel(midnight, tick=False):
        with nothing_changes():
            response = client.post(case.url, case.body())
        assert response.status_code == 403
        assert sentence_for(10, "petugas") in response.content.decode()
    with time_machine.travel(last_second, tick=False):
        assert client.post(case.url, case.body()).status_code == 302
    assert case.case.letters.get().signer_capacity == "Plh. Kepala Balai"


def test_a_mandate_gives_nothing_before_its_first_day(office):
    appoint("petugas", "kepala_balai", starts_on=NOW.date() + timedelta(days=1))
    case = office.at[10]
    with nothing_changes():
        assert office.clients["petugas"].post(case.url, case.body()).status_code == 403


# --- a step that is not open -------------------------------------------------------------------


def done_before(case: Standing, step: int) -> Visit | None:
    return case.case.visits.filter(row__number=step, finished_at__isnull=False).last()


@pytest.mark.parametrize("step", STEPS)
def test_no_other_step_than_the_open_one_can_be_answered(office, step):
    """A4: twelve standing cases, eleven wrong steps each, each by the person whose step it is."""
    case = office.at[step]
    waiting = LANE[TURN[step]] if step != 12 else "Pelanggan"
    with nothing_changes():
        for wrong in set(STEPS) - {step}:
            body = office.at[wrong].body(note=TYPED_TEXT)
            response = office.turn(wrong).post(step_url(case.case, wrong), body)
            html = response.content.decode()
            assert response.status_code == 409, wrong
            assert TYPED_TEXT in html, wrong
            done = done_before(case, wrong)
            if done is None:
                assert f"Langkah {wrong} belum giliran." in html
                assert f"Kasus ini menunggu {waiting} pada langkah {step}." in html
            else:
                assert done.finished_capacity == DONE_AS[TURN[wrong]]
                assert actions.finished_sentence(done) in html


@pytest.mark.parametrize("step", STEPS)
def test_whose_turn_it_is_cannot_jump_either(office, step):
    """The next two steps, the first, and the signing, by whose turn it is at the open one."""
    case = office.at[step]
    with nothing_changes():
        for wrong in {step % 12 + 1, (step + 1) % 12 + 1, 1, 10} - {step}:
            body = office.at[wrong].body()
            response = office.turn(step).post(step_url(case.case, wrong), body)
            assert response.status_code == 409, wrong


@pytest.mark.parametrize("step", STEPS)
def test_the_door_takes_a_finished_visit_from_nobody(office, step):
    case = office.at[step]
    finished = list(case.case.visits.filter(finished_at__isnull=False))
    assert len(finished) == len([n for n in STEPS if n < step and (step == 3 or n != 3)])
    with nothing_changes():
        for visit in finished:
            outcome = STEPS[visit.step].outcomes[0].code
            with pytest.raises(actions.AlreadyFinished) as refusal:
                actions.finish_step(
                    visit=visit, outcome=outcome, data={}, by=person(TURN[visit.step]), now=NOW
                )
            assert refusal.value.sentence.startswith(
                f"Langkah ini sudah diselesaikan oleh {DONE_AS[TURN[visit.step]]} pukul 08."
            )


def test_a_visit_in_hand_that_was_tampered_with_is_read_again(office):
    """The door believes the database, not the object it is given."""
    case = office.at[8]
    forged = case.visit
    forged.row = office.at[10].visit.row
    with nothing_changes(), pytest.raises(NotYours):
        actions.finish_step(visit=forged, outcome="sign", data={}, by=person("kepala"), now=NOW)


def test_a_case_that_ended_at_its_last_step_takes_no_answer_at_any(office):
    """A4: also not at step 3, which it passed by."""
    case, visit = office.at[12], office.at[12].visit
    bodies = {number: office.at[number].body() for number in STEPS}
    assert do_step(case.case, NOW).status_code == 302
    assert open_visit(case.case) is None
    with nothing_changes():
        for number, body in bodies.items():
            response = office.turn(number).post(step_url(case.case, number), body)
            assert response.status_code == 409, number
        with pytest.raises(actions.AlreadyFinished):
            finish_visit(visit, 12)


@pytest.mark.parametrize("step", [n for n in STEPS if n != 12])
def test_a_case_that_was_cancelled_takes_no_answer_where_it_stood(office, step):
    case, visit, body = office.at[step], office.at[step].visit, office.at[step].body()
    ending.cancel_case(case=case.case, reason="Uji", by=person("admin"), now=NOW)
    with nothing_changes():
        response = office.turn(step).post(case.url, body)
        with pytest.raises(actions.AlreadyFinished):
            finish_visit(visit, step)
    assert response.status_code == 409
    assert "Langkah ini sudah diselesaikan oleh Administrator" in response.content.decode()


def finish_visit(visit: Visit, step: int) -> None:
    by = person(TURN[step])
    outcome = STEPS[step].outcomes[0].code
    actions.finish_step(visit=visit, outcome=outcome, data={}, by=by, now=NOW)


def test_a_step_that_the_procedure_does_not_have_is_not_found(office):
    with nothing_changes():
        for number in (0, 13, 99):
            url = step_url(office.at[8].case, number)
            assert office.turn(8).post(url, office.at[8].body()).status_code == 404


def test_monitoring_that_is_not_due_yet_says_when_it_opens(office):
    """Inside the SPM the case waits for the next monitoring date; nobody answers before."""
    case = office.at[2]
    Order.objects.filter(pk=case.case.order_id).update(
        due_at=NOW + timedelta(days=20), flagged_due_at=None
    )
    assert office.turn(2).post(case.url, case.body(outcome="running")).status_code == 302
    assert case.visit.step == 1
    body = office.at[1].body()
    with nothing_changes():
        response = office.turn(1).post(step_url(case.case, 1), body)
        with pytest.raises(NotNow):
            finish_visit(case.visit, 1)
    assert response.status_code == 409
    assert "dibuka lagi pada Selasa, 24 November 2026" in response.content.decode()


# --- twice, and too late -----------------------------------------------------------------------


def test_the_second_of_two_equal_posts_changes_nothing_and_leads_to_the_result(office):
    """A2: a double click, F5, or a browser that sends again. Other text is not the same post."""
    for case in office.at.values():
        client = office.turn(case.step)
        body = case.body(visit=str(case.visit.pk))
        again = case.body(visit=str(case.visit.pk))
        other = case.body(visit=str(case.visit.pk), more="1")
        assert client.post(case.url, body).status_code == 302
        with nothing_changes():
            response = client.post(case.url, again)
        assert (response.status_code, response.url) == (302, f"/kasus/{case.case.pk}/"), case.step
        with nothing_changes():
            response = client.post(case.url, other)
        assert response.status_code == 409
        assert f"diselesaikan oleh {DONE_AS[TURN[case.step]]}" in response.content.decode()


def test_who_comes_second_reads_who_was_first_and_keeps_what_was_typed(office):
    """A3: two heads of a section have the same report open; one sends, then the other."""
    appoint("petugas", "kepala_seksi", "uji")
    case = office.at[6]
    mine = case.body(report=TYPED_TEXT, visit=str(case.visit.pk))
    assert office.turn(6).post(case.url, case.body()).status_code == 302
    with nothing_changes():
        response = office.clients["petugas"].post(case.url, mine)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Langkah ini sudah diselesaikan oleh Kepala Seksi Pengujian pukul 10.00 WIB." in html
    assert TYPED_TEXT in html


def test_a_page_opened_for_an_earlier_visit_of_the_step_is_stale(office):
    """A3: the draft was returned meanwhile, so step 8 is open again; the old page is not it."""
    case = office.at[8]
    stale = case.body(visit=str(case.visit.pk), body=TYPED_TEXT)
    assert office.turn(8).post(case.url, case.body()).status_code == 302
    returned = {"outcome": "return", "note": "Perbaiki kalimat kedua."}
    assert office.turn(9).post(step_url(case.case, 9), returned).status_code == 302
    assert case.visit.step == 8
    with nothing_changes():
        response = office.turn(8).post(case.url, stale)
    assert response.status_code == 409
    assert TYPED_TEXT in response.content.decode()


def test_who_loses_the_race_for_a_step_is_told_who_won(office):
    """Between reading the open visit and claiming it, somebody else finished it."""
    case, other = office.at[6], open_visit(office.at[6].case)
    data = case.cleaned(person("kasi.uji"), "report")
    assert office.turn(6).post(case.url, case.body()).status_code == 302
    with nothing_changes(), pytest.raises(actions.AlreadyFinished) as refusal:
        actions.finish_step(
            visit=other, outcome="report", data=data, by=person("kasi.uji"), now=NOW
        )
    assert "Kepala Seksi Pengujian pukul 10.00 WIB" in refusal.value.sentence


def test_the_customers_link_receives_nothing_before_the_letter_was_sent(office):
    body = {"received_by": "Ibu Sari", "outcome": "received"}
    with nothing_changes():
        for step in set(STEPS) - {12}:
            url = f"/lacak/{token_of(office.at[step].case)}/"
            assert Client().post(url, body).status_code == 409, step


# --- outcomes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_an_outcome_that_the_step_does_not_have_is_refused(office, step):
    case = office.at[step]
    own = {outcome.code for outcome in STEPS[step].outcomes}
    others = {o.code for row in STEPS.values() for o in row.outcomes} - own
    data = case.cleaned(person(TURN[step]), case.body()["outcome"])
    with nothing_changes():
        for code in (None, "setujui-saja", min(others)):
            response = office.turn(step).post(case.url, case.body(outcome=code))
            html = response.content.decode()
            assert response.status_code == 422, code
            assert "Pilih salah satu tombol hasil langkah ini." in html
        for code in ("", "setujui-saja", *others):
            with pytest.raises(BadInput):
                finish(case, TURN[step], code, data)


def due_later(case: Standing) -> None:
    """Rows as they stand when the due was moved behind the back of the case."""
    Order.objects.filter(pk=case.case.order_id).update(
        due_at=NOW + timedelta(days=30), flagged_due_at=None
    )


def ready_meanwhile(case: Standing) -> None:
    orders.record_ready(order=case.case.order, at=NOW, by=person("pj.uji"), now=NOW)


def withdrawn_late(case: Standing) -> None:
    orders.record_withdrawn(
        order=case.case.order, at=NOW, reason="Batal", by=person("kasi.pjt"), now=NOW
    )


def estimate_passed(case: Standing) -> None:
    Order.objects.filter(pk=case.case.order_id).update(estimate_at=NOW - timedelta(days=1))


def sent_without_gift(case: Standing) -> None:
    Case.objects.filter(pk=case.case.pk).update(reservation=None, no_gift_reason="Stok habis.")


def as_it_is(case: Standing) -> None:
    """Nothing happened meanwhile."""


Happened = Callable[[Standing], None]
UNTRUE: list[tuple[int, Happened, str, str]] = [
    (2, as_it_is, "running", "Target selesai 18 Nov 2026 08.00 WIB sudah lewat"),
    (2, ready_meanwhile, "obstacle", "Hasil sudah siap sejak 23 Nov 2026 10.00 WIB"),
    (2, ready_meanwhile, "running", "Hasil sudah siap sejak 23 Nov 2026 10.00 WIB"),
    (2, withdrawn_late, "done", "Pesanan sudah dibatalkan pelanggan"),
    (2, withdrawn_late, "running", "Pesanan sudah dibatalkan pelanggan"),
    (8, estimate_passed, "submit", "Minta seksi Pengujian mencatatnya pada pesanan."),
    (10, ready_meanwhile, "sign", "Hasil pesanan sudah siap, sedangkan surat masih menyebut"),
    (10, estimate_passed, "sign", "Tanggal pada surat tidak sama lagi"),
    (11, ready_meanwhile, "send", "Hasil pesanan sudah siap, sedangkan surat masih menyebut"),
    (11, as_it_is, "redraft", "Surat masih sesuai dengan pesanan"),
    (12, sent_without_gift, "refused", "Tidak ada souvenir yang dikirim."),
    (12, as_it_is, "undelivered", "Kirim ulang dahulu"),
]


@pytest.mark.parametrize(
    ("step", "happened", "outcome", "sentence"),
    UNTRUE,
    ids=[f"{step} {outcome} {happened.__name__}" for step, happened, outcome, _ in UNTRUE],
)
def test_an_outcome_that_is_not_true_now_is_refused(office, step, happened, outcome, sentence):
    case, client = office.at[step], office.turn(step)
    happened(case)
    body = case.body(outcome=outcome, note=TYPED_TEXT)
    data = case.cleaned(person(TURN[step]), outcome)
    with nothing_changes():
        response = client.post(case.url, body)
        with pytest.raises(NotNow) as refusal:
            finish(case, TURN[step], outcome, data)
    assert response.status_code == 409
    assert sentence in response.content.decode()
    assert sentence in refusal.value.sentence


def test_an_outcome_that_is_not_true_now_has_no_button(office):
    for step, happened, outcome, _ in UNTRUE:
        with transaction.atomic():
            happened(office.at[step])
            html = office.turn(step).get(office.at[step].url).content.decode()
            transaction.set_rollback(True)
        assert f'name="outcome" value="{outcome}"' not in html, (step, outcome, happened.__name__)


def test_a_letter_whose_date_has_passed_can_only_be_returned(office):
    """DOMAIN 2, step 10: the promise was for yesterday; order and letter still agree."""
    case = office.at[10]
    estimate = case.case.order
    estimate.refresh_from_db()
    day_after = estimate.estimate_at + timedelta(days=1)
    with time_machine.travel(day_after, tick=False):
        client = signed_in("kepala")
        response = client.post(case.url, case.body())
        assert response.status_code == 409
        assert "Tanggal baru yang dijanjikan surat sudah lewat." in response.content.decode()
        back = {"outcome": "return", "note": "Minta perkiraan baru."}
        assert client.post(case.url, back).status_code == 302
    assert case.visit.step == 8
    assert Letter.objects.get(cases=case.case).number is None


# --- forged requests ---------------------------------------------------------------------------


def test_a_post_without_the_forms_secret_is_refused(office):
    """D20: CSRF."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("kasi.pjt"))
    case = office.at[8]
    with nothing_changes():
        assert client.post(case.url, case.body()).status_code == 403
        assert client.post(f"/kasus/{case.case.pk}/batal/", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["/kasus/{case}/batal/", "/kasus/buka/{order}/"])
@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete"])
def test_what_changes_something_takes_a_post_alone(office, path, method):
    case = office.at[8].case
    url = path.format(case=case.pk, order=case.order_id)
    with nothing_changes():
        for username in ("admin", "kasi.pjt"):
            response = getattr(office.clients[username], method)(url)
            assert response.status_code == 405


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_step_takes_no_other_method(office, method):
    with nothing_changes():
        assert getattr(office.turn(8), method)(office.at[8].url).status_code == 405


def test_another_host_is_refused(office):
    """D20: no link is made with a name that is not ours."""
    with nothing_changes():
        response = office.turn(8).post(
            office.at[8].url, office.at[8].body(), headers={"host": "evil.example"}
        )
    assert response.status_code == 400


def test_all_that_was_tried_left_the_journal_whole(office):
    assert journal.first_broken() is None
