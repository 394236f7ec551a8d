"""What beat looks for before a due passes: reminders, and cases that the office opens early."""

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db import transaction

from kompensasi.cases import opening
from kompensasi.cases.models import Case, Opening
from kompensasi.cases.notifying import FOOT
from kompensasi.notices import actions as notices
from kompensasi.notices.actions import Message
from kompensasi.notices.models import Notice
from kompensasi.people.models import Appointment, User
from spm_monitor import actions as orders
from spm_monitor import clock, forecasting, journal, reminders
from spm_monitor.models import Order, Reminder, WatchRules
from spm_monitor.wording import instant_id

RIGHT = "spm_monitor.hear_reminders"
LINES = 40  # of a mail; it says how many more there are


def watch(now: datetime) -> tuple[int, int]:
    """Write reminders and open cases near their limit; how many of each. Safe to run twice."""
    return len(remind(now)), open_near_cases(now)


def remind(now: datetime) -> list[Reminder]:
    """Write what is due, and one notice to each person for all of it, in one transaction."""
    with transaction.atomic():
        written = reminders.write_reminders(now)
        if written and notices.mail_is_on():
            notices.write(messages=_messages(written, now), now=now)
    return written


def _messages(written: list[Reminder], now: datetime) -> list[Message]:
    of_person: dict[User, list[Reminder]] = defaultdict(list)
    for appointment in Appointment.objects.in_force_at(now).with_right(RIGHT):
        for reminder in written:
            if appointment.covers(reminder.order.section_id):
                of_person[appointment.user].append(reminder)
    return [_message(user, each) for user, each in of_person.items()]


def _message(user: User, told: list[Reminder]) -> Message:
    """One mail: no name and no contact of a customer, since mail travels and is forwarded."""
    told = list(dict.fromkeys(told))  # who holds two posts hears each once
    lines = [f"{r.order}: {r.words}, target {instant_id(r.due_at)}" for r in told[:LINES]]
    if len(told) > LINES:
        lines.append(f"dan {len(told) - LINES} pesanan lain")
    address = f"{settings.PUBLIC_URL.rstrip('/')}/pesanan/"
    return Message(
        event=f"reminder:{told[0].pk}", kind=Notice.Kind.REMINDER, user=user,
        subject=f"Pengingat target: {len(told)} pesanan",
        body="\n".join([*lines, "", f"Lihat pesanan: {address}", "", "-- ", FOOT, ""]),
    )  # fmt: skip


def open_near_cases(now: datetime) -> int:
    """Open the cases of rule (b) of DOMAIN 2, where the office turned that on; how many."""
    rules = WatchRules.standing()
    if rules.near_cases == WatchRules.NearCases.NEVER:
        return 0
    wanted = [order.pk for order in _near_orders(rules, now)]
    with journal.act():
        locked = {order.pk: order for order in orders.all_locked(wanted)}
        going = [key for key, order in locked.items() if not order.ended and not order.late(now)]
        had_one = set(Case.objects.filter(order__in=going).values_list("order", flat=True))
        owed = [key for key in going if key not in had_one]
        opening.open_cases(late=owed, opening=Opening.NEAR, by=None, capacity="Sistem", now=now)
    return len(owed)


def _near_orders(rules: WatchRules, now: datetime) -> list[Order]:
    """Open orders that never had a case and are near their limit, by days or by the forecast."""
    calendar = clock.current_calendar()
    never_had_one = Order.objects.open().filter(due_at__gte=now, cases__isnull=True)
    if rules.near_cases == WatchRules.NearCases.DAYS:
        return list(never_had_one.filter(due_at__lt=clock.near_limit(now, calendar)))
    forecasts = forecasting.forecasts_of(never_had_one, now, calendar)
    limit = rules.near_chance / 100
    return [order for order in never_had_one if _likely_late(forecasts.get(order.pk), limit)]


def _likely_late(forecast: forecasting.Forecast | None, limit: float) -> bool:
    return forecast is not None and forecast.chance is not None and forecast.chance >= limit
