"""How closely open orders are watched, as the office sets it, and the reminders that came of it."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from spm_monitor.models.orders import Order


class WatchRules(models.Model):
    """One row. Without it nothing is reminded of but what `standing` says."""

    class NearCases(models.TextChoices):
        NEVER = "never", "Tidak dibuka sebelum target lewat"
        DAYS = "days", "Dibuka saat mendekati batas (3 hari kerja lagi)"
        FORECAST = "forecast", "Dibuka saat prakiraan menunjukkan akan di luar SPM"

    reminder_days = models.CharField(
        "pengingat",
        max_length=40,
        blank=True,
        default="3, 1, 0",
        help_text="Hari kerja sebelum target, dipisah koma; 0 berarti saat target lewat.",
    )
    near_cases = models.CharField(
        "kasus sebelum target", max_length=10, choices=NearCases, default=NearCases.NEVER
    )
    near_chance = models.PositiveSmallIntegerField(
        "batas kemungkinan (%)", default=70,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Hanya untuk prakiraan: kasus dibuka bila kemungkinannya paling sedikit sekian.",
    )  # fmt: skip

    class Meta:
        verbose_name = "aturan pengawasan"
        verbose_name_plural = "aturan pengawasan"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="one_row_of_watch_rules")
        ]

    def __str__(self) -> str:
        return "Aturan pengawasan"

    @classmethod
    def standing(cls) -> "WatchRules":
        """The rules in force; the defaults where the office has set none."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @property
    def rungs(self) -> list[int]:
        """Working days before a due at which is reminded, the furthest first; 0: when it passed."""
        return sorted({int(part) for part in self.reminder_days.split(",") if part.strip()})[::-1]


class Reminder(models.Model):
    """That an order came so near to its due, or passed it: told once for each due."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="reminders")
    days_before = models.PositiveSmallIntegerField("hari kerja sebelum target")
    due_at = models.DateTimeField("target selesai")
    written_at = models.DateTimeField("dicatat")

    class Meta:
        verbose_name = "pengingat"
        verbose_name_plural = "pengingat"
        ordering: ClassVar = ["-written_at", "days_before", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "days_before", "due_at"], name="one_reminder_a_rung"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.days_before}"

    @property
    def words(self) -> str:
        """ "target lewat", "tinggal 3 hari kerja"."""
        return f"tinggal {self.days_before} hari kerja" if self.days_before else "target lewat"
