"""The Form Monitoring SPM: a round over all open orders, filled, closed for ever, printed."""

import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from kompensasi.cases import rounds
from kompensasi.cases.models import Case, Ending, Opening
from kompensasi.cases.sweep import sweep
from kompensasi.demo.people import PASSWORD
from kompensasi.sop.models import Revision
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.models import (
    Customer,
    JournalEntry,
    MonitoringRound,
    MonitoringRow,
    ObstacleCause,
    Order,
    Service,
)
from spm_monitor.refusals import NotNow, NotYours
from spm_monitor.rounds import actions, sheet
from spm_monitor.workdays import WIB
from tests.cases.walking import open_visit
from tests.conftest import MONDAY, person, signed_in
from tests.settings_pages import queries, text

pytestmark = pytest.mark.django_db

STRANGERS = ("pj.uji", "kasi.kal", "kepala", "agenda", "auditor", "admin", "plh.kepala")


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pjt() -> Client:
    return signed_in("kasi.pjt")


def enter(number: str, start: datetime = MONDAY, service: str = "KAL", **facts) -> Order:
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), start)
    customer = Customer.objects.get_or_create(name=facts.pop("name", "PT Uji"))[0]
    kind = Service.objects.get(code=service)
    return orders.enter_order(
        facts=begun | {"number": number, "customer": customer, "service": kind} | facts,
        by=None, now=start, capacity="Loket",
    )  # fmt: skip


def going_on() -> MonitoringRound:
    return actions.open_round(by=person("petugas"), now=MONDAY)


def row(order: Order, state: str = "running", at: str = "", version: Any = 0, **rest) -> dict:
    """The fields of one order, as the page sends them."""
    fields = {"stage": "work", "state": state, "at": at, "cause": "", "story": ""} | rest
    return {f"p{order.pk}-{name}": value for name, value in (fields | {"version": version}).items()}


def cause() -> ObstacleCause:
    found = ObstacleCause.objects.first()
    assert found is not None
    return found


def obstacle(order: Order, at: str = "", **rest) -> dict:
    return row(order, "obstacle", at, cause=str(cause().pk), story="Alat rusak", **rest)


def close(client: Client, round: MonitoringRound):
    """Seen first, then done."""
    shown = client.get(f"/monitoring/{round.pk}/tutup/")
    assert shown.status_code == 200, text(shown)
    return shown, client.post(f"/monitoring/{round.pk}/tutup/", {"seen": shown.context["seen"]})


# --- whose ------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("username", STRANGERS)
def test_only_seksi_pjt_fills_and_only_its_head_closes(username):
    round, client = going_on(), signed_in(username)
    for path in (f"/monitoring/{round.pk}/", f"/monitoring/{round.pk}/tutup/"):
        assert client.get(path).status_code == client.post(path).status_code == 403
    assert client.post("/monitoring/mulai/").status_code == 403
    with pytest.raises(NotYours):
        actions.save_answers(round=round, answers=[], by=person(username), now=MONDAY)
    for who in (username, "petugas"):
        with pytest.raises(NotYours):
            actions.close_round(round=round, by=person(who), now=MONDAY, seen="")
    assert round.rows.count() == 0


@pytest.mark.once
def test_a_section_reads_its_own_rows_of_a_closed_round(pjt):
    enter("K-1", name="PT Kalibrasi Rahasia")
    enter("U-1", service="UJI-ANEKA", name="PT Uji Terbuka")
    round = going_on()
    pjt.post(f"/monitoring/{round.pk}/", {**row(o1()), **row(o1("U-1"))})
    close(pjt, round)
    page = text(signed_in("pj.uji").get(f"/monitoring/{round.pk}/"))
    assert "PT Uji Terbuka" in page
    assert "PT Kalibrasi Rahasia" not in page
    book = signed_in("pj.uji").get(f"/monitoring/{round.pk}.xlsx").content
    assert "PT Kalibrasi Rahasia" not in str(cells(book))
    assert "PT Kalibrasi Rahasia" in str(cells(pjt.get(f"/monitoring/{round.pk}.xlsx").content))


def o1(number: str = "K-1") -> Order:
    return Order.objects.get(number=number)


