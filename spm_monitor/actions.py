"""Everything that changes an order. Keyword-only, atomic, journalled; `now` is an argument.

The rights are those of DOMAIN 1. A caller that has already checked its own right to act (a step
of the procedure) passes the `capacity` it acts under.
"""

from collections.abc import Callable, Collection, Iterable
from copy import copy
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from spm_monitor import clock, journal, pauses, rights
from spm_monitor.models import Customer, DueChange, Order
from spm_monitor.refusals import BadInput, NotNow
from spm_monitor.wording import instant_id, short_date_id
from spm_monitor.workdays import WorkingCalendar, to_wib

Facts = dict[str, Any]
CONTACT = ("address", "contact_name", "phone", "email")
PERSONAL = {*CONTACT, "handed_over_to"}
START_FACTS = {"service", "received_at", "documents_at", "paid_at", "contract", "target_at"}


@cache
def _followers() -> tuple[Callable[..., dict[int, str]], ...]:
    return tuple(import_string(path) for path in settings.ORDER_FOLLOWERS)


def locked(order: Order) -> Order:
    """The order as it stands, its row locked until the transaction ends."""
    return (
        Order.objects.select_for_update(of=("self",))
        .select_related("service", "section", "standard", "customer")
        .get(pk=order.pk)
    )


def all_locked(keys: Iterable[int]) -> list[Order]:
    """Several orders as they stand, their rows locked in the order of their keys."""
    return list(
        Order.objects.select_for_update(of=("self",))
        .select_related("service", "section", "standard", "customer")
        .filter(pk__in=list(keys))
        .order_by("pk")
    )


def enter_order(
    *, facts: Facts, by: Any, now: datetime, capacity: Any = None,
    without_hour: Collection[str] = (), calendar: WorkingCalendar | None = None,
) -> Order:  # fmt: skip
    """Enter an order; its start and due follow from the facts. Returns the saved order.

    without_hour: the facts given as a date only; see `check_facts`.
    calendar: the current one, when a caller with many orders has it in hand.
    """
    with journal.act():
        if capacity is None:
            aimed = Order(number=facts["number"], section=facts["service"].section)
            capacity = rights.require(by, "spm_monitor.enter_order", aimed, at=now)
        order = supposed(
            None, facts, now=now, calendar=calendar or clock.current_calendar(),
            without_hour=without_hour,
        )  # fmt: skip
        order.save(force_insert=True)
        journal.record(
            "order.entered", order, by=by, capacity=capacity, now=now,
            after=_told(facts) | {"due_at": order.due_at},
        )  # fmt: skip
    return order


def customer_called(*, name: str, by: Any, now: datetime, capacity: Any) -> Customer:
    """The customer of that name, letter case and white space aside; entered when not known yet.

    Call inside an act: a customer is entered only together with an order.
    """
    name = " ".join(name.split())
    customer = Customer.objects.filter(name__iexact=name).order_by("pk").first()
    if customer is None:
        customer = Customer.objects.create(name=name)
        journal.record("customer.entered", customer, by=by, capacity=capacity, now=now)
    return customer


def change_order(
    *, order: Order, facts: Facts, by: Any, now: datetime, capacity: Any = None,
    cause: str = "data pesanan diperbaiki", permission: str = "enter_order",
    verb: str = "order.changed", note: str = "", without_hour: Collection[str] | None = None,
    calendar: WorkingCalendar | None = None, refuse: Callable[[Order], None] | None = None,
) -> bool:  # fmt: skip
    """Set facts of an order; whether anything changed. The due follows, with its history.

    refuse: raises when the order, as it stands once it is locked, may not be changed so.
    without_hour: all facts known by their date only; None: what is kept, as far as it tells.
    What the change means for a case is done in the same transaction (`ORDER_FOLLOWERS`).
    """
    with journal.act():
        order_now = locked(order)
        if capacity is None:
            capacity = rights.require(by, f"spm_monitor.{permission}", order_now, at=now)
        if refuse is not None:
            refuse(order_now)
        before = {name: getattr(order_now, name) for name in facts}
        changed = {name for name, value in facts.items() if before[name] != value}
        if not changed:
            return False
        calendar = calendar or clock.current_calendar()
        if without_hour is None:
            without_hour = clock.kept_without_hour(order_now, calendar) - changed
        old_due, paused = order_now.due_at, order_now.paused_since is not None
        order_now = supposed(
            order_now, facts, now=now, calendar=calendar, without_hour=without_hour
        )
        if paused and order_now.ended:
            _end_open_pause(order_now, now)
        save_changed(order_now, old_due, cause=cause, by=by, now=now)
        before |= {"due_at": old_due}
        after = {name: facts[name] for name in changed} | {"due_at": order_now.due_at}
        journal.record(
            verb, order_now, by=by, capacity=capacity, now=now, note=note,
            before=_told({name: before[name] for name in after}), after=_told(after),
        )  # fmt: skip
    order.refresh_from_db()
    return True


