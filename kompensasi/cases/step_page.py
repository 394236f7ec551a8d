"""The page of an open step: its forms, what came before, and why it cannot be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kompensasi.cases import assigning, facts, permissions, saved, summary
from kompensasi.cases.clocks import norm_clock, spm_clock
from kompensasi.cases.forms import AssignForm, NoteForm, StepForm
from kompensasi.cases.models import Correction, SavedAnswers, Visit
from kompensasi.cases.procedure import DRAFTING, Outcome, Situation, Step
from kompensasi.cases.steps import STEPS
from kompensasi.cases.vacancies import vacancy_of
from kompensasi.people.models import User
from spm_monitor import clock
from spm_monitor.wording import short_date_id, time_id
from spm_monitor.workdays import to_wib


@dataclass(kw_only=True)
class StepPage:
    """The page of an open step: its forms, what came before, and why it cannot be sent."""

    visit: Visit
    user: User
    now: datetime
    situation: Situation
    step: Step
    outcome: Outcome | None
    form: StepForm
    note_form: NoteForm
    refusal: str | None = None
    conflict: str | None = None
    preparing: bool = False
    """The reader fills it in for its actor, and cannot send it."""
    drafts: Sequence[SavedAnswers] = ()
    """Those the form may begin with; the first one did, unless a post was given back."""
    assign_form: AssignForm | None = None
    """As it was refused; else a fresh one is shown."""

    @classmethod
    def of(
        cls, visit: Visit, user: User, now: datetime, *, data: Any = None, files: Any = None,
        code: str = "", refusal: str | None = None, preparing: bool = False,
        drafts: Sequence[SavedAnswers] = (), typed: dict[str, Any] | None = None,
        together: list[str] | None = None,
    ) -> "StepPage":  # fmt: skip
        """The page for a person at an instant; `data` are a post's, `code` the button pressed.

        typed: a post that could not be taken, name to list. together: keys of the cases that the
        letter is to serve too. They fill the form before a kept draft does.
        """
        situation = Situation(
            case=visit.case, order=visit.case.order, visit=visit, by=user, now=now
        )
        step = STEPS[visit.step]
        outcome = step.outcome(code)
        back = outcome is not None and outcome.back
        forward = (data, files) if data is not None and not back else (None, None)
        if typed or together:
            drafts = ()
        first = saved.first_values(typed) or saved.first_values(
            drafts[0].answers if drafts else None
        )
        if together:
            first = {"together": together}
        return cls(
            visit=visit, user=user, now=now, situation=situation, step=step, outcome=outcome,
            refusal=refusal, preparing=preparing, drafts=drafts,
            form=step.form(*forward, situation=situation, outcome=outcome,
                           initial=first if step.keeps_drafts else {}),
            note_form=NoteForm(
                data if back else None, situation=situation, outcome=outcome,
                initial={"note": first.get("note", "")},
            ),
        )  # fmt: skip

    @property
    def answered(self) -> StepForm:
        """The form that the pressed button belongs to."""
        return self.note_form if self.outcome is not None and self.outcome.back else self.form

    def context(self) -> dict[str, Any]:
        """For `cases/step.html`; the form with errors is `form`, for the summary and the title."""
        visit, case, order = self.visit, self.visit.case, self.visit.case.order
        calendar = clock.current_calendar()
        offered = self.step.offered(self.situation)
        guard = self.step.guard(self.situation) if self.step.guard else None
        return {
            "case": case,
            "order": order,
            "visit": visit,
            "row": visit.row,
            "actor": permissions.actor_title(visit),
            "identity": summary.identity(case),
            "norm": norm_clock(visit, self.now, calendar),
            "spm": spm_clock(order, self.now, calendar),
            "before": summary.what_came_before(case, visit),
            "returned": facts.last_note(case, visit),
            "step_form": self.form,
            "note_form": self.note_form,
            "form": self.answered,
            "forward": [o for o in offered if not o.back],
            "backward": [o for o in offered if o.back],
            "refusal": self.refusal,
            "guard": guard,
            "conflict": self.conflict,
            "letter": case.letter if visit.step > DRAFTING else None,
            "with_letter": list(case.others_of_letter()) if visit.step > DRAFTING else [],
            "to_join": self._to_join(),
            "evaluation": summary.evaluation(order, self.now),
            "preparing": self.preparing,
            "may_save": (self.refusal is None or self.preparing) and self.step.keeps_drafts,
            "may_preview": self.visit.step == DRAFTING,
            "kept_words": _kept_words(self.drafts[0], self.user, self.now) if self.drafts else "",
            "other_drafts": [
                (draft.pk, _kept_words(draft, self.user, self.now)) for draft in self.drafts[1:]
            ],
            "corrected_since": self._corrected_since(),
            "assignment": self._assignment(),
            "vacant": vacancy_of(self.visit, self.now) if self.refusal else "",
        }

    def _to_join(self) -> list[dict[str, Any]]:
        """At step 8, the customer's other cases that one letter could serve too."""
        if self.visit.step != DRAFTING:
            return []
        chosen = {other.pk for other in self.form.others}  # type: ignore[attr-defined]
        joinable: Any = self.form.fields["together"]
        return [{"case": other, "chosen": other.pk in chosen} for other in joinable.queryset]

    def _corrected_since(self) -> list[Correction]:
        """What was corrected since the letter in hand was written: it may say what was wrong."""
        letter = self.visit.case.letter if self.visit.step > DRAFTING else None
        if letter is None or letter.signed_at is not None:
            return []
        corrections = Correction.objects.filter(
            visit__case__letters=letter, at__gt=letter.version.written_at
        )
        return list(corrections.select_related("visit__row", "visit__case"))

    def _assignment(self) -> dict[str, Any] | None:
        """Who holds the step, for whom there is a choice; None where it makes no difference."""
        people = assigning.candidates(self.visit, self.now)
        acts = permissions.capacity_as_actor(self.visit, self.user, self.now) is not None
        holds = self.visit.assigned_to_id == self.user.pk
        if len(people) < 2 or not (acts or holds):
            return None
        holder = permissions.assignee(self.visit, self.now)
        return {
            "holder": holder,
            "mine": holder is not None and holder.pk == self.user.pk,
            "since": self.visit.assigned_at,
            "may_choose": acts,
            "form": self.assign_form or AssignForm(people=people),
        }


def _kept_words(draft: SavedAnswers, user: User, now: datetime) -> str:
    """Whose draft it is, and since when."""
    when = f"pukul {time_id(draft.saved_at)}"
    if to_wib(draft.saved_at).date() != to_wib(now).date():
        when = f"{short_date_id(draft.saved_at)} {when}"
    if draft.by_id == user.pk:
        return f"Draf Anda, tersimpan {when}. Belum dikirim."
    return f"Disiapkan oleh {draft.by.full_name}, {when}. Periksa sebelum mengirim."


def approval_context(visits: list[Visit], chosen: str, user: User, now: datetime) -> dict[str, Any]:
    """The approval screen: the queue, and the chosen (or first) case with its letter and form."""
    calendar = clock.current_calendar()
    queue = [
        {
            "visit": visit,
            "url": f"?kasus={visit.case_id}",
            "norm": norm_clock(visit, now, calendar),
            "spm": spm_clock(visit.case.order, now, calendar),
        }
        for visit in visits
    ]
    visit = next((v for v in visits if str(v.case_id) == chosen), visits[0] if visits else None)
    context: dict[str, Any] = {"queue": queue, "chosen": visit}
    if visit is not None:
        reason = permissions.refusal(visit, user, now)
        context |= StepPage.of(visit, user, now, refusal=reason).context()
    return context
