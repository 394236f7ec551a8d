"""What stands around the content of every page: the office's name, the person's posts, the ways."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from kompensasi.cases import inbox
from kompensasi.letters.models import Letterhead
from kompensasi.people import unsent
from kompensasi.people.models import Appointment, User
from spm_monitor.wording import short_date_id
from spm_monitor.workdays import to_wib


@dataclass(frozen=True, kw_only=True)
class NavigationItem:
    """A way to a part of the product that this person may open."""

    label: str
    url: str
    icon: str
    """An id in static/icons.svg."""
    current: bool
    count: int | None = None
    """How many things wait there; None or 0 shows nothing."""


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: one query beside the person's appointments."""
    now = timezone.now()
    user = getattr(request, "user", None)
    letterhead = _letterhead(user, now)
    around: dict[str, Any] = {
        "balai_name": letterhead.unit if letterhead else "",
        "balai_contact": letterhead.contact if letterhead else "",
        "is_demo": settings.DEMO,
        "capacities": [],
        "navigation": [],
        "unsent_texts": partial(unsent.left_over, request),  # asked for by the page's frame alone
    }
    if isinstance(user, User):
        around["capacities"] = [_capacity(a) for a in user.appointments_on(now)]
        around["navigation"] = list(_navigation(user, request.path, now))
    return around


def _letterhead(user: Any, now: datetime) -> Letterhead | None:
    """The one of today; its query tells what the person's posts do as well."""
    today = to_wib(now).date()
    if not isinstance(user, User):
        return Letterhead.objects.on(today)
    question = _question(connection.vendor, tuple(inbox.posts_of(user, now)), today)
    found = next(iter(Letterhead.objects.raw(*question)), None)
    if found is not None:
        inbox.remember_lanes(user, vars(found), now)
    return found


@lru_cache(maxsize=100)
def _question(vendor: str, posts: tuple[int, ...], day: date) -> tuple[str, tuple[Any, ...]]:
    """Put together once a day for those who hold the same posts: every page asks it."""
    found = inbox.with_lanes(Letterhead.objects.all(), posts, day)
    question: tuple[str, tuple[Any, ...]] = found.just_on(day).query.sql_with_params()
    return question


def _capacity(appointment: Appointment) -> str:
    words = str(appointment)
    return (
        words
        if appointment.ends_on is None
        else f"{words} s.d. {short_date_id(appointment.ends_on)}"
    )


def _navigation(user: User, path: str, now: datetime) -> Iterator[NavigationItem]:
    rights = {right for a in user.appointments_on(now) for right in a.post.permission_names}
    ways = (
        ("Tugas saya", "/", "house", True),
        ("Pesanan", "/pesanan/", "folder2-open", "spm_monitor.view_order" in rights),
        ("Monitoring SPM", "/monitoring/", "clipboard-check", "spm_monitor.view_order" in rights),
        ("Kasus kompensasi", "/kasus/", "journal-text", "cases.view_case" in rights),
        ("Persetujuan", "/persetujuan/", "pen", inbox.may_approve(user, now)),
        ("Surat", "/surat/", "envelope-paper", "letters.see_register" in rights),
        ("Souvenir", "/souvenir/", "gift", "souvenirs.view_item" in rights),
        ("Laporan", "/laporan/", "bar-chart", "spm_monitor.view_order" in rights),
        ("SOP", "/sop/", "diagram-3", True),
        ("Pengaturan", "/pengaturan/", "gear", "people.administer" in rights),
    )
    for label, url, icon, allowed in ways:
        if allowed:
            current = path == url if url == "/" else path.startswith(url)
            yield NavigationItem(label=label, url=url, icon=icon, current=current)