def supposed(
    order: Order | None, facts: Facts, *, now: datetime, calendar: WorkingCalendar,
    without_hour: Collection[str] = (),
) -> Order:  # fmt: skip
    """A new order, or `order`, as it would stand with these facts: checked, with start and due.

    Nothing is saved and `order` stays as it is. Refuses (BadInput) what `check_facts` refuses.
    """
    after = copy(order) if order is not None else Order()
    changed = {name for name in facts if order is None or getattr(order, name) != facts[name]}
    for name in changed:
        setattr(after, name, facts[name])
    if "service" in changed:
        after.section, after.standard = after.service.section, None
    check_facts(after, now, without_hour)
    if changed & START_FACTS:
        reschedule(after, calendar)
    if after.ended and after.paused_since is not None:
        _end_with_the_order(after, calendar)
    return after


def save_changed(
    order: Order, old_due: datetime | None, *, cause: str, by: Any, now: datetime
) -> list[str]:
    """Save a locked order that changed, the history of its due, and what follows from it.

    Returns what followed, in sentences.
    """
    _keep_overrun_true(order, now)
    order.save()
    if old_due != order.due_at:
        DueChange.objects.create(
            order=order, at=now, old=old_due, new=order.due_at, cause=cause, by=by
        )
    return [*follow([order], by=by, now=now).values()]


def follow(orders: Collection[Order], *, by: Any, now: datetime) -> dict[int, str]:
    """What follows elsewhere from orders that changed, done in this transaction (ORDER_FOLLOWERS).

    Returns it in sentences, by the order's key; an order from which nothing follows has none.
    """
    said: dict[int, str] = {}
    for follower in _followers():
        for key, sentence in follower(orders, by=by, now=now).items():
            said[key] = f"{said[key]} {sentence}" if key in said else sentence
    return said


def _told(facts: Facts) -> Facts:
    """Facts as the journal keeps them for ever: of who can be reached how, only that it changed."""
    return {name: "…" if name in PERSONAL and facts[name] else facts[name] for name in facts}


def _act(
    order: Order, name: str, facts: Facts, refuse: Callable[[Order], None], **rest: Any
) -> None:
    change_order(
        order=order, facts=facts, permission=f"record_{name}", verb=f"order.{name}",
        refuse=refuse, **rest,
    )  # fmt: skip


def record_documents(*, order: Order, at: datetime, by: Any, now: datetime) -> None:
    """The customer's documents and sample are complete since `at`; not after now."""
    _happened("documents_at", at, now)
    facts = {"documents_at": at}
    _act(order, "documents", facts, _going_on, by=by, now=now, cause="dokumen lengkap")


def record_paid(*, order: Order, at: datetime, by: Any, now: datetime) -> None:
    """The customer paid at `at`; not after now."""
    _happened("paid_at", at, now)
    facts = {"paid_at": at}
    _act(order, "paid", facts, _going_on, by=by, now=now, cause="pembayaran diterima")


def _happened(fact: str, at: datetime, now: datetime) -> None:
    if at > now:
        raise BadInput(f"Waktu ini tidak boleh setelah {instant_id(now)}.", fact)


