"""Each date from the start of an order to its due, and why it counted or did not (DOMAIN 3).

What a person is shown is what the clock did: where the two would differ (the calendar changed since
an ended order's due was computed) nothing is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile

from spm_monitor import clock, pauses
from spm_monitor.models import Order, Pause, SpmStandard
from spm_monitor.wording import lower_first, time_id
from spm_monitor.workdays import WIB, WorkingCalendar, to_wib

ONE_DAY = timedelta(1)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One date on the way."""

    date: date
    reason: str
    """Why it counted or not, for customers too."""
    counted: int = 0
    """Which day of the promise it was; 0 when it did not count."""
    paused: bool = False
    today: bool = False
    due: bool = False


def days_of(
    order: Order, waits: Sequence[Pause], now: datetime, calendar: WorkingCalendar
) -> list[Day]:
    """The dates from the start's to the due's, or to today's while a pause keeps it open.

    waits: the order's pauses, those dropped may be among them. Empty for an order that has not
    started, whose due was promised, or whose due the calendar no longer gives.
    """
    standard, start = order.standard, order.started_at
    if standard is None or start is None or order.target_at is not None:
        return []
    standing = [wait for wait in waits if wait.dropped_at is None]
    spans = pauses.merged(wait.span for wait in standing)
    if order.due_at is None and order.paused_since is None:
        return []
    if clock.due_of(standard, start, spans, calendar) != order.due_at:
        return []
    last = to_wib(order.due_at or now).date()
    walk = _Walk(standard=standard, waits=standing, calendar=calendar, due_at=order.due_at, now=now)
    begun = to_wib(start).date()
    dates = (begun + ONE_DAY * i for i in range(1, (last - begun).days + 1))
    return [walk.first(start), *(walk.next(day) for day in takewhile(last.__ge__, dates))]


@dataclass(kw_only=True)
class _Walk:
    """Counts as it goes."""

    standard: SpmStandard
    waits: list[Pause]
    calendar: WorkingCalendar
    due_at: datetime | None
    now: datetime
    counted: int = 0

    def first(self, start: datetime) -> Day:
        day = to_wib(start).date()
        return Day(date=day, reason=f"mulai {time_id(start)}, tidak dihitung", today=self._now(day))

    def next(self, day: date) -> Day:
        due = self.due_at is not None and to_wib(self.due_at).date() == day
        wait, unit = self._pause(day), self.standard.get_unit_display()
        counts = wait is None and self.counted < self.standard.days and self._may_count(day)
        self.counted += counts
        if counts:
            reason = f"{unit} ke-{self.counted} dari {self.standard.days}"
        elif wait is not None:
            reason = f"dijeda: {lower_first(wait.get_reason_display())}"
        elif not self.calendar.is_working_day(day):
            reason = self.calendar.why_not_worked(day)
        else:
            reason = "hari kerja pertama sesudahnya"
        if due and self.due_at is not None:
            reason += f", target selesai {time_id(self.due_at)}"
        return Day(
            date=day, reason=reason, counted=self.counted if counts else 0, due=due,
            paused=wait is not None, today=self._now(day),
        )  # fmt: skip

    def _may_count(self, day: date) -> bool:
        in_calendar_days = self.standard.unit == SpmStandard.Unit.CALENDAR
        return in_calendar_days or self.calendar.is_working_day(day)

    def _pause(self, day: date) -> Pause | None:
        """The pause that keeps a date from counting; it began last of those that touch it."""
        if not self._may_count(day):
            return None
        tomorrow = datetime.combine(day + ONE_DAY, time(), WIB)
        spans = pauses.ended((wait.span for wait in self.waits), max(self.now, tomorrow))
        if not pauses.is_paused(day, spans, self.calendar, self.standard.unit):
            return None
        touching = [w for w in self.waits if w.begins_at < tomorrow and not self._over(w, day)]
        return max(touching, key=lambda wait: wait.begins_at, default=None)

    def _over(self, wait: Pause, day: date) -> bool:
        midnight = datetime.combine(day, time(), WIB)
        return wait.ends_at is not None and wait.ends_at <= midnight

    def _now(self, day: date) -> bool:
        return to_wib(self.now).date() == day
