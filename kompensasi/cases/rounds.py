"""What a monitoring round means for cases: opened by its rows, step 1 answered by them (rule c)."""

from datetime import datetime
from typing import Any

from kompensasi.cases import opening
from kompensasi.cases.models import Case, Opening, Visit
from kompensasi.cases.procedure import MONITORING
from kompensasi.cases.visits import enter_step
from spm_monitor import journal
from spm_monitor.models import MonitoringRow

CONFIRMING = 2


def follow_round(
    rows: list[MonitoringRow], *, by: Any, capacity: Any, now: datetime
) -> dict[int, str]:
    """Open the cases that rows call for, and answer step 1 of these and of those that wait there.

    Called by `spm_monitor.rounds` (setting ROUND_FOLLOWERS) with the orders locked. A row calls for
    a case that names an obstacle or an estimate outside the SPM, of an open order that no case is
    taking (DOMAIN 2, rule c). Returns what was done, in sentences, by the order's key.
    """
    by_order = {row.order_id: row for row in rows}
    said = _answer_waiting(by_order, by=by, capacity=capacity, now=now)
    taken = set(
        Case.objects.taking_the_order().filter(order__in=by_order).values_list("order", flat=True)
    )
    owed = [key for key, row in by_order.items() if key not in taken and _calls_for_a_case(row)]
    opening.open_cases(
        late=owed, opening=Opening.ROUND, by=by, capacity=capacity, now=now, tell=False
    )
    for visit in _at_monitoring().filter(case__order__in=owed):
        _answer(visit, by_order[visit.case.order_id], by=by, capacity=capacity, now=now)
        said[visit.case.order_id] = f"Kasus {visit.case.number} dibuka."
    return said


def _calls_for_a_case(row: MonitoringRow) -> bool:
    order = row.order
    if order.ended or row.state == MonitoringRow.State.DONE:
        return False
    expected = row.estimate_at
    outside = expected is not None and order.due_at is not None and expected > order.due_at
    return row.state == MonitoringRow.State.OBSTACLE or outside


def _at_monitoring() -> Any:
    waiting = Visit.objects.filter(finished_at__isnull=True, row__number=MONITORING)
    return waiting.select_related("row", "case__revision", "case__order").order_by("pk")


def _answer_waiting(
    rows: dict[int, MonitoringRow], *, by: Any, capacity: Any, now: datetime
) -> dict[int, str]:
    """The round is step 1 of the cases that wait for it today."""
    said = {}
    for visit in _at_monitoring().filter(case__order__in=rows, opens_at__lte=now):
        _answer(visit, rows[visit.case.order_id], by=by, capacity=capacity, now=now)
        said[visit.case.order_id] = f"Kasus {visit.case.number} lanjut ke langkah {CONFIRMING}."
    return said


def _answer(visit: Visit, row: MonitoringRow, *, by: Any, capacity: Any, now: datetime) -> None:
    """Close a visit to step 1 with a row of the round, and open step 2."""
    visit.monitoring_row = row
    visit.opened_at, visit.finished_at, visit.outcome = visit.opened_at or now, now, "record"
    visit.finished_by, visit.finished_as, visit.finished_capacity = by, capacity, str(capacity)
    visit.save()
    visit.saved_answers.all().delete()
    journal.record(
        "step.finished", visit.case, by=by, capacity=capacity, now=now,
        before={"step": MONITORING}, after={"outcome": "record", "next": CONFIRMING},
        note="Dijawab oleh putaran Monitoring SPM.",
    )  # fmt: skip
    visit.case.forget()
    enter_step(visit.case, CONFIRMING, now)
