"""What is said of a post that nobody holds."""

from collections.abc import Iterable
from datetime import datetime

from kompensasi.people.models import Appointment
from spm_monitor.wording import date_id


def vacant_words(appointments: Iterable[Appointment], now: datetime) -> str:
    """Since when or why nobody holds a post, told by all appointments to it (in a section)."""
    held = list(appointments)
    if any(a.in_force(now) for a in held):
        return "kosong: akun pemegangnya ditutup"
    ends = [day for a in held if a.over_at(now) and (day := a.free_from())]
    return f"kosong sejak {date_id(max(ends))}" if ends else "kosong dan belum pernah diisi"
