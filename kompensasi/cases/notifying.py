"""Telling those who may finish a step that it waits for them: rows of the outbox, no mail here."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.conf import settings

from kompensasi.cases import permissions
from kompensasi.cases.models import Visit
from kompensasi.cases.steps import STEPS
from kompensasi.notices import actions as notices
from kompensasi.notices.actions import Message
from kompensasi.notices.models import Notice
from kompensasi.people.models import Appointment, User
from spm_monitor.wording import time_id, weekday_date_id

FOOT = "Surel ini dikirim otomatis dan tidak perlu dibalas."


def tell_holders(visits: Iterable[Visit], now: datetime) -> None:
    """Write a notice to each person who may finish one of these visits, which have just opened.

    Several visits at one step are one notice a person. The customer's steps tell nobody. Call in
    the transaction that opens them. One query for the people and one INSERT, however many visits
    (a step of four eyes asks for each visit who may decide).
    """
    if not notices.mail_is_on():
        return
    inside = [visit for visit in visits if not visit.row.actor.external]
    waiting: dict[tuple[User, int], list[Visit]] = defaultdict(list)
    for visit, user in _people(inside, now):
        waiting[user, visit.step].append(visit)
    notices.write(
        messages=[_message(user, of_step) for (user, _), of_step in waiting.items()], now=now
    )


def tell_of_opened(keys: list[int], now: datetime) -> None:
    """The same for visits known by their keys alone, read only where mail is on."""
    if notices.mail_is_on():
        visits = Visit.objects.filter(pk__in=keys).order_by("pk")
        tell_holders(visits.select_related("row__actor", "row__revision", "case__order"), now)


def _people(visits: list[Visit], now: datetime) -> Iterator[tuple[Visit, User]]:
    """Each visit with each person who may finish it, once."""
    by_post = _holders({visit.row.actor_id for visit in visits}, now) if visits else {}
    for visit in visits:
        if STEPS[visit.step].writers_stand_aside:
            users = _deciders(visit, now)
        else:
            holders = by_post.get(visit.row.actor_id, [])
            users = {a.user for a in holders if a.covers(visit.case.order.section_id)}
        for user in users:
            yield visit, user


def _holders(posts: set[int], now: datetime) -> dict[int, list[Appointment]]:
    in_force = Appointment.objects.in_force_at(now).filter(post__in=posts, user__is_active=True)
    by_post = defaultdict(list)
    for appointment in in_force.select_related("user"):
        by_post[appointment.post_id].append(appointment)
    return by_post


def _deciders(visit: Visit, now: datetime) -> set[User]:
    writers = permissions.letter_writers(visit)
    post = permissions.deciding_post(visit, now, writers)
    if post is None:
        return set()
    holders = permissions.holders_of(post, visit.case.order.section_id, now)
    return {a.user for a in holders if a.user_id not in writers}


def _message(user: User, visits: list[Visit]) -> Message:
    first = visits[0]
    subject, body = _one(first) if len(visits) == 1 else _many(first, len(visits))
    return Message(
        event=f"visit:{first.pk}", kind=Notice.Kind.TURN, user=user, subject=subject,
        body=f"{body}\n\n-- \n{FOOT}\n", not_before=first.opens_at,
    )  # fmt: skip


def _one(visit: Visit) -> tuple[str, str]:
    """Subject and body. No name and no contact of a customer: mail travels and is forwarded."""
    case = visit.case
    return f"Langkah {visit.step} menunggu Anda: {case.number}", "\n".join((
        f"Langkah {visit.step} ({visit.row.title}) menunggu Anda.",
        "",
        f"Kasus: {case.number}",
        f"Pesanan: {case.order.number}",
        f"Tenggat langkah: {weekday_date_id(visit.due_at)}, {time_id(visit.due_at)}",
        "",
        f"Kerjakan: {_address(f'/kasus/{case.pk}/langkah/{visit.step}/')}",
    ))  # fmt: skip


def _many(visit: Visit, count: int) -> tuple[str, str]:
    subject = f"{count} kasus menunggu Anda di langkah {visit.step}"
    return subject, "\n".join((
        f"{count} kasus menunggu Anda di langkah {visit.step} ({visit.row.title}).",
        f"Tenggat langkah: {weekday_date_id(visit.due_at)}, {time_id(visit.due_at)}",
        "",
        f"Kerjakan: {_address('/')}",
    ))  # fmt: skip


def _address(path: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
