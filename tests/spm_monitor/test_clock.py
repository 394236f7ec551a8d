"""When an order starts, when its result is due, and what it is called on reading."""

from datetime import date, datetime, time, timedelta
from itertools import product

import pytest

from spm_monitor import clock
from spm_monitor.models import Customer, Holiday, OfficeHours, Order, Service, SpmStandard
from spm_monitor.refusals import BadInput
from spm_monitor.workdays import WIB, WorkingCalendar, to_wib
from tests.conftest import MONDAY, make_order

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)


def at(text: str) -> datetime:
    """An instant from `YYYY-MM-DD HH:MM`, WIB."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


@pytest.fixture
def calendar() -> WorkingCalendar:
    """The office's hours, and one holiday alone: Tuesday 8 December 2026."""
    Holiday.objects.all().delete()
    Holiday.objects.create(date=date(2026, 12, 8), name="Pemilihan", decree="Keppres contoh")
    return clock.load_calendar()


@pytest.fixture
def service() -> Service:
    """A service that promises 15 working days."""
    return Service.objects.get(code="UJI-ANEKA")


def promised(service: Service, **promise: object) -> SpmStandard:
    """The service's only promise, as given."""
    service.standards.all().delete()
    row = {"valid_from": date(2010, 1, 1), "days": 15, "decree": "contoh"} | promise
    return SpmStandard.objects.create(service=service, **row)


def order_of(service: Service, **facts: object) -> Order:
    """An order in hand, all of whose facts are known on Monday 23 November, but as given."""
    facts = dict.fromkeys(("received_at", "documents_at", "paid_at"), MONDAY) | facts
    return Order(number="A", service=service, section=service.section, **facts)


# --- start ------------------------------------------------------------------------------------


@pytest.mark.parametrize("latest", ["received_at", "documents_at", "paid_at"])
def test_the_start_is_the_latest_of_received_documents_and_paid(service, calendar, latest):
    order = order_of(service, **{latest: MONDAY + timedelta(days=1, hours=3)})
    assert clock.schedule(order, calendar).started_at == MONDAY + timedelta(days=1, hours=3)


@pytest.mark.parametrize("absent", ["documents_at", "paid_at"])
def test_while_one_is_missing_there_is_no_start_and_no_due(service, calendar, absent):
    result = clock.schedule(order_of(service, **{absent: None}), calendar)
    assert (result.started_at, result.due_at, result.standard) == (None, None, None)


def test_a_contract_customer_needs_no_payment(service, calendar):
    result = clock.schedule(order_of(service, contract=True, paid_at=None), calendar)
    assert result.started_at == MONDAY
    assert result.due_at == at("2026-12-15 16:00")


def test_a_contract_customer_who_paid_later_started_before(service, calendar):
    order = order_of(service, contract=True, paid_at=MONDAY + timedelta(days=9))
    assert clock.schedule(order, calendar).started_at == MONDAY


@pytest.mark.parametrize(
    ("column", "fact"), [("waits_for_documents", "documents_at"), ("waits_for_payment", "paid_at")]
)
def test_a_promise_names_what_it_waits_for(service, calendar, column, fact):
    promised(service, **{column: False})
    for missing_or_later in (None, MONDAY + timedelta(days=2)):
        order = order_of(service, **{fact: missing_or_later})
        assert clock.schedule(order, calendar).started_at == MONDAY


# --- due --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-23 08:00", 1, "2026-11-24 16:00"),
        ("2026-11-23 08:00", 15, "2026-12-15 16:00"),  # over the holiday
        ("2026-11-23 00:00", 4, "2026-11-27 16:30"),  # a Friday closes later
        ("2026-11-23 23:59", 4, "2026-11-27 16:30"),  # the date is day 0, whatever its hour
        ("2026-11-28 10:00", 1, "2026-11-30 16:00"),  # a Saturday is day 0 too
        ("2026-12-07 15:59", 1, "2026-12-09 16:00"),
        ("2026-12-08 09:00", 1, "2026-12-09 16:00"),  # so is a holiday
    ],
)
def test_the_due_is_the_closing_of_the_nth_working_day_after_the_start(
    service, calendar, start, days, due
):
    promised(service, days=days)
    order = order_of(service, paid_at=at(start), received_at=at(start), documents_at=at(start))
    assert clock.schedule(order, calendar).due_at == at(due)


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (3, "2026-11-26 16:00"),
        (5, "2026-11-30 16:00"),  # a Saturday: the next working day
        (6, "2026-11-30 16:00"),
        (15, "2026-12-09 16:00"),  # the holiday: the day after
    ],
)
def test_calendar_days_count_each_date_and_end_on_a_working_day(service, calendar, days, due):
    promised(service, days=days, unit=SpmStandard.Unit.CALENDAR)
    assert clock.schedule(order_of(service), calendar).due_at == at(due)


