"""What makes every due doubtful, said where people begin their day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from spm_monitor import pulse
from spm_monitor.wording import instant_id
from spm_monitor.workdays import WorkingCalendar, to_wib

AHEAD = timedelta(days=90)  # dues of orders that start today may fall there


@dataclass(frozen=True, kw_only=True)
class Warning:
    """A sentence, and where something can be done about it."""

    text: str
    url: str = ""
    action: str = ""
    """What the link says; empty where there is none."""


def unknown_years(now: datetime, calendar: WorkingCalendar) -> list[Warning]:
    """A year that computes with weekends only, as soon as dues may fall into it (DOMAIN 4)."""
    years = calendar.years_without_days_off(to_wib(now).year, to_wib(now + AHEAD).year)
    return [
        Warning(
            text=f"Hari libur {year} belum tercatat. Target dihitung dengan akhir pekan saja.",
            url=f"{reverse('holiday-list')}?tahun={year}", action=f"Ambil daftar {year}",
        )
        for year in years
    ]  # fmt: skip


def silent_sweep(swept: datetime | None, now: datetime) -> list[Warning]:
    """Nobody flags overruns and opens cases any more; what is shown as late is late anyway."""
    if not pulse.is_stale(swept, now):
        return []
    said = f"Terakhir {instant_id(swept)}." if swept else "Belum pernah."
    return [Warning(text=f"Pemeriksaan otomatis berhenti. {said} Kasus baru tidak terbuka.")]
