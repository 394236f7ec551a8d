"""The stock ledger. Never negative, whoever acts at once: the database refuses, not a reading."""

from datetime import datetime
from typing import Any

from django.db.models import F

from kompensasi.souvenirs.models import Item, Movement, Reservation
from spm_monitor import journal
from spm_monitor.models import Customer
from spm_monitor.refusals import BadInput, NotNow, NotYours
from spm_monitor.wording import date_id

Kind = Movement.Kind


def receive(
    *, item: Item, quantity: int, document: str, by: Any, now: datetime,
    unit_cost: int | None = None, funding: str = "",
) -> None:  # fmt: skip
    """Put items into the cupboard, by the paper that came with them.

    unit_cost (rupiah) and funding become the item's own where they are given.
    """
    _come_in(
        item, Kind.IN, quantity, by=by, now=now, document=document, unit_cost=unit_cost,
        funding=funding,
    )  # fmt: skip


def open_stock(
    *, item: Item, quantity: int, by: Any, now: datetime, unit_cost: int | None = None,
    funding: str = "",
) -> None:  # fmt: skip
    """What lay in the cupboard when the ledger began; once for an item."""
    with journal.act():
        begun = Movement.objects.filter(item=item, kind=Kind.OPENING).first()
        if begun is not None:
            raise BadInput(
                f"Stok awal {item} sudah dicatat pada {date_id(begun.at)}."
                " Bila keliru, catat koreksi.", "item",
            )  # fmt: skip
        _come_in(item, Kind.OPENING, quantity, by=by, now=now, unit_cost=unit_cost, funding=funding)


def correct(*, item: Item, change: int, reason: str, by: Any, now: datetime) -> None:
    """Make the ledger fit what was counted: so many more (or, negative, fewer), and why.

    What is put aside for customers stays: refused when there are not so many free ones.
    """
    capacity = manager(by, now)
    if not change:
        raise BadInput("Jumlah paling sedikit 1.", "quantity")
    if not reason:
        raise BadInput("Isi sebab koreksi.", "reason")
    with journal.act():
        enough = Item.objects.filter(pk=item.pk, on_hand__gte=F("reserved") - change)
        if not enough.update(on_hand=F("on_hand") + change):
            item.refresh_from_db()
            raise BadInput(
                f"Paling banyak {item.free} yang dapat dikurangi;"
                f" {item.reserved} disisihkan untuk pelanggan.", "quantity",
            )  # fmt: skip
        kind = Kind.ADDED if change > 0 else Kind.REMOVED
        _note(item, kind, abs(change), by=by, now=now, reason=reason)
        journal.record(
            "stock.corrected", item, by=by, capacity=capacity, now=now, note=reason,
            after={"change": change},
        )  # fmt: skip


def manager(by: Any, now: datetime) -> Any:
    """The appointment under which `by` may write into the ledger; NotYours otherwise."""
    capacity = by.capacity_for("souvenirs.manage_stock", None, now)
    if capacity is None:
        raise NotYours("Stok souvenir dicatat oleh jabatan lain. Anda dapat membaca saja.")
    return capacity


def right_to_add(by: Any, now: datetime) -> str | None:
    """The right by which `by` may name a new item: who keeps the stock, or the administrator."""
    rights = ("souvenirs.manage_stock", "souvenirs.add_item")
    return next((right for right in rights if by.capacity_for(right, None, now)), None)


def _come_in(item: Item, kind: str, quantity: int, *, by: Any, now: datetime, **facts: Any) -> None:
    capacity = manager(by, now)
    if quantity < 1:
        raise BadInput("Jumlah paling sedikit 1.", "quantity")
    with journal.act():
        known = {
            name: facts[name] for name in ("unit_cost", "funding") if facts[name] not in (None, "")
        }
        Item.objects.filter(pk=item.pk).update(on_hand=F("on_hand") + quantity, **known)
        _note(item, kind, quantity, by=by, now=now, **facts)
        told = {name: value for name, value in facts.items() if value not in (None, "")}
        journal.record(
            f"stock.{kind}", item, by=by, capacity=capacity, now=now,
            after={"quantity": quantity} | told,
        )  # fmt: skip


def reserve(*, item: Item, customer: Customer, by: Any, now: datetime) -> Reservation:
    """Put one item aside; NotNow when none is free any more. Call inside an act."""
    taken = Item.objects.filter(pk=item.pk, on_hand__gt=F("reserved"))
    if not taken.update(reserved=F("reserved") + 1):
        raise NotNow(
            f"Stok {item.name} habis. Pilih souvenir lain, atau tulis alasan tanpa souvenir."
        )
    reservation = Reservation.objects.create(item=item, customer=customer, reserved_at=now)
    _note(item, Kind.RESERVED, 1, by=by, now=now, reservation=reservation)
    return reservation


def release(*, reservation: Reservation, by: Any, now: datetime) -> None:
    """Put a reserved item back among the free ones; does nothing when it left or is released."""
    waiting = Reservation.objects.filter(
        pk=reservation.pk, released_at__isnull=True, left_at__isnull=True
    )
    if waiting.update(released_at=now):
        _move(
            reservation.item, Kind.RELEASED, 1, by=by, now=now, reservation=reservation, reserved=-1
        )


def let_go(*, reservation: Reservation, by: Any, now: datetime) -> None:
    """The reserved item leaves the cupboard with a dispatch."""
    waiting = Reservation.objects.filter(
        pk=reservation.pk, released_at__isnull=True, left_at__isnull=True
    )
    if not waiting.update(left_at=now):
        raise NotNow("Souvenir ini sudah keluar atau tidak disisihkan lagi.")
    _move(
        reservation.item, Kind.OUT, 1, by=by, now=now, reservation=reservation,
        reserved=-1, on_hand=-1,
    )  # fmt: skip


def take_back(*, reservation: Reservation, by: Any, now: datetime) -> None:
    """An item that left came back (refused, undeliverable) and lies in the cupboard again."""
    capacity = manager(by, now)
    with journal.act():
        gone = Reservation.objects.filter(
            pk=reservation.pk, left_at__isnull=False, returned_at__isnull=True
        )
        if not gone.update(returned_at=now):
            raise NotNow("Souvenir ini sudah dicatat kembali, atau belum pernah keluar.")
        _move(
            reservation.item, Kind.RETURNED, 1, by=by, now=now, reservation=reservation, on_hand=1
        )
        journal.record("stock.returned", reservation, by=by, capacity=capacity, now=now)


def _move(
    item: Item, kind: str, quantity: int, *, by: Any, now: datetime, reservation: Reservation,
    **changes: int,
) -> None:  # fmt: skip
    Item.objects.filter(pk=item.pk).update(**{name: F(name) + n for name, n in changes.items()})
    _note(item, kind, quantity, by=by, now=now, reservation=reservation)


def _note(item: Item, kind: str, quantity: int, **facts: Any) -> None:
    facts["at"] = facts.pop("now")
    Movement.objects.create(item=item, kind=kind, quantity=quantity, **facts)
