"""Due dates: one at a time beside prefix sums, and all of an office's after a new holiday."""

import io
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from spm_monitor import clock, recalculation
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
        *_holiday(large, now),
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


def _holiday(large: str, now: datetime) -> list[Row]:
    """The page's two halves: what would move; and that with moving it, as one act."""
    databases.settled()
    preview, whole = Pair(), Pair()
    day = clock.current_calendar().nth_working_day(to_wib(now).date(), 3)
    for _ in range(3):
        with transaction.atomic():
            Holiday.objects.create(date=day, name="Patokan", decree="", joint=True)
            calendar = _warm(clock.load_calendar(), now)
            bare, ours = _timed(_bare_moves, calendar), _timed(recalculation.moves, calendar)
            if {key for key, _ in bare[1]} != {one.order.pk for one in ours[1]}:
                raise RuntimeError("the yardstick moves other orders")
            preview.yardstick.append(bare[0])
            preview.ours.append(ours[0])
            for times, found, act in (
                (whole.yardstick, bare, lambda: _bare_move(bare[1])),  # noqa: B023
                (whole.ours, ours, lambda: _move(ours[1], now)),  # noqa: B023
            ):
                mark = transaction.savepoint()
                times.append(found[0] + timed(act))
                transaction.savepoint_rollback(mark)
            transaction.set_rollback(True)
    orders = Order.objects.open().count()
    moved = len(ours[1])
    return [
        at_most(f"what a new holiday would move, of {orders:,} open orders",
                "read and compute", preview, 2),
        at_most(f"{moved:,} due dates after it, with history, journal and cases",
                "read, compute, COPY, one UPDATE", whole, 2),
    ]  # fmt: skip


def _timed(find: Callable[..., Any], calendar: WorkingCalendar) -> tuple[float, list[Any]]:
    found: list[Any] = []
    return timed(lambda: found.extend(find(calendar))), found


def _move(found: list[recalculation.Move], now: datetime) -> None:
    moved = recalculation.move(found, cause="patokan", by=None, now=now, capacity="Sistem")
    if len(moved.moves) != len(found):
        raise RuntimeError(f"{len(moved.moves)} of {len(found)} moved")


def _bare_moves(calendar: WorkingCalendar) -> list[tuple[int, datetime]]:
    """The orders whose due is another one, by nothing but their start and their days."""
    bare = PrefixSums(calendar)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, o.started_at, o.due_at, s.days, s.unit FROM {Order._meta.db_table} AS o"
            " JOIN spm_monitor_spmstandard AS s ON s.id = o.standard_id"
            " WHERE o.ready_at IS NULL AND o.withdrawn_at IS NULL ORDER BY o.id"
        )
        return [
            (pk, made)
            for pk, start, due, days, unit in cursor.fetchall()
            if (made := _due(bare, calendar, start.astimezone(WIB), days, unit)) != due
        ]


def _bare_move(found: list[tuple[int, datetime]]) -> None:
    """Only the dues, without a word of why."""
    text = io.StringIO("".join(f"{key}\t{due.isoformat()}\n" for key, due in found))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE moved (id bigint, due_at timestamptz)")
        cursor.copy_expert("COPY moved FROM STDIN", text)
        cursor.execute(
            f"UPDATE {Order._meta.db_table} AS o SET due_at = moved.due_at FROM moved"
            " WHERE o.id = moved.id"
        )


def _warm(calendar: WorkingCalendar, now: datetime) -> WorkingCalendar:
    calendar.due_after_days(to_wib(now) - timedelta(days=400), 1)
    calendar.due_after_days(to_wib(now) + timedelta(days=400), 1)
    return calendar


def _due(bare: PrefixSums, calendar: WorkingCalendar, start: Any, days: int, unit: str) -> datetime:
    if unit == "calendar":
        return calendar.due_after_calendar_days(start, days)
    return bare.days_after(start, days)
