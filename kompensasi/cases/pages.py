"""What the pages of a case show, put together from its facts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.forms import ModelChoiceField

from kompensasi.cases import corrections, facts, informing, permissions, summary
from kompensasi.cases.clocks import norm_clock, spent_minutes, spm_clock, waited_minutes
from kompensasi.cases.customer_link import customer_url
from kompensasi.cases.forms import CancelForm, NoteForm
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.steps import APPROVALS, STEPS
from kompensasi.cases.vacancies import vacancy_of
from kompensasi.people.models import User
from kompensasi.sop.models import RevisionStep
from spm_monitor import clock, pulse
from spm_monitor.models import Order
from spm_monitor.wording import short_date_id, time_id
from spm_monitor.workdays import WorkingCalendar

STATES = (
    ("", "Semua"),
    ("berjalan", "Berjalan"),
    ("tanda-tangan", "Menunggu instruksi atau tanda tangan"),
    ("terima", "Menunggu diterima"),
    ("berakhir", "Berakhir"),
)


def in_state(cases: QuerySet[Case], state: str) -> QuerySet[Case]:
    """The cases of a filter of the list; an unknown filter is no filter."""
    running, waiting = Q(ended_at__isnull=True), Q(visits__finished_at__isnull=True)
    filters = {  # one filter each: a second one would look at another visit of the case
        "berjalan": running,
        "tanda-tangan": running & waiting & Q(visits__row__number__in=APPROVALS),
        "terima": running & waiting & Q(visits__row__actor__external=True),
        "berakhir": ~running,
    }
    return cases.filter(filters.get(state, Q()))


@dataclass(frozen=True, kw_only=True)
class Tally:
    """A number that is a link; the list behind it has the same count."""

    label: str
    count: int
    url: str


def tallies(user: User, now: datetime) -> tuple[list[Tally], datetime | None]:
    """The office in five numbers, of what this person may read; and when it was last swept.

    Two queries; for who may not read cases no numbers, and one query.
    """
    if user.capacity_for("cases.view_case", None, now) is None:
        return [], pulse.last(pulse.SWEEP)
    near = clock.near_limit(now, clock.current_calendar())
    orders = Order.objects.open().filter(due_at__lt=near)  # a range of their index
    sections = user.sections_for("spm_monitor.view_order", now)
    if sections is not None:
        orders = orders.filter(section__in=sections)
    state = Order.State
    by_state = orders.aggregate(
        near=Count("pk", filter=Q(due_at__gte=now)),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        swept=pulse.beside_a_count(pulse.SWEEP),
    )
    open_visits = Visit.objects.filter(
        finished_at__isnull=True, case__in=Case.objects.visible_to(user, now).open()
    )
    by_step = open_visits.aggregate(
        running=Count("pk"),
        signing=Count("pk", filter=Q(row__number__in=APPROVALS)),
        receiving=Count("pk", filter=Q(row__actor__external=True)),
    )
    return [
        Tally(
            label="Pesanan mendekati batas", count=by_state["near"],
            url=f"/pesanan/?keadaan={state.NEAR}",
        ),
        Tally(
            label="Pesanan terlampaui", count=by_state["overdue"],
            url=f"/pesanan/?keadaan={state.OVERDUE}",
        ),
        Tally(
            label="Kasus berjalan", count=by_step["running"], url="/kasus/?keadaan=berjalan"
        ),
        Tally(
            label="Menunggu instruksi atau tanda tangan", count=by_step["signing"],
            url="/kasus/?keadaan=tanda-tangan",
        ),
        Tally(
            label="Menunggu diterima", count=by_step["receiving"], url="/kasus/?keadaan=terima"
        ),
    ], by_state["swept"]  # fmt: skip


def case_rows(cases: list[Case], now: datetime) -> list[dict[str, Any]]:
    """The rows of the case list: where each case stands (one query more, whatever their number)."""
    calendar = clock.current_calendar()
    waiting = {
        visit.case_id: visit
        for visit in Visit.objects.filter(case__in=cases, finished_at__isnull=True)
        .select_related("row__actor")
        .prefetch_related("row__actor__titles")
    }
    rows = []
    for case in cases:
        visit = waiting.get(case.pk)
        if visit is not None:
            visit.case = case
        rows.append({
            "case": case,
            "url": f"/kasus/{case.pk}/",
            "visit": visit,
            "actor": permissions.actor_title(visit) if visit else "",
            "norm": norm_clock(visit, now, calendar) if visit else None,
        })  # fmt: skip
    return rows


def case_context(case: Case, user: User, now: datetime) -> dict[str, Any]:
    """The case page: identity, what is next, the twelve steps, letters, history."""
    calendar = clock.current_calendar()
    visits = _visits(case)
    visit = next((v for v in visits if v.finished_at is None), None)
    refusal = permissions.refusal(visit, user, now) if visit else None
    return {
        "case": case,
        "order": case.order,
        "visit": visit,
        "actor": permissions.actor_title(visit) if visit else "",
        "my_turn": visit is not None and refusal is None,
        "refusal": refusal,
        "vacant": vacancy_of(visit, now) if visit and refusal else "",
        "returned": facts.last_note(case, visit) if visit else None,
        "norm": norm_clock(visit, now, calendar) if visit else None,
        "spm": spm_clock(case.order, now, calendar),
        "identity": summary.identity(case),
        "steps": stepper(case, visits, now),
        "letters": case.letters.order_by("-pk"),
        "history": summary.history(case),
        # Who has the link can speak for the customer: only those who send it may see it.
        "customer_url": customer_url(case)
        if user.capacity_for("spm_monitor.see_contact", case.order.section_id, now)
        else "",
        "cancel_form": CancelForm(),
        "may_cancel": case.ended_at is None
        and not case.sent
        and user.capacity_for("cases.cancel_case", case.order.section_id, now) is not None,
    }


def _visits(case: Case) -> list[Visit]:
    visits = list(
        case.visits.select_related(
            "row__actor", "row__revision", "finished_by", "monitoring_row__cause",
            "handover", "informed", "report", "instruction__souvenir_class",
            "draft__version", "draft__reservation__item", "sending__letter",
            "sending__dispatch__reservation__item", "receiving__receipt",
        ).prefetch_related(
            "row__actor__titles", "corrections__capacity__post__titles",
            "corrections__capacity__section",
        )
    )  # fmt: skip
    for visit in visits:
        visit.case = case
    return visits


def stepper(case: Case, visits: list[Visit], now: datetime) -> list[dict[str, Any]]:
    """The ordered steps of the case's revision, as `partials/stepper.html` wants them."""
    calendar = clock.current_calendar()
    by_step = {visit.step: visit for visit in visits}
    furthest = max(by_step, default=0)
    rows = case.revision.steps.select_related("actor").prefetch_related("actor__titles")
    steps = []
    for row in rows:
        visit = by_step.get(row.number)
        step = {
            "number": row.number,
            "title": row.title,
            "actor": _lane(row, case.order),
            "norm_minutes": row.minutes,
            "state": "Belum giliran",
        }
        if visit is not None:
            step |= _visited(case, visit, now, calendar)
        elif case.ended_at is not None or row.number < furthest:
            step["state"] = "Dilewati"
        steps.append(step)
    return steps


