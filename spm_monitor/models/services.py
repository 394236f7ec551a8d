"""Sections, their services, and the dated promise (SPM) of each service."""

from datetime import date
from typing import ClassVar

from django.db import models

EXAMPLE = "contoh"  # begins the decree of the base data's promises, which no office decreed


class Section(models.Model):
    """A section (seksi) of the office; it owns services and, by them, orders."""

    code = models.SlugField("kode", max_length=20, unique=True)
    name = models.CharField("nama", max_length=120)

    class Meta:
        verbose_name = "seksi"
        verbose_name_plural = "seksi"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """What a customer can order."""

    code = models.SlugField("kode", max_length=30, unique=True)
    name = models.CharField("nama", max_length=160)
    section = models.ForeignKey(
        Section, models.PROTECT, related_name="services", verbose_name="seksi"
    )
    active = models.BooleanField("ditawarkan", default=True)

    class Meta:
        verbose_name = "layanan"
        verbose_name_plural = "layanan"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def standard_on(self, day: date) -> "SpmStandard | None":
        """The promise in force on a date; changing it later never moves a started order."""
        in_force = (row for row in self.standards.all() if row.valid_from <= day)
        return max(in_force, key=lambda row: row.valid_from, default=None)


def with_example_standard(day: date) -> list[Service]:
    """The offered services whose promise in force on a date is an example; two queries."""
    offered = Service.objects.filter(active=True).prefetch_related("standards")
    promised = ((service, service.standard_on(day)) for service in offered)
    return [service for service, standard in promised if standard and standard.is_example]


class SpmStandard(models.Model):
    """A service's promise from a date on: so many days, from which events, by which decree."""

    class Unit(models.TextChoices):
        WORKING = "working", "hari kerja"
        CALENDAR = "calendar", "hari kalender"

    service = models.ForeignKey(
        Service, models.PROTECT, related_name="standards", verbose_name="layanan"
    )
    valid_from = models.DateField("berlaku sejak")
    days = models.PositiveSmallIntegerField("janji")
    unit = models.CharField("satuan", max_length=10, choices=Unit, default=Unit.WORKING)
    decree = models.CharField("nomor keputusan", max_length=120)
    scan = models.CharField("pindaian keputusan", max_length=120, blank=True)
    scan_sha256 = models.CharField("SHA-256 pindaian", max_length=64, blank=True)
    waits_for_documents = models.BooleanField("mulai setelah dokumen lengkap", default=True)
    waits_for_payment = models.BooleanField("mulai setelah dibayar", default=True)

    # How the promise is meant to be spent, where the office says so: 1 + 12 + 2 days.
    intake_days = models.PositiveSmallIntegerField("penerimaan", null=True, blank=True)
    work_days = models.PositiveSmallIntegerField("pengerjaan", null=True, blank=True)
    report_days = models.PositiveSmallIntegerField("penyusunan hasil", null=True, blank=True)

    class Meta:
        verbose_name = "SPM"
        verbose_name_plural = "SPM"
        ordering: ClassVar = ["service", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "valid_from"], name="one_standard_a_date"),
            models.CheckConstraint(condition=models.Q(days__gte=1), name="standard_has_days"),
            models.CheckConstraint(
                condition=models.Q(
                    intake_days__isnull=True, work_days__isnull=True, report_days__isnull=True
                )
                | models.Q(
                    intake_days__isnull=False,
                    work_days__isnull=False,
                    report_days__isnull=False,
                    days=models.F("intake_days") + models.F("work_days") + models.F("report_days"),
                ),
                name="stages_make_up_the_promise",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days} {self.get_unit_display()}"

    @property
    def stage_days(self) -> tuple[int, int, int] | None:
        """Days of intake, work and report; None where the office does not divide the promise."""
        if self.intake_days is None or self.work_days is None or self.report_days is None:
            return None
        return self.intake_days, self.work_days, self.report_days

    @property
    def is_example(self) -> bool:
        """Whether it came with the product, and the office has not put its own decree on it."""
        return self.decree.startswith(EXAMPLE)
