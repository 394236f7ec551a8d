"""Reminders at settable distances before a due, and when it passed: rows, written once each.

Written in office hours only. After a silence what was missed is written in its order, but for the
distances of a due that has passed meanwhile: of that one only the passing is told.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from spm_monitor import clock
from spm_monitor.models import Order, Reminder, WatchRules
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.workdays import WorkingCalendar, to_wib

LATEST = timedelta(days=30)  # a due that passed longer ago is no news; its order is listed anyway


def write_reminders(now: datetime) -> list[Reminder]:
    """Write the reminders that are due; returns the new ones, in the order in which they fell due.

    Safe to run twice and at once: a row is unique, and who comes second writes none.
    """
    calendar = clock.current_calendar()
    if calendar.next_opening(now) != to_wib(now):
        return []
    written: list[Reminder] = []
    for days in WatchRules.standing().rungs:
        written += _write(days, _reached(days, now, calendar), now)
    return written


def _reached(days: int, now: datetime, calendar: WorkingCalendar) -> OrderQuerySet:
    """The open orders that stand at this distance of their due, or nearer."""
    orders = Order.objects.open()
    if days == 0:
        return orders.filter(due_at__lt=now, due_at__gte=now - LATEST)
    last = calendar.nth_working_day(to_wib(now).date(), days)
    return orders.filter(due_at__gte=now, due_at__lt=clock.day_start(last + timedelta(days=1)))


def _write(days: int, orders: OrderQuerySet, now: datetime) -> list[Reminder]:
    with transaction.atomic():
        rows = [
            Reminder(order_id=pk, days_before=days, due_at=due, written_at=now)
            for pk, due in _not_told(orders, days).values_list("pk", "due_at")
            if due is not None
        ]
        if not rows:
            return []
        Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    orders_of = [row.order_id for row in rows]
    mine = Reminder.objects.filter(days_before=days, written_at=now, order__in=orders_of)
    return list(mine.select_related("order").order_by("due_at", "order"))


def _not_told(orders: OrderQuerySet, days: int) -> OrderQuerySet:
    """Of these, those without a reminder at this distance of the due they have now."""
    known = Reminder.objects.filter(
        order=OuterRef("pk"), due_at=OuterRef("due_at"), days_before=days
    )
    missing = orders.filter(~Exists(known)).order_by("due_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        # One that somebody is changing is left to the next look.
        missing = missing.select_for_update(of=("self",), skip_locked=True)
    return missing
