"""The rows the working calendar is made of. What a decree can change is a row."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class OfficeHours(models.Model):
    """Office hours of a period; of several in force the one that began last counts.

    Perpres 21/2023: the standing hours, and shorter ones in Ramadan. A row without a first date is
    prepared, not in force.
    """

    name = models.CharField("nama", max_length=80, unique=True)
    decree = models.CharField("dasar", max_length=120, blank=True)
    valid_from = models.DateField(
        "berlaku sejak", null=True, blank=True, help_text="Kosong: disiapkan, belum berlaku."
    )
    valid_until = models.DateField("berlaku sampai", null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "jam kerja"
        verbose_name_plural = "jam kerja"
        ordering: ClassVar = ["valid_from"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="office_hours_end_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.name


class OfficeSegment(models.Model):
    """A stretch of work on a weekday, between two breaks."""

    WEEKDAYS = ((0, "Senin"), (1, "Selasa"), (2, "Rabu"), (3, "Kamis"), (4, "Jumat"),
                (5, "Sabtu"), (6, "Minggu"))  # fmt: skip

    hours = models.ForeignKey(OfficeHours, models.CASCADE, related_name="segments")
    weekday = models.PositiveSmallIntegerField("hari", choices=WEEKDAYS)
    opens = models.TimeField("dari")
    closes = models.TimeField("sampai")

    class Meta:
        verbose_name = "ruas jam kerja"
        verbose_name_plural = "ruas jam kerja"
        ordering: ClassVar = ["weekday", "opens"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hours", "weekday", "opens"], name="one_segment_a_start"
            ),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="segment_has_length"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H.%M}–{self.closes:%H.%M}"


class Holiday(models.Model):
    """A day not worked by decree: national holiday or cuti bersama (SKB tiga menteri), or local.

    A local day off (an election in the town, a flood) stands in no national list.
    """

    date = models.DateField("tanggal", unique=True)
    name = models.CharField("nama", max_length=200)
    joint = models.BooleanField("cuti bersama", default=False)
    local = models.BooleanField(
        "libur setempat", default=False,
        help_text="Hanya di kantor ini. Daftar tahunan tidak mengubahnya.",
    )  # fmt: skip
    decree = models.CharField("dasar", max_length=120, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "hari libur"
        verbose_name_plural = "hari libur"
        ordering: ClassVar = ["date"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(joint=True, local=True), name="joint_holiday_is_national"
            )
        ]

    def __str__(self) -> str:
        return f"{self.date:%d/%m/%Y} {self.name}"

    @property
    def kind(self) -> str:
        """What sort of day off it is, for people."""
        if self.local:
            return "Libur setempat"
        return "Cuti bersama" if self.joint else "Libur nasional"