def test_a_promised_target_is_the_due_even_before_the_start(service, calendar):
    target = at("2026-12-06 19:30")  # a Sunday evening stays what was said
    result = clock.schedule(order_of(service, target_at=target, paid_at=None), calendar)
    assert (result.due_at, result.started_at) == (target, None)
    result = clock.schedule(order_of(service, target_at=target), calendar)
    assert (result.due_at, result.started_at) == (target, MONDAY)


def test_without_a_promise_in_force_only_a_target_will_do(service, calendar):
    promised(service, valid_from=date(2027, 1, 1))
    with pytest.raises(BadInput) as refusal:
        clock.schedule(order_of(service), calendar)
    assert refusal.value.field == "service"
    target = at("2026-12-04 16:00")
    assert clock.schedule(order_of(service, target_at=target), calendar).due_at == target


def test_the_promise_in_force_when_the_order_starts_counts(service, calendar):
    newer = SpmStandard.objects.create(
        service=service, valid_from=date(2026, 12, 1), days=3, decree="baru"
    )
    order = order_of(service, paid_at=at("2026-12-01 09:00"))
    result = clock.schedule(order, calendar)
    assert (result.standard, result.due_at) == (newer, at("2026-12-04 16:30"))


def test_a_later_promise_never_moves_an_order_that_started(service, calendar):
    order = order_of(service)
    order.standard = clock.schedule(order, calendar).standard
    promised_before = order.standard
    SpmStandard.objects.create(service=service, valid_from=date(2026, 11, 1), days=3, decree="baru")
    result = clock.schedule(order, calendar)
    assert (result.standard, result.due_at) == (promised_before, at("2026-12-15 16:00"))


def test_the_calendar_is_read_again_when_a_row_changes():
    monday = date(2026, 11, 23)
    assert clock.current_calendar().is_working_day(monday)
    assert clock.current_calendar() is clock.current_calendar()
    holiday = Holiday.objects.create(date=monday, name="Libur mendadak")
    assert not clock.current_calendar().is_working_day(monday)
    holiday.delete()
    assert clock.current_calendar().is_working_day(monday)
    OfficeHours.objects.filter(pk__gt=0).delete()
    assert not clock.current_calendar().is_working_day(monday)


# --- near, late, days -------------------------------------------------------------------------


def test_near_reaches_to_the_end_of_the_third_working_day(calendar):
    assert clock.near_limit(MONDAY, calendar) == at("2026-11-27 00:00")
    assert clock.near_limit(at("2026-11-26 23:59"), calendar) == at("2026-12-02 00:00")
    assert clock.near_limit(at("2026-12-05 12:00"), calendar) == at("2026-12-11 00:00")


@pytest.mark.parametrize(
    ("due", "state"),
    [
        (MONDAY - INSTANT, Order.State.OVERDUE),
        (MONDAY, Order.State.NEAR),  # on the minute is in time
        (at("2026-11-26 23:59"), Order.State.NEAR),
        (at("2026-11-27 00:00"), Order.State.IN_SPM),
        (None, Order.State.NOT_STARTED),
    ],
)
def test_the_state_of_an_open_order_follows_from_its_due(service, calendar, due, state):
    near = clock.near_limit(MONDAY, calendar)
    assert order_of(service, due_at=due).state(now=MONDAY, near=near) == state


@pytest.mark.parametrize(
    ("ready", "state"),
    [
        (MONDAY, Order.State.DONE_IN_SPM),  # ready at the due instant is in SPM
        (MONDAY + INSTANT, Order.State.DONE_LATE),
    ],
)
def test_the_result_ends_the_clock_whatever_comes_after(service, calendar, ready, state):
    order = order_of(service, due_at=MONDAY, ready_at=ready)
    order.handed_over_at = MONDAY + timedelta(days=50)
    years_later = MONDAY + timedelta(days=900)
    assert order.state(now=years_later, near=clock.near_limit(years_later, calendar)) == state


