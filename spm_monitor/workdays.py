"""The office's working time: pure, frozen, without Django and without a database.

Two units are promised to people: working days (a service's SPM) and working minutes (a step of
SOP 21-BIPA/5). Office hours come from Perpres 21/2023, days off from the yearly decree on
national holidays and cuti bersama; both arrive here as dated rows.

Every instant is an aware datetime: any zone comes in, WIB (UTC+7, no DST) goes out, a naive one is
a ValueError. A `date` is a calendar date in WIB. Years 1990 to 2100 are answered; what lies or
falls due outside them is an OverflowError.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
FIRST_YEAR, LAST_YEAR = 1990, 2100
CLOSING_WHEN_NOT_WORKED = time(16)

# Inside the tables an instant is whole microseconds of WIB wall clock since _EPOCH: integers
# compare several times faster than datetimes and, unlike floats, lose nothing.
_EPOCH = datetime(FIRST_YEAR, 1, 1, tzinfo=WIB)
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE


def to_wib(instant: datetime) -> datetime:
    """The same instant on the office's clock; a naive datetime is a ValueError."""
    if instant.utcoffset() is None:
        raise ValueError(f"naive datetime {instant.isoformat()}: its time zone is missing")
    return instant.astimezone(WIB)


@dataclass(frozen=True)
class Hours:
    """Office hours of a period. Of several in force on a date, the one that began last counts."""

    valid_from: date
    valid_until: date | None
    """The last date, itself included; None = until further notice."""
    week: Mapping[int, tuple[tuple[time, time], ...]] = field(hash=False)
    """Weekday (0 = Monday) to its segments of work, ascending; a missing one is not worked."""

    def __post_init__(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError(f"office hours end before they begin on {self.valid_from}")
        for weekday, segments in self.week.items():
            edges = [edge for segment in segments for edge in segment]
            empty = any(opening >= closing for opening, closing in segments)
            if weekday not in range(7) or empty or edges != sorted(edges):
                raise ValueError(f"office hours of weekday {weekday} do not ascend: {segments}")
        object.__setattr__(self, "week", MappingProxyType(dict(self.week)))


@dataclass(frozen=True)
class DayOff:
    """A date on which the office is closed by decree."""

    date: date
    name: str
    decree: str
    """Its number; may be empty."""
    joint: bool
    """True for cuti bersama, False for a national holiday; neither is worked."""
    local: bool = False
    """True for a day off of this office alone."""

    @property
    def kind(self) -> str:
        """What sort of day off it is, for the user, within a sentence."""
        if self.local:
            return "libur setempat"
        return "cuti bersama" if self.joint else "libur nasional"

    def __str__(self) -> str:
        kind = self.kind
        return f"{kind}: {self.name}" + (f" ({self.decree})" if self.decree else "")


@dataclass(frozen=True)
class DayExplained:
    """One date on the way to a due."""

    date: date
    worked: bool
    reason: str
    """Why it counts or not, for the user, in Bahasa Indonesia."""
    counted: int | None
    """Which working day of the promise it is; None when not worked."""


@dataclass(frozen=True)
class StretchExplained:
    """One unbroken stretch of office hours on the way to a due."""

    date: date
    begins: datetime
    ends: datetime
    minutes: int
    """Minutes completed in it; over all stretches they sum to the minutes asked for."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Prefix sums over whole years, never changed once built."""

    first: int
    last: int
    rank: dict[int, int]  # ordinal of each date → working days up to and including it
    closings: list[datetime]  # of each working day
    opens: list[int]  # start of each segment, after an empty one that spares a special case
    sums: list[int]  # time worked before each segment, and at the end the total

    def worked_before(self, at: int) -> int:
        i = bisect_right(self.opens, at) - 1
        worked, full = self.sums[i] + at - self.opens[i], self.sums[i + 1]
        return worked if worked < full else full


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days and minutes are worked, and when a promise made in them falls due.

    A year without days off computes with weekends only; `has_year` tells, so that callers warn.
    A date on which no `Hours` are in force is not worked.
    """

    hours: tuple[Hours, ...]
    days_off: tuple[DayOff, ...]
    # Built on demand, replaced by wider ones. A method works with one table to its end, so threads
    # need no lock: at worst two of them build the same years.
    _table: _Table = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_table", _Table(LAST_YEAR, FIRST_YEAR, {}, [], [], []))

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on that date at all."""
        return self._closing(day) is not None

    def closing(self, day: date) -> datetime:
        """Closing time of that date; 16.00 when it is not worked."""
        return self._closing(day) or datetime.combine(day, CLOSING_WHEN_NOT_WORKED, WIB)

    def due_after_days(self, start: datetime, n: int) -> datetime:
        """Closing time of the n-th working day after start (n >= 1).

        The start's WIB date is day 0, whatever its hour and even if it is not worked.
        """
        if start.tzinfo is not WIB:
            start = to_wib(start)
        if n < 1:
            raise ValueError(f"a promise takes at least 1 day, not {n}")
        table = self._table
        while True:
            try:
                return table.closings[table.rank[start.toordinal()] + n - 1]
            except LookupError:
                table = self._widened(table, start.year)

    def due_after_calendar_days(self, start: datetime, n: int) -> datetime:
        """Closing time of the n-th date after start, else of the next working day (n >= 1)."""
        if n < 1:
            raise ValueError(f"a promise takes at least 1 day, not {n}")
        return self.due_after_days(_midnight(to_wib(start) + timedelta(n - 1)), 1)

    def nth_working_day(self, day: date, n: int) -> date:
        """The n-th working day after that date (n >= 1)."""
        return self.due_after_days(_midnight(day), n).date()

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after a, up to and including b; 0 when b is not after a."""
        rank = self._covering(a.year, b.year).rank
        return max(rank[b.toordinal()] - rank[a.toordinal()], 0)

    def closing_at_or_after(self, instant: datetime) -> datetime:
        """The first closing time of a working day at or after that instant."""
        instant = to_wib(instant)
        today = self._closing(instant.date())
        return today if today and instant <= today else self.due_after_days(instant, 1)

    def next_opening(self, instant: datetime) -> datetime:
        """The instant itself within hours (a segment's end is outside), else the next opening."""
        instant = to_wib(instant)
        at, table = _microseconds(instant), self._covering(instant.year)
        i = bisect_right(table.opens, at)
        if at - table.opens[i - 1] < table.sums[i] - table.sums[i - 1]:
            return instant
        while i == len(table.opens):
            table = self._widened(table, instant.year)
        return _instant(table.opens[i])

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """The instant when that many working minutes have passed since start (minutes >= 0).

        A start outside office hours counts from the next opening, a minute that ends with a
        segment stays there, and 0 minutes is `next_opening`. Seconds are kept.
        """
        if start.tzinfo is not WIB:
            start = to_wib(start)
        if minutes < 0:
            raise ValueError(f"working minutes cannot be negative: {minutes}")
        if minutes == 0:
            return self.next_opening(start)
        table = self._table
        if not table.first <= start.year <= table.last:
            table = self._widened(table, start.year)
        due = table.worked_before(_microseconds(start)) + minutes * _MINUTE
        while due > table.sums[-1]:
            table = self._widened(table, start.year)
        i = bisect_left(table.sums, due) - 1
        return _instant(table.opens[i] + due - table.sums[i])

    def minutes_between(self, a: datetime, b: datetime) -> int:
        """Full working minutes from a to b, negative when b is before a.

        Half a minute is 0 both ways: `minutes_between(a, b) == -minutes_between(b, a)`.
        """
        a, b = to_wib(a), to_wib(b)
        table = self._covering(a.year, b.year)
        span = table.worked_before(_microseconds(b)) - table.worked_before(_microseconds(a))
        return span // _MINUTE if span >= 0 else -(-span // _MINUTE)

    def explain_days(self, start: datetime, n: int) -> list[DayExplained]:
        """Each date after start's up to and including that of `due_after_days(start, n)`."""
        day, explained, counted = to_wib(start).date(), [], 0
        due = self.due_after_days(start, n).date()
        while day < due:
            day += timedelta(1)
            worked = self.is_working_day(day)
            counted += worked
            reason = f"hari kerja ke-{counted}" if worked else self.why_not_worked(day)
            explained.append(DayExplained(day, worked, reason, counted if worked else None))
        return explained

    def explain_minutes(self, start: datetime, minutes: int) -> list[StretchExplained]:
        """Each stretch of office hours used up to `add_minutes(start, minutes)`."""
        begins, due = self.next_opening(start), self.add_minutes(start, minutes)
        table = self._covering(begins.year, due.year)
        at, until = _microseconds(begins), _microseconds(due)
        explained, used = [], 0
        while at < until:
            i = bisect_right(table.opens, at)
            ends = min(table.opens[i - 1] + table.sums[i] - table.sums[i - 1], until)
            before, used = used // _MINUTE, used + ends - at
            a, b = _instant(at), _instant(ends)
            explained.append(StretchExplained(a.date(), a, b, used // _MINUTE - before))
            at = table.opens[i] if ends < until else until
        return explained

    def years_without_days_off(self, from_year: int, to_year: int) -> list[int]:
        """The years, both included, that compute with weekends only for want of rows."""
        known = {day_off.date.year for day_off in self.days_off}
        return [year for year in range(from_year, to_year + 1) if year not in known]

    def has_year(self, year: int) -> bool:
        """Whether any day off of that year is known."""
        return not self.years_without_days_off(year, year)

    def why_not_worked(self, day: date) -> str:
        """What makes a date one that is not worked, for the user."""
        decreed = sorted((off for off in self.days_off if off.date == day), key=lambda o: o.joint)
        weekend = "akhir pekan" if day.weekday() >= 5 else "tidak ada jam kerja"
        return "; ".join(map(str, decreed)) or weekend

    def _closing(self, day: date) -> datetime | None:
        table = self._covering(day.year)
        rank = table.rank[day.toordinal()]
        last = table.closings[rank - 1] if rank else None
        return last if last and last.date() == day else None

    def _covering(self, *years: int) -> _Table:
        table = self._table
        covered = table.first <= min(years) and max(years) <= table.last
        return table if covered else self._widened(table, *years)

    def _widened(self, table: _Table, *years: int) -> _Table:
        """A table with these years in it; one reaching twice as far if they already were."""
        first, last = min(table.first, *years), max(table.last, *years)
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise OverflowError(f"working time is known for {FIRST_YEAR} to {LAST_YEAR} only")
        if (first, last) != (table.first, table.last):
            first, last = first - 1, last + 3
        elif last < LAST_YEAR:
            last += last - first + 1
        else:
            raise OverflowError(f"not due by {LAST_YEAR}: too long, or no office hours in force")
        wider = self._build(max(first, FIRST_YEAR), min(last, LAST_YEAR))
        if wider.last - wider.first > self._table.last - self._table.first:  # not another thread's
            object.__setattr__(self, "_table", wider)
        return wider

    def _build(self, first: int, last: int) -> _Table:
        base, stop = date(first, 1, 1).toordinal(), date(last + 1, 1, 1).toordinal()
        shapes: list[dict[int, list[tuple[int, int]]]] = [{}] * (stop - base)
        # Painted in the order they began, so the latest stays on top; of two that began together
        # the shorter one, which is the exception.
        until = {row: (row.valid_until or date.max).toordinal() for row in self.hours}
        for row in sorted(self.hours, key=lambda row: (row.valid_from, -until[row])):
            begins, ends = max(row.valid_from.toordinal(), base), min(until[row] + 1, stop)
            if begins < ends:
                week = row.week.items()
                shape = {d: [(_of_day(a), _of_day(b)) for a, b in day] for d, day in week if day}
                shapes[begins - base : ends - base] = [shape] * (ends - begins)
        off = {day_off.date.toordinal() for day_off in self.days_off}
        rank: dict[int, int] = {}
        closings: list[datetime] = []
        midnight = (base - _EPOCH.toordinal()) * _DAY
        opens, sums, worked = [midnight], [0, 0], 0
        for ordinal, shape in enumerate(shapes, base):
            weekday = (ordinal + 6) % 7  # ordinal 1 was a Monday
            if weekday in shape and ordinal not in off:
                for begins, ends in shape[weekday]:
                    opens.append(midnight + begins)
                    sums.append(worked := worked + ends - begins)
                closings.append(_instant(midnight + ends))
            rank[ordinal] = len(closings)
            midnight += _DAY
        return _Table(first, last, rank, closings, opens, sums)


def _of_day(clock: time) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), WIB)


def _microseconds(instant: datetime) -> int:
    span = instant - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _instant(at: int) -> datetime:
    return _EPOCH + timedelta(0, 0, at)  # days, seconds, microseconds: a keyword costs a tenth