def record_estimate(
    *, order: Order, at: datetime, by: Any, now: datetime, note: str = "", capacity: Any = None
) -> None:
    """The section expects the result at `at`; not before now (DOMAIN 2, step 4)."""
    if at < now:
        raise BadInput(f"Perkiraan selesai harus setelah {instant_id(now)}.", "at")
    facts = {"estimate_at": at}
    _act(order, "estimate", facts, _going_on, by=by, now=now, note=note, capacity=capacity)


def record_work(*, order: Order, at: datetime, by: Any, now: datetime) -> None:
    """The sample left intake: its section works on it since `at`; not after now."""
    _stage(order, "work_began_at", at, by=by, now=now)


def record_report(*, order: Order, at: datetime, by: Any, now: datetime) -> None:
    """The work is done: its result is being written since `at`; not after now."""
    _stage(order, "report_began_at", at, by=by, now=now)


def _stage(order: Order, fact: str, at: datetime, **act: Any) -> None:
    _happened(fact, at, act["now"])
    change_order(
        order=order, facts={fact: at}, permission="record_stage", verb="order.stage",
        refuse=_going_on, **act,
    )  # fmt: skip


def record_ready(
    *, order: Order, at: datetime, by: Any, now: datetime, capacity: Any = None
) -> None:
    """The result was issued at `at`: the order's clock ends (DOMAIN 3)."""
    _act(order, "ready", {"ready_at": at}, _going_on, by=by, now=now, capacity=capacity)


def correct_ready(*, order: Order, at: datetime, reason: str, by: Any, now: datetime) -> None:
    """The result was issued at `at`, not when it was recorded; until it is handed over."""

    def refuse(order_now: Order) -> None:
        _ready_stands(order_now)
        if order_now.ready_at is not None and at == order_now.ready_at.replace(
            second=0, microsecond=0
        ):
            raise BadInput("Waktu ini sudah tercatat. Isi waktu yang benar.", "ready_at")

    change_order(
        order=order, facts={"ready_at": at}, permission="record_ready",
        verb="order.ready_corrected", refuse=refuse, note=reason, by=by, now=now,
    )  # fmt: skip


def take_back_ready(*, order: Order, reason: str, by: Any, now: datetime) -> None:
    """No result was issued after all: the order is open again; until it is handed over."""
    change_order(
        order=order, facts={"ready_at": None}, permission="record_ready",
        verb="order.ready_taken_back", refuse=_ready_stands, note=reason, by=by, now=now,
    )  # fmt: skip


def record_handed_over(
    *, order: Order, at: datetime, to: str, by: Any, now: datetime, capacity: Any = None
) -> None:
    """The customer received the result; possible at any time after ready."""
    facts = {"handed_over_at": at, "handed_over_to": to}
    _act(order, "handed_over", facts, _not_handed_over, by=by, now=now, capacity=capacity)


def record_withdrawn(*, order: Order, at: datetime, reason: str, by: Any, now: datetime) -> None:
    """The customer withdrew the order; only while no result is recorded."""
    facts = {"withdrawn_at": at, "withdrawn_reason": reason}
    _act(order, "withdrawn", facts, _going_on, by=by, now=now, note=reason)


def _going_on(order: Order) -> None:
    if order.withdrawn_at is not None:
        raise NotNow(f"Pesanan {order.number} sudah dibatalkan.")
    if order.ready_at is not None:
        raise NotNow(f"Hasil pesanan {order.number} sudah dicatat siap; ini tidak berubah lagi.")


def _ready_stands(order: Order) -> None:
    if order.ready_at is None:
        raise NotNow(f"Hasil pesanan {order.number} belum dicatat siap, atau baru saja dicabut.")
    if order.handed_over_at is not None:
        raise NotNow(
            f"Hasil pesanan {order.number} sudah diserahkan; waktu siapnya tidak berubah lagi."
        )


def _not_handed_over(order: Order) -> None:
    if order.handed_over_at is not None:
        raise NotNow(f"Hasil pesanan {order.number} sudah dicatat diserahkan.")


INSTANTS = {
    "received_at": "Tanggal diterima",
    "target_at": "Target yang dijanjikan",
    "estimate_at": "Perkiraan selesai",
    "work_began_at": "Mulai pengerjaan",
    "report_began_at": "Mulai penyusunan hasil",
    "ready_at": "Tanggal hasil siap",
    "handed_over_at": "Tanggal penyerahan",
    "withdrawn_at": "Tanggal pembatalan",
}


