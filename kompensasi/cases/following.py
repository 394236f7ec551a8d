"""What a change of orders means for their cases, in the same transaction (DOMAIN 2)."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from kompensasi.cases.ending import end
from kompensasi.cases.models import Case, Ending
from kompensasi.cases.steps import STEPS
from kompensasi.cases.visits import close_for_system, enter_step
from spm_monitor.models import Order

HANDING_OVER, CONFIRMING = 3, 2
AT_ONCE = 1000
OWED = "Kasus kompensasi akan dibuka pada pemeriksaan berikutnya."


def follow_orders(orders: Collection[Order], *, by: Any, now: datetime) -> dict[int, str]:
    """End or move the open cases of changed orders where they call for it; says what it did.

    Called by `spm_monitor.actions` (setting ORDER_FOLLOWERS) with the orders' rows locked. Once its
    letter was sent a case stays. A step that is being finished goes on by its own fork. A case that
    the next sweep will open is announced.
    """
    said: dict[int, str] = {}
    changed = list(orders)
    for start in range(0, len(changed), AT_ONCE):
        some = {order.pk: order for order in changed[start : start + AT_ONCE]}
        for case in _open_cases(some):
            said[case.order_id] = _follow(case, some[case.order_id], by, now)
        late = {key for key, order in some.items() if order.late(now) and not order.ended}
        said |= dict.fromkeys(late - _taken(late), OWED)
    return {key: sentence for key, sentence in said.items() if sentence}


def _open_cases(orders: dict[int, Order]) -> Iterator[Case]:
    found = Case.objects.open().filter(order__in=orders).order_by("order")
    yield from found.select_related("reservation__item")


def _taken(orders: set[int]) -> set[int]:
    """Of these, those for which no sweep opens a case."""
    if not orders:
        return set()
    taking = Case.objects.taking_the_order().filter(order__in=orders)
    return set(taking.values_list("order", flat=True))


def _follow(case: Case, order: Order, by: Any, now: datetime) -> str:
    if case.open_visit is None:
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
