"""Which open orders' dues no longer follow the calendar or their SPM, and moving them all at once.

A late holiday, a change of hours or of an SPM moves no order by itself: somebody looks at what
would move and says so (DOMAIN 3). Orders that ended keep their due, and so does what was promised.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from spm_monitor import actions, bulk, clock, journal, pauses
from spm_monitor.models import DueChange, Order, Overrun, Pause, Service, SpmStandard
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.refusals import BadInput
from spm_monitor.workdays import WorkingCalendar

CHUNK = 1000
READ = (
    "number", "section", "standard", "due_at", "estimate_at", "ready_at", "withdrawn_at",
    "paused_since", *actions.START_FACTS,
)  # fmt: skip


class Move(NamedTuple):
    """An open order whose due would be another one."""

    order: Order
    old: datetime | None
    new: datetime | None
    standard: SpmStandard | None
    """The promise that the new due follows."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a change of calendar or SPM did."""

    moves: list[Move]
    followed: dict[int, str]
    """What followed for cases, in sentences, by the order's key."""

    @property
    def mark(self) -> str:
        """What a person is shown of it, made short."""
        lines = (
            f"{one.order.pk} {journal.plain(one.old)} {journal.plain(one.new)}"
            f" {self.followed.get(one.order.pk, '')}"
            for one in self.moves
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class Unseen(Exception):
    """Open orders would move, and the person was not shown just these."""

    def __init__(self, moved: Moved) -> None:
        super().__init__(f"{len(moved.moves)} orders would move")
        self.moved = moved


def moves(calendar: WorkingCalendar, renewed: SpmStandard | None = None) -> Iterator[Move]:
    """The open orders that move when their dues follow this calendar; writes nothing.

    renewed: an SPM that the orders of its service are to follow which started since it is in
    force, whatever they were promised then; only these are looked at. Reads some at a time,
    whatever their number. An order whose due cannot be computed any more (its service lost its
    SPM, no office hours) keeps the one it has.
    """
    services = Service.objects.prefetch_related("standards").in_bulk()
    standards: dict[int | None, SpmStandard] = {}
    standards |= {row.pk: row for one in services.values() for row in one.standards.all()}
    paused = _spans_of_open_orders()
    orders = Order.objects.open().order_by("pk")
    if renewed is not None:
        since = clock.day_start(renewed.valid_from)
        orders = orders.filter(service=renewed.service_id, started_at__gte=since, target_at=None)
        suspects = list(orders.values_list("pk", flat=True))
    else:
        suspects = list(_suspects(orders, standards, set(paused), calendar))
    for order in _read(orders, suspects):
        # Shared by all orders: one for each took four times as long. One that was entered a moment
        # ago is read when it is asked for.
        if order.service_id in services:
            order.service = services[order.service_id]
        if renewed is not None:
            order.standard = None
        elif order.standard_id in standards:
            order.standard = standards[order.standard_id]
        try:
            found = clock.schedule(order, calendar, paused.get(order.pk, ()))
        except (BadInput, OverflowError):
            continue
        if found.due_at != order.due_at:
            yield Move(order, order.due_at, found.due_at, found.standard)


def _suspects(
    orders: OrderQuerySet, standards: dict[int | None, SpmStandard], paused: set[int],
    calendar: WorkingCalendar,
) -> Iterator[int]:  # fmt: skip
    """Orders that may move, told from a few bare facts: most do not, and are not looked at again.

    What rests on more than its start and its promise (a pause) is always one.
    """
    facts = orders.values_list("pk", "standard", "started_at", "due_at", "target_at")
    for pk, key, started_at, due_at, target_at in facts.iterator(chunk_size=CHUNK):
        if pk in paused:
            yield pk
        elif target_at is not None or key is None or started_at is None:
            if due_at != target_at:
                yield pk
        elif key not in standards or _moves(standards[key], started_at, due_at, calendar):
            yield pk


def _moves(
    standard: SpmStandard, start: datetime, due: datetime | None, calendar: WorkingCalendar
) -> bool:
    try:
        return clock.due_of(standard, start, (), calendar) != due
    except OverflowError:
        return False


def _read(orders: OrderQuerySet, keys: list[int]) -> Iterator[Order]:
    for start in range(0, len(keys), CHUNK):
        yield from orders.filter(pk__in=keys[start : start + CHUNK]).only(*READ)


def _spans_of_open_orders() -> dict[int, pauses.Spans]:
    """The pauses of the open orders that have any; few, so all at once."""
    found: dict[int, list[pauses.Span]] = {}
    for pause in Pause.objects.standing().filter(order__in=Order.objects.open()):
        found.setdefault(pause.order_id, []).append(pause.span)
    return {order: pauses.merged(spans) for order, spans in found.items()}


def move(found: list[Move], *, cause: str, by: Any, now: datetime, capacity: Any) -> Moved:
    """Move these orders as one act, each with its history, its journal entry and its case.

    One that ended or was moved by somebody meanwhile stays. The number of statements does not
    grow with the orders, but by their thousands, and by the cases that end.
    """
    with journal.act():
        dues = {one.order.pk: (one.old, one.new) for one in found}
        done = bulk.replace(Order.objects.open(), "due_at", dues, flagged_due_at=None)
        moved = [one for one in found if one.order.pk in done]
        _keep_promises(moved)
        _correct_overruns([one.order.pk for one in moved], now)
        bulk.insert(DueChange, [
            {
                "order_id": one.order.pk, "at": now, "old": one.old, "new": one.new,
                "cause": cause, "by_id": by.pk if by else None,
            }
            for one in moved
        ])  # fmt: skip
        changes = {one.order.pk: ({"due_at": one.old}, {"due_at": one.new}) for one in moved}
        journal.record_each(
            "order.rescheduled", Order, changes, by=by, capacity=capacity, now=now, note=cause
        )
        for one in moved:
            one.order.due_at = one.new
        followed = actions.follow([one.order for one in moved], by=by, now=now)
    return Moved(moves=moved, followed=followed)


def move_as_seen(found: list[Move], *, seen: str, ask: bool = False, **act: Any) -> int:
    """The same, if it does what the person was shown; how many moved.

    seen: the mark of that; not asked for where nothing moves, unless `ask`. Raises Unseen, which
    undoes the act it is raised in.
    """
    moved = move(found, **act)
    if moved.mark != seen and (ask or seen or moved.moves):
        raise Unseen(moved)
    return len(moved.moves)


def _keep_promises(moved: list[Move]) -> None:
    """An order that follows another SPM from now on is said to."""
    orders: dict[int, list[int]] = {}
    for one in moved:
        if one.standard is not None and one.order.standard_id != one.standard.pk:
            orders.setdefault(one.standard.pk, []).append(one.order.pk)
    for standard, keys in orders.items():
        for start in range(0, len(keys), CHUNK):
            Order.objects.filter(pk__in=keys[start : start + CHUNK]).update(standard=standard)


def _correct_overruns(keys: list[int], now: datetime) -> None:
    """An overrun was of the due that moved; the next sweep looks whether there is one of the new.

    Marked as corrected, not deleted.
    """
    standing = Overrun.objects.filter(corrected_at__isnull=True)
    for start in range(0, len(keys), bulk.AT_ONCE):
        chunk = keys[start : start + bulk.AT_ONCE]
        standing.filter(order__in=chunk).update(corrected_at=now)
