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

    class Meta:
        verbose_name = "SPM"
        verbose_name_plural = "SPM"
        ordering: ClassVar = ["service", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "valid_from"], name="one_standard_a_date"),
            models.CheckConstraint(condition=models.Q(days__gte=1), name="standard_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.days} {self.get_unit_display()}"

    @property
    def is_example(self) -> bool:
        """Whether it came with the product, and the office has not put its own decree on it."""
        return self.decree.startswith(EXAMPLE)
