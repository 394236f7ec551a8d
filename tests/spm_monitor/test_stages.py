"""A promise divided into stages: which section used the time, and what a stage lets expect."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from spm_monitor import actions, clock, forecast_words, forecasting, journal, stages
from spm_monitor.models import Customer, JournalEntry, Order, Pause, Service, SpmStandard
from spm_monitor.refusals import BadInput, NotYours
from spm_monitor.rounds import actions as rounds
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, person, signed_in
from tests.settings_pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def kal() -> Service:
    """Calibration in five days: one for intake, three for the work, one for the report."""
    service = Service.objects.get(code="KAL")
    service.standards.update(intake_days=1, work_days=3, report_days=1)
    return Service.objects.get(code="KAL")


def wib(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


def enter(kal: Service, start: datetime = MONDAY, number: str = "K-1") -> Order:
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), start)
    customer = Customer.objects.get_or_create(name="PT Uji")[0]
    return actions.enter_order(
        facts=begun | {"number": number, "service": kal, "customer": customer}, by=None,
        now=start, capacity="Loket",
    )  # fmt: skip


def used(order: Order, now: datetime) -> list[tuple[int | None, int]]:
    order.refresh_from_db()
    found = stages.stages_of(order, order.spans, now, clock.current_calendar())
    return [(stage.used, stage.over) for stage in found]


# --- the promise is divided -----------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("parts", "field", "sentence"),
    [
        ((1, 12, 1), "report_days", "Jumlah ketiga tahap 14, padahal janjinya 15."),
        ((1, 14, None), "report_days", "Isi ketiga tahap, atau kosongkan ketiganya."),
        ((None, None, 15), "work_days", "Isi ketiga tahap, atau kosongkan ketiganya."),
    ],
)
def test_stages_are_all_given_and_make_up_the_promise(kal, parts, field, sentence):
    data = {"days": 15, "unit": "working", "valid_from": "2026-12-01", "decree": "SK 9"}
    data |= {n: d for n, d in zip(("intake_days", "work_days", "report_days"), parts, strict=True)
             if d is not None}  # fmt: skip
    answer = signed_in("admin").post(reverse("standard-new", args=[kal.pk]), data)
    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors[field]


@pytest.mark.once
def test_a_divided_promise_is_shown_and_taken_over(kal):
    office: Client = signed_in("admin")
    url = reverse("standard-new", args=[kal.pk])
    assert office.get(url).context["form"].initial["work_days"] == 3
    data = {"days": 15, "unit": "working", "valid_from": "2026-12-01", "decree": "SK 9",
            "intake_days": 1, "work_days": 12, "report_days": 2}  # fmt: skip
    assert office.post(url, data).status_code == 302
    page = text(office.get(reverse("service", args=[kal.pk])))
    assert "1 penerimaan, 12 pengerjaan, 2 penyusunan hasil" in page
    calendar_days = data | {"unit": "calendar", "valid_from": "2026-12-02"}
    assert "Tahap hanya untuk janji dalam hari kerja." in text(office.post(url, calendar_days))


# --- who used the time ----------------------------------------------------------------------------


def test_days_are_told_by_stage_and_add_up(kal):
    """Started on Monday; left the counter on Wednesday, written since Friday, ready on Tuesday."""
    order = enter(kal)
    assert used(order, wib(24, 15)) == [(1, 0), (None, 0), (None, 0)]
    assert used(order, wib(24, 20)) == [(1, 0), (None, 0), (None, 0)], "the evening is no day more"
    actions.record_work(order=order, at=wib(25), by=person("petugas"), now=wib(25))
    actions.record_report(order=order, at=wib(27), by=person("pj.kal"), now=wib(27))
    assert used(order, wib(30)) == [(2, 1), (2, 0), (1, 0)]
    actions.record_ready(order=order, at=wib(30, 17), by=person("pj.kal"), now=wib(30, 17))
    assert used(order, wib(30, 18)) == [(2, 1), (2, 0), (2, 1)]
    calendar = clock.current_calendar()
    assert forecasting.days_taken(MONDAY, wib(30, 17), (), calendar) == 6
    page = text(signed_in("kasi.kal").get(f"/pesanan/{order.pk}/"))
    assert "Penerimaan dan kaji ulang Pengembangan Jasa Teknik 1 hari 2 hari" in page
    assert "1 lebih dari jatah" in page


def test_days_the_customer_took_are_nobodys(kal):
    order = enter(kal)
    actions.record_work(order=order, at=MONDAY, by=person("petugas"), now=MONDAY)
    Pause.objects.create(
        order=order, reason="payment", begins_at=wib(24, 0), ends_at=wib(26, 0), recorded_at=MONDAY,
        by=person("kasi.pjt"), evidence="x", evidence_sha256="x",
    )  # fmt: skip
    assert used(order, wib(26, 15))[1][0] == 1, "Tuesday and Wednesday were paused"


def test_an_undivided_promise_has_no_stages_and_offers_no_acts():
    order = enter(Service.objects.get(code="KAL"))
    assert used(order, MONDAY) == []
    page = text(signed_in("petugas").get(f"/pesanan/{order.pk}/"))
    assert "Catat mulai pengerjaan" not in page


def test_stages_are_recorded_one_after_the_other_on_the_orders_page(kal):
    order, desk = enter(kal), signed_in("petugas")
    page = text(desk.get(f"/pesanan/{order.pk}/"))
    assert "Catat mulai pengerjaan" in page
    assert "Catat mulai penyusunan hasil" not in page
    desk.post(f"/pesanan/{order.pk}/mulai-dikerjakan/", {"at": "2026-11-23T08:00"})
    assert "Catat mulai penyusunan hasil" in text(desk.get(f"/pesanan/{order.pk}/"))
    assert JournalEntry.objects.filter(verb="order.stage").count() == 1
    assert journal.first_broken() is None


@pytest.mark.parametrize(
    ("act", "at", "sentence"),
    [
        ("mulai-dikerjakan", "2026-11-23T09:00", "tidak boleh setelah 23 Nov 2026 08.00"),
        ("mulai-dikerjakan", "2026-11-20T09:00", "tidak boleh sebelum diterima"),
        ("mulai-disusun", "2026-11-22T09:00", "tidak boleh sebelum diterima"),
    ],
)
@pytest.mark.once
def test_a_stage_that_cannot_be_is_refused_at_its_field(kal, act, at, sentence):
    order = enter(kal)
    answer = signed_in("petugas").post(f"/pesanan/{order.pk}/{act}/", {"at": at})
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_stages_ascend_and_end_with_the_result(kal):
    order, act = enter(kal, wib(20)), {"by": person("petugas"), "now": MONDAY}
    actions.record_work(order=order, at=wib(21), **act)
    with pytest.raises(BadInput, match="sebelum dikerjakan"):
        actions.record_report(order=order, at=wib(20, 12), **act)
    with pytest.raises(BadInput, match="sebelum mulai pengerjaan"):
        actions.record_ready(order=order, at=wib(20, 15), **act)
    for stranger in ("kepala", "auditor", "pj.uji"):
        with pytest.raises(NotYours):
            actions.record_report(order=order, at=wib(22), by=person(stranger), now=MONDAY)


def test_a_round_notes_a_stage_that_nobody_recorded(kal):
    order, kasi = enter(kal), person("kasi.pjt")
    round = rounds.open_round(by=kasi, now=MONDAY)
    answer = rounds.Answer(
        order=order, seen=0, stage="report", state="running", at=None, cause=None, story=""
    )
    rounds.save_answers(round=round, answers=[answer], by=kasi, now=MONDAY)
    with pytest.raises(rounds.Unseen) as unseen:
        rounds.close_round(round=round, by=kasi, now=MONDAY, seen="")
    rounds.close_round(round=round, by=kasi, now=MONDAY, seen=unseen.value.mark)
    order.refresh_from_db()
    assert order.work_began_at == order.report_began_at == MONDAY


# --- what the stage says of the finish ----------------------------------------------------------


def earlier(kal: Service, days: list[int]) -> None:
    """Orders that were quick until their report began, and then took so many days."""
    for number, took in enumerate(days):
        start = datetime(2026, 10, 5, 9, tzinfo=WIB) + timedelta(days=number % 3)
        order = enter(kal, start, f"OLD-{number}")
        began = start + timedelta(hours=2)
        ready = clock.current_calendar().due_after_days(began, took)
        act = {"by": None, "now": ready, "capacity": "Seksi"}
        facts = {"work_began_at": began, "report_began_at": began}
        actions.change_order(order=order, facts=facts, **act)
        actions.record_ready(order=order, at=ready, **act)


def test_from_its_stage_on_an_order_is_compared_with_others_in_that_stage(kal):
    """Reports took two days, or nine: this one has four left when its report begins."""
    earlier(kal, [2] * 8 + [9] * 2)
    order = enter(kal, wib(17), "NEW")
    calendar = clock.current_calendar()
    whole = forecasting.forecast_of(order, wib(17), calendar)
    assert whole is not None
    assert whole.stage == ""
    facts = {"work_began_at": wib(18), "report_began_at": wib(18)}
    actions.change_order(order=order, facts=facts, by=None, now=wib(18), capacity="Seksi")
    begun = forecasting.forecast_of(order, wib(18), calendar)
    assert begun is not None
    assert begun.stage == "report_began_at"
    assert begun.likely == wib(20, 16, 30)
    assert begun.chance == pytest.approx(3 / 12)
    assert any("sejak hasilnya mulai disusun" in said for said in forecast_words.sentences(begun))
    slow = forecasting.forecast_of(order, wib(23), calendar)
    assert slow is not None
    assert slow.chance == pytest.approx(3 / 4), "slower than the eight quick ones"


def test_too_few_of_a_stage_leave_the_forecast_to_the_whole(kal):
    earlier(kal, [2] * 7)
    order = enter(kal, wib(17), "NEW")
    Order.objects.filter(pk=order.pk).update(report_began_at=wib(18))
    order.refresh_from_db()
    found = forecasting.forecast_of(order, wib(18), clock.current_calendar())
    assert found is not None
    assert found.stage == ""


def test_the_database_keeps_a_division_whole(kal):
    with pytest.raises(Exception, match="stages_make_up_the_promise"):
        SpmStandard.objects.filter(service=kal).update(intake_days=2)
