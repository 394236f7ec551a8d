"""The official sheet of the SOP: page 1, and the step table with a column a lane."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kompensasi.people.models import Post
from kompensasi.sop.models import Revision, RevisionStep, RevisionText
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Where a step meets a lane."""

    lane: str
    acts: bool
    receives: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """A step as a row of the sheet."""

    step: RevisionStep
    cells: list[Cell]
    yours: bool
    """The reader holds the post that does it."""


@require_safe
def sop(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """The revision in force, or the one named, with what else was published or prepared."""
    user: Any = request.user
    now = timezone.now()
    today = to_wib(now).date()
    revisions = list(Revision.objects.all())
    newest = _in_force(today)
    shown = newest if code is None else next((r for r in revisions if r.code == code), None)
    if shown is None and code is not None:
        raise Http404
    context: dict[str, Any] = {
        "revision": shown,
        "standing": standing(shown, newest, revisions, today) if shown else "",
        "others": [(r, standing(r, newest, revisions, today)) for r in revisions if r != shown],
    }
    if shown is not None:
        steps = list(
            shown.steps.select_related("actor").prefetch_related(
                "actor__titles", "recipients__titles"
            )
        )
        lanes = _lanes(steps)
        titles = [lane.title(today) for lane in lanes]
        held = {a.post_id for a in user.appointments_on(now)}
        rows = [_row(step, lanes, titles, held) for step in steps]
        context |= {
            "texts": _texts(shown),
            "remarks": [line for line in shown.remarks.splitlines() if line.strip()],
            "lanes": titles,
            "rows": rows,
            "yours": [row.step.number for row in rows if row.yours],
            "all_reconstructed": bool(steps) and all(s.lane_reconstructed for s in steps),
            "some_reconstructed": any(s.lane_reconstructed for s in steps),
            "minutes": sum(step.minutes for step in steps),
        }
    return render(request, "sop/sheet.html", context)


def standing(
    revision: Revision, newest: Revision | None, revisions: list[Revision], today: date
) -> str:
    """How a revision stands today, in words. The first of all has been used since ever: its date
    is only there so that no day is without one."""
    used = [each.in_force_from for each in revisions if each.in_force_from]
    since = revision.in_force_from
    if since is None:
        return "disiapkan, belum dipakai"
    if since > today:
        return f"akan dipakai untuk kasus baru mulai {date_id(since)}"
    if revision == newest:
        said = "dipakai untuk kasus baru"
        return said if since == min(used) else f"{said} sejak {date_id(since)}"
    if since == min(used):
        return "pernah dipakai; kasus yang memakainya tetap memakainya"
    return f"pernah dipakai sejak {date_id(since)}; kasus yang memakainya tetap memakainya"


def _in_force(day: date) -> Revision | None:
    try:
        return Revision.in_force(day)
    except Revision.DoesNotExist:
        return None


def _lanes(steps: list[RevisionStep]) -> list[Post]:
    lanes = {post.pk: post for step in steps for post in (step.actor, *step.recipients.all())}
    return sorted(lanes.values(), key=lambda post: post.position)


def _row(step: RevisionStep, lanes: list[Post], titles: list[str], held: Collection[int]) -> Row:
    receiving = {post.pk for post in step.recipients.all()}
    return Row(
        step=step,
        cells=[
            Cell(lane=title, acts=lane.pk == step.actor_id, receives=lane.pk in receiving)
            for lane, title in zip(lanes, titles, strict=True)
        ],
        yours=step.actor_id in held,
    )


def _texts(revision: Revision) -> list[tuple[str, list[RevisionText]]]:
    lines = list(revision.texts.all())
    return [
        (kind.label, [line for line in lines if line.kind == kind]) for kind in RevisionText.Kind
    ]
