"""When an open order will likely end, and its chance of ending outside its SPM: from experience.

Counted, not modelled. Orders of the same service whose results were ready before say which share
of its promised working days each took. Of those that took as large a share as this one already
has, the median is the likely finish; the share that ended outside the SPM is this one's chance.
Shares and not days, since promises differ; where all are alike the two say the same.

Days count as the SPM counts them: up to the first closing at or after the result, wholly paused
days left out. Open orders are not in it: only what is known for certain on that day is.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from spm_monitor import pauses
from spm_monitor.models import Order, Pause
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.workdays import WorkingCalendar, to_wib

ENOUGH = 8  # results of a service from which on they say more than its norm
NEWEST = 200  # results of a service that count, so that old habits are forgotten
EARLY, LIKELY, LATE = 25, 50, 90  # in a hundred


# --- in days: pure ----------------------------------------------------------------------------


T = TypeVar("T")


class Result(NamedTuple):
    """What an earlier order tells. Ascends by the share of its promise that it took."""

    share: float
    """`days` of `promised`; exactly equal for equal ratios."""
    days: int
    promised: int
    late: bool
    """Whether it ended outside its SPM, as a fact."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """A forecast in working days after the start, paused ones not counted."""

    earlier: int
    """How many earlier results of the service there were to look at, at most NEWEST."""
    comparable: int
    """How many of them took at least the share of their promise that this order already has."""
    likely: int | None
    """The median of the comparable; the norm under ENOUGH results; None if none was as slow."""
    early: int | None = None
    """A quarter of the comparable took this long or less; None where `likely` is not counted."""
    late: int | None = None
    """Nine in ten of the comparable took this long or less."""
    chance: float | None = None
    """Of ending outside the SPM, 0 to 1, never quite either; None under ENOUGH results."""


def days_taken(
    start: datetime, end: datetime, spans: pauses.Spans, calendar: WorkingCalendar
) -> int:
    """The working day after the start's date, paused ones not counted, that closes at or after end.

    0 is the start's own date. For an order that goes on, with `end` now: it will take this many or
    more, since today counts while it is not over. spans: merged, all of them ended.
    """
    begun, last = to_wib(start).date(), calendar.closing_at_or_after(end).date()
    days = calendar.working_days_between(begun, last)
    return days - pauses.paused_days(begun, last, spans, calendar) if spans else days


def days_promised(
    start: datetime, due: datetime, spans: pauses.Spans, calendar: WorkingCalendar
) -> int:
    """The working days from start to due, at least 1: the norm, also of a promise in calendar days
    or for a certain date."""
    return max(1, days_taken(start, due, spans, calendar))


def result_of(
    start: datetime, due: datetime, ready: datetime, spans: pauses.Spans, calendar: WorkingCalendar
) -> Result:
    """What an order that ended with a result tells later ones."""
    days = days_taken(start, ready, spans, calendar)
    promised = days_promised(start, due, spans, calendar)
    return Result(days / promised, days, promised, ready > due)


def outlook(earlier: Sequence[Result], used: int, promised: int) -> Outlook:
    """What earlier results, ascending, say of an order that takes `used` days or more.

    The chance is smoothed by one order of each kind, as if two more had been seen: ten of ten are
    no certainty.
    """
    if len(earlier) < ENOUGH:
        return Outlook(earlier=len(earlier), comparable=0, likely=promised)
    alike = earlier[bisect_left(earlier, (used / promised,)) :]
    if not alike:  # nothing is known but that it is slower than all: as bad as can be said
        high = (len(earlier) + 1) / (len(earlier) + 2)
        return Outlook(earlier=len(earlier), comparable=0, likely=None, chance=high)

    def day(percent: int) -> int:
        one = quantile(alike, percent)
        return -(-one.days * promised // one.promised)  # a part of a day ends with the day

    return Outlook(
        earlier=len(earlier),
        comparable=len(alike),
        early=day(EARLY),
        likely=day(LIKELY),
        late=day(LATE),
        chance=(sum(one.late for one in alike) + 1) / (len(alike) + 2),
    )


def outlook_of_stage(earlier: Sequence[int], used: int, left: int) -> Outlook:
    """The same from a stage's beginning on: days from there to the result, ascending.

    left: the working day after that beginning on which the order is due, so that more is late.
    """
    alike = earlier[bisect_left(earlier, used) :]
    if not alike:
        high = (len(earlier) + 1) / (len(earlier) + 2)
        return Outlook(earlier=len(earlier), comparable=0, likely=None, chance=high)
    late = len(alike) - bisect_left(alike, left + 1)
    return Outlook(
        earlier=len(earlier),
        comparable=len(alike),
        early=quantile(alike, EARLY),
        likely=quantile(alike, LIKELY),
        late=quantile(alike, LATE),
        chance=(late + 1) / (len(alike) + 2),
    )


def quantile(ascending: Sequence[T], percent: int) -> T:
    """The first that so many in a hundred do not exceed: one that happened, never one between."""
    return ascending[-(-percent * len(ascending) // 100) - 1]


# --- of an order ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What experience says of an open order, beside what its section expects."""

    outlook: Outlook
    used: int
    """Which working day of the order it is: it takes this many or more."""
    overdue: bool
    """The due passed: it is outside its SPM, whatever the rest says."""
    likely: datetime | None
    """Closing of the likely day; the due where only the norm is known; None if none was as slow."""
    early: datetime | None
    """Closing of the day by which a quarter of the comparable had ended."""
    late: datetime | None
    """Closing of the day by which nine in ten of them had."""
    stage: str = ""
    """The fact that began the stage it was counted from, such as `work_began_at`; "": its start."""

    @property
    def chance(self) -> float | None:
        """Of ending outside the SPM: 1 once the due passed, None while experience is too little."""
        return 1.0 if self.overdue else self.outlook.chance

    @property
    def from_norm(self) -> bool:
        """Whether experience is too little, so that the promise stands for it."""
        return self.outlook.earlier < ENOUGH


