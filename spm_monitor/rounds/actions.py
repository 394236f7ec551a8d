"""A round is opened, filled by who watches the SPM, and closed for ever with what it owes."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from spm_monitor import actions, clock, journal, sequences
from spm_monitor.models import MonitoringRound, MonitoringRow, ObstacleCause, Order
from spm_monitor.refusals import NotNow, NotYours
from spm_monitor.rounds import sheet
from spm_monitor.wording import instant_id
from spm_monitor.workdays import to_wib

FILL, CLOSE = "spm_monitor.fill_round", "spm_monitor.close_round"
CLOSED = "Putaran ini sudah ditutup; isinya tidak berubah lagi."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was found of one order."""

    order: Order
    seen: int
    """The version of the row that the person saw; 0: none was there."""
    stage: str
    state: str
    at: datetime | None
    """When the result is expected; of a finished order when it was ready."""
    cause: ObstacleCause | None
    story: str


class Unseen(Exception):
    """Closing would do something that the person was not shown; nothing is kept."""

    def __init__(self, followed: dict[int, str], mark: str) -> None:
        super().__init__("not seen yet")
        self.followed, self.mark = followed, mark


@cache
def _followers() -> tuple[Callable[..., dict[int, str]], ...]:
    return tuple(import_string(path) for path in settings.ROUND_FOLLOWERS)


def require(by: Any, right: str, now: datetime) -> Any:
    """The appointment by which `by` fills or closes rounds now; NotYours otherwise."""
    capacity = by.capacity_for(right, None, now)
    if capacity is None:
        verb = "ditutup oleh Kasi PJT" if right == CLOSE else "diisi oleh Kasi PJT dan petugas"
        raise NotYours(f"Putaran Monitoring SPM {verb}.")
    return capacity


def open_round(*, by: Any, now: datetime) -> MonitoringRound:
    """Begin a round; NotNow while another one goes on."""
    with journal.act():
        capacity = require(by, FILL, now)
        try:
            with transaction.atomic():
                begun = MonitoringRound.objects.create(opened_at=now, opened_by=by)
        except IntegrityError as error:
            raise NotNow("Putaran lain sedang berjalan. Tutup dahulu putaran itu.") from error
        journal.record("round.opened", begun, by=by, capacity=capacity, now=now)
    return begun


def save_answers(
    *, round: MonitoringRound, answers: Iterable[Answer], by: Any, now: datetime
) -> dict[int, str]:
    """Keep what was found; the rows are a draft until the round is closed.

    Returns why some were not kept, by the order's key: somebody else filled them meanwhile.
    """
    refused: dict[int, str] = {}
    with journal.act():
        require(by, FILL, now)
        _going_on(round)
        rows = {row.order_id: row for row in round.rows.select_related("by")}
        calendar = clock.current_calendar()
        for answer in answers:
            key = answer.order.pk
            row = rows.get(key) or MonitoringRow(round=round, order=answer.order, version=0)
            if row.pk is not None and row.version != answer.seen:
                when = instant_id(row.observed_at)
                refused[key] = f"Baris ini baru saja diisi oleh {row.by} ({when}). Periksa lagi."
                continue
            _fill(row, answer, by, now)
            row.days_left = clock.days_left(answer.order, now, calendar)
            row.save()
    return refused


def _fill(row: MonitoringRow, answer: Answer, by: Any, now: datetime) -> None:
    done = answer.state == MonitoringRow.State.DONE
    row.by, row.observed_at, row.version = by, now, row.version + 1
    row.stage, row.state, row.due_at = answer.stage, answer.state, answer.order.due_at
    row.estimate_at, row.ready_at = (None, answer.at) if done else (answer.at, None)
    row.cause, row.story = answer.cause, answer.story


