"""The working calendar against clocks that count one tick and one day at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from itertools import count, islice, pairwise, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spm_monitor.workdays import WIB, DayOff, Hours, WorkingCalendar

pytestmark = pytest.mark.once


def segments(*clock):
    """segments("07.30", "12.00") is one stretch of work."""
    edges = [time.fromisoformat(edge.replace(".", ":")) for edge in clock]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


MON_THU = segments("07.30", "12.00", "13.00", "16.00")
FRI = segments("07.30", "11.30", "13.00", "16.30")
STANDING = Hours(date(1990, 1, 1), None, {0: MON_THU, 1: MON_THU, 2: MON_THU, 3: MON_THU, 4: FRI})
FAST = segments("08.00", "12.00", "12.30", "15.00")
RAMADAN_WEEK = {**dict.fromkeys(range(4), FAST), 4: segments("08.00", "11.30", "12.30", "15.30")}
RAMADAN = Hours(date(2026, 2, 18), date(2026, 3, 19), RAMADAN_WEEK)
# A Wednesday's chain: two joint days, two national ones, a joint one, then a weekend.
LEBARAN = (
    DayOff(date(2026, 3, 18), "Idulfitri", "SKB 2/2025", True),
    DayOff(date(2026, 3, 19), "Nyepi", "SKB 2/2025", False),
    DayOff(date(2026, 3, 20), "Idulfitri", "SKB 2/2025", True),
    DayOff(date(2026, 3, 21), "Idulfitri", "SKB 2/2025", False),
    DayOff(date(2026, 3, 23), "Idulfitri", "SKB 2/2025", True),
)
PLAIN = WorkingCalendar((STANDING,), ())
CALENDAR = WorkingCalendar((STANDING, RAMADAN), LEBARAN)
# A decree that changes in the middle of all, and Saturdays worked for a while.
ODD = WorkingCalendar(
    (
        RAMADAN,
        STANDING,
        Hours(date(2026, 5, 6), date(2026, 5, 30), {**RAMADAN_WEEK, 5: segments("09.00", "09.30")}),
        Hours(date(2026, 6, 1), None, {0: MON_THU, 2: (), 3: segments("00.00", "23.59")}),
    ),
    (*LEBARAN, DayOff(date(2026, 6, 1), "Hari Lahir Pancasila", "", False)),
)


def wib(text):
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


NAIVE, AWARE = datetime(2026, 1, 15, 9), wib("2026-01-15 09:00")


# The oracles know nothing of tables: they look at one day, one half minute at a time.


def hours_on(calendar, day):
    if any(off.date == day for off in calendar.days_off):
        return ()
    in_force = [
        row
        for row in calendar.hours
        if row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)
    ]
    return max(in_force, key=lambda row: row.valid_from).week.get(day.weekday(), ())


@cache
def ticks(calendar, day):
    """Starts of the worked half minutes of one day."""
    found = []
    for opening, closing in hours_on(calendar, day):
        at = datetime.combine(day, opening, WIB)
        while at < datetime.combine(day, closing, WIB):
            found.append(at)
            at += timedelta(seconds=30)
    return found


def ticks_from(calendar, start):
    for days in count():
        day = start.date() + timedelta(days)
        yield from (tick for tick in ticks(calendar, day) if days or tick >= start)


def working_days_after(calendar, day):
    for days in count(1):
        if hours_on(calendar, day + timedelta(days)):
            yield day + timedelta(days)


calendars = st.sampled_from([PLAIN, CALENDAR, ODD])
days = st.dates(date(2026, 2, 1), date(2026, 6, 20))
# Halves of minutes, drawn to the edges of the office's day more often than chance would.
edges = st.sampled_from([450, 480, 690, 720, 750, 780, 900, 930, 960, 990, 0, 1439])
clocks = st.one_of(edges, st.integers(0, 1439))
instants = st.builds(
    lambda day, minute, half: (
        datetime.combine(day, time(), WIB) + timedelta(minutes=minute, seconds=30 * half)
    ),
    days,
    clocks,
    st.booleans(),
)
exact = st.datetimes(datetime(2026, 2, 1), datetime(2026, 6, 20), timezones=st.just(WIB))
minutes = st.integers(0, 3000)


@settings(max_examples=150, deadline=None)
@given(calendars, instants, minutes)
def test_added_minutes_end_where_a_clock_that_ticks_through_office_hours_ends(calendar, start, n):
    if n == 0:
        expected = next(ticks_from(calendar, start))
    else:
        expected = next(islice(ticks_from(calendar, start), 2 * n - 1, None))
        expected += timedelta(seconds=30)
    assert calendar.add_minutes(start, n) == expected


@settings(max_examples=100, deadline=None)
@given(calendars, instants, st.integers(0, 30 * 2880))
def test_minutes_between_counts_the_ticks_of_office_hours(calendar, a, halves):
    b = a + timedelta(seconds=30 * halves)
    ticked = sum(
        a <= tick < b
        for days in range((b.date() - a.date()).days + 1)
        for tick in ticks(calendar, a.date() + timedelta(days))
    )
    assert calendar.minutes_between(a, b) == ticked // 2
    assert calendar.minutes_between(b, a) == -(ticked // 2)


@given(calendars, exact, st.integers(1, 60))
def test_due_is_the_closing_of_the_nth_working_day_counted_day_by_day(calendar, start, n):
    day = next(islice(working_days_after(calendar, start.date()), n - 1, None))
    due = calendar.due_after_days(start, n)
    assert due == datetime.combine(day, hours_on(calendar, day)[-1][1], WIB)
    assert calendar.nth_working_day(start.date(), n) == day
    assert calendar.working_days_between(start.date(), day) == n


@given(calendars, days, days)
def test_working_days_between_counts_after_the_first_and_up_to_the_last(calendar, a, b):
    counted = sum(
        bool(hours_on(calendar, a + timedelta(days))) for days in range(1, (b - a).days + 1)
    )
    assert calendar.working_days_between(a, b) == counted


@given(calendars, days)
def test_a_day_is_worked_when_it_has_hours_and_closes_with_the_last_of_them(calendar, day):
    worked = hours_on(calendar, day)
    assert calendar.is_working_day(day) is bool(worked)
    assert calendar.closing(day) == datetime.combine(
        day, worked[-1][1] if worked else time(16), WIB
    )


@given(calendars, exact, minutes)
def test_minutes_between_a_start_and_its_due_are_the_minutes_added(calendar, start, n):
    assert calendar.minutes_between(start, calendar.add_minutes(start, n)) == n


@given(calendars, exact, st.integers(0, 900), st.integers(0, 900))
def test_minutes_added_in_two_parts_are_minutes_added_at_once(calendar, start, m, n):
    assert calendar.add_minutes(calendar.add_minutes(start, m), n) in (
        calendar.add_minutes(start, m + n),
        # A segment's end counts as outside: nothing more to do there moves to the next opening.
        calendar.next_opening(calendar.add_minutes(start, m + n)),
    )


@given(calendars, exact, exact, minutes, st.integers(1, 40))
def test_who_starts_later_is_never_due_earlier(calendar, a, b, m, n):
    a, b = sorted((a, b))
    assert calendar.add_minutes(a, m) <= calendar.add_minutes(b, m)
    assert calendar.due_after_days(a, n) <= calendar.due_after_days(b, n)
    assert calendar.due_after_calendar_days(a, n) <= calendar.due_after_calendar_days(b, n)
    assert calendar.next_opening(a) <= calendar.next_opening(b)
    assert calendar.closing_at_or_after(a) <= calendar.closing_at_or_after(b)
    assert calendar.minutes_between(a, b) >= 0


@given(calendars, exact, st.integers(1, 3000), st.integers(1, 40))
def test_who_is_promised_more_is_due_later(calendar, start, m, n):
    assert start < calendar.add_minutes(start, m) < calendar.add_minutes(start, m + 1)
    assert calendar.due_after_days(start, n) < calendar.due_after_days(start, n + 1)


@given(calendars, exact, st.integers(1, 90))
def test_calendar_days_run_through_days_off_and_end_on_a_working_day(calendar, start, n):
    day = start.date() + timedelta(n)
    if not hours_on(calendar, day):
        day = next(working_days_after(calendar, day))
    assert calendar.due_after_calendar_days(start, n) == calendar.closing(day)


@given(calendars, exact)
def test_the_next_closing_is_the_first_at_or_after_the_instant(calendar, instant):
    today, following = instant.date(), working_days_after(calendar, instant.date())
    closing = calendar.closing(today)
    if not hours_on(calendar, today) or closing < instant:
        closing = calendar.closing(next(following))
    assert calendar.closing_at_or_after(instant) == closing
    assert calendar.closing_at_or_after(closing) == closing


@given(calendars, exact, st.integers(1, 30))
def test_days_are_explained_one_by_one_up_to_the_due(calendar, start, n):
    explained = calendar.explain_days(start, n)
    due = calendar.due_after_days(start, n).date()
    dates = [start.date(), *(day.date for day in explained)]
    assert all(later - earlier == timedelta(1) for earlier, later in pairwise(dates))
    assert dates[-1] == due
    assert [day.counted for day in explained if day.worked] == list(range(1, n + 1))
    assert all(day.worked == bool(hours_on(calendar, day.date)) for day in explained)
    assert all((day.counted is None) != day.worked for day in explained)


@given(calendars, exact, minutes)
def test_minutes_are_explained_stretch_by_stretch_up_to_the_due(calendar, start, n):
    explained = calendar.explain_minutes(start, n)
    assert sum(stretch.minutes for stretch in explained) == n
    worked = sum((stretch.ends - stretch.begins for stretch in explained), timedelta())
    assert worked == timedelta(minutes=n)
    for stretch in explained:
        day = stretch.date
        assert stretch.begins < stretch.ends
        assert any(
            datetime.combine(day, opening, WIB) <= stretch.begins
            and stretch.ends <= datetime.combine(day, closing, WIB)
            for opening, closing in hours_on(calendar, day)
        )
    assert all(a.ends < b.begins for a, b in pairwise(explained))
    if n:
        assert explained[0].begins == calendar.next_opening(start)
        assert explained[-1].ends == calendar.add_minutes(start, n)


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-01-15 15:55", 15, "2026-01-16 07:40"),  # Thursday to Friday
        ("2026-01-15 15:45", 15, "2026-01-15 16:00"),  # the end of the day stays there
        ("2026-01-15 11:45", 15, "2026-01-15 12:00"),  # and so does the end of the morning
        ("2026-01-15 11:50", 15, "2026-01-15 13:05"),  # over lunch
        ("2026-01-15 12:00", 1, "2026-01-15 13:01"),
        ("2026-01-15 12:20", 15, "2026-01-15 13:15"),  # in the lunch hour
        ("2026-01-16 11:25", 15, "2026-01-16 13:10"),  # Friday's longer noon
        ("2026-01-16 16:20", 15, "2026-01-19 07:35"),  # over the weekend
        ("2026-01-16 16:15", 15, "2026-01-16 16:30"),
        ("2026-01-15 05:00", 450, "2026-01-15 16:00"),  # a whole day of 7.5 hours
        ("2026-01-12 07:30", 2250, "2026-01-16 16:30"),  # a whole week of 37.5 hours
        ("2026-01-15 16:00", 10, "2026-01-16 07:40"),  # closed
        ("2026-01-17 09:00", 10, "2026-01-19 07:40"),  # Saturday
    ],
)
def test_working_minutes_skip_lunch_nights_and_weekends(start, n, due):
    assert PLAIN.add_minutes(wib(start), n) == wib(due)


@pytest.mark.parametrize(
    ("instant", "opening"),
    [
        ("2026-01-15 07:29:59.999999", "2026-01-15 07:30"),
        ("2026-01-15 07:30", "2026-01-15 07:30"),
        ("2026-01-15 11:59:59.999999", "2026-01-15 11:59:59.999999"),
        ("2026-01-15 12:00", "2026-01-15 13:00"),
        ("2026-01-15 16:00", "2026-01-16 07:30"),
        ("2026-01-16 12:59", "2026-01-16 13:00"),
        ("2026-03-17 16:00", "2026-03-24 07:30"),
        ("2025-12-31 23:59:59", "2026-01-01 07:30"),
    ],
)
def test_zero_minutes_are_now_within_hours_and_the_next_opening_outside(instant, opening):
    assert CALENDAR.next_opening(wib(instant)) == wib(opening)
    assert CALENDAR.add_minutes(wib(instant), 0) == wib(opening)
    assert CALENDAR.explain_minutes(wib(instant), 0) == []


def test_seconds_and_microseconds_are_kept():
    assert PLAIN.add_minutes(wib("2026-01-15 09:00:12.345678"), 5) == wib(
        "2026-01-15 09:05:12.345678"
    )
    assert PLAIN.add_minutes(wib("2026-01-15 15:59:30.000001"), 1) == wib(
        "2026-01-16 07:30:30.000001"
    )
    assert PLAIN.add_minutes(wib("2026-01-15 12:10:30"), 5) == wib("2026-01-15 13:05")


def test_office_hours_may_begin_and_end_within_a_minute():
    odd = Hours(date(1990, 1, 1), None, {3: ((time(8, 0, 15, 250_000), time(9, 0, 30, 500_000)),)})
    calendar = WorkingCalendar((odd,), ())
    assert calendar.next_opening(wib("2026-01-15 08:00")) == wib("2026-01-15 08:00:15.250000")
    assert calendar.closing(date(2026, 1, 15)) == wib("2026-01-15 09:00:30.500000")


def test_minutes_between_floors_and_keeps_its_sign_out_of_the_floor():
    nine, later = wib("2026-01-15 09:00"), wib("2026-01-15 09:01:59.999999")
    assert PLAIN.minutes_between(nine, later) == 1
    assert PLAIN.minutes_between(later, nine) == -1
    assert PLAIN.minutes_between(wib("2026-01-15 12:00"), wib("2026-01-15 13:00")) == 0
    assert PLAIN.minutes_between(wib("2026-01-12 00:00"), wib("2026-01-19 00:00")) == 2250


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-01-15 00:00", 1, "2026-01-16 16:30"),
        ("2026-01-15 23:59:59", 1, "2026-01-16 16:30"),  # whatever its hour
        ("2026-01-15 09:00", 2, "2026-01-19 16:00"),
        ("2026-01-17 09:00", 1, "2026-01-19 16:00"),  # day 0 need not be worked
        ("2026-03-17 09:00", 1, "2026-03-24 16:00"),  # the whole chain of Lebaran
        ("2026-03-20 09:00", 1, "2026-03-24 16:00"),  # a start in the midst of it
        ("2026-03-16 09:00", 1, "2026-03-17 15:00"),  # Ramadan's closing time
        ("2025-12-31 09:00", 15, "2026-01-21 16:00"),
    ],
)
def test_a_promise_in_days_ends_with_the_nth_working_day(start, n, due):
    assert CALENDAR.due_after_days(wib(start), n) == wib(due)


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-01-14 09:00", 2, "2026-01-16 16:30"),
        ("2026-01-14 09:00", 3, "2026-01-19 16:00"),  # a Saturday moves to Monday
        ("2026-03-10 09:00", 8, "2026-03-24 16:00"),
        ("2026-03-10 09:00", 14, "2026-03-24 16:00"),
        ("2026-03-10 09:00", 15, "2026-03-25 16:00"),
    ],
)
def test_a_promise_in_calendar_days_moves_only_when_it_ends_on_a_day_off(start, n, due):
    assert CALENDAR.due_after_calendar_days(wib(start), n) == wib(due)


def test_ramadan_hours_hold_from_their_first_date_to_their_last():
    assert CALENDAR.closing(date(2026, 2, 17)) == wib("2026-02-17 16:00")
    assert CALENDAR.closing(date(2026, 2, 18)) == wib("2026-02-18 15:00")
    assert CALENDAR.closing(date(2026, 2, 20)) == wib("2026-02-20 15:30")
    assert WorkingCalendar((RAMADAN, STANDING), ()).closing(date(2026, 3, 19)).hour == 15
    assert WorkingCalendar((RAMADAN, STANDING), ()).closing(date(2026, 3, 20)).hour == 16
    assert CALENDAR.add_minutes(wib("2026-02-17 15:55"), 15) == wib("2026-02-18 08:10")
    assert CALENDAR.add_minutes(wib("2026-02-18 11:50"), 15) == wib("2026-02-18 12:35")


def test_periods_of_other_years_do_not_touch_this_one():
    others = [year for year in range(1980, 2120) if year != 2026]
    rows = [Hours(date(year, 2, 1), date(year, 3, 2), RAMADAN_WEEK) for year in others]
    calendar = WorkingCalendar((STANDING, *rows), ())
    for n in range(1, 250):
        assert calendar.due_after_days(AWARE, n) == PLAIN.due_after_days(AWARE, n)
    assert calendar.closing(date(1995, 2, 1)) == wib("1995-02-01 15:00")
    assert calendar.closing(date(2060, 2, 2)) == wib("2060-02-02 15:00")


def test_of_two_periods_that_began_together_the_shorter_counts():
    short = Hours(STANDING.valid_from, date(1990, 1, 31), RAMADAN_WEEK)
    for rows in ((short, STANDING), (STANDING, short)):
        assert WorkingCalendar(rows, ()).closing(date(1990, 1, 2)).hour == 15
        assert WorkingCalendar(rows, ()).closing(date(1990, 2, 1)).hour == 16


def test_a_closing_is_due_at_itself_and_a_moment_later_on_the_next_working_day():
    assert CALENDAR.closing_at_or_after(wib("2026-03-17 15:00")) == wib("2026-03-17 15:00")
    assert CALENDAR.closing_at_or_after(wib("2026-03-17 15:00:00.000001")) == wib(
        "2026-03-24 16:00"
    )
    assert CALENDAR.closing_at_or_after(wib("2026-03-19 10:00")) == wib("2026-03-24 16:00")


def test_working_days_between_is_never_negative():
    assert PLAIN.working_days_between(date(2026, 1, 15), date(2026, 1, 15)) == 0
    assert PLAIN.working_days_between(date(2026, 1, 20), date(2026, 1, 15)) == 0
    assert PLAIN.working_days_between(date(2026, 1, 16), date(2026, 1, 19)) == 1


def test_each_day_names_why_it_counts_or_not():
    pancasila, both = date(2026, 6, 1), date(2026, 3, 19)
    calendar = WorkingCalendar(ODD.hours, (*ODD.days_off, DayOff(both, "Cuti", "K 1", True)))
    assert [
        (day.date.day, day.reason) for day in calendar.explain_days(wib("2026-03-17 23:00"), 2)
    ] == [
        (18, "cuti bersama: Idulfitri (SKB 2/2025)"),
        (19, "libur nasional: Nyepi (SKB 2/2025); cuti bersama: Cuti (K 1)"),
        (20, "cuti bersama: Idulfitri (SKB 2/2025)"),
        (21, "libur nasional: Idulfitri (SKB 2/2025)"),
        (22, "akhir pekan"),
        (23, "cuti bersama: Idulfitri (SKB 2/2025)"),
        (24, "hari kerja ke-1"),
        (25, "hari kerja ke-2"),
    ]
    explained = calendar.explain_days(wib("2026-05-31 09:00"), 1)
    assert [(day.date, day.reason) for day in explained][:2] == [
        (pancasila, "libur nasional: Hari Lahir Pancasila"),
        (pancasila + timedelta(1), "tidak ada jam kerja"),
    ]


def test_minutes_cut_by_a_pause_for_lunch_are_completed_after_it():
    explained = PLAIN.explain_minutes(wib("2026-01-15 11:58:30"), 3)
    assert [(s.date, s.begins, s.ends, s.minutes) for s in explained] == [
        (date(2026, 1, 15), wib("2026-01-15 11:58:30"), wib("2026-01-15 12:00"), 1),
        (date(2026, 1, 15), wib("2026-01-15 13:00"), wib("2026-01-15 13:01:30"), 2),
    ]


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_any_zone_comes_in_and_wib_goes_out(zone):
    # 00.30 on Friday in Jakarta is still Thursday in UTC: the date that counts is WIB's.
    start = wib("2026-01-16 00:30")
    foreign, end = start.astimezone(zone), wib("2026-01-16 08:00")
    for there, here in [
        (PLAIN.due_after_days(foreign, 1), PLAIN.due_after_days(start, 1)),
        (PLAIN.due_after_calendar_days(foreign, 3), PLAIN.due_after_calendar_days(start, 3)),
        (PLAIN.add_minutes(foreign, 15), PLAIN.add_minutes(start, 15)),
        (PLAIN.next_opening(end.astimezone(zone)), end),
        (PLAIN.closing_at_or_after(foreign), wib("2026-01-16 16:30")),
    ]:
        assert there == here
        assert there.tzinfo is WIB
    assert PLAIN.minutes_between(foreign, end.astimezone(zone)) == 30
    assert PLAIN.explain_days(foreign, 1) == PLAIN.explain_days(start, 1)
    assert PLAIN.explain_minutes(foreign, 15) == PLAIN.explain_minutes(start, 15)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("due_after_days", (NAIVE, 1)),
        ("due_after_calendar_days", (NAIVE, 1)),
        ("add_minutes", (NAIVE, 1)),
        ("add_minutes", (NAIVE, 0)),
        ("next_opening", (NAIVE,)),
        ("closing_at_or_after", (NAIVE,)),
        ("minutes_between", (NAIVE, AWARE)),
        ("minutes_between", (AWARE, NAIVE)),
        ("explain_days", (NAIVE, 1)),
        ("explain_minutes", (NAIVE, 1)),
    ],
)
def test_a_naive_datetime_is_refused(method, arguments):
    with pytest.raises(ValueError, match="naive datetime 2026-01-15T09:00:00"):
        getattr(PLAIN, method)(*arguments)


@pytest.mark.parametrize("n", [0, -1])
def test_a_promise_of_no_days_is_refused(n):
    for promise in (PLAIN.due_after_days, PLAIN.due_after_calendar_days, PLAIN.explain_days):
        with pytest.raises(ValueError, match="at least 1 day"):
            promise(AWARE, n)
    with pytest.raises(ValueError, match="at least 1 day"):
        PLAIN.nth_working_day(AWARE.date(), n)


def test_negative_minutes_are_refused():
    for promise in (PLAIN.add_minutes, PLAIN.explain_minutes):
        with pytest.raises(ValueError, match="cannot be negative: -1"):
            promise(AWARE, -1)


@pytest.mark.parametrize(
    "week",
    [
        {0: segments("13.00", "16.00", "07.30", "12.00")},
        {0: segments("07.30", "12.00", "11.30", "16.00")},
        {0: segments("07.30", "07.30")},
        {7: MON_THU},
    ],
)
def test_office_hours_that_overlap_go_backwards_or_have_no_weekday_are_refused(week):
    with pytest.raises(ValueError, match="do not ascend"):
        Hours(date(2026, 1, 1), None, week)


def test_office_hours_that_end_before_they_begin_are_refused():
    with pytest.raises(ValueError, match="end before they begin"):
        Hours(date(2026, 1, 2), date(2026, 1, 1), {})


def test_a_calendar_cannot_be_changed_from_outside():
    week = {0: MON_THU}
    hours = Hours(date(1990, 1, 1), None, week)
    week.clear()
    assert WorkingCalendar((hours,), ()).is_working_day(date(2026, 1, 12))
    with pytest.raises(TypeError):
        hours.week[1] = MON_THU
    with pytest.raises(FrozenInstanceError):
        PLAIN.hours = ()


def test_calendars_of_the_same_rows_are_equal_whatever_was_asked_of_them():
    asked, fresh = WorkingCalendar((STANDING,), LEBARAN), WorkingCalendar((STANDING,), LEBARAN)
    asked.due_after_days(AWARE, 1)
    assert asked == fresh
    assert hash(asked) == hash(fresh)


def test_a_year_without_rows_computes_with_weekends_only_and_says_so():
    assert CALENDAR.has_year(2026)
    assert not CALENDAR.has_year(2027)
    assert CALENDAR.years_without_days_off(2024, 2028) == [2024, 2025, 2027, 2028]
    assert CALENDAR.due_after_days(wib("2027-12-31 09:00"), 5) == wib("2028-01-07 16:30")


def test_answers_do_not_depend_on_the_years_asked_before():
    rows = (STANDING, RAMADAN, Hours(date(1995, 2, 1), date(1995, 3, 2), RAMADAN_WEEK))
    used = WorkingCalendar(rows, LEBARAN)
    for year in (2026, 2031, 2025, 1995, 1990, 2099, 2026):
        for month in (2, 12):
            start, fresh = (
                datetime(year, month, 28, 15, 30, tzinfo=WIB),
                WorkingCalendar(rows, LEBARAN),
            )
            assert used.add_minutes(start, 60) == fresh.add_minutes(start, 60)
            assert used.due_after_days(start, 20) == fresh.due_after_days(start, 20)
            assert used.closing(start.date()) == fresh.closing(start.date())


def test_a_promise_reaches_far_beyond_the_years_at_hand():
    fresh = WorkingCalendar((STANDING,), ())
    assert fresh.due_after_days(wib("2026-01-02 09:00"), 52 * 5 * 50).year == 2075
    fresh = WorkingCalendar((STANDING,), ())
    assert fresh.add_minutes(wib("2026-01-02 16:30"), 2250 * 52 * 50).year == 2075
    closed = Hours(date(2026, 1, 1), date(2060, 12, 31), {})
    fresh = WorkingCalendar((STANDING, closed), ())
    assert fresh.next_opening(wib("2026-01-02 09:00")) == wib("2061-01-03 07:30")


def test_the_first_and_the_last_day_of_the_known_years_are_answered():
    fresh = WorkingCalendar((STANDING,), ())
    assert fresh.closing(date(1990, 1, 1)) == wib("1990-01-01 16:00")
    assert fresh.add_minutes(wib("1990-01-01 00:00"), 1) == wib("1990-01-01 07:31")
    assert fresh.due_after_days(wib("2100-12-30 09:00"), 1) == wib("2100-12-31 16:30")
    assert fresh.add_minutes(wib("2100-12-31 16:00"), 30) == wib("2100-12-31 16:30")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("is_working_day", (date(1989, 12, 31),)),
        ("is_working_day", (date(2101, 1, 1),)),
        ("closing", (date(1989, 12, 31),)),
        ("due_after_days", (wib("1989-12-31 09:00"), 1)),
        ("due_after_days", (wib("2100-12-31 09:00"), 1)),
        ("due_after_days", (AWARE, 10**12)),
        ("due_after_calendar_days", (AWARE, 10**12)),
        ("due_after_calendar_days", (AWARE, 40_000)),
        ("nth_working_day", (date(2100, 12, 31), 1)),
        ("working_days_between", (date(1989, 12, 31), date(1990, 1, 5))),
        ("working_days_between", (date(2100, 12, 31), date(2101, 1, 5))),
        ("closing_at_or_after", (wib("2100-12-31 16:31"),)),
        ("next_opening", (wib("2100-12-31 16:30"),)),
        ("next_opening", (wib("1989-12-31 09:00"),)),
        ("add_minutes", (wib("1989-12-31 09:00"), 1)),
        ("add_minutes", (wib("2101-01-01 09:00"), 1)),
        ("add_minutes", (AWARE, 10**12)),
        ("minutes_between", (wib("1989-12-31 09:00"), AWARE)),
        ("minutes_between", (AWARE, wib("2101-01-01 09:00"))),
    ],
)
def test_time_outside_the_known_years_is_an_overflow(method, arguments):
    with pytest.raises(OverflowError):
        getattr(WorkingCalendar((STANDING,), ()), method)(*arguments)


def test_a_calendar_without_office_hours_says_so_instead_of_searching_for_ever():
    empty = WorkingCalendar((), ())
    assert not empty.is_working_day(date(2026, 1, 15))
    assert empty.closing(date(2026, 1, 15)) == wib("2026-01-15 16:00")
    assert empty.minutes_between(AWARE, wib("2027-01-15 09:00")) == 0
    for ask in (empty.due_after_days, empty.add_minutes):
        with pytest.raises(OverflowError, match="no office hours in force"):
            ask(AWARE, 1)


def test_threads_that_widen_one_calendar_at_once_all_read_the_truth():
    starts = [datetime(year, 6, 1, 15, 30, tzinfo=WIB) for year in range(2026, 2042)]
    starts += [start.replace(year=4052 - start.year) for start in starts]  # and back to 2011
    expected = [WorkingCalendar((STANDING,), ()).add_minutes(start, 600_000) for start in starts]
    for _ in range(2):
        ask = WorkingCalendar((STANDING,), ()).add_minutes
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(ask, starts, repeat(600_000))) == expected