def _visited(case: Case, visit: Visit, now: datetime, calendar: WorkingCalendar) -> dict[str, Any]:
    finished, begun = visit.finished_at, visit.opens_at <= now
    spent = spent_minutes(visit, now, calendar) if begun else None
    over = spent is not None and spent > visit.row.minutes and STEPS[visit.step].counts
    return {
        "state": _state_words(visit),
        "spent_minutes": spent,
        "over_norm": over,
        "waited_minutes": min(spent, waited_minutes(visit, now, calendar)) if spent else 0,
        "by": visit.finished_capacity,
        "when": f"{short_date_id(finished)} {time_id(finished)}" if finished else "",
        "url": f"/kasus/{case.pk}/langkah/{visit.step}/",
        "current": finished is None,
        "done": finished is not None,
    }


def _lane(row: RevisionStep, order: Order) -> str:
    return f"{row.actor.title()} {order.section}" if row.actor.per_section else row.actor.title()


def _state_words(visit: Visit) -> str:
    if visit.finished_at is None:
        return "Menunggu"
    outcome = STEPS[visit.step].outcome(visit.outcome)
    if outcome is None:
        return "Ditutup sistem"
    return "Dikembalikan" if outcome.back else "Selesai"


def read_context(case: Case, number: int, user: User, now: datetime) -> dict[str, Any]:
    """A step that is not open: every visit to it with its answers."""
    visits = _visits(case)
    visit = next((v for v in visits if v.finished_at is None), None)
    at_step = [v for v in visits if v.step == number and v.finished_at is not None]
    row = case.revision.steps.select_related("actor").get(number=number)
    return {
        "case": case,
        "order": case.order,
        "row": row,
        "identity": summary.identity(case),
        "visits": at_step,
        "answers": [_answers(v, user, now) for v in at_step],
        "steps": stepper(case, visits, now),
        "waiting": visit,
        "waiting_actor": permissions.actor_title(visit) if visit else "",
    }


def _answers(visit: Visit, user: User, now: datetime) -> dict[str, Any]:
    """A finished visit for reading, with what was corrected and the way to correct it."""
    correct = f"/kasus/{visit.case_id}/koreksi/{visit.pk}/"
    return summary.visit_summary(visit) | {
        "corrections": visit.corrections.all(),
        "notice": informing.saved_notice(visit, user, now),
        "correct_url": correct if corrections.may_correct(visit, user, now) else "",
    }


def typed_text(number: int, data: Any) -> list[tuple[str, str]]:
    """What was typed into a step's form that could not be sent: label and text, to be kept."""
    form: dict[str, Any] = STEPS[number].form.base_fields | NoteForm.base_fields
    labels = {name: field.label for name, field in form.items()}
    typed = {name: data.get(name, "") for name in labels}
    texts = {name: text[0] if isinstance(text, list) else text for name, text in typed.items()}
    return [
        (labels[name], _as_read(form[name], text))
        for name, text in texts.items()
        if labels[name] and text.strip()
    ]


def _as_read(field: Any, text: str) -> str:
    """A choice in the words it was chosen by; other text as it is."""
    if isinstance(field, ModelChoiceField):
        known: Any = field.queryset
        rows = known.model._default_manager.all()
        return next((str(row) for row in rows if str(row.pk) == text), text)
    return str(dict(getattr(field, "choices", ())).get(text, text))


def finished_message(visit: Visit, following: Visit | None) -> str:
    """What finishing a step did, and who is asked next."""
    done = f"Langkah {visit.step} selesai."
    if following is None:
        return f"{done} Kasus ini berakhir."
    following.case = visit.case
    return f"{done} Berikutnya langkah {following.step}: {permissions.actor_title(following)}."