def cells(content: bytes) -> list[list]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in line] for line in sheet.iter_rows()]


# --- filling ----------------------------------------------------------------------------------


def test_one_round_goes_on_at_a_time():
    going_on()
    with pytest.raises(NotNow):
        going_on()
    with pytest.raises(IntegrityError), transaction.atomic():
        MonitoringRound.objects.create(opened_at=MONDAY, opened_by=person("petugas"))


def test_all_open_orders_stand_there_those_at_risk_first(pjt, moment):
    enter("LATER")
    enter("SOON", MONDAY - timedelta(days=5))
    enter("LATE", MONDAY - timedelta(days=20))
    doubtful = enter("DOUBT")
    orders.record_estimate(
        order=doubtful, at=MONDAY + timedelta(days=30), by=None, now=MONDAY, capacity="Seksi"
    )
    enter("WAITING", paid_at=None)
    ended = enter("ENDED")
    orders.record_ready(order=ended, at=MONDAY, by=None, now=MONDAY, capacity="Seksi")
    round = going_on()
    page = pjt.get(f"/monitoring/{round.pk}/")
    shown = [row["order"].number for row in page.context["rows"]]
    assert shown == ["LATE", "DOUBT", "SOON", "LATER", "WAITING"]


def test_rows_are_kept_and_shown_again_with_what_was_last_known(pjt):
    order = enter("K-1")
    MonitoringRow.objects.create(order=order, observed_at=MONDAY, stage="report")
    round = going_on()
    assert pjt.get(f"/monitoring/{round.pk}/").context["rows"][0]["shown"]["stage"] == "report"
    pjt.post(f"/monitoring/{round.pk}/", row(order, at="+2", stage="work"))
    kept = round.rows.get()
    assert (kept.stage, kept.state, kept.by) == ("work", "running", person("kasi.pjt"))
    assert kept.estimate_at == datetime(2026, 11, 25, 16, tzinfo=WIB)
    assert (kept.due_at, kept.days_left) == (order.due_at, 5)
    assert pjt.get(f"/monitoring/{round.pk}/").context["rows"][0]["shown"]["at"] == "25/11/2026"
    assert o1().estimate_at is None, "a draft until it is closed"


def test_a_cause_belongs_to_an_obstacle_alone(pjt):
    """Its fields are hidden for other states, and may still hold what was typed before."""
    order, round = enter("K-1"), going_on()
    pjt.post(f"/monitoring/{round.pk}/", obstacle(order))
    assert round.rows.get().cause == cause()
    pjt.post(
        f"/monitoring/{round.pk}/", obstacle(order, version=1) | {f"p{order.pk}-state": "running"}
    )
    assert (round.rows.get().cause, round.rows.get().story) == (None, "")


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("24/11/2026", datetime(2026, 11, 24, 16, tzinfo=WIB)),
        ("27/11", datetime(2026, 11, 27, 16, 30, tzinfo=WIB)),
        ("24/11/2026 09.30", datetime(2026, 11, 24, 9, 30, tzinfo=WIB)),
        ("24/11 9:30", datetime(2026, 11, 24, 9, 30, tzinfo=WIB)),
        ("+5", datetime(2026, 11, 30, 16, tzinfo=WIB)),
    ],
)
@pytest.mark.once
def test_a_date_is_typed_in_few_keys(pjt, typed, instant):
    order, round = enter("K-1"), going_on()
    pjt.post(f"/monitoring/{round.pk}/", row(order, at=typed))
    assert round.rows.get().estimate_at == instant


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state": ""}, "Pilih keadaannya."),
        ({"at": "besok"}, "Tulis tanggal seperti 24/11/2026, atau +3"),
        ({"at": "31/02/2026"}, "Tulis tanggal seperti"),
        ({"at": "24/11/0900"}, "Tulis tanggal seperti"),
        ({"at": "+0"}, "Tulis tanggal seperti"),
        ({"at": "20/11/2026"}, "Perkiraan harus setelah 23 Nov 2026 08.00 WIB."),
        ({"state": "obstacle"}, "Pilih sebab kendala."),
        ({"state": "done"}, "Isi kapan hasilnya siap."),
        ({"state": "done", "at": "24/11/2026"}, "Hasil siap tidak boleh setelah"),
        ({"state": "done", "at": "01/10/2026"}, "Hasil siap tidak boleh sebelum diterima"),
        ({"state": "x"}, "Pilih salah satu dari daftar."),
        ({"story": "a" * 2001}, "paling banyak 2.000 huruf"),
    ],
)
@pytest.mark.once
def test_what_cannot_be_is_said_at_its_row_and_the_others_are_kept(pjt, fields, sentence):
    bad, good, round = enter("K-1"), enter("K-2"), going_on()
    typed = {"stage": "report"} | fields
    answer = pjt.post(f"/monitoring/{round.pk}/", {**row(bad, **typed), **row(good)})
    assert answer.status_code == 422
    assert sentence in text(answer)
    shown = {line["order"].number: line["shown"] for line in answer.context["rows"]}
    assert shown["K-1"]["stage"] == "report", "what was typed stays"
    assert list(round.rows.values_list("order__number", flat=True)) == ["K-2"]
    versions = {line["order"].number: line["version"] for line in answer.context["rows"]}
    assert versions == {"K-1": "0", "K-2": "1"}, "what was kept can be sent again"


