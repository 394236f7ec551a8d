"""The sweep that beat runs: flag what passed its due, then open the cases that are owed."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from kompensasi.cases import opening
from kompensasi.cases.models import Case, Opening
from spm_monitor import journal
from spm_monitor.clock import day_start
from spm_monitor.flagging import flag_overruns
from spm_monitor.models import Order, Overrun

BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep did."""

    flagged: int
    opened: int

    def __str__(self) -> str:
        return f"ditandai {self.flagged}, kasus dibuka {self.opened}"


def sweep(now: datetime) -> Swept:
    """Flag overruns, then open cases. Safe to run twice, at once, and after any silence."""
    return Swept(flagged=flag_overruns(now), opened=open_cases(now))


def open_cases(now: datetime) -> int:
    """Open the cases owed by rule (a) of DOMAIN 2; returns how many.

    For an order that is overdue or ended late, has no open case, and none that ended at step 12 or
    was cancelled by an administrator. Orders that ended before GO_LIVE open none.
    """
    opened = 0
    while batch := _open_batch(now):
        opened += batch
    return opened


def _open_batch(now: datetime) -> int:
    with journal.act():
        owed = _lock(owed_orders(now).order_by("pk"))
        # Locked now: whoever opened a case meanwhile has committed, and is seen here.
        locked = Order.objects.filter(pk__in=[order.pk for order in owed])
        free = list(locked.filter(_NO_CASE).order_by("pk"))
        cases = opening.open_cases(
            orders_late=free, opening=Opening.LATE, by=None, capacity="Sistem", now=now
        )
        return len(cases)


def owed_orders(now: datetime):
    """Late orders whose overrun no case has answered yet."""
    unanswered = Overrun.objects.filter(corrected_at__isnull=True, answered_at__isnull=True)
    owed = Order.objects.late(now).filter(
        _NO_CASE, pk__in=unanswered.values("order"), flagged_due_at__isnull=False
    )
    return owed if settings.GO_LIVE is None else owed.filter(_ended_since(settings.GO_LIVE))


_NO_CASE = ~Exists(Case.objects.open().filter(order=OuterRef("pk"))) & ~Exists(
    Case.objects.closing_the_order().filter(order=OuterRef("pk"))
)


def _ended_since(day: date) -> Q:
    """Not ended, or ended on this WIB date or later."""
    start = day_start(day)
    return (Q(ready_at__isnull=True) & Q(withdrawn_at__isnull=True)) | (
        Q(ready_at__gte=start) | Q(withdrawn_at__gte=start)
    )


def _lock(queryset) -> list[Order]:
    """The first thousand, locked; those another sweep holds are left to it."""
    if connection.features.has_select_for_update_skip_locked:
        queryset = queryset.select_for_update(skip_locked=True, of=("self",))
    return list(queryset[:BATCH])
