"""When an order will likely end and how likely outside its SPM, from what was known that day."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spm_monitor import clock, forecasting
from spm_monitor.forecast_words import chance_words, sentences
from spm_monitor.forecasting import ENOUGH, NEWEST, Forecast, Result, outlook, quantile
from spm_monitor.models import Holiday, Order, Pause, SpmStandard
from spm_monitor.pauses import Span, of_dates
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, day, make_order, person
from tests.spm_monitor.test_workdays import PLAIN, wib

PROMISED = 10
BEGUN = datetime(2026, 9, 7, 9, 0, tzinfo=WIB)  # long before MONDAY
once = pytest.mark.once
pytestmark = pytest.mark.django_db


def took(days: int, promised: int = PROMISED) -> Result:
    """A result after so many days."""
    return Result(days / promised, days, promised, days > promised)


TEN = [took(days) for days in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12)]


# --- days -------------------------------------------------------------------------------------


@once
@pytest.mark.parametrize(
    ("end", "days"),
    [
        ("2026-03-02 15:00", 0),  # on the start's own date
        ("2026-03-02 16:01", 1),  # after closing: the next day's
        ("2026-03-03 16:00", 1),
        ("2026-03-03 16:01", 2),
        ("2026-03-07 10:00", 5),  # a Saturday is over with Monday's closing, as a due would be
        ("2026-03-09 16:00", 5),
    ],
)
def test_days_count_up_to_the_first_closing_at_or_after_the_result(end, days):
    assert forecasting.days_taken(wib("2026-03-02 09:00"), wib(end), (), PLAIN) == days


@once
def test_wholly_paused_days_are_not_counted():
    start, end = wib("2026-03-02 09:00"), wib("2026-03-12 12:00")
    two_days = (of_dates(day("2026-03-04"), day("2026-03-05")),)
    part = (Span(wib("2026-03-04 10:00"), wib("2026-03-04 15:00")),)
    assert forecasting.days_taken(start, end, (), PLAIN) == 8
    assert forecasting.days_taken(start, end, two_days, PLAIN) == 6
    assert forecasting.days_taken(start, end, part, PLAIN) == 8


@once
def test_an_order_is_late_when_it_takes_more_days_than_promised():
    start = wib("2026-03-02 09:00")
    due = PLAIN.due_after_days(start, 5)
    for ready, late in ((due, False), (due + timedelta(microseconds=1), True)):
        result = forecasting.result_of(start, due, ready, (), PLAIN)
        assert (result.late, result.days > result.promised) == (late, late)


# --- what earlier results say -----------------------------------------------------------------


@once
@pytest.mark.parametrize(
    ("percent", "of", "days"),
    [(50, 10, 6), (25, 10, 4), (90, 10, 10), (50, 1, 2), (90, 1, 2), (25, 4, 2), (50, 3, 3)],
)
def test_a_quantile_is_a_day_that_happened(percent, of, days):
    assert quantile(TEN[:of], percent).days == days


@once
def test_a_new_order_is_compared_with_all():
    seen = outlook(TEN, 0, PROMISED)
    assert (seen.early, seen.likely, seen.late) == (4, 6, 10)
    assert (seen.earlier, seen.comparable, seen.chance) == (10, 10, 2 / 12)


@once
def test_an_order_that_has_used_days_is_compared_with_those_that_took_as_many():
    seen = outlook(TEN, 8, PROMISED)  # 8, 9, 10, 12 days
    assert (seen.early, seen.likely, seen.late) == (8, 9, 12)
    assert (seen.earlier, seen.comparable, seen.chance) == (10, 4, 2 / 6)


@once
def test_a_longer_promise_stretches_what_earlier_ones_took():
    seen = outlook(TEN, 0, 15)
    assert (seen.early, seen.likely, seen.late) == (6, 9, 15)
    assert seen.chance == outlook(TEN, 0, PROMISED).chance
    assert outlook([took(1, 3)] * 8, 5, 15).comparable == 8  # a third of either


@once
def test_under_eight_results_the_norm_stands_without_a_chance():
    few, enough = (outlook(TEN[:n], 0, PROMISED) for n in (ENOUGH - 1, ENOUGH))
    assert (few.likely, few.early, few.late, few.chance) == (PROMISED, None, None, None)
    assert (enough.likely, enough.chance) == (5, 1 / 10)


@once
def test_what_is_slower_than_all_has_no_day_and_a_high_chance():
    seen = outlook(TEN, 13, PROMISED)
    assert (seen.likely, seen.comparable, seen.chance) == (None, 0, 11 / 12)


# --- of orders in the database ----------------------------------------------------------------


@pytest.fixture
def calendar(db):
    return clock.current_calendar()


def ended(number: int, days: int, *, begun: datetime = BEGUN, **facts) -> Order:
    """An order that took so many days of the ten promised."""
    calendar = clock.current_calendar()
    due, ready = (calendar.due_after_days(begun, n) for n in (PROMISED, days))
    return make_order(
        f"LAMA-{number}", **{"started_at": begun, "due_at": due, "ready_at": ready} | facts
    )


def experience() -> list[Order]:
    """The ten results of TEN."""
    return [ended(number, one.days) for number, one in enumerate(TEN)]


def under_way(number: str = "UJI-9", *, days_ago: int = 0, **facts) -> Order:
    """An order that started so many working days ago."""
    calendar = clock.current_calendar()
    start = MONDAY - timedelta(days=days_ago)
    due = calendar.due_after_days(start, PROMISED)
    return make_order(number, **{"started_at": start, "due_at": due} | facts)


def said(order: Order, now: datetime = MONDAY) -> Forecast:
    found = forecasting.forecast_of(order, now, clock.current_calendar())
    assert found is not None
    return found


def test_the_likely_finish_is_the_closing_of_its_day(calendar):
    experience()
    order = under_way()
    found = said(order)
    assert found.likely == calendar.due_after_days(order.started_at, 6)
    assert found.early == calendar.due_after_days(order.started_at, 4)
    assert found.late == order.due_at
    assert (found.used, found.overdue, found.chance) == (0, False, 2 / 12)


def test_today_counts_until_it_closes():
    experience()
    order = under_way()
    closing = MONDAY.replace(hour=16)
    assert said(order, closing).used == 0
    assert said(order, closing + timedelta(minutes=1)).used == 1


def test_a_holiday_ahead_moves_the_likely_finish():
    experience()
    before = said(under_way()).likely
    Holiday.objects.create(date=MONDAY.date() + timedelta(days=1), name="Libur")
    assert said(Order.objects.get(number="UJI-9")).likely == before + timedelta(days=1)


def test_a_result_of_a_minute_later_changes_nothing():
    experience()
    order = under_way()
    before = said(order)
    late = ended(99, 30)
    Order.objects.filter(pk=late.pk).update(ready_at=MONDAY)
    assert said(order) == before
    Order.objects.filter(pk=late.pk).update(ready_at=MONDAY - timedelta(minutes=1))
    assert said(order) != before


def test_other_services_withdrawn_and_unstarted_orders_say_nothing():
    order = under_way()
    for number, one in enumerate(TEN):
        ended(number, one.days, service="KAL")
    ended(20, 3, ready_at=None, withdrawn_at=MONDAY)
    ended(21, 3, started_at=None)
    assert said(order).outlook.earlier == 0


def test_paused_days_of_earlier_orders_and_of_this_one_are_not_counted(calendar):
    orders = experience()
    order = under_way(days_ago=14)
    before, at = said(order), order.started_at
    _pause(order, at.replace(hour=0) + timedelta(days=1), at.replace(hour=0) + timedelta(days=4))
    assert said(order).used == before.used - 3
    dropped = _pause(order, at + timedelta(days=7), at + timedelta(days=10))
    Pause.objects.filter(pk=dropped.pk).update(dropped_at=MONDAY)
    assert said(order).used == before.used - 3
    for each in orders:  # the first two days after the start
        midnight = BEGUN.replace(hour=0)
        _pause(each, midnight + timedelta(days=1), midnight + timedelta(days=3))
    assert said(under_way("UJI-10")).outlook.likely == -(-4 * PROMISED // 8)


def _pause(order: Order, begins: datetime, ends: datetime | None) -> Pause:
    return Pause.objects.create(
        order=order, reason="material", begins_at=begins, ends_at=ends, evidence="x",
        evidence_sha256="0" * 64, recorded_at=MONDAY, by=person("petugas"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        {"started_at": None},
        {"due_at": None},
        {"ready_at": MONDAY},
        {"withdrawn_at": MONDAY},
        {"paused_since": MONDAY},
    ],
)
def test_only_an_open_started_order_that_does_not_wait_is_forecast(calendar, facts):
    experience()
    assert forecasting.forecast_of(under_way(**facts), MONDAY, calendar) is None


def test_under_eight_results_the_due_stands_for_the_forecast():
    for number in range(ENOUGH - 1):
        ended(number, 3)
    order = under_way()
    few = said(order)
    assert (few.from_norm, few.likely, few.chance) == (True, order.due_at, None)
    ended(7, 3)
    enough = said(order)
    assert not enough.from_norm
    assert enough.likely < order.due_at


def test_past_its_due_an_order_is_outside_for_certain():
    experience()
    assert said(under_way(days_ago=28)).chance == 1


def test_a_promise_for_a_certain_hour_or_in_calendar_days_is_forecast_too():
    experience()
    SpmStandard.objects.update(unit=SpmStandard.Unit.CALENDAR)
    target = MONDAY + timedelta(days=11, hours=2)  # Friday, 10.00: the ninth working day
    order = under_way(target_at=target, due_at=target)
    found = said(order)
    assert found.outlook.likely == 6  # six tenths of nine days
    assert found.chance == 2 / 12


def test_a_promise_of_before_the_start_is_forecast_too():
    experience()
    past = MONDAY - timedelta(days=3)
    assert said(under_way(target_at=past, due_at=past)).overdue


def test_only_the_newest_results_count(calendar, monkeypatch):
    monkeypatch.setattr(forecasting, "NEWEST", 8)
    for number in range(8):
        ended(number, 9)
    later = BEGUN + timedelta(days=14)
    for number in range(8, 16):
        ended(number, 2, begun=later)
    found = said(under_way())
    assert (found.outlook.earlier, found.outlook.late) == (8, 2)


def test_many_orders_of_many_services_cost_the_queries_of_one(calendar):
    counts = []
    for rounds in (1, 9):
        for number in range(rounds):
            for service in ("UJI-ANEKA", "KAL", "SERT-MUTU"):
                one = f"{rounds}-{number}-{service}"
                ended(one, 3, service=service)
                under_way(one, service=service)
        orders = list(Order.objects.open())
        with CaptureQueriesContext(connection) as queries:
            found = forecasting.forecasts_of(orders, MONDAY, calendar)
        assert len(found) == len(orders)
        counts.append(len(queries))
    assert counts == [2, 2]


def test_nothing_to_forecast_asks_nothing(calendar, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert forecasting.forecasts_of([], MONDAY, calendar) == {}


# --- in words ---------------------------------------------------------------------------------


def test_the_forecast_in_words():
    experience()
    assert sentences(said(under_way())) == [
        "Biasanya selesai 1 Des 2026 (antara 27 Nov dan 7 Des 2026).",
        "Kemungkinan di luar SPM sekitar 1 dari 5.",
        "Dihitung dari 10 pesanan layanan ini yang sudah selesai.",
    ]


def test_the_words_say_with_how_many_a_slow_order_is_compared():
    experience()
    assert sentences(said(under_way(days_ago=12))) == [
        "Biasanya selesai 24 Nov 2026 (antara 23 dan 27 Nov 2026).",
        "Kemungkinan di luar SPM sekitar 1 dari 3.",
        "Dihitung dari 4 pesanan yang memakan waktu paling sedikit selama ini,"
        " di antara 10 pesanan layanan ini yang sudah selesai.",
    ]


def test_the_words_where_none_was_as_slow():
    for number in range(ENOUGH):
        ended(number, 3)
    none = "Tidak satu pun dari 8 pesanan layanan ini yang sudah selesai memakan waktu selama ini,"
    none += " jadi hari selesainya tidak dapat diprakirakan."
    slow, late = under_way(days_ago=7), under_way("UJI-10", days_ago=28)
    assert sentences(said(slow)) == [none, "Kemungkinan di luar SPM tinggi."]
    assert sentences(said(late)) == [none, "Target sudah lewat."]


def test_the_words_of_the_norm():
    assert sentences(said(under_way())) == [
        "Belum ada pesanan layanan ini yang selesai: belum cukup untuk prakiraan.",
        "Patokannya target: 7 Des 2026.",
    ]
    ended(1, 3)
    assert sentences(said(under_way("UJI-10", days_ago=28))) == [
        "Baru 1 pesanan layanan ini yang selesai: belum cukup untuk prakiraan.",
        "Target sudah lewat.",
    ]


@once
@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.01, "kurang dari 1 dari 20"),
        (0.06, "sekitar 1 dari 10"),
        (0.27, "sekitar 1 dari 4"),
        (0.37, "sekitar 2 dari 5"),
        (0.5, "sekitar 1 dari 2"),
        (0.92, "sekitar 9 dari 10"),
        (0.97, "lebih dari 19 dari 20"),
    ],
)
def test_a_chance_in_words(chance, words):
    assert chance_words(chance) == words


@once
def test_an_old_service_speaks_of_its_newest_orders():
    seen = outlook([took(3)] * NEWEST, 0, PROMISED)
    found = Forecast(
        outlook=seen, used=0, overdue=False, likely=MONDAY, early=MONDAY, late=MONDAY
    )  # fmt: skip
    assert sentences(found)[0] == "Biasanya selesai 23 Nov 2026."
    assert sentences(found)[2].startswith("Dihitung dari 200 pesanan terakhir layanan ini")