def close_round(*, round: MonitoringRound, by: Any, now: datetime, seen: str) -> dict[int, str]:
    """Freeze a round, with what follows from it: results, estimates, and the cases it opens.

    seen: the mark of what follows, as the person was shown it. Returns that in sentences, by the
    order's key (DOMAIN 2, rule c). Raises NotYours, NotNow (rows are missing), Unseen.
    """
    with journal.act():
        capacity = require(by, CLOSE, now)
        closing = _going_on(round)
        rows = _complete(closing)
        for row in rows:
            _take_over(row, by=by, capacity=capacity, now=now)
        followed: dict[int, str] = {}
        for follower in _followers():
            followed |= follower(rows, by=by, capacity=capacity, now=now)
        mark = _mark(rows, followed)
        if seen != mark:
            raise Unseen(followed, mark)
        _freeze(closing, rows, followed, by=by, capacity=capacity, now=now)
    round.refresh_from_db()
    return followed


def _going_on(round: MonitoringRound) -> MonitoringRound:
    """The round, locked while it goes on; NotNow once it is closed."""
    found = MonitoringRound.objects.select_for_update().filter(pk=round.pk, going_on=True).first()
    if found is None:
        raise NotNow(CLOSED)
    return found


def _complete(round: MonitoringRound) -> list[MonitoringRow]:
    """The rows of a round that can be closed: each open order has one. Orders are locked."""
    keys = set(Order.objects.open().values_list("pk", flat=True))
    rows = list(round.rows.select_related("cause", "by").order_by("pk"))
    missing = keys - {row.order_id for row in rows}
    if missing:
        raise NotNow(f"{len(missing)} pesanan belum diisi. Isi dahulu semua barisnya.")
    orders = {order.pk: order for order in actions.all_locked(row.order_id for row in rows)}
    for row in rows:
        row.order = orders[row.order_id]
    return rows


def _take_over(row: MonitoringRow, *, by: Any, capacity: Any, now: datetime) -> None:
    """What a row says of its order becomes the order's own."""
    order = row.order
    if order.ended:
        return
    _note_stage(row, by, now)
    act = {"order": order, "by": by, "capacity": capacity, "now": now}
    if row.state == MonitoringRow.State.DONE:
        actions.record_ready(at=row.ready_at, **act)  # type: ignore[arg-type]
    elif row.estimate_at is not None and row.estimate_at != order.estimate_at:
        if row.estimate_at < now:
            raise NotNow(f"Perkiraan selesai pesanan {order.number} sudah lewat. Perbarui dahulu.")
        actions.record_estimate(at=row.estimate_at, note="Putaran Monitoring SPM.", **act)


def _note_stage(row: MonitoringRow, by: Any, now: datetime) -> None:
    """The round saw a stage begun that nobody had recorded: since then, at the latest."""
    order, stage = row.order, MonitoringRow.Stage
    if order.standard is None or order.standard.stage_days is None:
        return
    if row.stage in (stage.WORK, stage.REPORT) and order.work_began_at is None:
        actions.record_work(order=order, at=row.observed_at, by=by, now=now)
    if row.stage == stage.REPORT and order.report_began_at is None:
        actions.record_report(order=order, at=row.observed_at, by=by, now=now)


def _mark(rows: list[MonitoringRow], followed: dict[int, str]) -> str:
    shown = repr([(row.order_id, row.version, followed.get(row.order_id)) for row in rows])
    return hashlib.sha256(shown.encode()).hexdigest()


def _freeze(
    round: MonitoringRound, rows: list[MonitoringRow], followed: dict[int, str], *, by: Any,
    capacity: Any, now: datetime,
) -> None:  # fmt: skip
    year = to_wib(now).year
    number = f"MON-{year}-{sequences.take(f'round:{year}'):03d}"
    round.number, round.going_on = number, None
    round.closed_at, round.closed_by, round.closed_capacity = now, by, str(capacity)
    round.sheet = sheet.of(round, rows, followed, now)
    round.sheet_sha256 = sheet.digest(round.sheet)
    round.save()
    journal.record(
        "round.closed", round, by=by, capacity=capacity, now=now,
        after={"number": number, "sheet_sha256": round.sheet_sha256, "rows": len(rows)},
    )  # fmt: skip
