"""Classes, tiers and items. Stock moves through the ledger alone, never here."""

from django.contrib import admin

from kompensasi.souvenirs.models import Item, SouvenirClass, Tier
from spm_monitor.admin import Journalled


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
