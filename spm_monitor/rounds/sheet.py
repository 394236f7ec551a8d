"""The sheet of a closed round: texts as they stood, and a digest that tells of a change."""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from spm_monitor import clock, journal, lists
from spm_monitor.models import MonitoringRound, MonitoringRow, Order
from spm_monitor.refusals import NotNow
from spm_monitor.wording import instant_id, lower_first, short_date_id
from spm_monitor.workdays import WorkingCalendar, to_wib

COLUMNS = (
    ("number", "Pesanan"),
    ("customer", "Pelanggan"),
    ("service", "Layanan"),
    ("section", "Seksi"),
    ("due", "Target selesai"),
    ("left", "Sisa"),
    ("stage", "Tahap"),
    ("state", "Keadaan"),
    ("expected", "Perkiraan selesai"),
    ("cause", "Kendala"),
    ("follows", "Tindak lanjut"),
)
Sheet = dict[str, Any]


LIKELY = 0.5  # of ending outside the SPM: from here on a forecast moves an order up


def risk(order: Order, now: datetime, chance: float | None = None) -> tuple[int, datetime, int]:
    """Sorts orders by what threatens their SPM.

    Late, expected late by the section, likely late by the forecast, by due, paused, not begun.
    chance: of ending outside the SPM, by the forecast; None where there is none.
    """
    due = order.due_at
    if due is None:
        return (4 if order.paused_since else 5, order.received_at, order.pk)
    if order.late(now):
        return (0, due, order.pk)
    if order.outside(now):
        return (1, due, order.pk)
    return (2 if chance is not None and chance >= LIKELY else 3, due, order.pk)


def of(
    round: MonitoringRound, rows: list[MonitoringRow], followed: dict[int, str], now: datetime
) -> Sheet:
    """What a round found, as it is shown and printed from now on."""
    calendar, head = clock.current_calendar(), journal.head()
    rows = sorted(rows, key=lambda row: risk(row.order, now))
    return {
        "number": round.number,
        "opened": instant_id(round.opened_at),
        "closed": instant_id(now),
        "by": str(round.closed_by),
        "capacity": round.closed_capacity,
        "journal": {"seq": head.seq, "digest": head.digest},
        "rows": [_row(row, followed.get(row.order_id, ""), now, calendar) for row in rows],
    }


def _row(row: MonitoringRow, follows: str, now: datetime, calendar: WorkingCalendar) -> Sheet:
    order = row.order
    expected = row.ready_at or row.estimate_at
    return {
        "section_id": order.section_id,
        "number": order.number,
        "customer": order.customer.name,
        "service": order.service.name,
        "section": order.section.name,
        "due": instant_id(order.due_at) if order.due_at else "belum ada",
        "left": lists.distance(order, now, calendar) or lower_first(_state(order, now, calendar)),
        "stage": row.get_stage_display(),
        "state": row.get_state_display(),
        "expected": _short(expected, calendar) if expected else "",
        "cause": ": ".join(filter(None, (str(row.cause or ""), row.story))),
        "follows": follows,
    }


def _state(order: Order, now: datetime, calendar: WorkingCalendar) -> str:
    return str(order.state(now=now, near=clock.near_limit(now, calendar)).label)


def _short(at: datetime, calendar: WorkingCalendar) -> str:
    day = to_wib(at).date()
    return short_date_id(at) if calendar.closing(day) == at else instant_id(at)


def digest(sheet: Sheet) -> str:
    """SHA-256 of a sheet, hex; the same after a way through the database."""
    text = json.dumps(sheet, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read(round: MonitoringRound, sections: Collection[int] | None) -> Sheet:
    """The sheet of a closed round with the rows of these sections (None: all).

    NotNow when it is not what was frozen.
    """
    if digest(round.sheet) != round.sheet_sha256:
        raise NotNow(
            f"Lembar {round.number} tidak sama dengan saat ditutup. Hubungi administrator."
        )
    rows = [row for row in round.sheet["rows"] if sections is None or row["section_id"] in sections]
    return {**round.sheet, "rows": rows}
