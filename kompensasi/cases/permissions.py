"""Who may finish an open visit, as what. A refusal carries its reason; the yes or no follows."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from kompensasi.cases.models import Visit
from kompensasi.cases.steps import STEPS
from kompensasi.letters.models import LetterVersion
from kompensasi.people.models import Appointment, Post, User
from spm_monitor.refusals import NotNow, NotYours
from spm_monitor.wording import weekday_date_id


def capacity_to_finish(visit: Visit, by: User | None, now: datetime) -> Appointment | None:
    """The appointment under which `by` may finish the visit (None: the customer, by the link).

    Raises NotYours with the sentence for the person, NotNow while the step has not begun.
    """
    actor = visit.row.actor
    if by is None:
        if not actor.external:
            raise NotYours("Langkah ini tidak dikerjakan oleh pelanggan.")
        return None
    capacity = _capacity(visit, by, now)
    holder = assignee(visit, now)
    if holder is not None and holder.pk != by.pk:
        raise NotNow(
            f"Langkah {visit.step} sedang dipegang {holder.full_name}. Ambil alih dahulu, dengan"
            " alasan, bila Anda yang mengerjakannya."
        )
    if visit.opens_at > now:
        raise NotNow(
            f"Langkah {visit.step} dibuka lagi pada {weekday_date_id(visit.opens_at)}, saat"
            " monitoring berikutnya."
        )
    return capacity


def _capacity(visit: Visit, by: User, now: datetime) -> Appointment:
    actor, section_id = visit.row.actor, visit.case.order.section_id
    if actor.external:
        capacity = by.capacity_for("cases.record_for_customer", section_id, now)
        return _or_refuse(capacity, visit)
    if STEPS[visit.step].writers_stand_aside:
        return _second_pair_of_eyes(visit, by, now)
    return _or_refuse(
        capacity_as_actor(visit, by, now) or capacity_delegated(visit, by, now), visit
    )


def capacity_as_actor(visit: Visit, by: User, now: datetime) -> Appointment | None:
    """The appointment by which this person holds the step's own post."""
    return by.appointment_as(visit.row.actor_id, visit.case.order.section_id, now)


def capacity_to_prepare(visit: Visit, by: User, now: datetime) -> Appointment | None:
    """The appointment by which this person may fill in the step for its actor to send."""
    if visit.row.prepared_by_id is None:
        return None
    return by.appointment_as(visit.row.prepared_by_id, visit.case.order.section_id, now)


def capacity_delegated(visit: Visit, by: User, now: datetime) -> Appointment | None:
    """The appointment under which a delegate sends the step in its actor's place (DOMAIN 1)."""
    if not visit.row.delegable or visit.assigned_to_id != by.pk or visit.assigned_as is None:
        return None
    if not (visit.assigned_as.in_force(now) and visit.assigned_as.user.is_active):
        return None  # who delegates may do it himself
    return capacity_to_prepare(visit, by, now)


def assignee(visit: Visit, now: datetime) -> User | None:
    """Who has the step in hand; nobody, once that person may not do it any more."""
    if visit.assigned_to is None:
        return None
    try:
        _capacity(visit, visit.assigned_to, now)
    except NotYours:
        return None
    return visit.assigned_to


def acting_as(visit: Visit, capacity: Appointment | None) -> str:
    """How the record names who finished a step, and on whose behalf."""
    if capacity is None:
        return "Pelanggan"
    if visit.row.delegable and capacity.post_id == visit.row.prepared_by_id:
        return f"{capacity}, atas delegasi {visit.assigned_as}"
    return str(capacity)


def _or_refuse(capacity: Appointment | None, visit: Visit, title: str = "") -> Appointment:
    if capacity is None:
        raise NotYours(
            f"Langkah {visit.step} dikerjakan oleh {title or actor_title(visit)}."
            " Anda dapat membaca, tetapi tidak mengisi."
        )
    return capacity


def _second_pair_of_eyes(visit: Visit, by: User, now: datetime) -> Appointment:
    """Four eyes (DOMAIN 2): who decides has written no version of this letter."""
    writers = letter_writers(visit)
    post = deciding_post(visit, now, writers)
    if post is None:
        missing = " atau ".join(lane_title(visit, post) for post in _deciding_posts(visit))
        raise NotYours(
            f"Langkah {visit.step} menunggu: belum ada {missing} yang tidak ikut menulis surat ini."
            " Minta administrator menugaskan salah satunya."
        )
    capacity = _or_refuse(
        by.appointment_as(post.pk, visit.case.order.section_id, now), visit, lane_title(visit, post)
    )
    if by.pk in writers:
        raise NotYours(
            "Anda ikut menulis konsep surat ini, jadi pejabat lain yang menilai dan menyetujuinya."
        )
    return capacity


def deciding_post(visit: Visit, now: datetime, writers: set[int]) -> Post | None:
    """The step's own post while a holder wrote nothing, else its stand-in's, else none."""
    for post in _deciding_posts(visit):
        holders = holders_of(post, visit.case.order.section_id, now)
        if any(holder.user_id not in writers for holder in holders):
            return post
    return None


def _deciding_posts(visit: Visit) -> tuple[Post, Post]:
    """The step's own post, and the one that stands in for it."""
    other = STEPS[visit.step].writers_stand_aside
    stand_in = visit.row.revision.steps.select_related("actor").get(number=other).actor
    return visit.row.actor, stand_in


def letter_writers(visit: Visit) -> set[int]:
    """Who wrote a version of the case's letter in hand."""
    return set(versions_of(visit.case_id).values_list("written_by_id", flat=True))


def versions_of(case: Any) -> QuerySet[LetterVersion]:
    """The versions of a case's letter in hand (its primary key, or an OuterRef to it)."""
    return LetterVersion.objects.filter(letter__cases=case, letter__voided_at__isnull=True)


def holders_of(post: Post, section_id: int | None, now: datetime) -> list[Appointment]:
    """The appointments to a post in force at an instant, for a section if it has one."""
    return list(holding(post, section_id, now).select_related("user", "post", "section"))


def holding(post: Any, section: Any, now: datetime) -> QuerySet[Appointment]:
    """The same as a query; post and section may be OuterRefs."""
    return Appointment.objects.in_force_at(now).filter(
        Q(section_id__isnull=True) | Q(section_id=section), post=post, user__is_active=True
    )


def actor_title(visit: Visit) -> str:
    """Whose turn it is, by post: "Kepala Seksi Kalibrasi"."""
    return lane_title(visit, visit.row.actor)


def lane_title(visit: Visit, post: Post) -> str:
    """A post, with the section of the visit's order where the post has one."""
    return f"{post.title()} {visit.case.order.section}" if post.per_section else post.title()


def refused(visit: Visit, by: User | None, now: datetime) -> NotYours | NotNow | None:
    """Why this person cannot finish the visit now; None when they can."""
    try:
        capacity_to_finish(visit, by, now)
    except (NotYours, NotNow) as reason:
        return reason
    return None


def refusal(visit: Visit, by: User | None, now: datetime) -> str | None:
    """The sentence of it."""
    reason = refused(visit, by, now)
    return reason.sentence if reason else None
