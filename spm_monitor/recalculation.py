"""Which open orders' dues no longer follow the calendar, and moving them.

A late holiday, or a change of hours, moves no order by itself: somebody looks at what would move
and says so (DOMAIN 3). Orders that ended keep their due, and so does what was promised.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from spm_monitor import actions, clock
from spm_monitor.models import Order
from spm_monitor.refusals import BadInput
from spm_monitor.workdays import WorkingCalendar

CHUNK = 1000


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
    orders = Order.objects.open().select_related("service", "standard")
    orders = orders.prefetch_related("service__standards")
    for order in orders.order_by("pk").iterator(chunk_size=CHUNK):
        try:
            new = clock.schedule(order, calendar).due_at
        except (BadInput, OverflowError):
            continue
        if new != order.due_at:
            yield Move(order, order.due_at, new)


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
