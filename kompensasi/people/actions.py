"""What an administrator does: accounts, their passwords, and who holds which post."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from axes.utils import reset as reset_failures
from django.core.exceptions import ValidationError

from kompensasi.people.models import Appointment, Post, PostTitle, User
from spm_monitor import journal, master_data, rights
from spm_monitor.refusals import BadInput, NotNow
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

TEMPORARY_FOR = timedelta(days=3)  # long enough for a password told on Friday
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
ADMINISTER, RIGHTS = "people.administer", "permissions__content_type"
CHANGE_USER, CHANGE_APPOINTMENT = "people.change_user", "people.change_appointment"


# --- accounts ---------------------------------------------------------------------------------


def add_account(*, account: User, by: Any, now: datetime) -> str:
    """A new account; returns its temporary password, which is kept nowhere else."""
    with journal.act():
        password = give_temporary_password(account, now)
        master_data.save(account, right="people.add_user", by=by, now=now, secrets=("password",))
    return password


def change_account(*, account: User, by: Any, now: datetime) -> None:
    """Save an account's name, number, mail, or whether it is open."""
    with journal.act():
        shut_if_closed(account, by)
        master_data.save(account, right=CHANGE_USER, by=by, now=now, secrets=("password",))
        refuse_lock_out(now)


def reset_password(*, account: User, by: Any, now: datetime) -> str:
    """A temporary password in place of the old one, which ends all sessions; returned, never kept.

    Nobody reads another's mail for it: the administrator tells it, the person replaces it.
    """
    if account.pk == by.pk:
        raise NotNow("Kata sandi Anda sendiri diganti lewat menu akun di kanan atas.")
    if not account.is_active:
        raise NotNow("Akun ini ditutup. Buka dahulu akunnya, lalu buat kata sandinya.")
    with journal.act():
        password = give_temporary_password(account, now)
        master_data.save(
            account, right=CHANGE_USER, by=by, now=now, secrets=("password",),
            verb="user.password_reset",
        )  # fmt: skip
        reset_failures(username=account.username)  # who was locked out need not wait
    return password


def give_temporary_password(account: User, now: datetime) -> str:
    """Set a random password, good for three days and for choosing an own one; not saved yet."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    password = "-".join(groups)
    account.set_password(password)
    account.temporary_until = now + TEMPORARY_FOR
    return password


def shut_if_closed(account: User, by: Any) -> None:
    """A closed account loses its password: its sessions end, also should it be opened again."""
    if account.is_active:
        return
    if account.pk == by.pk:
        raise BadInput(
            "Anda tidak dapat menutup akun Anda sendiri. Minta administrator lain.", "is_active"
        )
    if account.has_usable_password():
        account.set_unusable_password()
    account.temporary_until = None


def refuse_lock_out(now: datetime, *, also_on: date | None = None) -> None:
    """Refuse what was just written when it leaves the office without an administrator.

    also_on: a later date to look at. Call last inside the act: the posts stay locked until it
    ends, so that two administrators cannot put each other out at once.
    """
    today = to_wib(now).date()
    giving = administering_posts()
    for day in sorted({today, also_on or today}):
        held = Appointment.objects.in_force_on(day).filter(user__is_active=True)
        if not held.filter(post__in=giving).exists():
            raise BadInput(
                f"Pada {date_id(day)} tidak ada lagi administrator dengan akun yang aktif."
                " Tugaskan dahulu administrator lain."
            )


def administering_posts() -> list[Post]:
    """The posts that give the right to administer; all posts stay locked until the act ends."""
    posts = Post.objects.select_for_update(of=("self",)).order_by("pk")
    return [post for post in posts.prefetch_related(RIGHTS) if ADMINISTER in post.permission_names]


# --- posts ------------------------------------------------------------------------------------


def add_title(*, title: PostTitle, by: Any, now: datetime) -> None:
    """What a post is called from a date on; signed letters keep the title they print."""
    master_data.save(title, right="people.add_posttitle", by=by, now=now)


def appoint(*, appointment: Appointment, by: Any, now: datetime) -> None:
    """Give a person a post for a time, by a surat perintah."""
    with journal.act():
        refuse_impossible(appointment, now)
        master_data.save(appointment, right="people.add_appointment", by=by, now=now)


def refuse_impossible(appointment: Appointment, now: datetime) -> None:
    """Look again under the post's lock: two exclusive holders cannot be entered at once."""
    Post.objects.select_for_update().get(pk=appointment.post_id)
    stored = Appointment.objects.filter(pk=appointment.pk).first()
    if stored is not None:
        _refuse_revival(appointment, stored, now)
    try:
        appointment.clean()
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise BadInput(sentences[0], field) from error


