"""Souvenirs: classes by lateness, stock as a ledger, dispatch and receipt."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from spm_monitor.models import Customer


class SouvenirClass(models.Model):
    """A class of souvenir; an office has one unless its tiers say more."""

    name = models.CharField("kelas", max_length=80, unique=True)
    position = models.PositiveSmallIntegerField("urutan", default=0)

    class Meta:
        verbose_name = "kelas souvenir"
        verbose_name_plural = "kelas souvenir"
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name


class Tier(models.Model):
    """From how many calendar days late which class is due, by which decree, since when."""

    valid_from = models.DateField("berlaku sejak")
    from_days = models.PositiveSmallIntegerField("mulai hari terlambat")
    souvenir_class = models.ForeignKey(SouvenirClass, models.PROTECT, verbose_name="kelas")
    decree = models.CharField("nomor keputusan", max_length=120)

    class Meta:
        verbose_name = "jenjang souvenir"
        verbose_name_plural = "jenjang souvenir"
        ordering: ClassVar = ["valid_from", "from_days"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["valid_from", "from_days"], name="one_tier_a_step")
        ]

    def __str__(self) -> str:
        return f"≥ {self.from_days} hari: {self.souvenir_class}"

    @classmethod
    def proposed(cls, days_late: int, on: date) -> SouvenirClass | None:
        """The class for so many days late by the table in force on a date; else the first class."""
        table = cls.objects.filter(valid_from__lte=on).order_by("-valid_from", "-from_days")
        newest = table.values("valid_from")[:1]
        row = table.filter(valid_from=newest, from_days__lte=days_late).first()
        return row.souvenir_class if row else SouvenirClass.objects.first()


class Item(models.Model):
    """A thing in the cupboard. The two columns are the ledger's sums, guarded by the database."""

    name = models.CharField("barang", max_length=120, unique=True)
    souvenir_class = models.ForeignKey(
        SouvenirClass, models.PROTECT, related_name="items", verbose_name="kelas"
    )
    unit_cost = models.PositiveIntegerField("harga satuan (Rp)", default=0)
    funding = models.CharField("sumber dana", max_length=80, blank=True)
    minimum = models.PositiveIntegerField("stok minimum", default=0)
    on_hand = models.PositiveIntegerField("di lemari", default=0, editable=False)
    reserved = models.PositiveIntegerField("disisihkan", default=0, editable=False)

    class Meta:
        verbose_name = "souvenir"
        verbose_name_plural = "souvenir"
        ordering: ClassVar = ["name"]
        permissions: ClassVar = [("manage_stock", "Mencatat stok souvenir")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand")), name="reserved_is_in_the_cupboard"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def free(self) -> int:
        """How many may still be reserved."""
        return self.on_hand - self.reserved


class Reservation(models.Model):
    """An item put aside for a customer; it leaves with a dispatch or is released."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="reservations")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    reserved_at = models.DateTimeField("disisihkan")
    released_at = models.DateTimeField("dilepas", null=True)
    left_at = models.DateTimeField("keluar", null=True)
    returned_at = models.DateTimeField("kembali", null=True)

    class Meta:
        verbose_name = "sisihan"
        verbose_name_plural = "sisihan"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(left_at__isnull=True),
                name="released_or_left",
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | Q(left_at__isnull=False),
                name="returned_only_after_leaving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} untuk {self.customer}"

    @property
    def waits(self) -> bool:
        """Put aside, neither released nor gone."""
        return self.released_at is None and self.left_at is None


class Movement(models.Model):
    """A line of the stock ledger. Never changed; a mistake is corrected by another line."""

    class Kind(models.TextChoices):
        OPENING = "opening", "Stok awal"
        IN = "in", "Masuk"
        RESERVED = "reserved", "Disisihkan"
        RELEASED = "released", "Dilepas"
        OUT = "out", "Keluar"
        RETURNED = "returned", "Kembali"
        ADDED = "added", "Koreksi tambah"
        REMOVED = "removed", "Koreksi kurang"

    item = models.ForeignKey(Item, models.PROTECT, related_name="movements", verbose_name="barang")
    kind = models.CharField("gerak", max_length=10, choices=Kind)
    quantity = models.PositiveIntegerField("jumlah")
    at = models.DateTimeField("pada")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="oleh"
    )
    reservation = models.ForeignKey(
        Reservation, models.PROTECT, null=True, related_name="movements"
    )
    document = models.CharField("dokumen", max_length=120, blank=True)
    reason = models.CharField("sebab koreksi", max_length=200, blank=True)
    # As it came; the item's own are those of what came last.
    unit_cost = models.PositiveIntegerField("harga satuan (Rp)", null=True)
    funding = models.CharField("sumber dana", max_length=80, blank=True)

    class Meta:
        verbose_name = "mutasi stok"
        verbose_name_plural = "mutasi stok"
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(kind="opening"), name="one_opening_an_item"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("added", "removed")) | ~Q(reason=""),
                name="correction_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity} {self.item}"


class Dispatch(models.Model):
    """A letter (and souvenir) sent: how, by whom, when. Several cases may share one."""

    class Way(models.TextChoices):
        COURIER = "courier", "Kurir"
        BY_HAND = "by_hand", "Diantar atau diambil"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="dispatches")
    reservation = models.ForeignKey(
        Reservation, models.PROTECT, null=True, related_name="dispatches"
    )
    way = models.CharField("cara", max_length=10, choices=Way)
    courier = models.CharField("nama kurir atau pengantar", max_length=80)
    tracking_number = models.CharField("nomor resi", max_length=60, blank=True)
    sent_at = models.DateTimeField("dikirim")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "pengiriman"
        verbose_name_plural = "pengiriman"
        ordering: ClassVar = ["-sent_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(way="courier") | ~Q(tracking_number=""),
                name="courier_has_tracking_number",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.sent_at:%d/%m/%Y}"


class Receipt(models.Model):
    """What became of a dispatch, told by the customer or recorded by staff with proof."""

    class Result(models.TextChoices):
        RECEIVED = "received", "Diterima"
        REFUSED = "refused", "Surat diterima, souvenir ditolak"
        UNDELIVERABLE = "undeliverable", "Tidak tersampaikan"

    dispatch = models.OneToOneField(Dispatch, models.PROTECT, related_name="receipt")
    result = models.CharField("hasil", max_length=15, choices=Result)
    received_by = models.CharField("diterima oleh", max_length=120, blank=True)
    at = models.DateTimeField("pada")
    note = models.CharField("catatan", max_length=500, blank=True)
    proof = models.CharField("bukti", max_length=120, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        help_text="Kosong: pelanggan sendiri lewat tautannya.",
    )  # fmt: skip

    class Meta:
        verbose_name = "tanda terima"
        verbose_name_plural = "tanda terima"
        constraints: ClassVar = [
            models.CheckConstraint(
                # Staff speak for the customer only with proof.
                condition=Q(recorded_by__isnull=True) | ~Q(proof=""),
                name="staff_record_with_proof",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dispatch}: {self.get_result_display()}"
