"""Classes, tiers and items. Stock moves through the ledger alone; here it is only read."""

from django.contrib import admin

from kompensasi.souvenirs.models import (
    Dispatch,
    Item,
    Movement,
    Receipt,
    Reservation,
    SouvenirClass,
    Tier,
)
from spm_monitor.admin import Journalled, ReadOnlyPage, ReadOnlyRows

SEE = "souvenirs.view_item"


@admin.register(SouvenirClass)
class SouvenirClassAdmin(Journalled):
    list_display = ("name", "position")


@admin.register(Tier)
class TierAdmin(Journalled):
    list_display = ("__str__", "valid_from", "decree")
    list_select_related = ("souvenir_class",)


@admin.register(Item)
class ItemAdmin(Journalled):
    list_display = ("name", "souvenir_class", "on_hand", "reserved", "minimum")
    list_select_related = ("souvenir_class",)
    readonly_fields = ("on_hand", "reserved")


class MovementRows(ReadOnlyRows):
    model = Movement
    seen_with = SEE


class ReceiptRows(ReadOnlyRows):
    model = Receipt
    seen_with = SEE
    fields = ("result", "at", "recorded_by")  # not who received


@admin.register(Movement)
class MovementAdmin(ReadOnlyPage):
    seen_with = SEE
    list_display = ("item", "kind", "quantity", "at", "by", "document", "reason")
    list_select_related = ("item", "by")
    list_filter = ("kind", "item")


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyPage):
    seen_with = SEE
    list_display = ("item", "customer", "reserved_at", "released_at", "left_at", "returned_at")
    list_select_related = ("item", "customer")
    inlines = (MovementRows,)


@admin.register(Dispatch)
class DispatchAdmin(ReadOnlyPage):
    seen_with = SEE
    list_display = ("customer", "way", "courier", "tracking_number", "sent_at", "by")
    list_select_related = ("customer", "by")
    inlines = (ReceiptRows,)
