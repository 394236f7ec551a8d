"""The Form Monitoring SPM (SOP 21-BIPA/5): a round over the open orders, and an order's row of it.

Steps 1, 2 and 4 of a case write into the order's row; a round answers step 1 for all at once.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from spm_monitor.models.orders import Order


class ObstacleCause(models.Model):
    """Why work is late, as the office names it, and the sentence a letter says it with."""

    code = models.SlugField("kode", max_length=30, unique=True)
    name = models.CharField("sebab", max_length=80)
    sentence = models.CharField(
        "kalimat surat",
        max_length=300,
        help_text="Melengkapi “Keterlambatan ini disebabkan oleh …”. Singkat, jujur, tanpa nama.",
    )
    position = models.PositiveSmallIntegerField("urutan", default=0)

    class Meta:
        verbose_name = "sebab kendala"
        verbose_name_plural = "sebab kendala"
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class MonitoringRound(models.Model):
    """One look at all open orders: filled in, then closed for ever (DOMAIN 7).

    What a closed round shows and prints is its `sheet` alone, kept as it was with its digest; the
    rows live on, since steps 2 and 4 of a case go on writing into theirs.
    """

    number = models.CharField("nomor", max_length=20, blank=True)
    opened_at = models.DateTimeField("dibuka")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="dibuka oleh"
    )
    closed_at = models.DateTimeField("ditutup", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True,
        verbose_name="ditutup oleh",
    )  # fmt: skip
    closed_capacity = models.CharField("sebagai", max_length=160, blank=True)
    sheet = models.JSONField("lembar", default=dict)
    sheet_sha256 = models.CharField("SHA-256 lembar", max_length=64, blank=True)
    # True until it is closed, then NULL: no two go on at a time.
    going_on = models.BooleanField(null=True, default=True, unique=True, editable=False)

    class Meta:
        verbose_name = "putaran monitoring"
        verbose_name_plural = "putaran monitoring"
        ordering: ClassVar = ["-opened_at"]
        permissions: ClassVar = [
            ("fill_round", "Mengisi putaran Monitoring SPM"),
            ("close_round", "Menutup putaran Monitoring SPM"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="round_number_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    going_on=True,
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                    number="",
                    sheet_sha256="",
                )
                | (
                    Q(going_on__isnull=True, closed_at__isnull=False, closed_by__isnull=False)
                    & ~Q(number="")
                    & ~Q(sheet_sha256="")
                ),
                name="closed_round_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number or "Putaran berjalan"


class MonitoringRow(models.Model):
    """One look at one order. Steps 1, 2 and 4 of a case write into the same row."""

    class Stage(models.TextChoices):
        INTAKE = "intake", "Penerimaan dan kaji ulang"
        WORK = "work", "Pengerjaan"
        REPORT = "report", "Penyusunan hasil"
        DONE = "done", "Hasil terbit"

    class State(models.TextChoices):
        DONE = "done", "Selesai"
        OBSTACLE = "obstacle", "Ada kendala"
        RUNNING = "running", "Berjalan, dalam SPM"

    order = models.ForeignKey(Order, models.PROTECT, related_name="monitoring_rows")
    round = models.ForeignKey(
        MonitoringRound, models.PROTECT, related_name="rows", null=True, blank=True,
        verbose_name="putaran",
    )  # fmt: skip
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name="diisi oleh",
    )  # fmt: skip
    # How often it was saved in its round: two people fill one form.
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    observed_at = models.DateTimeField("diamati pada")
    stage = models.CharField("tahap", max_length=10, choices=Stage)
    due_at = models.DateTimeField("target selesai", null=True, blank=True)
    days_left = models.SmallIntegerField("sisa hari kerja", null=True, blank=True)
    estimate_at = models.DateTimeField("perkiraan selesai", null=True, blank=True)
    ready_at = models.DateTimeField("hasil siap", null=True, blank=True)
    state = models.CharField("keadaan", max_length=10, choices=State, blank=True)
    cause = models.ForeignKey(
        ObstacleCause, models.PROTECT, null=True, blank=True, verbose_name="sebab"
    )
    asset = models.CharField("alat atau sarana", max_length=120, blank=True)
    story = models.TextField("uraian kendala", max_length=2000, blank=True)

    class Meta:
        verbose_name = "baris monitoring"
        verbose_name_plural = "baris monitoring"
        ordering: ClassVar = ["-observed_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "order"], condition=Q(round__isnull=False),
                name="one_row_an_order_in_a_round",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.order} {self.observed_at:%d/%m/%Y}"
