"""Opening cases: by the sweep in bulk, by hand one at a time (DOMAIN 2, rules a and d)."""

from datetime import datetime
from typing import Any

from kompensasi.cases import notifying
from kompensasi.cases.models import Case, Opening, Visit
from kompensasi.cases.procedure import MONITORING
from kompensasi.cases.visits import new_visit
from kompensasi.people.models import User
from kompensasi.sop.models import Revision
from spm_monitor import actions as orders
from spm_monitor import clock, journal, sequences
from spm_monitor.models import Order, Overrun
from spm_monitor.refusals import NotNow, NotYours, Refused
from spm_monitor.workdays import to_wib


def open_cases(
    *, orders_late: list[Order], opening: Opening, by: User | None, capacity: Any, now: datetime
) -> list[Case]:
    """Open a case at step 1 for each order. Call inside an act, the orders' rows locked.

    The caller has made sure that none has an open case; the database makes sure once more.
    """
    if not orders_late:
        return []
    day = to_wib(now).date()
    revision = Revision.in_force(day)
    first = revision.steps.get(number=MONITORING)
    number = sequences.take(f"case:{day.year}", count=len(orders_late))
    cases = Case.objects.bulk_create(
        Case(
            number=f"KMP-{day.year}-{number + i:04d}", order=order, revision=revision,
            opened_at=now, opening=opening, opened_by=by,
        )
        for i, order in enumerate(orders_late)
    )  # fmt: skip
    calendar = clock.current_calendar()
    visits = Visit.objects.bulk_create(new_visit(case, first, now, calendar) for case in cases)
    notifying.tell_holders(visits, now)
    Overrun.objects.filter(
        order__in=[case.order_id for case in cases], corrected_at__isnull=True
    ).update(answered_at=now)
    for case in cases:
        journal.record(
            "case.opened", case, by=by, capacity=capacity, now=now,
            after={"number": case.number, "order": case.order_id, "opening": opening},
        )  # fmt: skip
    return cases


def open_case(*, order: Order, by: User, now: datetime) -> Case:
    """Open a case by hand (DOMAIN 2, rule d): no open case, not yet compensated.

    Nor withdrawn before it was late (DOMAIN 3): such a case could only go round for ever.
    """
    with journal.act():
        order = orders.locked(order)
        reason = opening_refusal(order, by, now)
        if reason is not None:
            raise reason
        capacity = by.capacity_for("cases.open_case", order.section_id, now)
        return open_cases(
            orders_late=[order], opening=Opening.HAND, by=by, capacity=capacity, now=now
        )[0]


def opening_refusal(order: Order, by: User, now: datetime) -> Refused | None:
    """Why this person may not open a case for this order by hand; None when they may."""
    if by.capacity_for("cases.open_case", order.section_id, now) is None:
        return NotYours("Jabatan Anda tidak mencakup pembukaan kasus.")
    if order.cases.open().exists():
        return NotNow(f"Pesanan {order.number} sudah memiliki kasus yang berjalan.")
    if order.cases.compensated().exists():
        return NotNow(f"Kompensasi untuk pesanan {order.number} sudah diberikan.")
    if order.withdrawn_at is not None and not order.late(now):
        return NotNow(
            f"Pesanan {order.number} dibatalkan pelanggan sebelum terlambat; tidak ada kasus"
            " untuk pesanan itu."
        )
    return None
