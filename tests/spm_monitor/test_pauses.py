"""Pauses of the clock, against one that looks at each half hour of each day (DOMAIN 3)."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spm_monitor import pauses
from spm_monitor.pauses import Span
from spm_monitor.workdays import WIB
from tests.spm_monitor.test_workdays import CALENDAR, PLAIN, wib

pytestmark = pytest.mark.once
HALF = timedelta(minutes=30)
MONDAY = date(2026, 3, 2)  # Ramadan hours and Lebaran lie ahead in CALENDAR


# --- the oracle: no tables, no sums -----------------------------------------------------------
def inside(instant: datetime, spans) -> bool:
    return any(s.begins <= instant and (s.ends is None or instant < s.ends) for s in spans)


def wholly_paused(begin: datetime, end: datetime, spans) -> bool:
    """Each half hour between two instants lies in a pause."""
    at = begin + HALF / 2
    while at < end:
        if not inside(at, spans):
            return False
        at += HALF
    return True


def walked(start: datetime, n: int, spans, calendar) -> datetime:
    """The closing of the n-th day that is worked and not wholly paused, then out of any pause."""
    day, left = start.date(), n
    while left:
        day += timedelta(1)
        opening = calendar.next_opening(datetime.combine(day, time(), WIB))
        if opening.date() == day:
            left -= not wholly_paused(opening, calendar.closing(day), spans)
    return waited(calendar.closing(day), spans, calendar)


def waited(due: datetime, spans, calendar) -> datetime:
    """The first closing at or after the half hour from which on no pause goes on; that one too."""
    at = due
    while inside(at, spans):
        at += HALF
    return due if at == due else waited(calendar.closing_at_or_after(at), spans, calendar)


halves = st.integers(0, 48 * 40)


@st.composite
def stretches(draw):
    """Up to four ended pauses within forty days, at half hours; they overlap and touch at will."""
    base = datetime.combine(MONDAY, time(), WIB)
    found = []
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(halves)
        long = draw(st.sampled_from((1, 3, 17, 48, 96, 144, 400)))
        found.append(Span(base + begin * HALF, base + (begin + long) * HALF))
    return found


starts = st.builds(lambda n: datetime.combine(MONDAY, time(), WIB) + n * HALF, st.integers(0, 960))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from((PLAIN, CALENDAR)), starts, st.integers(1, 12), stretches())
def test_working_days_that_are_paused_do_not_count(calendar, start, n, spans):
    assert pauses.due_after_days(start, n, spans, calendar) == walked(start, n, spans, calendar)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from((PLAIN, CALENDAR)), starts, st.integers(1, 20), stretches())
def test_dates_that_are_paused_do_not_count_in_calendar_days(calendar, start, n, spans):
    day, left = start.date(), n
    while left:
        day += timedelta(1)
        midnight = datetime.combine(day, time(), WIB)
        left -= not wholly_paused(midnight, midnight + timedelta(1), spans)
    due = calendar.due_after_days(datetime.combine(day - timedelta(1), time(), WIB), 1)
    due = waited(due, spans, calendar)
    assert pauses.due_after_calendar_days(start, n, spans, calendar) == due


@settings(max_examples=300, deadline=None)
@given(starts, st.integers(1, 12), stretches())
def test_a_pause_never_makes_a_due_earlier(start, n, spans):
    dues = [CALENDAR.due_after_days(start, n)]
    for some in (spans[:1], spans[:2], spans):
        due = pauses.due_after_days(start, n, some, CALENDAR)
        assert due is not None
        dues.append(due)
    assert dues == sorted(dues)


@settings(max_examples=300, deadline=None)
@given(starts, st.integers(1, 12), stretches(), halves)
def test_while_a_pause_has_no_end_there_is_no_due_but_one_that_passed_before(start, n, spans, at):
    begins = datetime.combine(MONDAY, time(), WIB) + at * HALF
    known = [span for span in spans if span.ends <= begins]
    without = pauses.due_after_days(start, n, known, CALENDAR)
    due = pauses.due_after_days(start, n, [*known, Span(begins, None)], CALENDAR)
    joined = any(span.ends == begins for span in known)
    if not joined:
        assert due == (without if without < begins else None)


# --- what the sentences of the domain say -----------------------------------------------------
def test_a_day_is_paused_when_all_its_hours_are_and_parts_cost_nothing():
    start, plain = wib("2026-01-05 09:00"), wib("2026-01-08 16:00")  # three days: Tue, Wed, Thu
    assert pauses.due_after_days(start, 3, [], PLAIN) == plain
    whole = Span(wib("2026-01-06 07:30"), wib("2026-01-06 16:00"))
    assert pauses.due_after_days(start, 3, [whole], PLAIN) == wib("2026-01-09 16:30")
    late = Span(wib("2026-01-06 07:31"), wib("2026-01-07 15:59"))
    assert pauses.due_after_days(start, 3, [late], PLAIN) == plain
    lunch_worked = [Span(wib("2026-01-06 07:30"), wib("2026-01-06 12:00")),
                    Span(wib("2026-01-06 13:00"), wib("2026-01-06 16:00"))]  # fmt: skip
    assert pauses.due_after_days(start, 3, lunch_worked, PLAIN) == plain, "inside one stretch"


def test_a_pause_given_by_dates_includes_both():
    span = pauses.of_dates(date(2026, 1, 6), date(2026, 1, 7))
    due = pauses.due_after_days(wib("2026-01-05 09:00"), 3, [span], PLAIN)
    assert due == wib("2026-01-12 16:00")


def test_overlapping_pauses_count_once_and_on_day_zero_not_at_all():
    one, other = (
        pauses.of_dates(date(2026, 1, 5), date(2026, 1, 6)),
        Span(wib("2026-01-06 00:00"), wib("2026-01-06 23:00")),
    )
    assert pauses.merged([other, one]) == (one,)
    due = pauses.due_after_days(wib("2026-01-05 09:00"), 1, [one, other], PLAIN)
    assert due == wib("2026-01-07 16:00")


def test_a_due_inside_a_pause_waits_for_the_first_closing_after_its_end():
    span = Span(wib("2026-01-06 12:00"), wib("2026-01-09 10:00"))  # begins on the due's own day
    due = pauses.due_after_days(wib("2026-01-05 09:00"), 1, [span], PLAIN)
    assert due == wib("2026-01-09 16:30")


def test_a_promised_target_moves_by_paused_days_and_keeps_its_hour():
    target, begun = wib("2026-01-08 10:15"), date(2026, 1, 5)
    span = pauses.of_dates(date(2026, 1, 6), date(2026, 1, 7))
    assert pauses.moved_target(target, begun, [span], PLAIN) == wib("2026-01-12 10:15")
    before = pauses.of_dates(date(2026, 1, 2), date(2026, 1, 5))  # day 0 and earlier
    assert pauses.moved_target(target, begun, [before], PLAIN) == target
    over = Span(wib("2026-01-08 09:00"), wib("2026-01-08 11:00"))
    assert pauses.moved_target(target, begun, [over], PLAIN) == wib("2026-01-08 16:00")


def test_a_pause_that_ends_with_its_order_counts_until_then():
    still = Span(wib("2026-01-06 00:00"), None)
    assert pauses.ended([still], wib("2026-01-08 09:00")) == (
        Span(still.begins, wib("2026-01-08 09:00")),
    )
    assert pauses.ended([still], wib("2026-01-05 09:00")) == ()
