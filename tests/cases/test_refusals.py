"""What a step refuses: whom, when, and what. A refusal says why and changes no row of any table.

One case stands open at each of the twelve steps of reading A: 1, 2 and 4 to 12 of orders that are
open and late, 3 of one that ended late. They are walked there once and held in a transaction
around the module; each test begins from the same rows.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils.html import escape

from kompensasi.cases import actions, ending
from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.step_page import StepPage
from kompensasi.cases.steps import STEPS
from kompensasi.cases.sweep import sweep
from kompensasi.letters import pdf
from kompensasi.letters.models import Letter
from kompensasi.people.models import Appointment, Post, User
from kompensasi.souvenirs.models import Item, SouvenirClass
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.models import Order, Service
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.cases.walking import (
    PAPER,
    TYPED,
    answers,
    do_step,
    open_visit,
    paper,
    proposed,
    step_url,
    walk,
)
from tests.conftest import MONDAY, found_office, late_order, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]

NOW = MONDAY + timedelta(hours=2)  # every case has come to its step by then
STAFF = (
    "admin", "kasi.pjt", "pj.uji", "kasi.uji", "pj.kal", "kasi.kal", "pj.sert", "kasi.sert",
    "kepala", "petugas", "agenda", "auditor", "plh.kepala",
)  # fmt: skip
OF_OTHER_SECTIONS = {"pj.kal", "kasi.kal", "pj.sert", "kasi.sert"}

# DOMAIN 2, reading A, by hand: who does each step of a case of the testing section. Step 12 is the
# customer's; the Kasi PJT records it with proof.
TURN = {
    1: "kasi.pjt", 2: "pj.uji", 3: "kasi.pjt", 4: "pj.uji", 5: "kasi.pjt", 6: "kasi.uji",
    7: "kepala", 8: "kasi.pjt", 9: "kasi.uji", 10: "kepala", 11: "kasi.pjt", 12: "kasi.pjt",
}  # fmt: skip
LANE = {
    "kasi.pjt": "Kasi PJT", "pj.uji": "Penanggung Jawab Teknis Pengujian",
    "kasi.uji": "Kepala Seksi Pengujian", "kepala": "Kepala Balai",
}  # fmt: skip
DONE_AS = LANE | {"kasi.pjt": "Plt. Kasi PJT"}
TYPED_TEXT = "Ketikan yang tidak boleh hilang"


# --- an office held for a module ---------------------------------------------------------------


@contextmanager
def held_office(blocker: Any, folder: Path) -> Iterator[None]:
    """Base data, people, 50 mugs, and whatever is built inside, for all tests of a module.

    An open transaction holds it, so that a test's own rollback leads back to it. Letters are not
    typeset: their picture is not what these tests are about, and it takes most of a walk's time.
    """
    changed = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES=django_settings.STORAGES
        | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
        DEMO=True,
        MEDIA_ROOT=folder / "media",
        STATIC_ROOT=folder,
    )
    typeset = mock.patch.object(pdf, "render", return_value=PAPER)
    with blocker.unblock(), changed, typeset, transaction.atomic():
        if connection.vendor == "postgresql":  # tables without statistics look large to its planner
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL jit = off")
        found_office()
        Item.objects.create(
            name="Mug", souvenir_class=SouvenirClass.objects.first(), on_hand=50, unit_cost=25000
        )
        yield
        transaction.set_rollback(True)


def clients() -> dict[str, Client]:
    """A signed-in client for each demo person."""
    return {username: signed_in(username) for username in STAFF}


def snapshot() -> dict[str, Any]:
    """Row count and hash of every table but the sessions, and the names of the kept files."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table != "django_session":
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                rows = "\n".join(sorted(map(repr, cursor.fetchall())))
                found[table] = (rows.count("\n"), hashlib.sha256(rows.encode()).hexdigest())
    media = Path(django_settings.MEDIA_ROOT)
    files = media.rglob("*.*") if media.exists() else ()
    found["kept files"] = sorted(path.name for path in files)
    return found


