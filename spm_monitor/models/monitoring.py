"""The order's row of the Form Monitoring SPM (SOP 21-BIPA/5, steps 1, 2 and 4)."""

from typing import ClassVar

from django.db import models

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
    observed_at = models.DateTimeField("diamati pada")
    stage = models.CharField("tahap", max_length=10, choices=Stage)
    due_at = models.DateTimeField("target selesai", null=True, blank=True)
    days_left = models.SmallIntegerField("sisa hari kerja", null=True, blank=True)
    estimate_at = models.DateTimeField("perkiraan selesai", null=True, blank=True)
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

    def __str__(self) -> str:
        return f"{self.order} {self.observed_at:%d/%m/%Y}"
