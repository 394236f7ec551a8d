"""Opening cases: by the sweep in bulk, by hand one at a time (DOMAIN 2, rules a and d)."""

from datetime import datetime
from typing import Any

from kompensasi.cases import notifying
from kompensasi.cases.models import Case, Opening, Visit
from kompensasi.cases.models.case import new_tracking_code
from kompensasi.cases.procedure import MONITORING
from kompensasi.people.models import User
from kompensasi.sop.models import Revision
from spm_monitor import actions as orders
from spm_monitor import bulk, clock, journal, sequences
from spm_monitor.models import Order, Overrun
from spm_monitor.refusals import NotNow, NotYours, Refused
from spm_monitor.workdays import to_wib


def open_cases(
    *, late: list[int], opening: Opening, by: User | None, capacity: Any, now: datetime,
    tell: bool = True,
) -> list[int]:  # fmt: skip
    """Open a case at step 1 for each order; returns the cases' keys. All are given by theirs.

    Call inside an act, the orders' rows locked. The caller has made sure that none has an open
    case; the database makes sure once more. tell: whether who is to do step 1 is told.
    """
    if not late:
        return []
    day = to_wib(now).date()
    revision = Revision.in_force(day)
    number = sequences.take(f"case:{day.year}", count=len(late))
    opened = [
        {"number": f"KMP-{day.year}-{number + i:04d}", "order": order, "opening": opening}
        for i, order in enumerate(late)
    ]
    cases = bulk.insert(Case, [
        {
            "number": one["number"], "order_id": one["order"], "revision_id": revision.pk,
            "opened_at": now, "opening": opening.value, "opened_by_id": by.pk if by else None,
            "tracking_code": new_tracking_code(),
        }
        for one in opened
    ])  # fmt: skip
    row = revision.steps.get(number=MONITORING)
    due_at = clock.current_calendar().add_minutes(now, row.minutes)
    visits = bulk.insert(Visit, [
        {"case_id": case, "row_id": row.pk, "opens_at": now, "due_at": due_at} for case in cases
    ])  # fmt: skip
    if tell:
        notifying.tell_of_opened(visits, now)
    Overrun.objects.filter(order__in=late, corrected_at__isnull=True).update(answered_at=now)
    changes: dict[int, Any] = {case: ({}, one) for case, one in zip(cases, opened, strict=True)}
    journal.record_each("case.opened", Case, changes, by=by, capacity=capacity, now=now)
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
        [case] = open_cases(
            late=[order.pk], opening=Opening.HAND, by=by, capacity=capacity, now=now
        )
        return Case.objects.get(pk=case)


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