def is_forecast(order: Order) -> bool:
    """Whether anything is said of it: open, started, due, and not waiting on the customer."""
    under_way = order.started_at is not None and order.due_at is not None
    return under_way and not order.ended and order.paused_since is None


@dataclass(kw_only=True)
class Experience:
    """What earlier orders of a service tell; each list ascends."""

    whole: list[Result] = field(default_factory=list)
    stages: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Days from a stage's beginning to the result, by the fact that began it."""

    def sort(self) -> None:
        """Once all is in."""
        for results in (self.whole, *self.stages.values()):
            results.sort()  # type: ignore[attr-defined]


def forecast(
    order: Order, spans: pauses.Spans, experience: Experience, now: datetime,
    calendar: WorkingCalendar,
) -> Forecast:  # fmt: skip
    """What earlier results say of an order that `is_forecast`: from its stage, else its start."""
    start, due = order.started_at, order.due_at
    if start is None or due is None:
        raise ValueError(f"order {order} has not started: nothing to forecast")
    stage = _stage_of(order, experience)
    since = getattr(order, stage) if stage else start
    used = days_taken(since, now, spans, calendar)
    if stage:
        left = days_taken(since, due, spans, calendar)
        seen = outlook_of_stage(experience.stages[stage], used, left)
    else:
        seen = outlook(experience.whole, used, days_promised(start, due, spans, calendar))

    def closing(day: int | None) -> datetime | None:
        if not day:
            return None if day is None else calendar.closing(to_wib(since).date())
        return pauses.due_after_days(since, day, spans, calendar)

    return Forecast(
        outlook=seen,
        used=used,
        overdue=due < now,
        likely=due if seen.earlier < ENOUGH else closing(seen.likely),
        early=closing(seen.early),
        late=closing(seen.late),
        stage=stage,
    )


STAGES = ("report_began_at", "work_began_at")  # the later one says more


def _stage_of(order: Order, experience: Experience) -> str:
    """The latest stage of which enough is known; "" while there is none."""
    for stage in STAGES:
        if getattr(order, stage) is not None and len(experience.stages[stage]) >= ENOUGH:
            return stage
    return ""


# --- from the database ------------------------------------------------------------------------


def forecast_of(order: Order, now: datetime, calendar: WorkingCalendar) -> Forecast | None:
    """The forecast of one order; None where there is none. Two queries."""
    return forecasts_of([order], now, calendar).get(order.pk)


def forecasts_of(
    orders: Iterable[Order], now: datetime, calendar: WorkingCalendar
) -> dict[int, Forecast]:
    """The forecasts of those orders that have one, by primary key. Two queries for all."""
    asked = [order for order in orders if is_forecast(order)]
    if not asked:
        return {}
    services = {order.service_id for order in asked}
    rows = list(_newest_results(services, now))
    oldest = min((row.ready for row in rows), default=now)
    spans = spans_by_order(services, since=oldest)
    known: dict[int, Experience] = defaultdict(Experience)
    for row in rows:
        _learn(known[row.service], row, spans.get(row.pk, ()), calendar)
    for experience in known.values():
        experience.sort()
    return {
        order.pk: forecast(order, spans.get(order.pk, ()), known[order.service_id], now, calendar)
        for order in asked
    }


class _Row(NamedTuple):
    pk: int
    service: int
    start: datetime
    due: datetime
    ready: datetime
    work_began_at: datetime | None
    report_began_at: datetime | None


def _learn(
    experience: Experience, row: _Row, spans: pauses.Spans, calendar: WorkingCalendar
) -> None:
    experience.whole.append(result_of(row.start, row.due, row.ready, spans, calendar))
    for stage in STAGES:
        began = getattr(row, stage)
        if began is not None:
            experience.stages[stage].append(days_taken(began, row.ready, spans, calendar))


def measured(orders: OrderQuerySet) -> OrderQuerySet:
    """Of these, the orders that experience is made of."""
    return orders.filter(ready_at__isnull=False, started_at__isnull=False, due_at__isnull=False)


def _newest_results(services: Iterable[int], now: datetime) -> Iterable[_Row]:
    """Of each service the NEWEST known before now."""
    newest = Window(RowNumber(), partition_by=F("service"), order_by=("-ready_at", "-pk"))
    known = measured(Order.objects.filter(service__in=services, ready_at__lt=now))
    ranked = known.annotate(rank=newest).filter(rank__lte=NEWEST).order_by()
    facts = ("pk", "service_id", "started_at", "due_at", "ready_at", *STAGES[::-1])
    return map(_Row._make, ranked.values_list(*facts))


def spans_by_order(services: Iterable[int], *, since: datetime) -> dict[int, pauses.Spans]:
    """The pauses that ended of those services' orders, open or ready since then. One query."""
    wanted = Q(order__ready_at__isnull=True) | Q(order__ready_at__gte=since)
    rows = Pause.objects.standing().filter(wanted, order__service__in=services)
    found: dict[int, list[pauses.Span]] = defaultdict(list)
    for order, begins, ends in rows.order_by().values_list("order_id", "begins_at", "ends_at"):
        if ends is not None:
            found[order].append(pauses.Span(begins, ends))
    return {order: pauses.merged(spans) for order, spans in found.items()}
