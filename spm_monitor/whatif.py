"""What a year would have looked like by another promise, or without a joint holiday: a supposition.

Looked at are orders that ended with a result, whose due was counted from their start; what was
promised by date stays what it was. Nothing is written.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from spm_monitor import clock, pauses
from spm_monitor.models import Order, Pause, SpmStandard
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.workdays import WorkingCalendar


@dataclass(frozen=True, kw_only=True)
class Supposed:
    """An order, and its due as it would have been."""

    order: Order
    due_at: datetime

    @property
    def was_late(self) -> bool:
        """As it happened."""
        return _after(self.order.ready_at, self.order.due_at)

    @property
    def would_be_late(self) -> bool:
        """By the other due."""
        return _after(self.order.ready_at, self.due_at)

    @property
    def turns(self) -> bool:
        """Whether that makes a difference."""
        return self.was_late != self.would_be_late


def _after(ready: datetime | None, due: datetime | None) -> bool:
    return ready is not None and due is not None and ready > due


def with_days(days: int, orders: OrderQuerySet, calendar: WorkingCalendar) -> list[Supposed]:
    """These orders, had their SPM been so many days (at least 1)."""

    def due(order: Order, spans: pauses.Spans) -> datetime | None:
        standard: Any = copy(order.standard)
        standard.days = days
        return _due(standard, order, spans, calendar)

    return [Supposed(order=o, due_at=at) for o, spans in _counted(orders) if (at := due(o, spans))]


def without_day_off(day: date, orders: OrderQuerySet, calendar: WorkingCalendar) -> list[Supposed]:
    """These orders, had that date been an ordinary one."""
    left = tuple(off for off in calendar.days_off if off.date != day)
    other = replace(calendar, days_off=left)
    return [
        Supposed(order=o, due_at=at)
        for o, spans in _counted(orders)
        if (at := _due(o.standard, o, spans, other))
    ]


def _due(
    standard: SpmStandard | None, order: Order, spans: pauses.Spans, calendar: WorkingCalendar
) -> datetime | None:
    if standard is None or order.started_at is None:
        return None
    return clock.due_of(standard, order.started_at, spans, calendar)


def _counted(orders: OrderQuerySet) -> Iterator[tuple[Order, pauses.Spans]]:
    """Those with a counted due and a result, each with its pauses; two queries."""
    counted = orders.filter(
        ready_at__isnull=False, started_at__isnull=False, due_at__isnull=False,
        standard__isnull=False, target_at__isnull=True,
    ).select_related("standard", "service", "customer")  # fmt: skip
    found = list(counted.order_by("ready_at", "pk"))
    spans = _spans(found)
    for order in found:
        yield order, spans.get(order.pk, ())


def _spans(orders: Iterable[Order]) -> dict[int, pauses.Spans]:
    rows: dict[int, list[pauses.Span]] = {}
    for pause in Pause.objects.standing().filter(order__in=[order.pk for order in orders]):
        if pause.ends_at is not None:
            rows.setdefault(pause.order_id, []).append(pause.span)
    return {key: pauses.merged(spans) for key, spans in rows.items()}
