"""A change of the working calendar: seen with what it moves before it is done, then one act.

What moves is computed from the rows as they would stand; when that is not what the person saw,
nothing is kept and it is shown again.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

from spm_monitor import clock, holiday_lists, journal, master_data, recalculation, rights
from spm_monitor.holiday_lists import Listed
from spm_monitor.hours_form import Week, week_of_row
from spm_monitor.models import DueChange, Holiday, OfficeHours, OfficeSegment
from spm_monitor.refusals import BadInput
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

LONGEST_CAUSE = DueChange._meta.get_field("cause").max_length or 0


def save_holiday(
    *, day: Holiday, reason: str, seen: str, by: Any, now: datetime, was: date | None = None
) -> int:
    """Enter a day not worked, or change one; returns how many open orders moved with it.

    seen: the mark of the moves the person agreed to. was: the date it had. A day that has passed
    asks for a reason. Raises `recalculation.Unseen`.
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


def take_list(
    *, year: int, listed: list[Listed], decree: str, drop_missing: bool, reason: str, seen: str,
    by: Any, now: datetime,
) -> int:  # fmt: skip
    """Let a year's rows follow a list, in one act; returns how many open orders moved.

    drop_missing: also remove the days that the list does not have; local ones always stay. A day
    that has passed asks for a reason. Raises `recalculation.Unseen`, also where none moves.
    """
    change = holiday_lists.difference(year, listed)
    gone = change.missing if drop_missing else ()
    dates = [one.date for one in change.new] + [day.date for day in gone]
    if dates:
        _ask_reason(min(dates), reason, now)
    right = "spm_monitor.add_holiday"

    def write() -> None:
        save = partial(master_data.save, right=right, by=by, now=now, note=reason)
        for one in change.new:
            save(Holiday(date=one.date, name=one.name, joint=one.joint, decree=decree))
        for day, one in change.changed:
            day.name, day.joint, day.decree = one.name, one.joint, decree
            save(day)
        for day in gone:
            master_data.remove(day, right="spm_monitor.delete_holiday", by=by, now=now, note=reason)

    cause = f"daftar hari libur {year}: {decree}"
    return _change(write, right=right, cause=cause, seen=seen, by=by, now=now, ask=True)


def save_hours(*, hours: OfficeHours, week: Week, seen: str, by: Any, now: datetime) -> int:
    """Save when office hours count and the week they are made of; as `save_holiday`."""
    right = f"spm_monitor.{'change' if hours.pk else 'add'}_officehours"

    def write() -> None:
        master_data.save(hours, right=right, by=by, now=now)
        before = week_of_row(hours)
        if before == week:
            return
        hours.segments.all().delete()
        OfficeSegment.objects.bulk_create(
            OfficeSegment(hours=hours, weekday=day, opens=opens, closes=closes)
            for day, stretches in week.items()
            for opens, closes in stretches
        )
        master_data.record(
            "officehours.week", hours, by=by, capacity=rights.require_office(by, right, at=now),
            now=now, before={"week": _told(before)}, after={"week": _told(week)},
        )  # fmt: skip

    return _change(write, right=right, cause=f"jam kerja: {hours}", seen=seen, by=by, now=now)


def _told(week: Week) -> dict[str, list[str]]:
    """A week as the journal keeps it."""
    return {
        str(day): [f"{opens:%H.%M}-{closes:%H.%M}" for opens, closes in stretches]
        for day, stretches in sorted(week.items())
    }


def _change(
    write: Callable[[], Any], *, right: str, cause: str, seen: str, by: Any, now: datetime,
    ask: bool = False,
) -> int:  # fmt: skip
    with journal.act():
        capacity = rights.require_office(by, right, at=now)
        write()
        return recalculation.move_as_seen(
            list(recalculation.moves(clock.load_calendar())), seen=seen, ask=ask,
            cause=cause[:LONGEST_CAUSE], by=by, now=now, capacity=capacity,
        )  # fmt: skip


def _ask_reason(day: date, reason: str, now: datetime) -> None:
    if day < to_wib(now).date() and not reason:
        raise BadInput("Tanggal ini sudah lewat. Isi alasan perubahannya.", "reason")