def _refuse_revival(appointment: Appointment, stored: Appointment, now: datetime) -> None:
    """What is over stays over; only how its surat perintah was written may be mended."""
    changed = set(master_data.changed_columns(appointment, stored))
    if stored.over_at(now) and changed - {"order_number", "order_date"}:
        raise BadInput(
            "Penugasan ini sudah berakhir dan tidak berlaku lagi. Catat penugasan baru dengan surat"
            " perintahnya.", "ends_on",
        )  # fmt: skip


def end_appointment(*, appointment: Appointment, on: date, by: Any, now: datetime) -> None:
    """The appointment counts to the end of a date (24.00 WIB), yesterday at the earliest."""
    yesterday = to_wib(now).date() - timedelta(days=1)
    if on < yesterday:
        raise BadInput(
            f"Isi {date_id(yesterday)} atau sesudahnya: yang dikerjakan sebelum itu"
            " tercatat di bawah penugasan ini.", "ends_on",
        )  # fmt: skip
    if on < appointment.starts_on:
        raise BadInput(
            f"Isi tanggal yang tidak sebelum {date_id(appointment.starts_on)}.", "ends_on"
        )
    with journal.act():
        appointment.ends_on = on
        refuse_impossible(appointment, now)
        master_data.save(appointment, right=CHANGE_APPOINTMENT, by=by, now=now)
        refuse_lock_out_by(appointment, now)


def revoke(*, appointment: Appointment, reason: str, by: Any, now: datetime) -> None:
    """Stop an appointment from this second on; what was done under it stays on record."""
    with journal.act():
        rights.require_office(by, CHANGE_APPOINTMENT, at=now)
        Post.objects.select_for_update().get(pk=appointment.post_id)
        appointment.refresh_from_db()
        if not appointment.in_force(now):
            raise NotNow("Penugasan ini tidak sedang berlaku, jadi tidak ada yang dihentikan.")
        appointment.ends_on, appointment.revoked_at = to_wib(now).date(), now
        master_data.save(
            appointment, right=CHANGE_APPOINTMENT, by=by, now=now, note=reason,
            verb="appointment.revoked",
        )  # fmt: skip
        refuse_lock_out_by(appointment, now)


def refuse_lock_out_by(appointment: Appointment, now: datetime) -> None:
    """The same for an appointment that was just written: today, and on the day after its end."""
    gives = ADMINISTER in appointment.post.permission_names
    after = appointment.ends_on + timedelta(days=1) if gives and appointment.ends_on else None
    today = to_wib(now).date()
    refuse_lock_out(now, also_on=max(after, today) if after else today)


def call_off(*, appointment: Appointment, by: Any, now: datetime) -> None:
    """Remove an appointment that has not begun; nothing was done under it."""
    rights.require_office(by, CHANGE_APPOINTMENT, at=now)
    if appointment.starts_on <= to_wib(now).date():
        raise NotNow("Penugasan ini sudah mulai. Hentikan, atau isi kapan berakhirnya.")
    master_data.remove(appointment, right=CHANGE_APPOINTMENT, by=by, now=now)
