"""When an order's clock starts, when its result is due, and what colour that is today."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Count, Max, QuerySet, Value

from spm_monitor import pauses
from spm_monitor.models import Holiday, JournalEntry, OfficeHours, Order, SpmStandard
from spm_monitor.refusals import BadInput
from spm_monitor.wording import date_id
from spm_monitor.workdays import (
    CLOSING_WHEN_NOT_WORKED,
    FIRST_YEAR,
    LAST_YEAR,
    WIB,
    DayOff,
    Hours,
    WorkingCalendar,
    to_wib,
)

NEAR_DAYS = 3  # working days left at which an order is near its limit (DOMAIN: default 3)

CALENDAR_ROWS = (Holiday._meta.label_lower, OfficeHours._meta.label_lower)

_loaded: tuple[tuple[object, ...], WorkingCalendar] | None = None


def current_calendar() -> WorkingCalendar:
    """The calendar of the rows as they stand. Kept in memory until a row changes (one query)."""
    global _loaded
    with connection.cursor() as cursor:
        cursor.execute(*_version_query(connection.vendor))
        version = tuple(cursor.fetchall())
    if _loaded is None or _loaded[0] != version:
        _loaded = (version, load_calendar())
    return _loaded[1]


@cache
def _version_query(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """Put together once: nearly every page asks it, and it never changes."""
    whole = _version_of(Holiday).union(_version_of(OfficeHours), _acts_on_rows(), all=True)
    return whole.query.sql_with_params()


def _version_of(rows: type[Holiday] | type[OfficeHours]) -> QuerySet:
    """Changes whenever a row is added, changed or removed."""
    whole = (
        rows.objects.order_by()
        .values(all=Value(1))
        .annotate(table=Value(rows.__name__), n=Count("pk"), at=Max("changed_at"), top=Max("pk"))
    )
    return whole.values_list("table", "n", "at", "top")


def _acts_on_rows() -> QuerySet:
    """The last act on a row: tells of a change even when the machine's clock was set back."""
    return (
        JournalEntry.objects.filter(subject__in=CALENDAR_ROWS)
        .order_by()
        .values(all=Value(1))
        .annotate(table=Value("acts"), n=Count("pk"), at=Max("at"), top=Max("seq"))
        .values_list("table", "n", "at", "top")
    )


def load_calendar() -> WorkingCalendar:
    """The calendar read from the rows, whatever is kept in memory."""
    periods = []
    for row in OfficeHours.objects.prefetch_related("segments"):
        if row.valid_from is None:  # prepared, not in force
            continue
        week: dict[int, list[tuple]] = {}
        for segment in row.segments.all():
            week.setdefault(segment.weekday, []).append((segment.opens, segment.closes))
        frozen = {day: tuple(segments) for day, segments in week.items()}
        periods.append(Hours(valid_from=row.valid_from, valid_until=row.valid_until, week=frozen))
    days_off = tuple(
        DayOff(date=day, name=name, decree=decree, joint=joint, local=local)
        for day, name, decree, joint, local in Holiday.objects.values_list(
            "date", "name", "decree", "joint", "local"
        )
    )
    return WorkingCalendar(hours=tuple(periods), days_off=days_off)


# What a date without an hour means for a fact (the order file has them).
AT_MIDNIGHT = ("received_at", "documents_at", "paid_at")
AT_CLOSING = ("target_at", "estimate_at", "ready_at", "handed_over_at", "withdrawn_at")


def instant_of_date(fact: str, day: date, calendar: WorkingCalendar) -> datetime:
    """The instant that a date without an hour stands for: 00.00, or closing time of that day."""
    if fact in AT_MIDNIGHT:
        return day_start(day)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return datetime.combine(day, CLOSING_WHEN_NOT_WORKED, WIB)
    return calendar.closing(day)


