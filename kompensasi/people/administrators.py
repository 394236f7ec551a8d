"""The first administrator of an office, and the way back when none of them can sign in.

Both are acts of the system: who gives commands on the server holds everything there already.
"""

from datetime import datetime

from axes.utils import reset as reset_failures
from django.conf import settings
from django.db.models import Q

from kompensasi.people import actions
from kompensasi.people.models import Appointment, Post, User
from spm_monitor import journal, master_data
from spm_monitor.refusals import NotNow
from spm_monitor.workdays import to_wib

SECRETS = ("password",)
FOUNDED = "Pemasangan sistem"  # where others name the surat perintah


def add_first(*, account: User, now: datetime) -> str:
    """Save an account that administers from today on; returns its temporary password."""
    today = to_wib(now).date()
    with journal.act():
        posts = actions.administering_posts()
        if not posts:
            raise NotNow("Belum ada jabatan administrator. Jalankan dahulu manage.py setup.")
        if there := _administrators(posts, now):
            names = ", ".join(f"{person.username} ({person})" for person in there)
            raise NotNow(
                f"Sudah ada administrator: {names}. Akun lain dibuatnya di halaman Pengaturan. Bila"
                f" kata sandinya hilang: manage.py first_admin {there[0].username} --new-password"
            )
        password = actions.give_temporary_password(account, now)
        account.save(force_insert=True)
        appointment = Appointment.objects.create(
            user=account, post=posts[0], order_number=FOUNDED, order_date=today, starts_on=today
        )
        for verb, row in (("user.added", account), ("appointment.added", appointment)):
            master_data.record(
                verb, row, by=None, capacity=None, now=now, after=master_data.facts(row),
                secrets=SECRETS,
            )  # fmt: skip
    return password


def renew_password(*, username: str, now: datetime) -> str:
    """A temporary password for an administrator who lost the own one, or let the first expire."""
    with journal.act():
        posts = actions.administering_posts()
        there = {person.username: person for person in _administrators(posts, now)}
        account = there.get(username)
        if account is None:
            names = ", ".join(there) or "tidak ada"
            raise NotNow(
                f"{username} bukan administrator dengan akun yang aktif. Yang ada: {names}."
            )
        password = actions.give_temporary_password(account, now)
        account.save(update_fields=["password", "temporary_until"])
        master_data.record(
            "user.password_reset", account, by=None, capacity=None, now=now,
            after=master_data.facts(account), secrets=SECRETS,
        )  # fmt: skip
        reset_failures(username=username)  # who was locked out need not wait
    return password


def _administrators(posts: list[Post], now: datetime) -> list[User]:
    """Who administers now or will, with an account that can sign in."""
    today = to_wib(now).date()
    held = Appointment.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), post__in=posts, revoked_at__isnull=True
    )
    people = User.objects.filter(is_active=True, appointments__in=held).distinct()
    return list(people if settings.DEMO else people.filter(is_demo=False))