@pytest.mark.once
def test_a_late_order_is_not_running(pjt):
    order, round = enter("K-1", MONDAY - timedelta(days=20)), going_on()
    answer = pjt.post(f"/monitoring/{round.pk}/", row(order))
    assert "Target sudah lewat. Pilih kendala atau selesai." in text(answer)


def test_d16_what_was_typed_when_the_session_ended_is_there_again(pjt):
    """Also that somebody else filled the row meanwhile is noticed when it is sent."""
    order, round = enter("K-1"), going_on()
    page = f"/monitoring/{round.pk}/"
    typed = row(order, at="+4", stage="report") | {"typist": person("kasi.pjt").pk}
    pjt.logout()
    assert pjt.post(page, typed, headers={"referer": f"http://testserver{page}"}).status_code == 302
    signed_in("petugas").post(page, row(order, at="+1"))
    pjt.post("/masuk/", {"username": "kasi.pjt", "password": PASSWORD})
    [line] = pjt.get(page).context["rows"]
    assert (line["shown"]["at"], line["shown"]["stage"], line["version"]) == ("+4", "report", "0")
    assert pjt.post(page, row(order, at="+4")).status_code == 422


def test_two_who_fill_one_row_hear_of_each_other(pjt):
    """The second one's words stay on the page; the first one's on record."""
    order, round = enter("K-1"), going_on()
    page, other = f"/monitoring/{round.pk}/", signed_in("petugas")
    other.post(page, row(order, at="+1"))
    answer = pjt.post(page, row(order, at="+4"))
    assert answer.status_code == 422
    assert "Baris ini baru saja diisi oleh" in text(answer)
    assert answer.context["rows"][0]["shown"]["at"] == "+4"
    assert round.rows.get().by == person("petugas")
    assert answer.context["rows"][0]["version"] == "1", "who has seen it may overwrite it"
    pjt.post(page, row(order, at="+4", version=1))
    assert round.rows.get().by == person("kasi.pjt")


@pytest.mark.once
@pytest.mark.parametrize("version", ["5", "-5", "9" * 20, "abc", ""])
def test_a_row_that_nobody_filled_is_kept_whatever_version_was_sent(pjt, version):
    order, round = enter("K-1"), going_on()
    answer = pjt.post(f"/monitoring/{round.pk}/", row(order, version=version))
    assert answer.status_code == (422 if version == "abc" else 302)


@pytest.mark.once
def test_its_queries_do_not_grow_with_the_orders(pjt):
    for i in range(3):
        enter(f"K-{i}")
    round = going_on()
    few = queries(pjt, f"/monitoring/{round.pk}/")
    for i in range(3, 40):
        enter(f"K-{i}", name=f"PT {i}")
    assert queries(pjt, f"/monitoring/{round.pk}/") == few <= 18


