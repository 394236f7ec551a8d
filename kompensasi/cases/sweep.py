"""The sweep that beat runs: flag what passed its due, then open the cases that are owed."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

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
    if not _anything_asked():
        return 0
    if settings.GO_LIVE is not None:
        _waive(settings.GO_LIVE)
    opened, found = 0, BATCH
    while found == BATCH:
        found, cases = _open_batch(now)
        opened += cases
    return opened


def _open_batch(now: datetime) -> tuple[int, int]:
    """How many orders were found, and how many cases opened."""
    with journal.act():
        owed = _lock(owed_orders(now).order_by("pk"))
        # Locked now: whoever opened a case meanwhile has committed, and is seen here.
        taking = Case.objects.taking_the_order().filter(order__in=owed)
        busy = set(taking.values_list("order", flat=True))
        cases = opening.open_cases(
            late=[order for order in owed if order not in busy], opening=Opening.LATE,
            by=None, capacity="Sistem", now=now,
        )  # fmt: skip
        return len(owed), len(cases)


def owed_orders(now: datetime):
    """Late orders whose overrun no case has answered yet.

    Go-live is asked of each once more: it may have ended, or been flagged by another sweep, since
    `_waive` looked, or somebody held it then.
    """
    owed = Order.objects.late(now).filter(
        ~Exists(Case.objects.taking_the_order().filter(order=OuterRef("pk"))),
        pk__in=_asked(settings.GO_LIVE).values("order"), flagged_due_at__isnull=False,
    )  # fmt: skip
    return owed if settings.GO_LIVE is None else owed.exclude(_ended_before(settings.GO_LIVE))


def _ended_before(day: date) -> Q:
    start = day_start(day)
    return Q(ready_at__isnull=False, ready_at__lt=start) | Q(
        withdrawn_at__isnull=False, withdrawn_at__lt=start
    )


_UNANSWERED = Overrun.objects.filter(corrected_at__isnull=True, answered_at__isnull=True)


def _asked(go_live: date | None) -> QuerySet[Overrun]:
    """The overruns without an answer, but for those that an earlier sweep found waived."""
    if go_live is None:
        return _UNANSWERED.all()
    return _UNANSWERED.filter(Q(waived_before__isnull=True) | Q(waived_before__gt=go_live))


def _anything_asked() -> bool:
    """Whether there may be something to do: on a quiet day a sweep ends here."""
    with connection.cursor() as cursor:
        for sql, params in _questions(connection.vendor, settings.GO_LIVE):
            cursor.execute(sql, params)
            if cursor.fetchone() is not None:
                return True
    return False


@cache
def _questions(vendor: str, go_live: date | None) -> list[tuple[str, tuple[Any, ...]]]:
    """Put together once: that takes longer than to ask them.

    Each is a range of the index, in its order: PostgreSQL takes what was waived for unlikely, and
    would read the table in the hope of finding one soon.
    """
    ranges = [Q()] if go_live is None else [Q(waived_before=None), Q(waived_before__gt=go_live)]
    return [
        _UNANSWERED.filter(part).order_by("waived_before").values("pk")[:1].query.sql_with_params()
        for part in ranges
    ]


def _waive(go_live: date) -> None:
    """Note once which orders ended before go-live, so that no later sweep looks at them again.

    A go-live date that is set earlier asks them anew; so does a change of such an order.
    """
    asked = _asked(go_live)
    ended = Order.objects.filter(_ended_before(go_live), pk__in=asked.values("order"))
    if connection.features.has_select_for_update_skip_locked:
        ended = ended.select_for_update(skip_locked=True)
    with transaction.atomic():
        asked.filter(order__in=ended.values("pk")).update(waived_before=go_live)


def _lock(queryset) -> list[int]:
    """The first thousand, locked; those another sweep holds are left to it."""
    if connection.features.has_select_for_update_skip_locked:
        queryset = queryset.select_for_update(skip_locked=True)
    return list(queryset.values_list("pk", flat=True)[:BATCH])
