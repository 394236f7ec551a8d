"""A year's orders in numbers: how many ended in their SPM, where, and what kept the others.

Counted are orders whose result was ready in the year, in WIB; withdrawn ones have no result. Two
dues are compared: the first one an order had, and the present one, so that moving a due hides
nothing. Pure but for `ended_in`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

from spm_monitor import clock
from spm_monitor.models import DueChange, MonitoringRow
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.wording import MONTHS
from spm_monitor.workdays import to_wib

FEW = 5  # orders under which a share says little
NO_CAUSE = "Sebab belum dicatat"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """An order whose result is ready."""

    pk: int
    number: str
    customer: str
    service: str
    section: str
    started: datetime | None
    first_due: datetime | None
    """The first due it had, before anything moved it."""
    due: datetime | None
    ready: datetime
    cause: str
    """What the newest monitoring row names; empty when none does."""

    @property
    def late_at_first(self) -> bool:
        """Outside its SPM by the first due it had."""
        return self.first_due is not None and self.ready > self.first_due

    @property
    def late(self) -> bool:
        """Outside its SPM, as a fact (DOMAIN 3)."""
        return self.due is not None and self.ready > self.due

    @property
    def days_late(self) -> int:
        """Calendar dates between due and ready, at least 1; 0 in its SPM (DOMAIN 3)."""
        if self.due is None or not self.late:
            return 0
        return max(1, (to_wib(self.ready).date() - to_wib(self.due).date()).days)

    @property
    def month(self) -> int:
        """Of the year in which it was ready, in WIB; 1 to 12."""
        return to_wib(self.ready).month


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The orders of one month, service or section."""

    name: str
    ended: int
    late: int
    late_at_first: int
    median_late: float | None
    """Of the days late, of those that were; None without any."""

    @property
    def in_time(self) -> int:
        """How many ended in their SPM."""
        return self.ended - self.late

    @property
    def share(self) -> int | None:
        """Of those that ended in their SPM, in whole percent; None of none."""
        return round(100 * self.in_time / self.ended) if self.ended else None


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What orders were late for, and how many days it cost."""

    name: str
    orders: int
    lost_days: int


def ended_in(year: int, orders: OrderQuerySet) -> list[Ended]:
    """Of these orders, those whose result was ready in a year, in that order; three queries."""
    begin, end = clock.day_start(date(year, 1, 1)), clock.day_start(date(year + 1, 1, 1))
    found = orders.filter(ready_at__gte=begin, ready_at__lt=end)
    changes = DueChange.objects.filter(order__in=found.values("pk"), old__isnull=False)
    first_dues = dict(changes.order_by("-at", "-pk").values_list("order", "old"))  # oldest last
    rows = MonitoringRow.objects.filter(order__in=found.values("pk"), cause__isnull=False)
    causes = dict(rows.order_by("observed_at", "pk").values_list("order", "cause__name"))
    facts = found.order_by("ready_at", "pk").values_list(
        "pk", "number", "customer__name", "service__name", "section__name", "started_at",
        "due_at", "ready_at",
    )  # fmt: skip
    return [
        Ended(
            pk=pk, number=number, customer=customer, service=service, section=section,
            started=started, first_due=first_dues.get(pk, due), due=due, ready=ready,
            cause=causes.get(pk, ""),
        )
        for pk, number, customer, service, section, started, due, ready in facts
        if ready is not None
    ]  # fmt: skip


def tally(name: str, orders: Iterable[Ended]) -> Tally:
    """These orders in numbers."""
    some = list(orders)
    late = [order.days_late for order in some if order.late]
    return Tally(
        name=name, ended=len(some), late=len(late),
        late_at_first=sum(order.late_at_first for order in some),
        median_late=median(late) if late else None,
    )  # fmt: skip


def by_month(orders: Iterable[Ended], last: int = 12) -> list[Tally]:
    """January to `last`, those without an order too."""
    months = _grouped(orders, lambda order: order.month)
    return [tally(MONTHS[n - 1], months.get(n, [])) for n in range(1, last + 1)]


def by_name(orders: Iterable[Ended], name: Callable[[Ended], str]) -> list[Tally]:
    """By service or section, in the order of their names."""
    groups = _grouped(orders, name)
    return [tally(str(key), groups[key]) for key in sorted(groups)]


def by_cause(orders: Iterable[Ended]) -> list[Cause]:
    """What the late ones were late for; the most lost days first."""
    groups = _grouped((o for o in orders if o.late), lambda order: order.cause or NO_CAUSE)
    causes = [
        Cause(name=name, orders=len(some), lost_days=sum(order.days_late for order in some))
        for name, some in groups.items()
    ]
    return sorted(causes, key=lambda cause: (-cause.lost_days, cause.name))


def _grouped(orders: Iterable[Ended], key: Callable[[Ended], Any]) -> dict[Any, list[Ended]]:
    groups: dict[Any, list[Ended]] = defaultdict(list)
    for order in orders:
        groups[key(order)].append(order)
    return groups
