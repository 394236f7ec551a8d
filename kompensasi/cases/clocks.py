"""The two clocks of a task: the step's norm and the order's SPM, each said in full."""

from dataclasses import dataclass
from datetime import datetime

from kompensasi.cases.models import Visit
from kompensasi.cases.steps import STEPS
from spm_monitor import clock
from spm_monitor.lists import distance
from spm_monitor.models import Order
from spm_monitor.wording import DAYS, instant_id, lower_first, minutes_id
from spm_monitor.workdays import WorkingCalendar, to_wib

NEAR_SHARE = 0.2  # of the norm left: near


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What `partials/clock.html` shows; tone is ok, near, late or idle."""

    name: str
    text: str
    tone: str
    detail: str = ""
    """What stands behind the text, less loud: the instant it speaks of."""


def norm_clock(visit: Visit, now: datetime, calendar: WorkingCalendar) -> Clock:
    """Working minutes left of a step's norm; paused outside office hours, never negative."""
    name, norm = "Norma langkah", visit.row.minutes
    if visit.opens_at > now:
        return Clock(name=name, text=f"dibuka {_weekday(visit.opens_at)}", tone="idle")
    if not STEPS[visit.step].counts:
        return Clock(name=name, text=f"{norm} menit, tidak dihitung terlambat", tone="idle")
    left = calendar.minutes_between(now, visit.due_at)
    if now > visit.due_at:
        late = calendar.minutes_between(visit.due_at, now)
        return Clock(name=name, text=f"lewat {minutes_id(late)} kerja", tone="late")
    text = f"sisa {left} dari {norm} menit kerja"
    opening = calendar.next_opening(now)
    if opening > now:
        return Clock(name=name, text=f"{text}, jeda sampai {_weekday(opening)}", tone="idle")
    return Clock(name=name, text=text, tone="near" if left <= norm * NEAR_SHARE else "ok")


def spm_clock(order: Order, now: datetime, calendar: WorkingCalendar) -> Clock:
    """The promise to the customer: its due, and how far it is, in working days."""
    name, due = "SPM", order.due_at
    if order.withdrawn_at is not None:
        return Clock(name=name, text=f"dibatalkan {instant_id(order.withdrawn_at)}", tone="idle")
    if order.ready_at is not None:
        if due is None or order.ready_at <= due:
            ready = instant_id(order.ready_at)
            return Clock(name=name, text="selesai dalam SPM", detail=ready, tone="ok")
        days = clock.days_late(order, now)
        words = f"selesai {days} hari di luar SPM"
        return Clock(name=name, text=words, detail=f"target {instant_id(due)}", tone="late")
    if due is None:
        since = order.paused_since
        words = f"dijeda sejak {instant_id(since)}" if since else "belum mulai"
        return Clock(name=name, text=words, tone="idle")
    target = f"target {instant_id(due)}"
    if due < now:
        late = lower_first(distance(order, now, calendar))  # in the words of the list of orders
        return Clock(name=name, text=late, detail=target, tone="late")
    days = clock.days_left(order, now, calendar) or 0
    rest = f"{days} hari kerja lagi" if days else "hari ini"
    near = due < clock.near_limit(now, calendar)
    return Clock(name=name, text=rest, detail=target, tone="near" if near else "ok")


def spent_minutes(visit: Visit, now: datetime, calendar: WorkingCalendar) -> int:
    """Working minutes from the step's start until its end, or until now."""
    return max(0, calendar.minutes_between(visit.opens_at, visit.finished_at or now))


def waited_minutes(visit: Visit, now: datetime, calendar: WorkingCalendar) -> int:
    """Working minutes of it in which nobody had looked at the step yet."""
    looked = visit.opened_at or visit.finished_at or now
    return max(0, calendar.minutes_between(visit.opens_at, min(looked, now)))


def _weekday(instant: datetime) -> str:
    local = to_wib(instant)
    return f"{DAYS[local.weekday()]} {local:%H.%M}"
