"""The procedure as published: revisions of the SOP, page 1, and the rows of the step table.

What a decree can change stands here as rows: words, lanes, minutes, papers, outputs. What a step
asks and does is code (`kompensasi.cases.steps`); a running case stays on its revision.
"""

from datetime import date
from typing import ClassVar

from django.db import models

from kompensasi.people.models import Post


class Revision(models.Model):
    """A published (or prepared) revision of the SOP, with the identity block of its page 1."""

    code = models.SlugField("kode", max_length=40, unique=True)
    number = models.CharField("nomor SOP", max_length=60)
    title = models.CharField("nama SOP", max_length=160)
    agency = models.CharField("lembaga", max_length=160)
    unit = models.CharField("satuan kerja", max_length=160)
    issued = models.CharField("tanggal SOP", max_length=40)
    revised = models.CharField("tanggal revisi", max_length=40)
    effective = models.CharField("tanggal efektif", max_length=40)
    approved_by = models.CharField("disahkan oleh", max_length=160)
    remarks = models.TextField(
        "catatan atas sumber", blank=True, help_text="Kekeliruan yang diketahui, satu per baris."
    )
    in_force_from = models.DateField(
        "dipakai untuk kasus baru sejak", null=True, blank=True, help_text="Kosong: belum dipakai."
    )

    class Meta:
        verbose_name = "revisi SOP"
        verbose_name_plural = "revisi SOP"
        ordering: ClassVar = ["-in_force_from", "code"]

    def __str__(self) -> str:
        return f"{self.number} ({self.code})"

    @property
    def edition(self) -> str:
        """What people call it, beside others of the same number: "B" of `21-bipa-5-b`."""
        return self.code.rpartition("-")[2].upper()

    @classmethod
    def in_force(cls, day: date) -> "Revision":
        """The revision that a case opened on this date follows; DoesNotExist without one."""
        return cls.objects.filter(in_force_from__lte=day).latest("in_force_from", "pk")


class RevisionText(models.Model):
    """A numbered line of page 1, kept as in the source."""

    class Kind(models.TextChoices):
        LEGAL = "legal", "Dasar hukum"
        RELATED = "related", "Keterkaitan"
        WARNING = "warning", "Peringatan"
        SKILL = "skill", "Kualifikasi pelaksana"
        EQUIPMENT = "equipment", "Perlengkapan/peralatan"
        RECORD = "record", "Pencatatan dan pendataan"

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="texts")
    kind = models.CharField("bagian", max_length=10, choices=Kind)
    position = models.PositiveSmallIntegerField("nomor")
    text = models.TextField("isi")

    class Meta:
        verbose_name = "isi halaman 1"
        verbose_name_plural = "isi halaman 1"
        ordering: ClassVar = ["kind", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["revision", "kind", "position"], name="one_text_a_place"
            )
        ]

    def __str__(self) -> str:
        return self.text


class RevisionStep(models.Model):
    """A row of the step table: who does what with which papers, in how many minutes.

    activity, papers, output and remark are the source's own words; `title` is our short verb.
    """

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField("no")
    title = models.CharField("sebutan singkat", max_length=80)
    activity = models.TextField("kegiatan")
    actor = models.ForeignKey(
        Post, models.PROTECT, related_name="sop_steps", verbose_name="pelaksana"
    )
    prepared_by = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="disiapkan oleh",
        help_text="Boleh mengisi draf langkah ini untuk pelaksananya.",
    )
    delegable = models.BooleanField(
        "boleh didelegasikan", default=False,
        help_text="Pelaksana boleh menyerahkan pengirimannya kepada yang menyiapkan.",
    )  # fmt: skip
    recipients = models.ManyToManyField(Post, blank=True, related_name="+", verbose_name="kepada")
    lane_reconstructed = models.BooleanField("pelaksana rekonstruksi", default=True)
    papers = models.CharField("kelengkapan", max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField("waktu (menit kerja)")
    output = models.CharField("output", max_length=200, blank=True)
    remark = models.CharField("keterangan", max_length=200, blank=True)

    class Meta:
        verbose_name = "langkah SOP"
        verbose_name_plural = "langkah SOP"
        ordering: ClassVar = ["revision", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "number"], name="one_row_a_step"),
            models.CheckConstraint(
                condition=models.Q(delegable=False) | models.Q(prepared_by__isnull=False),
                name="delegated_to_who_prepares",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"
