"""Letterheads, templates, letters with their versions, and the numbers they are given."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from kompensasi.letters import drafting, patterns
from kompensasi.people.models import Appointment
from spm_monitor.models import Customer, Section
from spm_monitor.workdays import to_wib


class DatedQuerySet(models.QuerySet):
    """Master data that counts from a date until the next row's."""

    def on(self, day: date):
        """The row in force on a date, None before the first."""
        return self.just_on(day).first()

    def just_on(self, day: date):
        """The same, not read yet."""
        return self.filter(valid_from__lte=day).order_by("-valid_from")[:1]


class Letterhead(models.Model):
    """Kop surat and numbering from a date on: a letter of 2021 prints the name of 2021."""

    valid_from = models.DateField("berlaku sejak", unique=True)
    ministry = models.CharField("kementerian", max_length=160)
    agency = models.CharField("badan", max_length=160)
    unit = models.CharField("nama balai", max_length=160)
    address = models.CharField("alamat", max_length=240)
    contact = models.CharField("telepon, surel", max_length=240)
    place = models.CharField("tempat surat", max_length=60)
    number_format = models.CharField(
        "pola nomor",
        max_length=120,
        help_text="Unsur: {urut} {unit} {klasifikasi} {bulan_romawi} {bulan} {tahun}."
        " Wajib: {urut} dan {tahun}.",
    )
    unit_code = models.CharField("kode unit", max_length=40)
    classification = models.CharField("kode klasifikasi", max_length=20)
    first_number = models.PositiveIntegerField(
        "nomor urut pertama",
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Bila buku agenda tahun berjalan sudah terpakai. Nomor urut tidak pernah mundur.",
    )
    first_number_year = models.PositiveSmallIntegerField(
        "tahun nomor urut pertama",
        null=True,
        blank=True,
        help_text="Tahun lain mulai dari 1. Kosong: tahun ini.",
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "kop surat"
        verbose_name_plural = "kop surat"
        ordering: ClassVar = ["-valid_from"]

    def __str__(self) -> str:
        return f"{self.unit} ({self.valid_from:%d/%m/%Y})"

    def clean(self) -> None:
        """A pattern of numbers that cannot work is refused here, not when somebody signs."""
        if self.first_number > 1 and self.first_number_year is None:
            self.first_number_year = to_wib(timezone.now()).year
        if sentence := patterns.flaw(self):
            raise ValidationError({"number_format": sentence})

    def start_of(self, year: int) -> int:
        """The sequence number that a year's first letter gets at least, and every later one."""
        return self.first_number if self.first_number_year in (None, year) else 1


class Variant(models.TextChoices):
    """What the letter has to say: the result will be late, or came late."""

    EXPECTED = "expected", "Perkiraan terlambat"
    FINISHED = "finished", "Selesai terlambat"


ORDERS = "{daftar_pesanan}"


class LetterTemplate(models.Model):
    """The wording of a variant from a date on; `{names}` are filled with the case's facts."""

    variant = models.CharField("jenis", max_length=10, choices=Variant)
    valid_from = models.DateField("berlaku sejak")
    subject = models.CharField("hal", max_length=160)
    body = models.TextField("isi", help_text="Satu alinea per baris kosong.")
    joint_body = models.TextField(
        "isi untuk beberapa pesanan",
        default="",
        help_text="Seperti isi; {daftar_pesanan} menjadi satu alinea per pesanan.",
    )
    souvenir_sentence = models.CharField("kalimat souvenir", max_length=300)
    copies = models.TextField(
        "tembusan",
        max_length=650,
        blank=True,
        help_text="Satu jabatan per baris, paling banyak 5. Contoh: Kepala BSKJI",
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "templat surat"
        verbose_name_plural = "templat surat"
        ordering: ClassVar = ["variant", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["variant", "valid_from"], name="one_template_a_date")
        ]

    def __str__(self) -> str:
        return f"{self.get_variant_display()} ({self.valid_from:%d/%m/%Y})"

    def clean(self) -> None:
        """Only names that a letter's facts can fill, and copies that a sheet has room for."""
        wrong = {}
        known = patterns.braced(sorted(drafting.PLACEHOLDERS))
        for name in ("body", "joint_body"):
            if unknown := drafting.unknown_names(getattr(self, name)):
                wrong[name] = (
                    f"Isian ini tidak dikenal: {patterns.braced(unknown)}. Yang dikenal: {known}."
                )
        if ORDERS in self.body:
            wrong["body"] = f"{ORDERS} hanya untuk surat bagi beberapa pesanan."
        elif ORDERS not in self.joint_body:
            wrong["joint_body"] = f"Sertakan {ORDERS}, agar surat menyebut setiap pesanan."
        if sentence := drafting.copies_flaw(self.copies):
            wrong["copies"] = sentence
        if wrong:
            raise ValidationError(wrong)


class LetterQuerySet(models.QuerySet["Letter"]):
    """Reads whose names are sentences."""

    def waiting(self) -> "LetterQuerySet":
        """Written, not signed yet, not void: these will get a number."""
        return self.filter(signed_at__isnull=True, voided_at__isnull=True)

    def awaiting_ink(self) -> "LetterQuerySet":
        """Numbered sheets whose signed paper is not scanned yet (nor sent, nor void)."""
        return self.filter(
            signed_at__isnull=False, voided_at__isnull=True, sent_at__isnull=True, scan=""
        )

    def in_register(self) -> "LetterQuerySet":
        """Every letter that was given a number, void ones too."""
        return self.filter(signed_at__isnull=False)

    def of_sections(self, sections: set[int] | None) -> "LetterQuerySet":
        """Those of these sections; None: of all."""
        return self if sections is None else self.filter(section_id__in=sections)

    def with_words(self) -> "LetterQuerySet":
        """Beside each letter `addressee` and `subject` of its newest version."""
        newest = LetterVersion.objects.filter(letter=OuterRef("pk")).order_by("-version")
        return self.annotate(
            addressee=Subquery(newest.values("addressee")[:1]),
            subject=Subquery(newest.values("subject")[:1]),
        )


class Letter(models.Model):
    """An apology letter. A draft has no number; a signed one has number, date, file; void is kept.

    One letter may serve several cases of one customer and section (`cases.CaseLetter`).
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="letters")
    section = models.ForeignKey(Section, models.PROTECT, related_name="letters")
    created_at = models.DateTimeField("dibuat")

    number = models.CharField("nomor", max_length=120, null=True, unique=True)  # noqa: DJ001
    typed_number = models.CharField(
        "nomor yang diketik", max_length=patterns.LONGEST, blank=True,
        help_text="Dari buku agenda; dipakai saat ditandatangani.",
    )  # fmt: skip
    # The number it has, or will have because it was typed, by `patterns.key_of`: no two alike.
    number_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001
    dated = models.DateField("tanggal surat", null=True)
    signed_at = models.DateTimeField("ditandatangani", null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    signed_as = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="+")
    # As printed; a letter never changes when a name or title does.
    signer_name = models.CharField("penanda tangan", max_length=120, blank=True)
    signer_nip = models.CharField("NIP", max_length=18, blank=True)
    signer_capacity = models.CharField("jabatan", max_length=160, blank=True)

    pdf = models.CharField("berkas", max_length=120, blank=True)
    pdf_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    pdf_size = models.PositiveIntegerField("ukuran", null=True)
    scan = models.CharField("pindaian bertanda tangan", max_length=120, blank=True)
    scan_sha256 = models.CharField("SHA-256 pindaian", max_length=64, blank=True)
    sent_at = models.DateTimeField("dikirim", null=True)
    voided_at = models.DateTimeField("batal", null=True)
    void_reason = models.TextField("sebab batal", blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "surat"
        verbose_name_plural = "surat"
        ordering: ClassVar = ["-signed_at", "-pk"]
        permissions: ClassVar = [
            ("see_register", "Melihat agenda surat"),
            ("type_number", "Mengetik nomor surat dari buku agenda"),
            ("void_letter", "Membatalkan surat yang belum dikirim"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                # Number, date, signer and file come together, in the act of signing, or not at all.
                condition=Q(
                    number__isnull=True,
                    dated__isnull=True,
                    signed_at__isnull=True,
                    signed_by__isnull=True,
                    signed_as__isnull=True,
                    pdf_sha256="",
                    pdf_size__isnull=True,
                )
                | (
                    Q(
                        number__isnull=False,
                        dated__isnull=False,
                        signed_at__isnull=False,
                        signed_by__isnull=False,
                        signed_as__isnull=False,
                        pdf_size__isnull=False,
                    )
                    & ~Q(pdf_sha256="")
                ),
                name="signed_whole_or_not_at_all",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(signed_at__isnull=False),
                name="sent_only_when_signed",
            ),
            models.CheckConstraint(
                condition=Q(typed_number="") | Q(number_key__isnull=False),
                name="typed_number_is_held",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"konsep {self.pk}"

    @property
    def number_was_typed(self) -> bool:
        """By the agenda clerk, from the book; else the counter gave it."""
        return bool(self.typed_number)

    @property
    def version(self) -> "LetterVersion":
        """The text as it stands: the newest version."""
        return self.versions.latest("version")


class LetterVersion(models.Model):
    """The text as somebody wrote it, kept for ever; approval binds its hash."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="versions")
    version = models.PositiveSmallIntegerField("versi")
    subject = models.CharField("hal", max_length=160)
    addressee = models.CharField("kepada", max_length=200)
    address = models.CharField("alamat", max_length=300, blank=True)
    body = models.TextField("isi", max_length=5000)
    copies = models.TextField("tembusan", max_length=650, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_as = models.ForeignKey(Appointment, models.PROTECT, related_name="+")
    written_at = models.DateTimeField("ditulis")

    class Meta:
        verbose_name = "versi surat"
        verbose_name_plural = "versi surat"
        ordering: ClassVar = ["letter", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "version"], name="one_text_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.letter} versi {self.version}"


class LetterReview(models.Model):
    """Step 9's word on a version: approved, or returned with a note."""

    version = models.ForeignKey(LetterVersion, models.CASCADE, related_name="reviews")
    sha256 = models.CharField("SHA-256 teks", max_length=64)
    approved = models.BooleanField("disetujui")
    note = models.TextField("catatan", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("pada")

    class Meta:
        verbose_name = "penilaian konsep"
        verbose_name_plural = "penilaian konsep"
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return f"{self.version} {'disetujui' if self.approved else 'dikembalikan'}"
