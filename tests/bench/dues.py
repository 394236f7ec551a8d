"""Due dates: one at a time beside prefix sums, and all of an office's after a new holiday."""

import io
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from spm_monitor import clock, journal, recalculation
from spm_monitor.models import Holiday, Order
from spm_monitor.workdays import WIB, WorkingCalendar, to_wib
from tests.bench import databases
from tests.bench.measuring import Pair, Row, at_most, interleaved, timed

EPOCH = datetime(1990, 1, 1, tzinfo=WIB)
ASKED = 20_000  # due dates a round


class PrefixSums:
    """The least that answers: finished lists, one bisect a question, nothing checked."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        table = calendar._table
        self.closings = list(table.closings)
        self.days = [closing.toordinal() for closing in self.closings]
        self.opens, self.sums = list(table.opens), list(table.sums)

    def days_after(self, start: datetime, n: int) -> datetime:
        """The closing of the n-th working day after the start's date."""
        return self.closings[bisect_right(self.days, start.toordinal()) + n - 1]

    def minutes_after(self, start: datetime, minutes: int) -> datetime:
        """The instant when so many working minutes have passed."""
        span = start - EPOCH
        at = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
        i = bisect_right(self.opens, at) - 1
        worked = min(self.sums[i] + at - self.opens[i], self.sums[i + 1])
        due = worked + minutes * 60_000_000
        i = bisect_left(self.sums, due) - 1
        return EPOCH + timedelta(microseconds=self.opens[i] + due - self.sums[i])


def rows(large: str, now: datetime, *, rounds: int) -> list[Row]:
    """By days, by minutes, and the orders of the larger database after a new holiday."""
    databases.use(large)
    calendar = clock.load_calendar()
    starts = [to_wib(now) - timedelta(minutes=37 * i) for i in range(ASKED)]
    calendar.due_after_days(starts[-1], 15)
    calendar.due_after_days(starts[0], 15)
    bare = PrefixSums(calendar)
    return [
        _pace("days", bare.days_after, calendar.due_after_days, starts, 15, rounds),
        _pace("minutes", bare.minutes_after, calendar.add_minutes, starts, 95, rounds),
        _holiday(large, now),
    ]


def _pace(
    unit: str, bare: Callable[..., datetime], ours: Callable[..., datetime],
    starts: list[datetime], n: int, rounds: int,
) -> Row:  # fmt: skip
    if [bare(start, n) for start in starts] != [ours(start, n) for start in starts]:
        raise RuntimeError(f"due dates by {unit} differ from the yardstick's")

    def all_of(due: Callable[..., datetime]) -> Callable[[], float]:
        return lambda: timed(lambda: [due(start, n) for start in starts])

    pair = interleaved(all_of(bare), all_of(ours), rounds=rounds, warm=2)
    a_second = ASKED / sorted(pair.ours)[len(pair.ours) // 2]
    return Row(
        work=f"due date by {unit}, one at a time ({a_second / 1000:,.0f}k a second)",
        yardstick="prefix sums and bisect", result=f"{1 / pair.ratio:.2f} × as fast",
        goal="≥ 0.8 ×", met=1 / pair.ratio >= 0.8,
    )  # fmt: skip


# --- a new holiday ----------------------------------------------------------------------------


def _holiday(large: str, now: datetime) -> Row:
    databases.settled()
    day = clock.current_calendar().nth_working_day(to_wib(now).date(), 3)
    pair, moved = Pair(), set()
    for _ in range(3):
        for times, act in ((pair.yardstick, _bare), (pair.ours, _ours)):
            with transaction.atomic():
                Holiday.objects.create(date=day, name="Patokan", decree="", joint=True)
                calendar = clock.load_calendar()
                times.append(timed(lambda: moved.add(act(calendar, now))))  # noqa: B023
                transaction.set_rollback(True)
        databases.settled()
    if len(moved) != 1:
        raise RuntimeError(f"they moved different numbers of orders: {moved}")
    orders = Order.objects.open().count()
    work = f"{orders:,} due dates after a new holiday, {moved.pop():,} of them moved"
    return at_most(work, "read, compute, COPY, one UPDATE", pair, 2)


def _ours(calendar: WorkingCalendar, now: datetime) -> int:
    """As the page does it: what moves is found, then moved with history and journal."""
    with journal.act():
        found = list(recalculation.moves(calendar))
        return recalculation.move(
            found, cause="patokan", by=None, now=now, capacity="Sistem", calendar=calendar
        )


def _bare(calendar: WorkingCalendar, now: datetime) -> int:
    """Only the dues, without a word of why."""
    bare, table = PrefixSums(_warm(calendar, now)), Order._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, o.started_at, o.due_at, s.days, s.unit FROM {table} AS o"
            " JOIN spm_monitor_spmstandard AS s ON s.id = o.standard_id"
            " WHERE o.ready_at IS NULL AND o.withdrawn_at IS NULL"
        )
        text = io.StringIO()
        for pk, start, due, days, unit in cursor.fetchall():
            made = _due(bare, calendar, start.astimezone(WIB), days, unit)
            if made != due:
                text.write(f"{pk}\t{made.isoformat()}\n")
        text.seek(0)
        cursor.execute("CREATE TEMP TABLE moved (id bigint, due_at timestamptz) ON COMMIT DROP")
        cursor.copy_expert("COPY moved FROM STDIN", text)
        cursor.execute(
            f"UPDATE {table} AS o SET due_at = moved.due_at FROM moved WHERE o.id = moved.id"
        )
        return int(cursor.rowcount)


def _warm(calendar: WorkingCalendar, now: datetime) -> WorkingCalendar:
    calendar.due_after_days(to_wib(now) - timedelta(days=400), 1)
    calendar.due_after_days(to_wib(now) + timedelta(days=400), 1)
    return calendar


def _due(bare: PrefixSums, calendar: WorkingCalendar, start: Any, days: int, unit: str) -> datetime:
    if unit == "calendar":
        return calendar.due_after_calendar_days(start, days)
    return bare.days_after(start, days)