@dataclass(frozen=True)
class Standing:
    """A case that stands open at a step, and what whose turn it is would post there."""

    pk: int
    step: int
    values: dict[str, Any] = field(repr=False)
    """What the opened form proposes."""

    @property
    def case(self) -> Case:
        """The case, fresh from the database."""
        return Case.objects.get(pk=self.pk)

    @property
    def url(self) -> str:
        return step_url(self.case, self.step)

    @property
    def visit(self) -> Visit:
        """The open visit, fresh from the database."""
        return open_visit(self.case)

    def body(self, **instead: Any) -> dict[str, Any]:
        """A full and valid answer, uploads new each time; what is None is left out."""
        given = self.values | answers(self.visit, NOW)
        if self.step == 12:
            given |= {"proof": paper(), "at": NOW.strftime(TYPED)}
        return {name: value for name, value in (given | instead).items() if value is not None}

    def cleaned(self, by: User | None, outcome: str) -> dict[str, Any]:
        """The answer as `finish_step` takes it."""
        body = self.body(outcome=outcome, note="Tambahkan bukti.")
        files = {name: value for name, value in body.items() if hasattr(value, "read")}
        page = StepPage.of(self.visit, by, NOW, data=body, files=files, code=outcome)
        assert page.answered.is_valid(), page.answered.errors
        return page.answered.cleaned_data


@dataclass(frozen=True)
class Office:
    """The twelve standing cases, clients signed in as each demo person, and the kept files."""

    at: dict[int, Standing]
    clients: dict[str, Client]
    media: Path

    def turn(self, step: int) -> Client:
        """A client as whose turn it is."""
        return self.clients[TURN[step]]


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Office]:
    """The office with its standing cases."""
    folder = tmp_path_factory.mktemp("office")
    with held_office(django_db_blocker, folder):
        ended_late = MONDAY - timedelta(days=2)
        for number in STEPS:
            late_order(f"UJI-{number}", ready_at=ended_late if number == 3 else None)
        with time_machine.travel(MONDAY, tick=False):
            sweep(MONDAY)
            held = Office(at={}, clients=clients(), media=folder / "media")
        for number in STEPS:
            case = Case.objects.get(order__number=f"UJI-{number}")
            walk(case, number, MONDAY)
            with time_machine.travel(NOW, tick=False):
                opened = held.turn(number).get(step_url(case, number))
            assert opened.status_code == 200, (number, opened.content.decode())
            held.at[number] = Standing(pk=case.pk, step=number, values=proposed(opened))
        yield held


@pytest.fixture(autouse=True)
def _at_ten(office, settings):
    """It is ten o'clock; files are where the walked cases kept theirs."""
    settings.MEDIA_ROOT = office.media
    with time_machine.travel(NOW, tick=False):
        yield


@contextmanager
def nothing_changes() -> Iterator[None]:
    """No row of any table changes inside, and no file is kept."""
    before = snapshot()
    yield
    after = snapshot()
    assert {name for name in before if before[name] != after[name]} == set()


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


def appoint(username: str, post: str, section: str = "", **facts: Any) -> Appointment:
    """A further appointment of a demo person, in force since yesterday."""
    row = Post.objects.get(code=post)
    own = Service.objects.filter(section__code=section).first() if section else None
    return Appointment.objects.create(
        user=person(username), post=row, section=own.section if own else None,
        **{"kind": Appointment.Kind.PLH, "order_number": f"SP-{post}", "order_date": NOW.date(),
           "starts_on": NOW.date() - timedelta(days=1)} | facts,
    )  # fmt: skip


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


# --- what the form asks ------------------------------------------------------------------------

