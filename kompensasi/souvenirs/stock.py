"""The stock ledger. Never negative, whoever acts at once: the database refuses, not a reading."""

from datetime import datetime
from typing import Any

from django.db.models import F

from kompensasi.souvenirs.models import Item, Movement, Reservation
from spm_monitor import journal
from spm_monitor.models import Customer
from spm_monitor.refusals import BadInput, NotNow, NotYours

Kind = Movement.Kind


def receive(*, item: Item, quantity: int, document: str, by: Any, now: datetime) -> None:
    """Put items into the cupboard, by a document (opening stock, delivery note)."""
    capacity = by.capacity_for("souvenirs.manage_stock", None, now)
    if capacity is None:
        raise NotYours("Stok souvenir dicatat oleh Kasi PJT atau petugas.")
    if quantity < 1:
        raise BadInput("Jumlah paling sedikit 1.", "quantity")
    with journal.act():
        _move(item, Kind.IN, quantity, by=by, now=now, document=document, on_hand=quantity)
        journal.record(
            "stock.in", item, by=by, capacity=capacity, now=now,
            after={"quantity": quantity, "document": document},
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
    capacity = by.capacity_for("souvenirs.manage_stock", None, now)
    if capacity is None:
        raise NotYours("Stok souvenir dicatat oleh Kasi PJT atau petugas.")
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
    item: Item, kind: str, quantity: int, *, by: Any, now: datetime, document: str = "",
    reservation: Reservation | None = None, **changes: int,
) -> None:  # fmt: skip
    Item.objects.filter(pk=item.pk).update(**{name: F(name) + n for name, n in changes.items()})
    _note(item, kind, quantity, by=by, now=now, document=document, reservation=reservation)


def _note(item: Item, kind: str, quantity: int, **facts: Any) -> None:
    facts["at"] = facts.pop("now")
    Movement.objects.create(item=item, kind=kind, quantity=quantity, **facts)
