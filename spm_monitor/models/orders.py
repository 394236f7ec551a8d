"""Customers, their orders, the history of a due date, and the fact of an overrun."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from spm_monitor.models.services import Section, Service, SpmStandard
from spm_monitor.pauses import Span, Spans, merged


class Customer(models.Model):
    """Who orders. How to reach somebody stands on each order, as it was given for it."""

    name = models.CharField("nama", max_length=200, unique=True)
    accepts_gifts = models.BooleanField(
        "boleh menerima souvenir",
        default=True,
        help_text="Kosongkan bila aturan pelanggan melarang menerima pemberian.",
    )

    class Meta:
        verbose_name = "pelanggan"
        verbose_name_plural = "pelanggan"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


# An order that was withdrawn when it was not yet late never counts as late.
NOT_WITHDRAWN_IN_TIME = Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=F("due_at"))
NOT_READY_IN_TIME = Q(ready_at__isnull=True) | Q(ready_at__gt=F("due_at"))
ENDED = Q(ready_at__isnull=False) | Q(withdrawn_at__isnull=False)


class OrderQuerySet(models.QuerySet["Order"]):
    """Reads whose names are sentences and whose clock is an argument."""

    def open(self) -> "OrderQuerySet":
        """Neither ready nor withdrawn."""
        return self.exclude(ENDED)

    def late(self, now: datetime) -> "OrderQuerySet":
        """Outside the SPM as a fact: due has passed without a result, or ready after due."""
        return self.filter(NOT_WITHDRAWN_IN_TIME, NOT_READY_IN_TIME, due_at__lt=now)

    def in_state(self, state: str, *, now: datetime, near: datetime) -> "OrderQuerySet":
        """Orders whose state on reading is `state`.

        near: the instant from which on a due is no longer near (see `clock.near_limit`).
        """
        return self.filter(self._states(now, near)[state])

    @staticmethod
    def _states(now: datetime, near: datetime) -> dict[str, Q]:
        going = ~ENDED
        ready_late = Q(ready_at__gt=F("due_at"), due_at__isnull=False)
        return {
            Order.State.NOT_STARTED: going & Q(due_at__isnull=True, paused_since__isnull=True),
            Order.State.PAUSED: going & Q(due_at__isnull=True, paused_since__isnull=False),
            Order.State.IN_SPM: going & Q(due_at__gte=near),
            Order.State.NEAR: going & Q(due_at__gte=now, due_at__lt=near),
            Order.State.OVERDUE: going & Q(due_at__lt=now),
            Order.State.DONE_IN_SPM: Q(ready_at__isnull=False)
            & (Q(due_at__isnull=True) | Q(ready_at__lte=F("due_at"))),
            Order.State.DONE_LATE: ready_late,
            Order.State.WITHDRAWN: Q(withdrawn_at__isnull=False),
        }

    def found_by(self, words: str) -> "OrderQuerySet":
        """Orders whose number, customer or sample contains the words."""
        customers = Customer.objects.filter(name__icontains=words).order_by()
        return self.filter(
            # Customers first and on their own: there are few, and each is looked at once.
            Q(customer__in=customers.values("pk"))
            | Q(number__icontains=words)
            | Q(sample__icontains=words)
        )


class Order(models.Model):
    """A service ordered by a customer. Instants are aware; `due_at` is stored, lateness computed.

    Dates without an hour stand at 00.00 (received, documents, paid) or at closing time.
    """

    class State(models.TextChoices):
        NOT_STARTED = "not_started", "Belum mulai"
        IN_SPM = "in_spm", "Dalam SPM"
        NEAR = "near", "Mendekati batas"
        OVERDUE = "overdue", "Terlampaui"
        PAUSED = "paused", "Dijeda"
        DONE_IN_SPM = "done_in_spm", "Selesai dalam SPM"
        DONE_LATE = "done_late", "Selesai di luar SPM"
        WITHDRAWN = "withdrawn", "Dibatalkan"

    number = models.CharField("nomor pesanan", max_length=60, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="orders", verbose_name="pelanggan"
    )
    address = models.CharField("alamat", max_length=300, blank=True)
    contact_name = models.CharField("nama kontak", max_length=120, blank=True)
    phone = models.CharField("telepon", max_length=40, blank=True)
    email = models.EmailField("surel", blank=True)
    service = models.ForeignKey(
        Service, models.PROTECT, related_name="orders", verbose_name="layanan"
    )
    section = models.ForeignKey(
        Section, models.PROTECT, related_name="orders", verbose_name="seksi"
    )
    sample = models.CharField("sampel atau alat", max_length=200, blank=True)
    contract = models.BooleanField("pelanggan kontrak (SPK)", default=False)
    note = models.CharField("keterangan", max_length=500, blank=True)

    received_at = models.DateTimeField("diterima")
    documents_at = models.DateTimeField("dokumen lengkap", null=True, blank=True)
    paid_at = models.DateTimeField("dibayar", null=True, blank=True)
    target_at = models.DateTimeField(
        "target yang dijanjikan",
        null=True,
        blank=True,
        help_text="Isi hanya bila kepada pelanggan sudah dijanjikan tanggal tertentu.",
    )
    standard = models.ForeignKey(
        SpmStandard, models.PROTECT, null=True, blank=True, related_name="orders"
    )
    started_at = models.DateTimeField("mulai", null=True, blank=True)
    due_at = models.DateTimeField("target selesai", null=True, blank=True)
    estimate_at = models.DateTimeField("perkiraan selesai", null=True, blank=True)
    work_began_at = models.DateTimeField("mulai dikerjakan", null=True, blank=True)
    report_began_at = models.DateTimeField("mulai disusun hasilnya", null=True, blank=True)
    ready_at = models.DateTimeField("hasil siap", null=True, blank=True)
    handed_over_at = models.DateTimeField("diserahkan", null=True, blank=True)
    handed_over_to = models.CharField("diserahkan kepada", max_length=120, blank=True)
    withdrawn_at = models.DateTimeField("dibatalkan", null=True, blank=True)
    withdrawn_reason = models.CharField("sebab pembatalan", max_length=300, blank=True)

    # When the pause began that still goes on: without a due such an order is paused, not unstarted.
    paused_since = models.DateTimeField("dijeda sejak", null=True, blank=True, editable=False)
    # The due whose passing has its overrun row; NULL while none has. Keeps the sweep's index small.
    flagged_due_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "pesanan"
        verbose_name_plural = "pesanan"
        ordering: ClassVar = ["-pk"]
        permissions: ClassVar = [
            ("enter_order", "Mencatat dan mengubah pesanan"),
            ("import_order", "Mengimpor pesanan"),
            ("record_documents", "Mencatat dokumen lengkap"),
            ("record_paid", "Mencatat pembayaran"),
            ("record_pause", "Mencatat jeda karena menunggu pelanggan"),
            ("hear_reminders", "Menerima pengingat target"),
            ("record_estimate", "Mencatat perkiraan selesai"),
            ("record_stage", "Mencatat tahap pekerjaan"),
            ("record_ready", "Mencatat hasil siap"),
            ("record_handed_over", "Mencatat penyerahan hasil"),
            ("record_withdrawn", "Mencatat pembatalan oleh pelanggan"),
            ("see_contact", "Melihat kontak pelanggan"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="order_unflagged_due",
                condition=Q(flagged_due_at__isnull=True)
                & NOT_WITHDRAWN_IN_TIME
                & NOT_READY_IN_TIME,
            ),
            models.Index(
                fields=["due_at"],
                name="order_open_due",
                condition=Q(ready_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(handed_over_at__isnull=True) | Q(ready_at__isnull=False),
                name="handed_over_only_when_ready",
            ),
            models.CheckConstraint(
                condition=Q(ready_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="ready_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(flagged_due_at__isnull=True) | Q(flagged_due_at=F("due_at")),
                name="flag_is_of_this_due",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def spans(self) -> Spans:
        """Its pauses as the clock counts them; one query, none while it is not saved."""
        if self.pk is None:
            return ()
        return merged(pause.span for pause in self.pauses.standing())

    @property
    def ended(self) -> bool:
        """Ready or withdrawn."""
        return self.ready_at is not None or self.withdrawn_at is not None

    def late(self, now: datetime) -> bool:
        """The same question as `OrderQuerySet.late`, for one order in hand."""
        if self.due_at is None or self.due_at >= now:
            return False
        if self.withdrawn_at is not None and self.withdrawn_at <= self.due_at:
            return False
        return self.ready_at is None or self.ready_at > self.due_at

    def outside(self, now: datetime) -> bool:
        """Outside the SPM for step 5: late, or (open) expected after its due."""
        if self.late(now):
            return True
        if self.due_at is None:
            return False
        if self.ready_at is not None:
            return self.ready_at > self.due_at
        if self.withdrawn_at is not None:
            return False
        return self.estimate_at is not None and self.estimate_at > self.due_at

    def state(self, *, now: datetime, near: datetime) -> "Order.State":
        """The state on reading; `near` as for `OrderQuerySet.in_state`."""
        if self.withdrawn_at is not None:
            return self.State.WITHDRAWN
        if self.ready_at is not None:
            late = self.due_at is not None and self.ready_at > self.due_at
            return self.State.DONE_LATE if late else self.State.DONE_IN_SPM
        if self.due_at is None:
            return self.State.PAUSED if self.paused_since else self.State.NOT_STARTED
        if self.due_at < now:
            return self.State.OVERDUE
        return self.State.NEAR if self.due_at < near else self.State.IN_SPM


class PauseQuerySet(models.QuerySet["Pause"]):
    """Reads whose names are sentences."""

    def standing(self) -> "PauseQuerySet":
        """Those that count: not dropped."""
        return self.filter(dropped_at__isnull=True)

    def going_on(self) -> "PauseQuerySet":
        """Of these, those without an end."""
        return self.standing().filter(ends_at__isnull=True)


class Pause(models.Model):
    """The work waits on the customer: why, from when, until when, and what shows it (DOMAIN 3).

    Broken equipment, staff, queue, reagent and disaster are ours, and no reason for a pause. A
    mistake is dropped on record, never deleted.
    """

    class Reason(models.TextChoices):
        MATERIAL = "material", "Sampel atau dokumen pelanggan belum lengkap"
        PAYMENT = "payment", "Tagihan belum dibayar atau kedaluwarsa"
        CORRECTION = "correction", "Tindakan perbaikan pelanggan setelah audit"
        SITE = "site", "Lokasi pelanggan belum siap"

    order = models.ForeignKey(Order, models.PROTECT, related_name="pauses")
    reason = models.CharField("sebab", max_length=12, choices=Reason)
    begins_at = models.DateTimeField("dijeda sejak")
    ends_at = models.DateTimeField("sampai", null=True, blank=True)
    note = models.CharField("keterangan", max_length=300, blank=True)
    evidence = models.CharField("bukti", max_length=120)
    evidence_sha256 = models.CharField("SHA-256 bukti", max_length=64)
    recorded_at = models.DateTimeField("dicatat")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="oleh")
    dropped_at = models.DateTimeField("dicabut", null=True, blank=True)
    dropped_reason = models.CharField("alasan pencabutan", max_length=300, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = "jeda"
        verbose_name_plural = "jeda"
        ordering: ClassVar = ["begins_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("begins_at")),
                name="pause_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(ends_at__isnull=True, dropped_at__isnull=True),
                name="one_open_pause_an_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_reason_display()}"

    @property
    def span(self) -> Span:
        """The stretch of time, as the clock counts it."""
        return Span(self.begins_at, self.ends_at)


class Extension(models.Model):
    """A later date that the customer agreed to, once (DOMAIN 3).

    It moves no due: late, outside and the SPM go by the first date; people are shown both.
    """

    order = models.OneToOneField(Order, models.PROTECT, related_name="extension")
    until = models.DateTimeField("disepakati sampai")
    note = models.CharField("keterangan", max_length=300, blank=True)
    consent = models.CharField("persetujuan", max_length=120)
    consent_sha256 = models.CharField("SHA-256 persetujuan", max_length=64)
    recorded_at = models.DateTimeField("dicatat")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="oleh")

    class Meta:
        verbose_name = "perpanjangan yang disepakati"
        verbose_name_plural = "perpanjangan yang disepakati"

    def __str__(self) -> str:
        return f"{self.order} {self.until:%d/%m/%Y}"


class DueChange(models.Model):
    """A due date moved: from, to, and why. The history a customer may be shown."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="due_changes")
    at = models.DateTimeField("pada")
    old = models.DateTimeField("semula", null=True)
    new = models.DateTimeField("menjadi", null=True)
    cause = models.CharField("sebab", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)

    class Meta:
        verbose_name = "perubahan target"
        verbose_name_plural = "perubahan target"
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.order}: {self.cause}"


class Overrun(models.Model):
    """An order passed its due. Written once by the sweep; a correction is marked, not deleted.

    answered_at: when a compensation case had it in hand, so that no later sweep asks again.
    waived_before: its order ended before this go-live date, so that none is owed while go-live
    is no earlier.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="overruns")
    due_at = models.DateTimeField("target selesai")
    flagged_at = models.DateTimeField("ditandai")
    corrected_at = models.DateTimeField("dikoreksi", null=True)
    answered_at = models.DateTimeField("ditindaklanjuti", null=True)
    waived_before = models.DateField("tidak diminta sebelum", null=True)

    class Meta:
        verbose_name = "pelampauan"
        verbose_name_plural = "pelampauan"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(corrected_at__isnull=True),
                name="one_standing_overrun_an_order",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["waived_before"],
                name="overrun_to_answer",
                condition=Q(corrected_at__isnull=True, answered_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.due_at:%d/%m/%Y %H.%M}"