@pytest.mark.once
@pytest.mark.slow
def test_more_than_a_hundred_come_on_further_pages(pjt):
    for i in range(103):
        enter(f"K-{i:03}")
    round = going_on()
    last = pjt.get(f"/monitoring/{round.pk}/?halaman=2")
    assert [line["order"].number for line in last.context["rows"]] == ["K-100", "K-101", "K-102"]
    for odd in ("0", "00", "-1", "²", "x", ""):
        shown = pjt.get(f"/monitoring/{round.pk}/", {"halaman": odd}).context["rows"]
        assert len(shown) == 100, odd
    answer = pjt.post(f"/monitoring/{round.pk}/", row(o1("K-000")) | {"next": "1"})
    assert answer.url.endswith("?halaman=2")


# --- closing ----------------------------------------------------------------------------------


def test_it_cannot_be_closed_while_a_row_is_missing(pjt):
    enter("K-1")
    enter("K-2")
    round = going_on()
    pjt.post(f"/monitoring/{round.pk}/", row(o1()))
    answer = pjt.get(f"/monitoring/{round.pk}/tutup/", follow=True)
    assert "1 pesanan belum diisi." in text(answer)
    round.refresh_from_db()
    assert round.going_on


def test_an_order_that_ended_meanwhile_needs_no_row(pjt):
    order, round = enter("K-1"), going_on()
    orders.record_ready(order=order, at=MONDAY, by=None, now=MONDAY, capacity="Seksi")
    assert close(pjt, round)[1].status_code == 302


def test_closed_it_is_numbered_and_frozen_whatever_its_orders_become(pjt):
    order, round = enter("K-1", name="PT Lama"), going_on()
    pjt.post(f"/monitoring/{round.pk}/", row(order, at="+3"))
    assert close(pjt, round)[1].status_code == 302
    round.refresh_from_db()
    assert round.number == "MON-2026-001"
    assert (round.closed_by, round.closed_capacity) == (person("kasi.pjt"), "Plt. Kasi PJT")
    assert o1().estimate_at == datetime(2026, 11, 26, 16, tzinfo=WIB)
    pjt.get(f"/monitoring/{round.pk}/")  # takes the message that it is closed
    before = text(pjt.get(f"/monitoring/{round.pk}/"))
    Customer.objects.update(name="PT Baru")
    MonitoringRow.objects.update(stage="report", story="lain")
    assert text(pjt.get(f"/monitoring/{round.pk}/")) == before
    assert "PT Lama" in before
    assert pjt.post(f"/monitoring/{round.pk}/", row(order)).status_code == 409
    with pytest.raises(NotNow):
        actions.close_round(round=round, by=person("kasi.pjt"), now=MONDAY, seen="")
    entry = JournalEntry.objects.get(verb="round.closed")
    assert entry.after["sheet_sha256"] == round.sheet_sha256
    assert journal.first_broken() is None


def test_a_sheet_that_was_altered_is_not_shown(pjt):
    order, round = enter("K-1"), going_on()
    pjt.post(f"/monitoring/{round.pk}/", row(order))
    close(pjt, round)
    round.refresh_from_db()
    assert sheet.digest(round.sheet) == round.sheet_sha256
    round.sheet["rows"][0]["state"] = "Selesai"
    MonitoringRound.objects.update(sheet=round.sheet)
    assert pjt.get(f"/monitoring/{round.pk}/").status_code == 409
    assert pjt.get(f"/monitoring/{round.pk}.xlsx").status_code == 409


def test_a_finished_row_records_the_result(pjt):
    order, round = enter("K-1", MONDAY - timedelta(days=3)), going_on()
    pjt.post(f"/monitoring/{round.pk}/", row(order, "done", "20/11/2026 15.00"))
    close(pjt, round)
    assert o1().ready_at == datetime(2026, 11, 20, 15, tzinfo=WIB)


