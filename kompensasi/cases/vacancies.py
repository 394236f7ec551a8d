"""Posts that a case waits for and nobody holds: the step stays open, its clock runs (DOMAIN 2)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from kompensasi.cases import permissions
from kompensasi.cases.models import Visit
from kompensasi.cases.steps import STEPS
from kompensasi.people.models import Appointment, Post
from kompensasi.people.seats import vacant_words
from spm_monitor.models import Section

WITH_STAND_IN = [number for number, step in STEPS.items() if step.writers_stand_aside]


@dataclass(frozen=True, kw_only=True)
class Vacancy:
    """A lane without a holder, and how many cases stand there."""

    title: str
    told: str
    """Since when, or why."""
    cases: int

    def __str__(self) -> str:
        return f"{self.title} {self.told}."


def vacancies(now: datetime) -> list[Vacancy]:
    """All lanes that open cases wait for and nobody holds; the number of queries is constant."""
    holders = permissions.holding(OuterRef("row__actor"), OuterRef("case__order__section"), now)
    waiting = (
        Visit.objects.filter(~Exists(holders), finished_at__isnull=True)
        .filter(row__actor__external=False)
        .exclude(row__number__in=WITH_STAND_IN)
        .values_list("row__actor", "case__order__section")
    )
    counts: dict[tuple[Post, Section | None], int] = {}
    posts = Post.objects.prefetch_related("titles").in_bulk({post for post, _ in waiting})
    sections = Section.objects.in_bulk({section for _, section in waiting})
    for post_id, section_id in waiting:
        post = posts[post_id]
        lane = (post, sections[section_id] if post.per_section else None)
        counts[lane] = counts.get(lane, 0) + 1
    held: dict[tuple[int, int | None], list[Appointment]] = {}
    for appointment in Appointment.objects.filter(post__in=posts):
        held.setdefault((appointment.post_id, appointment.section_id), []).append(appointment)
    return [
        Vacancy(
            title=f"{post.title()} {section}" if section else post.title(),
            told=vacant_words(held.get((post.pk, section.pk if section else None), []), now),
            cases=count,
        )
        for (post, section), count in counts.items()
    ]


def vacancy_of(visit: Visit, now: datetime) -> str:
    """The sentence for the page of a step that nobody can do; "" while somebody can."""
    post, section = visit.row.actor, visit.case.order.section_id
    if post.external or visit.step in WITH_STAND_IN:
        return ""
    if permissions.holding(post, section, now).exists():
        return ""
    held = Appointment.objects.filter(post=post, section=section if post.per_section else None)
    told = vacant_words(held, now)
    vacancy = Vacancy(title=permissions.actor_title(visit), told=told, cases=1)
    return f"{vacancy} Administrator melihatnya di halaman utamanya. Waktu langkah tetap berjalan."
