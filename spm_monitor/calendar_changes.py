"""A change of the working calendar: seen with what it moves before it is done, then one act.

What moves is computed from the rows as they would stand; when that is not what the person saw,
nothing is kept and it is shown again.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from spm_monitor import clock, journal, master_data, recalculation, rights
from spm_monitor.models import DueChange, Holiday, OfficeHours, OfficeSegment
from spm_monitor.refusals import BadInput
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

LONGEST_CAUSE = DueChange._meta.get_field("cause").max_length or 0


class Unseen(Exception):
    """Open orders would move, and the person was not shown just these."""

    def __init__(self, moves: list[recalculation.Move]) -> None:
        super().__init__(f"{len(moves)} orders would move")
        self.moves = moves


def mark_of(moves: list[recalculation.Move]) -> str:
    """What a person was shown, made short; empty when nothing moves."""
    if not moves:
        return ""
    lines = (f"{m.order.pk} {journal.plain(m.old)} {journal.plain(m.new)}" for m in moves)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def save_holiday(
    *, day: Holiday, reason: str, seen: str, by: Any, now: datetime, was: date | None = None
) -> int:
    """Enter a day not worked, or change one; returns how many open orders moved with it.

    seen: the mark of the moves the person agreed to. was: the date it had. A day that has passed
    asks for a reason. Raises Unseen.
    """
    _ask_reason(min(day.date, was or day.date), reason, now)
    right = f"spm_monitor.{'change' if day.pk else 'add'}_holiday"
    return _change(
        lambda: master_data.save(day, right=right, by=by, now=now, note=reason),
        right=right, cause=f"hari libur {date_id(day.date)}: {day.name}", seen=seen, by=by, now=now,
    )  # fmt: skip


def remove_holiday(*, day: Holiday, reason: str, seen: str, by: Any, now: datetime) -> int:
    """Make a day an ordinary one again; as `save_holiday`."""
    _ask_reason(day.date, reason, now)
    right = "spm_monitor.delete_holiday"
    return _change(
        lambda: master_data.remove(day, right=right, by=by, now=now, note=reason),
        right=right, cause=f"hari libur {date_id(day.date)} dihapus", seen=seen, by=by, now=now,
    )  # fmt: skip


def save_hours(
    *, hours: OfficeHours, week_of: OfficeHours | None, seen: str, by: Any, now: datetime
) -> int:
    """Save when office hours count; a new row takes its week from another (Ramadan's, prepared)."""
    right = f"spm_monitor.{'change' if hours.pk else 'add'}_officehours"

    def write() -> None:
        master_data.save(
            hours, right=right, by=by, now=now, note=f"Jam seperti {week_of}." if week_of else ""
        )
        if week_of is not None:
            OfficeSegment.objects.bulk_create(
                OfficeSegment(hours=hours, weekday=s.weekday, opens=s.opens, closes=s.closes)
                for s in week_of.segments.all()
            )

    return _change(write, right=right, cause=f"jam kerja: {hours}", seen=seen, by=by, now=now)


def _change(
    write: Callable[[], Any], *, right: str, cause: str, seen: str, by: Any, now: datetime
) -> int:
    with journal.act():
        capacity = rights.require_office(by, right, at=now)
        write()
        calendar = clock.load_calendar()
        moves = list(recalculation.moves(calendar))
        if mark_of(moves) != seen:
            raise Unseen(moves)  # undoes what was written
        return recalculation.move(
            moves, cause=cause[:LONGEST_CAUSE], by=by, now=now, capacity=capacity,
            calendar=calendar,
        )  # fmt: skip


def _ask_reason(day: date, reason: str, now: datetime) -> None:
    if day < to_wib(now).date() and not reason:
        raise BadInput("Tanggal ini sudah lewat. Isi alasan perubahannya.", "reason")
