"""What a change of an order means for its case, in the same transaction (DOMAIN 2)."""

from datetime import datetime
from typing import Any

from kompensasi.cases.ending import end
from kompensasi.cases.models import Case, Ending
from kompensasi.cases.steps import STEPS
from kompensasi.cases.visits import close_for_system, enter_step
from spm_monitor.models import Order

HANDING_OVER, CONFIRMING = 3, 2


def follow_order(order: Order, *, by: Any, now: datetime) -> str:
    """End or move the order's open case when the changed order calls for it; says what it did.

    Called by `spm_monitor.actions` (setting ORDER_FOLLOWERS) with the order's row locked. Once its
    letter was sent a case stays. A step that is being finished goes on by its own fork.
    """
    case = order.cases.open().select_related("reservation__item").first()
    if case is None or case.open_visit is None:
        return ""
    stays = f"Kasus {case.number} tetap berjalan."
    if case.sent:
        return stays
    case.order = order
    step = STEPS[case.open_visit.step]
    in_time = not order.outside(now)
    if order.withdrawn_at is not None:
        if not order.late(now):
            why = "Pesanan dibatalkan pelanggan sebelum terlambat."
            return _end(case, Ending.WITHDRAWN, why, by, now)
    elif step.number == HANDING_OVER and order.ready_at is None:
        return _back_to_confirming(case, now)
    elif in_time and (
        step.in_time_ends == "always"
        or (step.in_time_ends == "when ended" and order.ready_at is not None)
    ):
        return _end(case, Ending.IN_SPM, "Ternyata pesanan tidak di luar SPM.", by, now)
    return stays


def _end(case: Case, ending: Ending, why: str, by: Any, now: datetime) -> str:
    note = f"{why} Dicatat oleh {by}." if by else why
    close_for_system(case, "settled", note, capacity="Sistem", by=None, now=now)
    end(case=case, ending=ending, note=note, by=None, capacity="Sistem", now=now)
    return f"Kasus {case.number} berakhir. {why}"


def _back_to_confirming(case: Case, now: datetime) -> str:
    close_for_system(case, "unsettled", "Hasil siap dicabut.", capacity="Sistem", by=None, now=now)
    enter_step(case, CONFIRMING, now)
    return f"Kasus {case.number} kembali ke langkah {CONFIRMING}."