MISSING: list[tuple[int, str, str, str]] = [
    (1, "record", "stage", "Pilih tahap pekerjaan."),
    (2, "done", "ready_at", "Isi kapan hasil siap."),
    (3, "handed", "way", "Pilih apa yang terjadi."),
    (3, "handed", "at", "Isi kapan itu terjadi."),
    (3, "handed", "received_by", "Isi nama penerima."),
    (3, "handed", "proof", "Unggah tanda terima hasil."),
    (4, "inform", "cause", "Pilih sebab kendala."),
    (4, "inform", "story", "Isi uraian kendala."),
    (4, "inform", "estimate_at", "Isi perkiraan selesai yang baru."),
    (5, "informed", "channel", "Pilih cara pemberitahuan."),
    (5, "informed", "told_to", "Isi siapa yang diberi tahu."),
    (5, "informed", "told_at", "Isi kapan diberi tahu."),
    (5, "informed", "message", "Isi apa yang disampaikan kepada pelanggan."),
    (6, "report", "report", "Isi laporan kendala."),
    (6, "report", "proposal", "Isi usul kepada Kepala Balai."),
    (7, "instruct", "instruction", "Isi instruksi."),
    (7, "instruct", "souvenir_class", "Pilih kelas souvenir."),
    (7, "ask", "note", "Isi catatan: apa yang perlu diperbaiki atau ditambah."),
    (8, "submit", "addressee", "Isi penerima surat."),
    (8, "submit", "subject", "Isi hal surat."),
    (8, "submit", "body", "Isi surat tidak boleh kosong."),
    (8, "submit", "item", "Pilih souvenir, atau tulis alasan tanpa souvenir."),
    (9, "return", "note", "Isi catatan: apa yang perlu diperbaiki atau ditambah."),
    (10, "sign", "read", "Beri tanda bahwa Anda telah membaca surat."),
    (10, "sign", "final", "Beri tanda bahwa Anda memahami akibatnya."),
    (10, "return", "note", "Isi catatan: apa yang perlu diperbaiki atau ditambah."),
    (11, "send", "scan", "Unggah pindaian surat yang sudah ditandatangani."),
    (11, "send", "way", "Pilih cara pengiriman."),
    (11, "send", "courier", "Isi nama kurir atau pengantar."),
    (11, "send", "tracking_number", "Isi nomor resi kurir."),
    (11, "send", "sent_at", "Isi waktu kirim."),
    (12, "received", "received_by", "Isi nama penerima."),
    (12, "received", "at", "Isi kapan diterima."),
    (12, "received", "proof", "Unggah bukti: tanda terima atau keterangan kurir."),
    (12, "undeliverable", "proof", "Unggah bukti: tanda terima atau keterangan kurir."),
]
SHOWN_AT = {"item": "no_gift_reason"}  # either of the two may be filled in


def refused_form(office: Office, step: int, body: dict[str, Any], shown_at: str) -> str:
    """Post an answer that is not enough: said at its field, the rest kept, no row changed."""
    case = office.at[step]
    with nothing_changes():
        response = office.turn(step).post(case.url, body)
    html = response.content.decode()
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert list(errors) == [shown_at]
    (sentence,) = errors[shown_at]
    assert html.count(escape(sentence)) >= 2, "in the summary, and at the field"
    assert f'href="#id_{shown_at}' in html
    returning = not set(response.context["form"].fields) - {"note"}
    for name, value in body.items():
        typed = isinstance(value, str) and name != "outcome" and (name == "note") == returning
        no_such_choice = name == shown_at and value in ("999999", "burung", "selesai")
        if typed and not no_such_choice:
            assert escape(value) in html, name
    return sentence


@pytest.mark.parametrize(("step", "outcome", "missing", "sentence"), MISSING)
def test_an_answer_without_a_needed_field_is_refused(office, step, outcome, missing, sentence):
    body = office.at[step].body(**{"outcome": outcome, "note": TYPED_TEXT, missing: None})
    assert refused_form(office, step, body, SHOWN_AT.get(missing, missing)) == sentence


def test_every_field_of_the_twelve_forms_is_named_above_or_may_stay_empty(office):
    named = {(step, name) for step, _, name, _ in MISSING}
    may_be_empty = {
        (1, "estimate_at"), (2, "note"), (4, "asset"), (8, "address"), (8, "no_gift_reason"),
        (8, "copies"), (8, "together"), (11, "item"), (11, "no_gift_reason"), (12, "note"),
    }  # fmt: skip
    asked = {(n, name) for n, step in STEPS.items() for name in step.form.base_fields}
    returns = {(n, "note") for n, step in STEPS.items() if any(o.back for o in step.outcomes)}
    assert asked | returns == named | may_be_empty | {(11, "note")}


