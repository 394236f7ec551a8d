"""Which open orders' dues no longer follow the calendar, and moving them.

A late holiday, or a change of hours, moves no order by itself: somebody looks at what would move
and says so (DOMAIN 3). Orders that ended keep their due, and so does what was promised.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from spm_monitor import actions, clock, pauses
from spm_monitor.models import Order, Pause, Service, SpmStandard
from spm_monitor.refusals import BadInput
from spm_monitor.workdays import WorkingCalendar

CHUNK = 1000
READ = ("number", "section", "standard", "due_at", *actions.START_FACTS)


class Move(NamedTuple):
    """An open order whose due would be another one."""

    order: Order
    old: datetime | None
    new: datetime | None


def moves(calendar: WorkingCalendar) -> Iterator[Move]:
    """The open orders that move when their dues follow this calendar; writes nothing.

    Reads some at a time, whatever their number. An order whose due cannot be computed any more
    (its service lost its SPM, no office hours) keeps the one it has.
    """
    services = Service.objects.prefetch_related("standards").in_bulk()
    standards: dict[int | None, SpmStandard] = {}
    standards |= {row.pk: row for one in services.values() for row in one.standards.all()}
    paused = _spans_of_open_orders()
    orders = Order.objects.open().only(*READ).order_by("pk")
    for order in orders.iterator(chunk_size=CHUNK):
        # Shared by all orders: one for each took four times as long. One that was entered a moment
        # ago is read when it is asked for.
        if order.service_id in services:
            order.service = services[order.service_id]
        if order.standard_id in standards:
            order.standard = standards[order.standard_id]
        try:
            new = clock.schedule(order, calendar, paused.get(order.pk, ())).due_at
        except (BadInput, OverflowError):
            continue
        if new != order.due_at:
            yield Move(order, order.due_at, new)


def _spans_of_open_orders() -> dict[int, pauses.Spans]:
    """The pauses of the open orders that have any; few, so all at once."""
    found: dict[int, list[pauses.Span]] = {}
    for pause in Pause.objects.standing().filter(order__in=Order.objects.open()):
        found.setdefault(pause.order_id, []).append(pause.span)
    return {order: pauses.merged(spans) for order, spans in found.items()}


def move(
    found: list[Move], *, cause: str, by: Any, now: datetime, capacity: Any,
    calendar: WorkingCalendar,
) -> int:  # fmt: skip
    """Move these orders, each as an act of its own; returns how many still had to."""
    return sum(
        actions.recompute_due(
            order=one.order, cause=cause, by=by, now=now, capacity=capacity, calendar=calendar
        )
        for one in found
    )
