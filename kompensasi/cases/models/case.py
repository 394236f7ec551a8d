"""Case and visit. Where a case stands is its one open visit; no second column says it too."""

import secrets
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from kompensasi.letters.models import Letter, Variant
from kompensasi.people.models import Appointment
from kompensasi.sop.models import Revision, RevisionStep
from kompensasi.souvenirs.models import Reservation
from spm_monitor.models import MonitoringRow, Order


class Opening(models.TextChoices):
    """By which rule a case was opened (DOMAIN 2)."""

    LATE = "late", "Sapuan: pesanan di luar SPM"
    NEAR = "near", "Sapuan: pesanan mendekati batas"
    ROUND = "round", "Baris putaran monitoring"
    HAND = "hand", "Dibuka Kasi PJT"


class Ending(models.TextChoices):
    """How a case ends. The first three end at step 12: the order counts as compensated."""

    COMPENSATED = "compensated", "Kompensasi diterima"
    GIFT_REFUSED = "gift_refused", "Souvenir ditolak"
    UNDELIVERED = "undelivered", "Tidak tersampaikan"
    IN_SPM = "in_spm", "Selesai dalam SPM"
    CANCELLED = "cancelled", "Dibatalkan"
    WITHDRAWN = "withdrawn", "Pesanan dibatalkan pelanggan"


COMPENSATING = (Ending.COMPENSATED, Ending.GIFT_REFUSED, Ending.UNDELIVERED)


def new_tracking_code() -> str:
    """The unguessable part of a customer's link."""
    return secrets.token_urlsafe(12)


class CaseQuerySet(models.QuerySet["Case"]):
    """Reads whose names are sentences."""

    def open(self) -> "CaseQuerySet":
        """Not ended."""
        return self.filter(ended_at__isnull=True)

    def compensated(self) -> "CaseQuerySet":
        """Ended at step 12: the customer had letter and souvenir, or they were tried."""
        return self.filter(ending__in=COMPENSATING)

    def taking_the_order(self) -> "CaseQuerySet":
        """While there is one of these no sweep opens another for the order (DOMAIN 2, rule a)."""
        closing = (*COMPENSATING, Ending.CANCELLED)
        return self.filter(Q(ended_at__isnull=True) | Q(ending__in=closing))

    def visible_to(self, user, now: datetime) -> "CaseQuerySet":
        """The cases a person may read: of the section of the post, or all."""
        sections = user.sections_for("cases.view_case", now)
        return self if sections is None else self.filter(order__section_id__in=sections)


class Case(models.Model):
    """A customer's compensation for one order, walked through the steps of one revision."""

    number = models.CharField("nomor kasus", max_length=20, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="cases")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="cases")
    opened_at = models.DateTimeField("dibuka")
    opening = models.CharField("dibuka karena", max_length=10, choices=Opening)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    tracking_code = models.CharField(max_length=24, unique=True, default=new_tracking_code)
    letters = models.ManyToManyField(Letter, through="CaseLetter", related_name="cases")
    reservation = models.ForeignKey(
        Reservation, models.PROTECT, null=True, related_name="+", verbose_name="souvenir"
    )
    no_gift_reason = models.CharField("tanpa souvenir karena", max_length=200, blank=True)
    ended_at = models.DateTimeField("berakhir", null=True)
    ending = models.CharField("akhir", max_length=15, choices=Ending, blank=True)
    ending_note = models.TextField("catatan akhir", blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "kasus"
        verbose_name_plural = "kasus"
        ordering: ClassVar = ["-opened_at", "-pk"]
        permissions: ClassVar = [
            ("open_case", "Membuka kasus"),
            ("cancel_case", "Membatalkan kasus"),
            ("record_for_customer", "Mencatat penerimaan atas nama pelanggan"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at__isnull=True), name="one_open_case_an_order"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="ended_with_an_ending",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def open_visit(self) -> "Visit | None":
        """Where the case stands; None once it has ended."""
        return self.visits.filter(finished_at__isnull=True).select_related("row__actor").first()

    @cached_property
    def letter(self) -> Letter | None:
        """The letter in hand: the newest that is not void."""
        return self.letters.filter(voided_at__isnull=True).order_by("-pk").first()

    def others_of_letter(self) -> "CaseQuerySet":
        """The other open cases that the letter in hand serves."""
        if self.letter is None:
            return Case.objects.none()
        return Case.objects.open().filter(letters=self.letter).exclude(pk=self.pk)

    def forget(self) -> None:
        """Read the letter and the visit in hand anew when they are next asked for."""
        self.__dict__.pop("letter", None)
        self.__dict__.pop("open_visit", None)

    @property
    def sent(self) -> bool:
        """Whether a letter went to the customer; from then on no system rule ends the case."""
        return self.letters.filter(sent_at__isnull=False).exists()


class Visit(models.Model):
    """A case's stay at a step: from when, until when, by whom, with which outcome.

    The step's clock starts at `opens_at` (when the step before ended; for a return to monitoring,
    the next monitoring date) and is due after the row's working minutes. `opened_at` is when
    somebody whose turn it is first looked: until then the case waited, after it was worked on.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="visits")
    row = models.ForeignKey(RevisionStep, models.PROTECT, related_name="visits")
    opens_at = models.DateTimeField("mulai")
    opened_at = models.DateTimeField("dibuka", null=True)
    due_at = models.DateTimeField("tenggat")
    finished_at = models.DateTimeField("selesai", null=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    finished_as = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    # As said on pages: "Plt. Kasi PJT", "Pelanggan", "Sistem".
    finished_capacity = models.CharField("sebagai", max_length=160, blank=True)
    outcome = models.CharField("hasil", max_length=20, blank=True)
    note = models.TextField("catatan", blank=True, max_length=2000)
    monitoring_row = models.ForeignKey(
        MonitoringRow, models.PROTECT, null=True, related_name="visits"
    )
    # Who has the step in hand among those who may do it, or was given it (`cases.assigning`).
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    assigned_as = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    assigned_at = models.DateTimeField("dipegang sejak", null=True)
    # SHA-256 of the answer that finished it, so that the same post again is known as such.
    posted_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "kunjungan langkah"
        verbose_name_plural = "kunjungan langkah"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(finished_at__isnull=True), name="one_open_visit_a_case"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, outcome="")
                | (Q(finished_at__isnull=False) & ~Q(outcome="")),
                name="finished_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(
                    assigned_to__isnull=True, assigned_as__isnull=True, assigned_at__isnull=True
                )
                | Q(
                    assigned_to__isnull=False, assigned_as__isnull=False, assigned_at__isnull=False
                ),
                name="assigned_by_somebody_at_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="visit_open_due", condition=Q(finished_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} langkah {self.step}"

    @property
    def step(self) -> int:
        """The step's number."""
        return self.row.number


class CaseLetter(models.Model):
    """A letter serves a case: what it tells this customer about this order.

    variant, due_at and done_at are as written; when the order's no longer agree, it does not fit.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="case_letters")
    letter = models.ForeignKey(Letter, models.PROTECT, related_name="case_letters")
    variant = models.CharField("jenis", max_length=10, choices=Variant)
    due_at = models.DateTimeField("target selesai")
    done_at = models.DateTimeField("selesai atau perkiraan", null=True)

    class Meta:
        verbose_name = "surat kasus"
        verbose_name_plural = "surat kasus"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "letter"], name="one_letter_a_case_once")
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.letter}"