@pytest.mark.parametrize(
    ("due", "left"),
    [
        (None, None),
        ("2026-11-23 16:00", 0),
        ("2026-11-20 16:00", 0),
        ("2026-11-24 16:00", 1),
        ("2026-11-28 12:00", 4),  # a promised Saturday: Friday was the last day worked
        ("2026-12-09 16:00", 11),
    ],
)
def test_days_left_are_the_working_days_after_today(service, calendar, due, left):
    order = order_of(service, due_at=at(due) if due else None)
    assert clock.days_left(order, MONDAY, calendar) == left


@pytest.mark.parametrize(
    ("facts", "late"),
    [
        ({"due": 0}, 0),
        ({"due": -1}, 1),
        ({"due": -5}, 5),
        ({"due": -5, "estimate": 7}, 12),  # open: the later of estimate and today
        ({"due": -5, "estimate": -3}, 5),
        ({"due": 5, "estimate": 7}, 2),  # expected late
        ({"due": 5, "estimate": 5}, 0),
        ({"due": -5, "ready": -2}, 3),
        ({"due": -5, "ready": -5}, 0),
        ({"due": -5, "withdrawn": -1}, 4),
        ({"due": -5, "withdrawn": -6}, 0),
        ({"due": None}, 0),
    ],
)
def test_days_late_are_the_dates_between_due_and_end(service, facts, late):
    instants = {
        f"{name}_at": None if days is None else MONDAY + timedelta(days=days)
        for name, days in facts.items()
    }
    assert clock.days_late(order_of(service, **instants), MONDAY) == late


def test_an_order_late_by_minutes_is_one_day_late(service):
    order = order_of(service, due_at=MONDAY, ready_at=MONDAY + timedelta(minutes=1))
    assert clock.days_late(order, MONDAY + timedelta(hours=1)) == 1


# --- the same answers from the database -------------------------------------------------------


def test_the_database_and_an_order_in_hand_agree_on_state_and_lateness(service, calendar):
    """Every way due, result, withdrawal and pause can lie to one another, to now and the limit."""
    near = clock.near_limit(MONDAY, calendar)
    edges = [
        edge + step for edge in (MONDAY, near) for step in (-INSTANT, timedelta(0), INSTANT)
    ] + [MONDAY - timedelta(days=9), MONDAY + timedelta(days=90)]  # fmt: skip
    customer = Customer.objects.create(name="PT Kisi")
    ends: list[dict[str, datetime]] = [{}]
    ends += [{name: edge} for name in ("ready_at", "withdrawn_at") for edge in edges]
    Order.objects.bulk_create(
        Order(
            number=str(i), customer=customer, service=service, section=service.section,
            received_at=MONDAY, due_at=due, paused_since=paused, **end,
        )
        for i, (due, end, paused) in enumerate(product([None, *edges], ends, [None, MONDAY]))
    )  # fmt: skip
    orders = list(Order.objects.all())
    assert len(orders) == 9 * 17 * 2

    by_state = {
        state: set(
            Order.objects.in_state(state, now=MONDAY, near=near).values_list("pk", flat=True)
        )
        for state in Order.State.values
    }
    assert sum(map(len, by_state.values())) == len(orders)  # one state each
    assert all(by_state.values())  # none of them is empty
    late = set(Order.objects.late(MONDAY).values_list("pk", flat=True))
    still_open = set(Order.objects.open().values_list("pk", flat=True))
    for order in orders:
        assert order.pk in by_state[order.state(now=MONDAY, near=near)], order
        assert (order.pk in late) == order.late(MONDAY), order
        assert (order.pk in still_open) == (not order.ended), order


# --- dates without an hour --------------------------------------------------------------------


def test_a_date_without_an_hour_is_the_beginning_or_the_closing_of_its_day(calendar):
    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)
    assert clock.instant_of_date("received_at", friday, calendar) == at("2026-11-27 00:00")
    assert clock.instant_of_date("ready_at", friday, calendar) == at("2026-11-27 16:30")
    assert to_wib(clock.instant_of_date("target_at", saturday, calendar)).time() == time(16)
    order = make_order(received_at=at("2026-11-23 00:00"), ready_at=at("2026-11-27 16:29"))
    assert clock.kept_without_hour(order, calendar) == {"received_at"}
