"""How good the forecasts would have been: the past replayed, each day knowing what it knew.

Pure. Each order that ended is forecast on its start and again on the morning after half of its
promised days, if it was still open; from orders whose results were ready before that instant
alone. Beside the forecast stands what a simple rule would have said on the same day: for the
chance the base rate of the service, for the finish the norm, and the section's own estimate.
"""

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from spm_monitor import pauses
from spm_monitor.forecasting import NEWEST, Outlook, Result, days_taken, outlook, result_of
from spm_monitor.workdays import WorkingCalendar

FEW = 30  # forecasts under which a score says little


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """An order that ended with a result, as the replay needs it."""

    service: int
    start: datetime
    due: datetime
    ready: datetime
    estimate: datetime | None
    """The section's last; None where there was none, or it only repeats the due."""
    spans: pauses.Spans = ()


@dataclass
class Mean:
    """Of numbers that come one by one."""

    total: float = 0.0
    n: int = 0

    def add(self, number: float) -> None:
        """One more."""
        self.total += number
        self.n += 1

    @property
    def value(self) -> float | None:
        """None of none."""
        return self.total / self.n if self.n else None


@dataclass
class Moment:
    """The scores of all forecasts made at one stage of their orders."""

    late: Mean = field(default_factory=Mean)
    """Share that ended outside the SPM; `n` is the number of forecasts scored."""
    forecast: Mean = field(default_factory=Mean)
    """Brier score of the chance: mean square of its distance to what happened; 0 is perfect."""
    base: Mean = field(default_factory=Mean)
    """Brier score of the base rate that was known on the same day."""
    days: Mean = field(default_factory=Mean)
    """Mean distance of the likely finish to the real one, in working days."""
    norm: Mean = field(default_factory=Mean)
    """That of the promise, for the same orders."""
    estimate: Mean = field(default_factory=Mean)
    """That of the section's estimate, for those of the orders that have one."""


@dataclass
class Score:
    """What the forecasts of a service, or of all, are worth."""

    at_start: Moment = field(default_factory=Moment)
    halfway: Moment = field(default_factory=Moment)


@dataclass
class Scores:
    """Of a replay: of all together and, by primary key, of each service that has any."""

    total: Score = field(default_factory=Score)
    services: dict[int, Score] = field(default_factory=lambda: defaultdict(Score))


@dataclass
class _Experience:
    """What is known of a service at some instant of the replay."""

    newest: deque[Result] = field(default_factory=deque)
    ascending: list[Result] = field(default_factory=list)
    ended: int = 0
    late: int = 0

    def learn(self, result: Result) -> None:
        self.newest.append(result)
        insort(self.ascending, result)
        if len(self.newest) > NEWEST:
            del self.ascending[bisect_left(self.ascending, self.newest.popleft())]
        self.ended += 1
        self.late += result.late

    @property
    def base_rate(self) -> float:
        """Smoothed as the forecast is."""
        return (self.late + 1) / (self.ended + 2)


AT_START, HALFWAY, LEARN = range(3)  # of one instant in this order: a result is news afterwards


def scores(orders: Iterable[Past], calendar: WorkingCalendar) -> Scores:
    """The replay, scored. Sorting costs the most; each instant after that costs the same."""
    found = Scores()
    known: dict[int, _Experience] = defaultdict(_Experience)
    events = [event for order in orders for event in _events(order, calendar)]
    for at, kind, order, result in sorted(events, key=itemgetter(0, 1)):
        experience = known[order.service]
        if kind == LEARN:
            experience.learn(result)
            continue
        used = days_taken(order.start, at, order.spans, calendar)
        seen = outlook(experience.ascending, used, result.promised)
        if seen.chance is None:
            continue
        for score in (found.total, found.services[order.service]):
            moment = score.at_start if kind == AT_START else score.halfway
            _add(moment, seen, experience.base_rate, order, result, calendar)
    return found


def _events(order: Past, calendar: WorkingCalendar) -> Iterator[tuple[datetime, int, Past, Result]]:
    """When the order is forecast, and when its result is known."""
    result = result_of(order.start, order.due, order.ready, order.spans, calendar)
    yield order.ready, LEARN, order, result
    if order.start < order.ready:
        yield order.start, AT_START, order, result
    half = result.promised // 2
    due = pauses.due_after_days(order.start, half, order.spans, calendar) if half else None
    morning = calendar.next_opening(due) if due else None
    if morning and morning < order.ready and not _waits(order, morning):
        yield morning, HALFWAY, order, result


def _waits(order: Past, at: datetime) -> bool:
    """Whether the order is paused then, and so has no forecast."""
    return any(span.begins <= at and (not span.ends or at < span.ends) for span in order.spans)


def _add(
    moment: Moment, seen: Outlook, base_rate: float, order: Past, result: Result,
    calendar: WorkingCalendar,
) -> None:  # fmt: skip
    moment.late.add(result.late)
    moment.forecast.add(((seen.chance or 0) - result.late) ** 2)  # only scored with a chance
    moment.base.add((base_rate - result.late) ** 2)
    if seen.likely is None:
        return
    moment.days.add(abs(seen.likely - result.days))
    moment.norm.add(abs(result.promised - result.days))
    if order.estimate is not None:
        estimate = days_taken(order.start, order.estimate, order.spans, calendar)
        moment.estimate.add(abs(estimate - result.days))
