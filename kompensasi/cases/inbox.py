"""Whose turn it is: the open visits a person may finish, as the posts held now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
    Window,
)

from kompensasi.cases import permissions
from kompensasi.cases.clocks import Clock, norm_clock, spm_clock
from kompensasi.cases.models import Visit
from kompensasi.cases.steps import APPROVALS, STEPS
from kompensasi.people.models import User
from kompensasi.sop.models import RevisionStep
from spm_monitor import clock
from spm_monitor.workdays import WorkingCalendar, to_wib

SHOWN = 50  # rows of the dashboard; more are a link to the list
FOUR_EYES = tuple(n for n, step in STEPS.items() if step.writers_stand_aside)
STAND_IN_STEP = Case(
    *(When(row__number=n, then=STEPS[n].writers_stand_aside) for n in FOUR_EYES),
    output_field=IntegerField(),
)


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
    to_prepare: list[Task]
    """What somebody else sends and this person may fill in before."""

    many: list[tuple[int, str, int]]
    """Steps that wait for several cases and can be answered on one page: number, title, count."""

    @property
    def count(self) -> int:
        """How many tasks wait now."""
        return len(self.late) + len(self.today) + self.more


def waiting_for(user: User, now: datetime) -> QuerySet[Visit]:
    """Open visits that this person may finish, due first: what `permissions` says, as one query."""
    mine = stand_in = Q(pk__in=[])
    for appointment in user.appointments_on(now):
        section = appointment.section_id
        here = Q() if section is None else Q(case__order__section=section)
        mine |= here & Q(row__actor=appointment.post_id)
        stand_in |= here & Q(stand_in=appointment.post_id)
        mine |= here & Q(
            Q(assigned_as__ends_on__isnull=True) | Q(assigned_as__ends_on__gte=to_wib(now).date()),
            row__delegable=True, row__prepared_by=appointment.post_id, assigned_to=user,
        )  # fmt: skip
        if "cases.record_for_customer" in appointment.post.permission_names:
            mine |= here & Q(row__actor__external=True)
    wrote = permissions.versions_of(OuterRef(OuterRef("case"))).filter(written_by=OuterRef("user"))
    holders = permissions.holding(OuterRef("row__actor"), OuterRef("case__order__section"), now)
    stand_ins = RevisionStep.objects.filter(
        revision=OuterRef("row__revision"), number=OuterRef("stand_in_step")
    )
    visits = _open_visits().alias(
        stand_in_step=STAND_IN_STEP,
        stand_in=Subquery(stand_ins.values("actor")[:1]),
        i_wrote=Exists(permissions.versions_of(OuterRef("case")).filter(written_by=user)),
        somebody_did_not=Exists(holders.filter(~Exists(wrote))),
    )
    by_lane = mine & ~Q(row__number__in=FOUR_EYES)
    decided = (mine & Q(somebody_did_not=True)) | (stand_in & Q(somebody_did_not=False))
    return visits.filter(by_lane | (Q(row__number__in=FOUR_EYES, i_wrote=False) & decided))


def to_prepare_for(user: User, now: datetime) -> QuerySet[Visit]:
    """Open visits that this person may fill in for who sends them, and does not send himself."""
    prepares = Q(pk__in=[])
    for appointment in user.appointments_on(now):
        section = appointment.section_id
        here = Q() if section is None else Q(case__order__section=section)
        prepares |= here & Q(row__prepared_by=appointment.post_id)
    return _open_visits().filter(prepares, opens_at__lte=now).exclude(assigned_to=user)


def _open_visits() -> QuerySet[Visit]:
    return (
        Visit.objects.filter(finished_at__isnull=True)
        .select_related(
            "row__actor", "row__revision", "case__order__customer", "case__order__service",
            "case__order__section",
        )
        .order_by("due_at", "pk")
    )  # fmt: skip


def tasks_of(user: User, now: datetime) -> Inbox:
    """The dashboard of a person at an instant."""
    calendar = clock.current_calendar()
    # Which, before what they are about: PostgreSQL carries no texts of cases through its sort.
    waiting = waiting_for(user, now).select_related(None).annotate(together=Window(Count("pk")))
    keys = dict(waiting.values_list("pk", "together")[:SHOWN])
    visits = list(_open_visits().filter(pk__in=keys))
    more = max(keys.values(), default=0) - len(keys)
    tasks = [task(visit, now, calendar) for visit in visits]
    tomorrow = clock.day_start(to_wib(now).date() + timedelta(days=1))
    return Inbox(
        late=[t for t in tasks if t.late],
        today=[t for t in tasks if not t.late and t.visit.opens_at < tomorrow],
        later=[t for t in tasks if t.visit.opens_at >= tomorrow],
        more=more,
        many=_in_bulk(tasks),
        to_prepare=[task(v, now, calendar) for v in to_prepare_for(user, now)[:SHOWN]]
        if _may_prepare(user, now)
        else [],
    )


def _in_bulk(tasks: list[Task]) -> list[tuple[int, str, int]]:
    titles = {t.visit.step: t.visit.row.title for t in tasks if STEPS[t.visit.step].in_bulk}
    counts = {number: sum(t.visit.step == number for t in tasks) for number in titles}
    return [(n, titles[n], counts[n]) for n in sorted(titles) if counts[n] > 1]


def task(visit: Visit, now: datetime, calendar: WorkingCalendar) -> Task:
    """A visit as a row, with its two clocks."""
    return Task(
        visit=visit,
        url=f"/kasus/{visit.case_id}/langkah/{visit.step}/",
        norm=norm_clock(visit, now, calendar),
        spm=spm_clock(visit.case.order, now, calendar),
    )


def approvals_of(user: User, now: datetime) -> list[Visit]:
    """What waits for this person's instruction or signature, due first."""
    return list(waiting_for(user, now).filter(row__number__in=APPROVALS)[:SHOWN])


def may_approve(user: User, now: datetime) -> bool:
    """Whether a post held now instructs or signs, by a revision that is or was in force."""
    return _lanes_of(user, now)["approves"]


def _may_prepare(user: User, now: datetime) -> bool:
    """Whether a post held now prepares a step for another, likewise."""
    return _lanes_of(user, now)["prepares"]


def _lanes_of(user: User, now: datetime) -> dict[str, bool]:
    """What the posts held now do in the revisions in force; one query a request."""
    known: tuple[list[int], dict[str, bool]] | None = user.__dict__.get("_lanes")
    if known is None or known[0] != posts_of(user, now):
        me = with_lanes(User.objects.filter(pk=user.pk), posts_of(user, now), to_wib(now).date())
        remember_lanes(user, me.values(*LANES).get(), now)
        known = user.__dict__["_lanes"]
    return known[1]


LANES = ("approves", "prepares")


def with_lanes(rows: Any, posts: Iterable[int], day: date) -> Any:
    """A query that every page asks anyway, bringing along what these posts do.

    A running case stays on its revision, so an earlier one counts too.
    """
    steps = RevisionStep.objects.filter(revision__in_force_from__lte=day)
    return rows.annotate(
        approves=Exists(steps.filter(number__in=APPROVALS, actor__in=posts)),
        prepares=Exists(steps.filter(prepared_by__in=posts)),
    )


def remember_lanes(user: User, row: Mapping[str, bool], now: datetime) -> None:
    """Keep for this request what such a query told."""
    user.__dict__["_lanes"] = posts_of(user, now), {lane: bool(row[lane]) for lane in LANES}


def posts_of(user: User, now: datetime) -> list[int]:
    """The posts held now."""
    return [appointment.post_id for appointment in user.appointments_on(now)]
