"""Twenty thousand generated cases of working time against a walk minute by minute (FAULTS C11).

Five hundred calendars, each with its own hours, lunch, Ramadan and chains of days off; forty
questions to each. Slow, so it runs with the whole suite.
"""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spm_monitor.workdays import WIB, DayOff, Hours, WorkingCalendar

pytestmark = [pytest.mark.once, pytest.mark.slow]

CALENDARS, QUESTIONS = 500, 40
FIRST = date(2026, 2, 2)  # a Monday
WALKED = 75  # dates that the walk looks at
ASKED = 30  # dates in which a question begins
MINUTE = timedelta(minutes=1)
Segments = tuple[tuple[time, time], ...]
Week = Mapping[int, Segments]


def clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


@st.composite
def a_day(draw: st.DrawFn) -> Segments:
    """Opens in the morning, breaks at noon or not at all, closes in the afternoon."""
    opens, closes = draw(st.integers(420, 600)), draw(st.integers(840, 1080))
    if draw(st.booleans()):
        noon = draw(st.integers(660, 780))
        back = noon + draw(st.integers(1, 59))
        return ((clock(opens), clock(noon)), (clock(back), clock(closes)))
    return ((clock(opens), clock(closes)),)


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Monday to Thursday alike, Friday otherwise, Saturday now and then."""
    usual = draw(a_day())
    week = {**dict.fromkeys(range(4), usual), 4: draw(a_day())}
    if draw(st.integers(0, 4)) == 0:
        week[5] = draw(a_day())
    return week


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    """Standing hours, shorter ones for a while, and chains of days off."""
    standing = Hours(date(2000, 1, 1), None, draw(weeks()))
    begins = FIRST + timedelta(draw(st.integers(0, 40)))
    ramadan = Hours(begins, begins + timedelta(draw(st.integers(0, 30))), draw(weeks()))
    off = set()
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, 60))
        off |= {FIRST + timedelta(start + i) for i in range(draw(st.integers(1, 6)))}
    return WorkingCalendar(
        (standing, ramadan), tuple(DayOff(day, "libur", "SKB", joint=True) for day in sorted(off))
    )


class Walk:
    """Every worked minute in turn: looks at one date, one segment, one minute at a time."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.minutes: list[datetime] = []
        self.closings: list[datetime] = []
        off = {day.date for day in calendar.days_off}
        for i in range(WALKED):
            day = FIRST + timedelta(i)
            segments = () if day in off else self._hours(calendar, day)
            for opens, closes in segments:
                at = datetime.combine(day, opens, WIB)
                while at < datetime.combine(day, closes, WIB):
                    self.minutes.append(at)
                    at += MINUTE
            if segments:
                self.closings.append(datetime.combine(day, segments[-1][1], WIB))

    @staticmethod
    def _hours(calendar: WorkingCalendar, day: date) -> Segments:
        standing, ramadan = calendar.hours
        last = ramadan.valid_until
        counts = ramadan.valid_from <= day and (last is None or day <= last)
        return (ramadan if counts else standing).week.get(day.weekday(), ())

    def added(self, start: datetime, minutes: int) -> datetime:
        """The end of the last of so many worked minutes at or after start (a whole minute)."""
        first = bisect_left(self.minutes, start)
        return self.minutes[first + minutes - 1] + MINUTE if minutes else self.minutes[first]

    def due(self, start: datetime, days: int) -> datetime:
        """The closing of the n-th worked date after start's."""
        return [at for at in self.closings if at.date() > start.date()][days - 1]


starts = st.builds(
    lambda day, minute: datetime.combine(FIRST, time(), WIB) + timedelta(day, 0, 0, 0, minute),
    st.integers(0, ASKED), st.integers(0, 1439),
)  # fmt: skip
questions = st.lists(
    st.tuples(starts, st.integers(0, 4000), st.integers(1, 18)),
    min_size=QUESTIONS, max_size=QUESTIONS,
)  # fmt: skip


@settings(
    max_examples=CALENDARS, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(calendars(), questions)
def test_c11_twenty_thousand_cases_agree_with_a_walk(calendar, asked):
    """Minutes and days equal the walk's, add and subtract undo each other, later is not earlier."""
    walk = Walk(calendar)
    answers = []
    for start, minutes, days in asked:
        end = calendar.add_minutes(start, minutes)
        assert end == walk.added(start, minutes)
        assert calendar.minutes_between(start, end) == minutes
        assert calendar.minutes_between(end, start) == -minutes
        due = calendar.due_after_days(start, days)
        assert due == walk.due(start, days)
        assert calendar.working_days_between(start.date(), due.date()) == days
        answers.append((start, calendar.add_minutes(start, 500), calendar.due_after_days(start, 5)))
    for (_, sooner, day), (_, later, next_day) in pairwise(sorted(answers)):
        assert sooner <= later
        assert day <= next_day


@pytest.mark.parametrize("days", [1, 5, 15])
def test_days_never_run_through_hours(days):
    """Two calendars with other hours and the same dates promise the same dates."""
    long, short = ((clock(450), clock(960)),), ((clock(540), clock(600)),)
    one, other = (
        WorkingCalendar((Hours(date(2000, 1, 1), None, dict.fromkeys(range(5), day)),), ())
        for day in (long, short)
    )
    for hour in (0, 8, 12, 23):
        start = datetime(2026, 2, 4, hour, 30, tzinfo=WIB)
        dues = one.due_after_days(start, days), other.due_after_days(start, days)
        assert dues[0].date() == dues[1].date()


def test_frappe_helpdesk_2212_no_deadline_runs_through_lunch():
    """Ninety minutes from 11.15 end at 13.45, not at 12.45 in everybody's break."""
    day = ((clock(450), clock(720)), (clock(780), clock(960)))
    calendar = WorkingCalendar((Hours(date(2000, 1, 1), None, dict.fromkeys(range(5), day)),), ())
    start = datetime(2026, 2, 4, 11, 15, tzinfo=WIB)
    assert calendar.add_minutes(start, 90) == datetime(2026, 2, 4, 13, 45, tzinfo=WIB)
    assert calendar.minutes_between(start, datetime(2026, 2, 4, 12, 59, tzinfo=WIB)) == 45


def test_c11_control_a_calendar_that_works_through_lunch_differs_from_the_walk():
    broken, whole = (
        ((clock(450), clock(720)), (clock(780), clock(960))),
        ((clock(450), clock(960)),),
    )
    right, wrong = (
        WorkingCalendar((Hours(date(2000, 1, 1), None, dict.fromkeys(range(5), day)),) * 2, ())
        for day in (broken, whole)
    )
    start = datetime(2026, 2, 4, 11, 15, tzinfo=WIB)
    assert right.add_minutes(start, 90) == Walk(right).added(start, 90)
    assert wrong.add_minutes(start, 90) != Walk(right).added(start, 90)
