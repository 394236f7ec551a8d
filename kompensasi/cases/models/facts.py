"""What a step records, typed, one row a visit; a later page or the letter reads it.

Steps 1, 2 and 4 write the order's `spm_monitor.MonitoringRow`; step 9 a `letters.LetterReview`;
step 10 the letter itself.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from kompensasi.cases.models.case import Visit
from kompensasi.letters.models import Letter, LetterVersion
from kompensasi.people.models import Appointment
from kompensasi.souvenirs.models import Dispatch, Receipt, Reservation, SouvenirClass


class Handover(models.Model):
    """Step 3: the result reached the customer, or the customer was told it is ready."""

    class Way(models.TextChoices):
        HANDED = "handed", "Diserahkan"
        TOLD = "told", "Diberi tahu, belum diambil"

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="handover")
    way = models.CharField("cara", max_length=10, choices=Way)
    at = models.DateTimeField("pada")
    received_by = models.CharField("diterima oleh", max_length=120)
    proof = models.CharField("bukti", max_length=120, blank=True)

    def __str__(self) -> str:
        return f"{self.visit}: {self.get_way_display()}"


class CustomerInformed(models.Model):
    """Step 5: the evaluation of estimate against SPM, and how the customer was told."""

    class Channel(models.TextChoices):
        PHONE = "phone", "Telepon"
        WHATSAPP = "whatsapp", "WhatsApp"
        EMAIL = "email", "Surel"
        LETTER = "letter", "Surat"
        COUNTER = "counter", "Di loket"

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="informed")
    outside = models.BooleanField("di luar SPM")
    due_at = models.DateTimeField("target selesai", null=True)
    estimate_at = models.DateTimeField("perkiraan selesai", null=True)
    days_late = models.PositiveSmallIntegerField("hari terlambat")
    channel = models.CharField("lewat", max_length=10, choices=Channel)
    told_to = models.CharField("kepada", max_length=120)
    told_at = models.DateTimeField("pada")
    message = models.TextField("isi pemberitahuan", max_length=2000)

    class Meta:
        verbose_name = "pemberitahuan pelanggan"

    def __str__(self) -> str:
        return f"{self.visit}: {'di luar' if self.outside else 'dalam'} SPM"


class ObstacleReport(models.Model):
    """Step 6: the report to the head, with a proposal."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="report")
    report = models.TextField("laporan", max_length=2000)
    proposal = models.TextField("usul", max_length=1000)

    def __str__(self) -> str:
        return str(self.visit)


class Instruction(models.Model):
    """Step 7: the head's instruction, with the class of souvenir."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="instruction")
    instruction = models.TextField("instruksi", max_length=1000)
    souvenir_class = models.ForeignKey(SouvenirClass, models.PROTECT, verbose_name="kelas souvenir")

    def __str__(self) -> str:
        return str(self.visit)


class Draft(models.Model):
    """Step 8: the version written and the souvenir put aside (or why none)."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="draft")
    version = models.ForeignKey(LetterVersion, models.PROTECT, related_name="+")
    reservation = models.ForeignKey(Reservation, models.PROTECT, null=True, related_name="+")
    no_gift_reason = models.CharField("tanpa souvenir karena", max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(reservation__isnull=False) | ~models.Q(no_gift_reason=""),
                name="gift_or_a_reason",
            )
        ]

    def __str__(self) -> str:
        return str(self.visit)


class Sending(models.Model):
    """Step 11: which letter left with which dispatch."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="sending")
    letter = models.ForeignKey(Letter, models.PROTECT, related_name="sendings")
    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="sendings")

    def __str__(self) -> str:
        return str(self.visit)


class Receiving(models.Model):
    """Step 12: what became of the dispatch."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="receiving")
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="receivings")

    def __str__(self) -> str:
        return str(self.visit)


class Correction(models.Model):
    """A mistake in a finished step, mended on record: what it said, what it says, and why."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="corrections")
    field = models.CharField("isian", max_length=40)
    label = models.CharField("sebutan isian", max_length=80)
    old = models.TextField("semula", blank=True)
    new = models.TextField("menjadi", blank=True)
    reason = models.CharField("alasan", max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    capacity = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    at = models.DateTimeField("pada")

    class Meta:
        verbose_name = "koreksi"
        verbose_name_plural = "koreksi"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.visit}: {self.label}"


class SavedAnswers(models.Model):
    """What a person typed into a step's form and has not sent yet; gone when the step is finished.

    Answers prepared by the post that prepares the step are offered to whose turn it is.
    """

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="saved_answers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # As posted, a list of texts a field; it is a form's text on its way, not a fact of the case.
    answers = models.JSONField("isian")
    saved_at = models.DateTimeField("disimpan")

    class Meta:
        verbose_name = "draf isian"
        verbose_name_plural = "draf isian"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visit", "by"], name="one_saved_form_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.visit}: {self.by}"
