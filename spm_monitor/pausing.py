"""Pauses of an order: recorded, ended, dropped; each with its effect seen before it is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from spm_monitor import actions, clock, files, journal, rights
from spm_monitor.models import Order, Pause
from spm_monitor.refusals import BadInput, NotNow
from spm_monitor.wording import instant_id, lower_first

RIGHT = "spm_monitor.record_pause"
ALREADY = "Jeda ini sudah dicabut, atau pesanannya sudah berakhir."


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a pause, or its withdrawal, does to its order."""

    old: datetime | None
    new: datetime | None
    followed: tuple[str, ...]
    """What follows for a case, in sentences."""

    @property
    def mark(self) -> str:
        """What a person was shown, made short."""
        shown = repr((journal.plain(self.old), journal.plain(self.new), self.followed))
        return hashlib.sha256(shown.encode()).hexdigest()


class Unseen(Exception):
    """It would do something that the person was not shown; nothing is kept."""

    def __init__(self, effect: Effect) -> None:
        super().__init__("not seen yet")
        self.effect = effect


def record_pause(
    *, order: Order, reason: str, begins_at: datetime, by: Any, now: datetime,
    evidence: UploadedFile | None, ends_at: datetime | None = None, note: str = "",
    seen: str | None = None,
) -> Pause:  # fmt: skip
    """The work waits on the customer since `begins_at`, until `ends_at` or until it is said.

    seen: mark of the effect that the person agreed to; Unseen when it is another one. None asks
    nobody. Raises NotYours, NotNow, BadInput.
    """
    with journal.act():
        order_now = actions.locked(order)
        capacity = rights.require(by, RIGHT, order_now, at=now)
        _check(order_now, begins_at, ends_at, now)
        pause = Pause(
            order=order_now, reason=reason, begins_at=begins_at, ends_at=ends_at, note=note,
            recorded_at=now, by=by,
        )  # fmt: skip
        pause.save(force_insert=True)
        told = {"reason": reason, "begins_at": begins_at, "ends_at": ends_at}
        cause = f"jeda: {lower_first(pause.get_reason_display())}"
        _follow(
            order_now, "order.paused", cause=cause, by=by, capacity=capacity, now=now, note=note,
            told=told, seen=seen,
        )  # fmt: skip
        if evidence is None:
            raise BadInput("Unggah bukti bahwa pekerjaan menunggu pelanggan.", "evidence")
        kept = files.keep_upload("jeda", evidence)
        pause.evidence, pause.evidence_sha256 = kept.name, kept.sha256
        pause.save(update_fields=["evidence", "evidence_sha256"])
    order.refresh_from_db()
    return pause


def end_pause(*, order: Order, at: datetime, by: Any, now: datetime) -> None:
    """The work goes on since `at`; not after now."""
    with journal.act():
        order_now = actions.locked(order)
        capacity = rights.require(by, RIGHT, order_now, at=now)
        still = order_now.pauses.going_on().first()
        if still is None:
            raise NotNow(f"Pesanan {order_now.number} tidak sedang dijeda.")
        _check_end(still.begins_at, at, now, field="at")
        still.ends_at = at
        still.save(update_fields=["ends_at"])
        _follow(
            order_now, "order.resumed", cause="jeda berakhir", by=by, capacity=capacity, now=now,
            told={"ends_at": at},
        )  # fmt: skip
    order.refresh_from_db()


def drop_pause(
    *, pause: Pause, reason: str, by: Any, now: datetime, seen: str | None = None
) -> None:
    """It was recorded by mistake: it stays on record and does not count. As `record_pause`."""
    with journal.act():
        order_now = actions.locked(pause.order)
        capacity = rights.require(by, RIGHT, order_now, at=now)
        standing = Pause.objects.standing().filter(pk=pause.pk)
        if order_now.ended or not standing.update(dropped_at=now, dropped_reason=reason):
            raise NotNow(ALREADY)
        _follow(
            order_now, "order.pause_dropped", cause="jeda dicabut", by=by, capacity=capacity,
            now=now, note=reason, told={"begins_at": pause.begins_at}, seen=seen,
        )  # fmt: skip


def _check(order: Order, begins: datetime, ends: datetime | None, now: datetime) -> None:
    if order.ended:
        raise NotNow(f"Pesanan {order.number} sudah berakhir; jeda tidak mengubahnya lagi.")
    if order.due_at is None and order.paused_since is None:
        raise NotNow("Waktu layanan belum mulai, jadi belum ada yang dijeda.")
    if order.paused_since is not None and ends is None:
        since = instant_id(order.paused_since)
        raise NotNow(f"Pesanan ini sudah dijeda sejak {since}. Akhiri dahulu jeda itu.")
    if begins > now:
        raise BadInput(f"Jeda tidak boleh mulai setelah {instant_id(now)}.", "begins_at")
    if begins < order.received_at.replace(second=0, microsecond=0):
        said = instant_id(order.received_at)
        raise BadInput(f"Jeda tidak boleh sebelum pesanan diterima ({said}).", "begins_at")
    if ends is not None:
        _check_end(begins, ends, now, field="ends_at")


def _check_end(begins: datetime, ends: datetime, now: datetime, *, field: str) -> None:
    if ends <= begins:
        raise BadInput(f"Isi waktu setelah jeda mulai ({instant_id(begins)}).", field)
    if ends > now:
        raise BadInput(f"Waktu ini tidak boleh setelah {instant_id(now)}.", field)


def _follow(
    order: Order, verb: str, *, cause: str, by: Any, capacity: Any, now: datetime,
    told: dict[str, Any], note: str = "", seen: str | None = None,
) -> None:  # fmt: skip
    """Let the due follow the pauses as they stand now, and the case the due."""
    old, spans = order.due_at, order.spans
    actions.reschedule(order, clock.current_calendar(), spans)
    order.paused_since = spans[-1].begins if spans and spans[-1].ends is None else None
    followed = actions.save_changed(order, old, cause=cause, by=by, now=now)
    effect = Effect(old=old, new=order.due_at, followed=tuple(followed))
    if seen is not None and seen != effect.mark:
        raise Unseen(effect)
    journal.record(
        verb, order, by=by, capacity=capacity, now=now, note=note,
        before={"due_at": old}, after={"due_at": order.due_at} | told,
    )  # fmt: skip