def check_facts(order: Order, now: datetime, without_hour: Collection[str] = ()) -> None:
    """Refuse facts that contradict each other or lie ahead (BadInput, names the field).

    Two instants are compared by minutes; by dates when one of them is in `without_hour`.
    """
    facts = {name: getattr(order, name) for name in INSTANTS} | {"now": now}

    def before(one: str, other: str) -> bool:
        a, b = facts[one], facts[other]
        if a is None or b is None:
            return False
        if one in without_hour or other in without_hour:
            return to_wib(a).date() < to_wib(b).date()
        return a.replace(second=0, microsecond=0) < b.replace(second=0, microsecond=0)

    def when(name: str) -> str:
        return short_date_id(facts[name]) if name in without_hour else instant_id(facts[name])

    for name in ("ready_at", "handed_over_at", "withdrawn_at"):
        if before("now", name):
            raise BadInput(f"{INSTANTS[name]} tidak boleh setelah {when('now')}.", name)
    for name in (
        "work_began_at", "report_began_at", "ready_at", "withdrawn_at", "target_at", "estimate_at",
    ):  # fmt: skip
        if before(name, "received_at"):
            raise BadInput(
                f"{INSTANTS[name]} tidak boleh sebelum diterima ({when('received_at')}).", name
            )
    if before("report_began_at", "work_began_at"):
        raise BadInput(
            f"Mulai penyusunan hasil tidak boleh sebelum dikerjakan ({when('work_began_at')}).",
            "report_began_at",
        )
    for name in ("work_began_at", "report_began_at"):
        if before("ready_at", name):
            began = f"{INSTANTS[name].lower()} ({when(name)})"
            raise BadInput(f"Tanggal hasil siap tidak boleh sebelum {began}.", "ready_at")
    if order.ready_at is not None and order.withdrawn_at is not None:
        raise BadInput("Pesanan yang dibatalkan tidak dapat memiliki hasil.", "withdrawn_at")
    if order.handed_over_at is not None and order.ready_at is None:
        raise BadInput("Catat dahulu kapan hasil siap, baru penyerahannya.", "handed_over_at")
    if before("handed_over_at", "ready_at"):
        raise BadInput(
            f"{INSTANTS['handed_over_at']} tidak boleh sebelum hasil siap ({when('ready_at')}).",
            "handed_over_at",
        )


def reschedule(order: Order, calendar: WorkingCalendar, spans: pauses.Spans | None = None) -> None:
    """Let standard, start and due follow from the facts and the pauses; saves nothing."""
    result = clock.schedule(order, calendar, spans)
    order.standard, order.started_at = result.standard, result.started_at
    order.due_at = result.due_at


def _end_open_pause(order: Order, now: datetime) -> None:
    """At the instant at which its order ended; one that began later never counted."""
    end: Any = order.ready_at or order.withdrawn_at
    still = order.pauses.going_on()
    still.filter(begins_at__lt=end).update(ends_at=end)
    still.update(dropped_at=now, dropped_reason="Pesanan berakhir sebelum jeda ini mulai.")


def _end_with_the_order(order: Order, calendar: WorkingCalendar) -> None:
    """Ready, or withdrawn, ends an open pause at its instant: the last time that its due moves."""
    end: Any = order.ready_at or order.withdrawn_at
    reschedule(order, calendar, pauses.ended(order.spans, end))
    order.paused_since = None


def _keep_overrun_true(order: Order, now: datetime) -> None:
    """An overrun that turns out wrong (due moved, result corrected) is marked corrected.

    One that stands is looked at anew: whether its order ended before go-live may have changed.
    """
    if order.flagged_due_at is None:
        return
    standing = order.overruns.filter(corrected_at__isnull=True)
    if order.flagged_due_at == order.due_at and order.late(now):
        standing.filter(waived_before__isnull=False).update(waived_before=None)
        return
    standing.update(corrected_at=now)
    order.flagged_due_at = None