def kept_without_hour(order: Order, calendar: WorkingCalendar) -> set[str]:
    """The facts of an order that may have been given as a date only."""
    facts = {name: getattr(order, name) for name in AT_MIDNIGHT + AT_CLOSING}
    return {
        name
        for name, at in facts.items()
        if at is not None and at == instant_of_date(name, to_wib(at).date(), calendar)
    }


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What follows from an order's facts: the promise frozen, its start and its due."""

    standard: SpmStandard | None
    started_at: datetime | None
    due_at: datetime | None


def schedule(
    order: Order, calendar: WorkingCalendar, spans: pauses.Spans | None = None
) -> Schedule:
    """Start and due of an order, by DOMAIN 3.

    spans: its pauses, when a caller has them in hand; None: they are read.

    The start is the latest of received, documents complete and paid (those the SPM row names; a
    contract customer needs no payment). A promised `target_at` is the due even before the start.
    Raises BadInput when the service has no SPM row on the start's date and nothing was promised.
    """
    received_on = to_wib(order.received_at).date()
    standard = order.standard or order.service.standard_on(received_on)
    started_at = _start(order, standard)
    started_on = to_wib(started_at).date() if started_at else received_on
    if order.standard is None and started_on != received_on:
        standard = order.service.standard_on(started_on)
    spans = order.spans if spans is None else spans
    if order.target_at is not None:
        return Schedule(
            standard=standard if started_at else None,
            started_at=started_at,
            due_at=pauses.moved_target(order.target_at, started_on, spans, calendar),
        )
    if standard is None:
        day = date_id(received_on)
        raise BadInput(
            f"Layanan {order.service.code} belum memiliki SPM yang berlaku pada {day}. "
            "Minta administrator menambahkannya, atau isi target yang dijanjikan.",
            "service",
        )
    if started_at is None:
        return Schedule(standard=None, started_at=None, due_at=None)
    return Schedule(
        standard=standard,
        started_at=started_at,
        due_at=due_of(standard, started_at, spans, calendar),
    )


def _start(order: Order, standard: SpmStandard | None) -> datetime | None:
    needed: list[datetime | None] = [order.received_at]
    if standard is None or standard.waits_for_documents:
        needed.append(order.documents_at)
    if (standard is None or standard.waits_for_payment) and not order.contract:
        needed.append(order.paid_at)
    known = [instant for instant in needed if instant is not None]
    return max(known) if len(known) == len(needed) else None


def due_of(
    standard: SpmStandard, start: datetime, spans: pauses.Spans, calendar: WorkingCalendar
) -> datetime | None:
    """When a promise that started is due; None while a pause goes on."""
    in_calendar_days = standard.unit == SpmStandard.Unit.CALENDAR
    if spans:
        count = pauses.due_after_calendar_days if in_calendar_days else pauses.due_after_days
        return count(start, standard.days, spans, calendar)
    if in_calendar_days:
        return calendar.due_after_calendar_days(start, standard.days)
    return calendar.due_after_days(start, standard.days)


def near_limit(now: datetime, calendar: WorkingCalendar) -> datetime:
    """The instant from which on a due is not near: midnight after the third working day ahead."""
    last = calendar.nth_working_day(to_wib(now).date(), NEAR_DAYS)
    return day_start(last + timedelta(days=1))


def day_start(day: date) -> datetime:
    """00.00 WIB of a date."""
    return datetime.combine(day, datetime.min.time(), WIB)


def days_left(order: Order, now: datetime, calendar: WorkingCalendar) -> int | None:
    """Working days after today up to the due's date, 0 on that day and after; None without due."""
    if order.due_at is None:
        return None
    return calendar.working_days_between(to_wib(now).date(), to_wib(order.due_at).date())


def days_late(order: Order, now: datetime) -> int:
    """Calendar dates between due and end, at least 1; 0 for an order that is not outside its SPM.

    The end is ready; withdrawn: that date; open: the later of estimate and today.
    """
    if order.due_at is None or not order.outside(now):
        return 0
    end = order.ready_at or order.withdrawn_at or max(order.estimate_at or now, now)
    return max(1, (to_wib(end).date() - to_wib(order.due_at).date()).days)