def test_each_kind_of_row_opens_its_case_or_none(pjt):
    """DOMAIN 2, rule c: an obstacle, or expected outside the SPM; none for one that is taken."""
    running = enter("RUNNING")
    hindered = enter("HINDERED")
    doubtful = enter("DOUBTFUL")
    paid = enter("COMPENSATED")
    stopped = enter("CANCELLED")
    for order, how in ((paid, Ending.COMPENSATED), (stopped, Ending.CANCELLED)):
        Case.objects.create(
            number=f"KMP-2026-9{order.pk}", order=order, opened_at=MONDAY, opening=Opening.HAND,
            revision_id=revision(), ended_at=MONDAY, ending=how,
        )  # fmt: skip
    round = going_on()
    pjt.post(f"/monitoring/{round.pk}/", {
        **row(running, at="+2"), **obstacle(hindered), **row(doubtful, at="+20"),
        **obstacle(paid), **obstacle(stopped),
    })  # fmt: skip
    shown, _ = close(pjt, round)
    opened = {case.order.number: case for case in Case.objects.open()}
    assert set(opened) == {"HINDERED", "DOUBTFUL"}
    assert {order.number for order, _ in shown.context["follows"]} == set(opened)
    for number, case in opened.items():
        assert case.opening == Opening.ROUND
        first, second = case.visits.order_by("pk")
        assert (first.step, first.outcome, second.step) == (1, "record", 2)
        assert first.monitoring_row == round.rows.get(order__number=number)
        assert first.finished_by == person("kasi.pjt")


def revision() -> int:
    return Revision.in_force(MONDAY.date()).pk


def test_a_case_that_waits_at_step_1_is_answered_by_its_row(pjt):
    late = enter("LATE", MONDAY - timedelta(days=20))
    sweep(MONDAY)
    round = going_on()
    pjt.post(f"/monitoring/{round.pk}/", obstacle(late, "+4"))
    close(pjt, round)
    visit = open_visit(Case.objects.get())
    assert visit is not None
    assert visit.step == 2


def test_what_would_follow_is_shown_first_and_shown_again_when_it_changed(pjt):
    order, round = enter("K-1"), going_on()
    pjt.post(f"/monitoring/{round.pk}/", obstacle(order))
    shown = pjt.get(f"/monitoring/{round.pk}/tutup/")
    assert not Case.objects.exists(), "looking changes nothing"
    assert JournalEntry.objects.filter(verb="round.closed").count() == 0
    signed_in("petugas").post(f"/monitoring/{round.pk}/", row(order, version=1))
    again = pjt.post(f"/monitoring/{round.pk}/tutup/", {"seen": shown.context["seen"]})
    assert again.status_code == 409
    assert "isi putaran berubah" in text(again)
    assert not Case.objects.exists()


def test_what_fails_for_a_case_leaves_the_round_open(pjt, monkeypatch):
    order, round = enter("K-1"), going_on()
    pjt.post(f"/monitoring/{round.pk}/", obstacle(order, "+9"))

    def fail(*_args, **_rest):
        raise NotNow("Tidak jadi.")

    monkeypatch.setattr(rounds, "enter_step", fail)
    pjt.get(f"/monitoring/{round.pk}/tutup/")
    round.refresh_from_db()
    assert round.going_on
    assert (o1().estimate_at, Case.objects.count()) == (None, 0)


@pytest.mark.once
def test_the_workbook_holds_the_rows_and_no_formula(pjt):
    order, round = enter("K-1", name="=cmd()"), going_on()
    pjt.post(f"/monitoring/{round.pk}/", obstacle(order))
    close(pjt, round)
    heading, line = cells(pjt.get(f"/monitoring/{round.pk}.xlsx").content)
    assert heading[:2] == ["Pesanan", "Pelanggan"]
    assert line[:2] == ["K-1", "'=cmd()"]


@pytest.mark.once
def test_the_list_shows_the_round_that_goes_on_and_those_that_were(pjt):
    page = text(pjt.get("/monitoring/"))
    assert "Belum ada putaran berjalan" in page
    order = enter("K-1")
    round = MonitoringRound.objects.get(pk=int(pjt.post("/monitoring/mulai/").url.split("/")[2]))
    pjt.post(f"/monitoring/{round.pk}/", row(order))
    assert "1 dari 1 pesanan terisi" in text(pjt.get("/monitoring/"))
    close(pjt, round)
    assert "MON-2026-001" in text(signed_in("kepala").get("/monitoring/"))
