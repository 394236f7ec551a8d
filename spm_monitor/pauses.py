"""What a pause does to a due: pure, on a calendar, without a database (DOMAIN 3).

A pause is a stretch of time in which the work waited on the customer. Counted by days: a working
day is paused when all its office hours lie inside one stretch; parts of days cost nothing. What is
not paused counts as ever.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from spm_monitor.workdays import WIB, WorkingCalendar, to_wib

ONE_DAY = timedelta(1)
MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant on until another, which is outside; None: it still goes on."""

    begins: datetime
    ends: datetime | None


Spans = tuple[Span, ...]


def merged(spans: Iterable[Span]) -> Spans:
    """Ascending and apart: what overlaps or touches is one, what is empty is none."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.begins):
        if span.ends is not None and span.ends <= span.begins:
            continue
        last = found[-1] if found else None
        if last is None or (last.ends is not None and last.ends < span.begins):
            found.append(span)
            continue
        ends = None if last.ends is None or span.ends is None else max(last.ends, span.ends)
        found[-1] = Span(last.begins, ends)
    return tuple(found)


def ended(spans: Iterable[Span], end: datetime) -> Spans:
    """These, the open one ended at an instant; one that had not begun by then is none."""
    return merged(Span(span.begins, end if span.ends is None else span.ends) for span in spans)


def of_dates(first: date, last: date) -> Span:
    """A pause given by dates: both are in it."""
    return Span(_midnight(first), _midnight(last + ONE_DAY))


def due_after_days(
    start: datetime, n: int, spans: Iterable[Span], calendar: WorkingCalendar
) -> datetime | None:
    """Closing of the n-th working day after start's date that is not paused; None while paused."""
    begun = to_wib(start).date()

    def counted(closed: Spans) -> datetime:
        def due(skipped: int) -> datetime:
            return calendar.due_after_days(start, n + skipped)

        return due(_skipped(lambda n: paused_days(begun, due(n).date(), closed, calendar)))

    return _settled(counted, spans, calendar)


def due_after_calendar_days(
    start: datetime, n: int, spans: Iterable[Span], calendar: WorkingCalendar
) -> datetime | None:
    """The same for a promise in calendar days: a date is paused when all of it is."""
    begun = to_wib(start).date()

    def counted(closed: Spans) -> datetime:
        skipped = _skipped(lambda more: _paused_dates(begun, begun + timedelta(n + more), closed))
        return calendar.due_after_calendar_days(start, n + skipped)

    return _settled(counted, spans, calendar)


def moved_target(
    target: datetime, begun: date, spans: Iterable[Span], calendar: WorkingCalendar
) -> datetime | None:
    """A promised instant, later by the paused working days after `begun`; its hour is kept."""
    target = to_wib(target)

    def counted(closed: Spans) -> datetime:
        def day(skipped: int) -> date:
            return calendar.nth_working_day(target.date(), skipped) if skipped else target.date()

        moved = day(_skipped(lambda n: paused_days(begun, day(n), closed, calendar)))
        return datetime.combine(moved, target.timetz())

    return _settled(counted, spans, calendar)


def _skipped(paused: Callable[[int], int]) -> int:
    """How many days a due moves, when the days it moves over may be paused too.

    paused: how many paused days lie before a due that is later by so many.
    """
    skipped = 0
    while (more := paused(skipped)) != skipped:
        skipped = more
    return skipped


def paused_days(after: date, until: date, spans: Spans, calendar: WorkingCalendar) -> int:
    """Working days after a date, up to and including another, that lie wholly in a pause.

    spans: merged, all of them ended.
    """
    total = 0
    for span in spans:
        begins, ends = to_wib(span.begins), to_wib(span.ends or span.begins)
        opening = calendar.next_opening(_midnight(begins.date()))
        cut_off = opening.date() == begins.date() and opening < begins
        first = begins.date() + ONE_DAY if cut_off else begins.date()
        last = ends.date() if calendar.closing(ends.date()) <= ends else ends.date() - ONE_DAY
        first, last = max(first, after + ONE_DAY), min(last, until)
        if first <= last:
            total += calendar.working_days_between(first - ONE_DAY, last)
    return total


def is_paused(day: date, spans: Spans, calendar: WorkingCalendar, unit: str) -> bool:
    """Whether a date does not count for a pause; unit: "working" or "calendar" days.

    spans: merged, all of them ended.
    """
    if unit == "calendar":
        return _paused_dates(day - ONE_DAY, day, spans) == 1
    return paused_days(day - ONE_DAY, day, spans, calendar) == 1


def _paused_dates(after: date, until: date, spans: Spans) -> int:
    total = 0
    for span in spans:
        begins, ends = to_wib(span.begins), to_wib(span.ends or span.begins)
        whole = begins.timetz().replace(tzinfo=None) == MIDNIGHT
        first = begins.date() if whole else begins.date() + ONE_DAY
        first, last = max(first, after + ONE_DAY), min(ends.date() - ONE_DAY, until)
        total += max(0, (last - first).days + 1)
    return total


def _settled(
    counted: Callable[[Spans], datetime], spans: Iterable[Span], calendar: WorkingCalendar
) -> datetime | None:
    """A due inside a pause waits for the first closing at or after its end; in one without an end
    there is none, unless it passed before."""
    known = merged(spans)
    closed = tuple(span for span in known if span.ends is not None)
    due = counted(closed)
    for span in closed:
        if span.ends is not None and span.begins <= due < span.ends:
            due = calendar.closing_at_or_after(span.ends)
    still = known[-1] if known and known[-1].ends is None else None
    return None if still is not None and still.begins <= due else due


def _midnight(day: date) -> datetime:
    return datetime.combine(day, MIDNIGHT, WIB)
