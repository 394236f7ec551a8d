"""Who has an open step in hand: taken, given back, handed over with a reason, delegated.

Holding a step keeps two people of one post from doing it twice; it gives no right that a person
does not have, but for the sending of a step that its actor delegates (DOMAIN 1).
"""

from datetime import datetime
from typing import Any

from kompensasi.cases import permissions
from kompensasi.cases.ending import check_reason
from kompensasi.cases.models import Visit
from kompensasi.people.models import Appointment, User
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.refusals import BadInput, NotNow, NotYours


def assign(*, visit: Visit, to: User | None, reason: str, by: User, now: datetime) -> None:
    """Put an open step into somebody's hand, or (None) give it back to all of its post.

    Who may: a holder of the step's post; who holds it may give it back. A reason is needed to take
    it from somebody else's hand. `to` must be somebody who may do the step, or whose post prepares
    it where sending may be delegated. Raises NotYours, NotNow, BadInput.
    """
    with journal.act():
        visit.case.order = orders.locked(visit.case.order)
        visit = _open(visit)
        holder = permissions.assignee(visit, now)
        capacity = right_to_assign(visit, by, now)
        if holder is not None and holder.pk != by.pk:
            check_reason(reason, "Isi alasan mengambil alih atau menyerahkan langkah ini.")
        if to is not None and to.pk not in {user.pk for user in candidates(visit, now)}:
            raise BadInput("Pilih orang yang boleh mengerjakan langkah ini.", "to")
        before = visit.assigned_to
        free = Visit.objects.filter(pk=visit.pk, finished_at=None, assigned_to=before)
        facts: dict[str, Any] = {"assigned_to": to, "assigned_as": None, "assigned_at": None}
        if to is not None:
            facts |= {"assigned_as": capacity, "assigned_at": now}
        if free.update(**facts) != 1:
            raise NotNow("Langkah ini baru saja berubah tangan. Buka lagi halamannya.")
        journal.record(
            "step.assigned", visit.case, by=by, capacity=capacity, now=now, note=reason.strip(),
            before={"step": visit.step, "to": before.full_name if before else ""},
            after={"to": to.full_name if to else ""},
        )  # fmt: skip


def candidates(visit: Visit, now: datetime) -> list[User]:
    """Who may be given the step: the holders of its post, and its delegates, each once."""
    row, section_id = visit.row, visit.case.order.section_id
    found: dict[int, User] = {}
    if row.actor.external:
        return []
    posts = [row.actor]
    if row.delegable and row.prepared_by is not None:
        posts.append(row.prepared_by)
    for post in posts:
        for appointment in permissions.holders_of(post, section_id, now):
            found.setdefault(appointment.user_id, appointment.user)
    return list(found.values())


def _open(visit: Visit) -> Visit:
    order = visit.case.order
    visit = Visit.objects.select_related(
        "case", "row__actor", "row__prepared_by", "row__revision", "assigned_to", "assigned_as"
    ).get(pk=visit.pk)
    visit.case.order = order
    if visit.finished_at is not None:
        raise NotNow("Langkah ini sudah selesai.")
    return visit


def right_to_assign(visit: Visit, by: User, now: datetime) -> Appointment:
    """The appointment under which this person says who does the step; NotYours without one."""
    capacity = permissions.capacity_as_actor(visit, by, now)
    if capacity is None and visit.assigned_to_id == by.pk:  # a delegate may give it back
        capacity = permissions.capacity_delegated(visit, by, now)
    if capacity is None:
        raise NotYours(f"Langkah {visit.step} diatur oleh {permissions.actor_title(visit)}.")
    return capacity