NO_PDF = SimpleUploadedFile("surat.pdf", b"MZ\x90\x00 not a picture of anything")
EARLIER, LATER = NOW - timedelta(days=40), NOW + timedelta(hours=1)
FALSE: list[tuple[int, str, str, Any, str]] = [
    (1, "record", "stage", "done", "Hasil belum dicatat siap"),
    (1, "record", "stage", "selesai", "Pilih salah satu dari daftar."),
    (1, "record", "estimate_at", "kapan-kapan", "Tulis tanggal dan jam seperti"),
    (1, "record", "estimate_at", EARLIER.strftime(TYPED), "Perkiraan selesai harus setelah"),
    (2, "done", "ready_at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (2, "done", "ready_at", "2026-01-02T10:00", "Hasil siap tidak boleh sebelum"),
    (3, "handed", "at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (3, "handed", "at", "2026-11-20T10:00", "Isi waktu setelah hasil siap"),
    (3, "handed", "received_by", "a" * 121, "120"),
    (3, "handed", "proof", NO_PDF, "Berkas harus PDF, JPG, atau PNG"),
    (4, "inform", "cause", "999999", "Pilih salah satu dari daftar."),
    (4, "inform", "estimate_at", EARLIER.strftime(TYPED), "Perkiraan selesai harus setelah"),
    (4, "inform", "story", "a" * 2001, "2.000 huruf"),
    (5, "informed", "channel", "burung", "Pilih salah satu dari daftar."),
    (5, "informed", "told_at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (5, "informed", "told_at", "2026-01-02T10:00", "Isi waktu setelah diterima"),
    (7, "instruct", "souvenir_class", "999999", "Pilih salah satu dari daftar."),
    (8, "submit", "item", "999999", "Souvenir ini baru saja habis."),
    (8, "submit", "subject", "a" * 161, "160"),
    (8, "submit", "body", "Kami mohon maaf.", "Souvenir ikut dikirim, tetapi isi surat tidak"),
    (11, "send", "way", "burung", "Pilih salah satu dari daftar."),
    (11, "send", "scan", NO_PDF, "Berkas harus PDF, JPG, atau PNG"),
    (11, "send", "sent_at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (11, "send", "sent_at", "2026-11-22T10:00", "Waktu kirim tidak boleh sebelum surat"),
    (12, "received", "at", LATER.strftime(TYPED), "Isi waktu yang tidak setelah"),
    (12, "received", "at", "2026-11-22T10:00", "Isi waktu setelah dikirim"),
    (12, "received", "proof", NO_PDF, "Berkas harus PDF, JPG, atau PNG"),
]


@pytest.mark.parametrize(
    ("step", "outcome", "name", "value", "sentence"),
    FALSE,
    ids=[f"{n} {name} {i}" for i, (n, _, name, _, _) in enumerate(FALSE)],
)
def test_an_answer_that_cannot_be_is_refused(office, step, outcome, name, value, sentence):
    if hasattr(value, "seek"):
        value.seek(0)
    body = office.at[step].body(**{"outcome": outcome, name: value})
    assert sentence in refused_form(office, step, body, name)


def test_a_letter_that_does_not_fit_on_its_sheet_is_refused(office):
    too_long = mock.patch.object(pdf, "render", side_effect=pdf.LetterTooLong("Terlalu panjang."))
    with too_long:
        body = office.at[8].body()
        assert refused_form(office, 8, body, "body") == "Terlalu panjang."


def test_no_souvenir_is_promised_that_somebody_else_took_meanwhile(office):
    """The last free piece went between opening and sending; the typed letter stays."""
    case = office.at[8]
    body = case.body()
    item = Item.objects.get()
    Item.objects.update(reserved=item.on_hand)
    assert refused_form(office, 8, body, "item") == (
        "Souvenir ini baru saja habis. Pilih yang lain, atau tulis alasan tanpa souvenir."
    )


def test_no_letter_promises_a_souvenir_that_does_not_go_with_it(office):
    """The template's sentence in the drafter's own words stays, so the drafter is asked."""
    promise = "Kami mohon maaf.\n\nBersama ini kami kirim sebuah cenderamata."
    body = office.at[8].body(item="", no_gift_reason="Stok habis.", body=promise)
    assert refused_form(office, 8, body, "body") == (
        "Surat ini tanpa souvenir, tetapi isinya masih menyebut souvenir. Hapus kalimat itu,"
        " atau pilih souvenir."
    )


# --- what the form does not ask (mass assignment) ----------------------------------------------

POISON_DAY, POISON = "1999-09-09T09:09", "RACUN"
MASTER_DATA = (
    "people_user", "people_post", "people_post_permissions", "people_appointment", "sop_revision",
    "sop_revisionstep", "spm_monitor_section", "spm_monitor_service", "spm_monitor_spmstandard",
    "spm_monitor_customer", "spm_monitor_officehours", "letters_letterhead",
    "souvenirs_souvenirclass",
)  # fmt: skip


def uninvited(case: Standing, other: Case) -> dict[str, Any]:
    """Each column of what a step writes or reads, and every field of the other steps' forms."""
    extra: dict[str, Any] = {
        "state": POISON, "pelaksana": POISON, "nomor": POISON, "is_staff": "1", "versi": "99",
        "is_superuser": "1", "case": other.pk, "order": other.order_id, "by": person("kepala").pk,
        "now": POISON_DAY, "capacity": POISON, "next": "//evil.example", "csrf": POISON,
    }  # fmt: skip
    for model in (Case, Visit, Order, Letter, Item, User, Appointment):
        for column in model._meta.concrete_fields:
            value: Any = POISON
            if column.is_relation:
                value = 1
            elif column.get_internal_type() in ("DateTimeField", "DateField"):
                value = POISON_DAY
            elif column.get_internal_type() in ("BigAutoField", "PositiveIntegerField"):
                value = other.pk
            elif column.get_internal_type() == "BooleanField":
                value = "1"
            extra |= {column.name: value, column.attname: value}
    for step in STEPS.values():
        for name in step.form.base_fields:
            extra.setdefault(name, POISON_DAY if name.endswith("at") else POISON)
    own = set(STEPS[case.step].form.base_fields) | {"outcome", "note"}
    return {name: value for name, value in extra.items() if name not in own}


def rows_of_all_tables() -> str:
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            if table != "django_session":
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found += map(repr, cursor.fetchall())
    return "\n".join(found)


@pytest.mark.parametrize("step", STEPS)
def test_fields_that_the_form_does_not_have_change_nothing(office, step):
    """D13: the same tables change, by as many rows, as without them; nothing of them is kept."""
    case, other = office.at[step], office.at[11 if step == 5 else 5].case
    written = {}
    for name, extra in (("plain", {}), ("uninvited", uninvited(case, other))):
        before = snapshot()
        with transaction.atomic():
            response = office.turn(step).post(case.url, case.body() | extra)
            assert response.status_code == 302, response.content.decode()
            assert response["Location"] == f"/kasus/{case.case.pk}/"
            after = snapshot()
            new_files = len(after.pop("kept files")) - len(before.pop("kept files"))
            changed = {t: after[t][0] for t in after if after[t] != before[t]}
            written[name] = new_files, changed
            kept = rows_of_all_tables()
            transaction.set_rollback(True)
    assert written["uninvited"] == written["plain"]
    assert changed
    assert not set(MASTER_DATA) & set(changed)
    assert POISON not in kept
    assert "1999-09-09" not in kept
    assert "1999, 9, 9" not in kept


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


# --- the letter before it is sent ---------------------------------------------------------------


def preview(office: Office, username: str, **typed: Any) -> Any:
    case = office.at[8]
    body = case.body(**typed)
    del body["outcome"]
    return office.clients[username].post(case.url, body | {"preview": "1"})


def test_the_letter_is_seen_as_pdf_before_it_is_sent(office):
    with nothing_changes():
        for username in (TURN[8], "petugas"):  # who drafts, and who prepares the draft
            answer = preview(office, username)
            assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
            assert answer.content == PAPER
            assert "no-store" in answer["Cache-Control"]


def test_a_letter_that_is_not_good_yet_is_not_shown(office):
    with nothing_changes():
        answer = preview(office, TURN[8], subject="")
    assert answer.status_code == 422
    assert "Isi hal surat." in answer.content.decode()


def test_nobody_else_sees_a_letter_that_is_being_written(office):
    with nothing_changes():
        for username in set(STAFF) - {TURN[8], "petugas"}:
            assert preview(office, username).status_code in (403, 404), username


def test_the_line_of_what_it_is_about_stays_one_line(office):
    form = (
        office.turn(8)
        .post(office.at[8].url, office.at[8].body(subject="Permohonan\r\nMaaf", body=""))
        .context["form"]
    )
    assert form.cleaned_data["subject"] == "Permohonan Maaf"
