"""A due explained day by day says just what the clock counted.

Zammad 390: nobody could see why a date is what it is.
"""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kompensasi.cases.customer_link import customer_url
from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from spm_monitor import actions, clock, day_by_day
from spm_monitor.models import Customer, Holiday, Order, Pause, Service, SpmStandard
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, late_order, person, signed_in
from tests.settings_pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def wib(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=WIB)


def order_of(start: datetime, days: int, unit: str = "working", waits=()) -> tuple[Order, list]:
    """An order that is not saved, with its pauses."""
    service = Service.objects.get(code="KAL")
    standard = SpmStandard(service=service, days=days, unit=unit, valid_from=date(2010, 1, 1))
    order = Order(
        number="X", service=service, section=service.section, standard=standard,
        received_at=start, documents_at=start, paid_at=start, started_at=start,
    )  # fmt: skip
    found = [Pause(reason="payment", begins_at=a, ends_at=b) for a, b in waits]
    spans = day_by_day.pauses.merged(wait.span for wait in found)
    order.due_at = clock.due_of(standard, start, spans, clock.current_calendar())
    order.paused_since = spans[-1].begins if spans and spans[-1].ends is None else None
    return order, found


def days(order: Order, waits: list, now: datetime = MONDAY) -> list[day_by_day.Day]:
    return day_by_day.days_of(order, waits, now, clock.current_calendar())


def test_each_date_says_why_it_counts_or_not():
    """Over Christmas: day 0, working days, a weekend, a holiday and a cuti bersama."""
    order, _ = order_of(wib(2026, 12, 22, 9, 15), 3)
    told = [(day.date.day, day.counted, day.reason) for day in days(order, [])]
    off = {h.date.day: h for h in Holiday.objects.filter(date__range=("2026-12-24", "2026-12-25"))}
    assert told == [
        (22, 0, "mulai 09.15 WIB, tidak dihitung"),
        (23, 1, "hari kerja ke-1 dari 3"),
        (24, 0, f"cuti bersama: {off[24].name} ({off[24].decree})"),
        (25, 0, f"libur nasional: {off[25].name} ({off[25].decree})"),
        (26, 0, "akhir pekan"),
        (27, 0, "akhir pekan"),
        (28, 2, "hari kerja ke-2 dari 3"),
        (29, 3, "hari kerja ke-3 dari 3, target selesai 16.00 WIB"),
    ]


def test_a_paused_day_says_what_was_waited_for():
    order, waits = order_of(MONDAY, 3, waits=[(wib(2026, 11, 25), wib(2026, 11, 26, 9))])
    told = {day.date.day: day for day in days(order, waits)}
    assert told[25].reason == "dijeda: tagihan belum dibayar atau kedaluwarsa"
    assert told[25].paused
    assert told[26].counted == 2, "part of a day costs nothing"
    assert told[27].due


def test_while_a_pause_goes_on_it_leads_up_to_today():
    order, waits = order_of(MONDAY, 5, waits=[(wib(2026, 11, 25), None)])
    told = days(order, waits, now=wib(2026, 11, 27, 10))
    assert [day.date.day for day in told] == [23, 24, 25, 26, 27]
    assert [day.paused for day in told] == [False, False, True, True, True]
    assert told[-1].today


def test_what_the_clock_does_not_say_any_more_is_not_explained():
    order, _ = order_of(MONDAY, 5)
    assert order.due_at is not None
    order.due_at += timedelta(days=1)
    assert days(order, []) == []
    order.target_at = order.due_at
    assert days(order, []) == []


moments = st.integers(0, 60 * 24 * 60)


@given(
    start=moments, n=st.integers(1, 25), unit=st.sampled_from(["working", "calendar"]),
    waits=st.lists(st.tuples(moments, st.integers(1, 9 * 24 * 60)), max_size=4),
)  # fmt: skip
@settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
def test_it_counts_as_many_days_as_were_promised_and_ends_on_the_due(start, n, unit, waits):
    """Against the clock, over weeks with Ramadan's end and its joint holidays."""
    begin = wib(2026, 2, 20)
    at = [(begin + timedelta(minutes=a), begin + timedelta(minutes=a + b)) for a, b in waits]
    order, found = order_of(begin + timedelta(minutes=start), n, unit, at)
    told = days(order, found, now=begin)
    assert told, "the clock gave a due, so there is a way to it"
    assert max(day.counted for day in told) == n
    assert [day.counted for day in told if day.counted] == list(range(1, n + 1))
    assert [day.date for day in told if day.due] == [order.due_at.astimezone(WIB).date()]
    assert told[-1].due


# --- where it is read ---------------------------------------------------------------------------


def entered() -> Order:
    service = Service.objects.get(code="KAL")
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), MONDAY)
    customer = Customer.objects.create(name="PT Uji")
    facts = begun | {"number": "K-1", "service": service, "customer": customer}
    return actions.enter_order(facts=facts, by=person("petugas"), now=MONDAY)


def test_it_stands_on_the_order_and_on_a_page_to_print():
    order = entered()
    client = signed_in("pj.kal")
    assert "hari kerja ke-5 dari 5, target selesai" in text(client.get(f"/pesanan/{order.pk}/"))
    page = text(client.get(f"/pesanan/{order.pk}/hari/"))
    assert "Perhitungan target selesai" in page
    assert "hari kerja ke-5 dari 5, target selesai" in page
    assert signed_in("pj.uji").get(f"/pesanan/{order.pk}/hari/").status_code == 404


def test_there_is_no_page_of_a_promise_that_was_not_counted():
    order = late_order("L-1")
    if order.target_at is None:
        Order.objects.filter(pk=order.pk).update(target_at=order.due_at)
    assert signed_in("kasi.pjt").get(f"/pesanan/{order.pk}/hari/").status_code == 404


def test_the_customer_reads_it_too_and_what_the_work_waits_for(client):
    order = entered()
    late = order.due_at + timedelta(hours=2)
    sweep(late)
    address = customer_url(Case.objects.get(order=order)).partition("/lacak/")[2]
    assert "hari kerja ke-5 dari 5, target selesai" in text(client.get(f"/lacak/{address}"))
    Pause.objects.create(
        order=order, reason="payment", begins_at=MONDAY + timedelta(days=1), recorded_at=late,
        by=person("kasi.pjt"), evidence="x", evidence_sha256="x",
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(
        due_at=None, flagged_due_at=None, paused_since=MONDAY + timedelta(days=1)
    )
    page = text(client.get(f"/lacak/{address}"))
    assert "Yang kami tunggu: tagihan belum dibayar atau kedaluwarsa." in page
