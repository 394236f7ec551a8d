"""Whose turn it is: the open visits a person may finish, as the posts held now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kompensasi.cases import permissions
from kompensasi.cases.clocks import Clock, norm_clock, spm_clock
from kompensasi.cases.models import Visit
from kompensasi.cases.steps import APPROVALS, STEPS
from kompensasi.people.models import User
from kompensasi.sop.models import Revision, RevisionStep
from spm_monitor import clock
from spm_monitor.workdays import WorkingCalendar, to_wib

SHOWN = 50  # rows of the dashboard; more are a link to the list
FOUR_EYES = tuple(n for n, step in STEPS.items() if step.writers_stand_aside)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A row of "Tugas saya"."""

    visit: Visit
    url: str
    norm: Clock
    spm: Clock

    @property
    def late(self) -> bool:
        """Past its norm."""
        return self.norm.tone == "late"


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """A person's tasks by when they want doing; `more` are not shown."""

    late: list[Task]
    today: list[Task]
    later: list[Task]
    more: int

    @property
    def count(self) -> int:
        """How many tasks wait now."""
        return len(self.late) + len(self.today) + self.more


def waiting_for(user: User, now: datetime) -> QuerySet[Visit]:
    """Open visits whose step is this person's by post and section, due first.

    Where four eyes rule a person out (or call a stand-in), `Task`s are made from the refined
    list of `tasks_of`; this is the set a database can count.
    """
    mine = Q(pk__in=[])
    for appointment in user.appointments_on(now):
        own = Q(row__actor=appointment.post_id)
        if appointment.section_id is not None:
            own &= Q(case__order__section=appointment.section_id)
        mine |= own
        if "cases.record_for_customer" in appointment.post.permission_names:
            mine |= Q(row__actor__external=True)
    return _open_visits().filter(mine)


def _open_visits() -> QuerySet[Visit]:
    return (
        Visit.objects.filter(finished_at__isnull=True)
        .select_related(
            "row__actor", "row__revision", "case__order__customer", "case__order__service",
            "case__order__section",
        )
        .prefetch_related("row__actor__titles")
        .order_by("due_at", "pk")
    )  # fmt: skip


def tasks_of(user: User, now: datetime) -> Inbox:
    """The dashboard of a person at an instant."""
    calendar = clock.current_calendar()
    visits = [v for v in waiting_for(user, now)[: SHOWN + 1] if _really(v, user, now)]
    visits += [v for v in _stand_in(user, now) if v not in visits]
    more = 0
    if len(visits) > SHOWN:
        visits, more = visits[:SHOWN], waiting_for(user, now).count() - SHOWN
    tasks = [task(visit, now, calendar) for visit in sorted(visits, key=lambda v: v.due_at)]
    tomorrow = clock.day_start(to_wib(now).date() + timedelta(days=1))
    return Inbox(
        late=[t for t in tasks if t.late],
        today=[t for t in tasks if not t.late and t.visit.opens_at < tomorrow],
        later=[t for t in tasks if t.visit.opens_at >= tomorrow],
        more=more,
    )


def task(visit: Visit, now: datetime, calendar: WorkingCalendar) -> Task:
    """A visit as a row, with its two clocks."""
    return Task(
        visit=visit,
        url=f"/kasus/{visit.case_id}/langkah/{visit.step}/",
        norm=norm_clock(visit, now, calendar),
        spm=spm_clock(visit.case.order, now, calendar),
    )


def _really(visit: Visit, user: User, now: datetime) -> bool:
    """Under four eyes the post alone does not say it."""
    if visit.step not in FOUR_EYES:
        return True
    return permissions.refusal(visit, user, now) is None


def _stand_in(user: User, now: datetime) -> list[Visit]:
    """Visits under four eyes that fall to this person's other post."""
    posts = [appointment.post_id for appointment in user.appointments_on(now)]
    stand_ins = {STEPS[n].writers_stand_aside for n in FOUR_EYES}
    if not Revision.objects.filter(steps__number__in=stand_ins, steps__actor__in=posts).exists():
        return []
    visits = _open_visits().filter(row__number__in=FOUR_EYES)[:SHOWN]
    return [visit for visit in visits if permissions.refusal(visit, user, now) is None]


def approvals_of(user: User, now: datetime) -> list[Visit]:
    """What waits for this person's instruction or signature, due first."""
    return list(waiting_for(user, now).filter(row__number__in=APPROVALS)[:SHOWN])


def may_approve(user: User, now: datetime) -> bool:
    """Whether a post held now instructs or signs, by the revision in force."""
    posts = [appointment.post_id for appointment in user.appointments_on(now)]
    newest = Revision.objects.filter(in_force_from__lte=to_wib(now).date()).values("pk")[:1]
    return RevisionStep.objects.filter(
        revision=newest, number__in=APPROVALS, actor__in=posts
    ).exists()
