"""Steps 1 and 2 for many orders on one page: the first sweep of an office opens dozens of cases.

Each row is the step's own form, and each is sent through the one door as an act of its own: what
is wrong with one row keeps none of the others back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from kompensasi.cases import actions, inbox, pages
from kompensasi.cases.clocks import Clock, spm_clock
from kompensasi.cases.forms import StepForm
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.procedure import Outcome, Situation
from kompensasi.cases.steps import STEPS
from kompensasi.people.models import User
from spm_monitor import clock
from spm_monitor.refusals import BadInput, Refused

ON_ONE_PAGE = 50
CHOSEN = re.compile(r"k[0-9]{1,15}")


@dataclass(kw_only=True)
class Row:
    """A case on the page: its form, ticked or not, and what became of it."""

    visit: Visit
    form: StepForm
    outcomes: list[Outcome]
    chosen: bool
    code: str
    spm: Clock
    refusal: str = ""
    """Why it was not done, where no field can say it."""

    @property
    def key(self) -> str:
        """What its inputs' names begin with."""
        return f"k{self.visit.pk}"


def waiting(user: User, number: int, now: datetime) -> QuerySet[Visit]:
    """The open visits at a step that this person may finish now, due first."""
    return inbox.waiting_for(user, now).filter(row__number=number, opens_at__lte=now)


def rows(
    user: User, number: int, now: datetime, *, posted: Mapping[str, str] | None = None,
    all_chosen: bool = False,
) -> list[Row]:  # fmt: skip
    """The first cases that wait, with what was posted for each."""
    calendar = clock.current_calendar()
    step = STEPS[number]
    found = []
    for visit in waiting(user, number, now)[:ON_ONE_PAGE]:
        key, order = f"k{visit.pk}", visit.case.order
        situation = Situation(case=visit.case, order=order, visit=visit, by=user, now=now)
        offered = step.offered(situation)
        chosen = f"{key}-chosen" in posted if posted is not None else all_chosen
        only = offered[0].code if len(offered) == 1 else ""
        code = (posted or {}).get(f"{key}-outcome", "") or only
        form = step.form(
            posted if chosen and posted is not None else None,
            situation=situation, outcome=step.outcome(code), prefix=key,
        )  # fmt: skip
        _make_short(form)
        found.append(
            Row(
                visit=visit, form=form, outcomes=offered, chosen=chosen, code=code,
                spm=spm_clock(order, now, calendar),
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A ticked case that went on while the page was open."""

    case: str
    sentence: str
    typed: list[tuple[str, str]]


def gone(posted: QueryDict, shown: list[Row], readable: QuerySet[Case]) -> list[Gone]:
    """The ticked cases that do not wait any more, with what was typed for them."""
    keys = {name.removesuffix("-chosen") for name in posted if name.endswith("-chosen")}
    missing = keys - {row.key for row in shown}
    visits = Visit.objects.filter(case__in=readable).select_related("case", "row")
    numbers = [int(key[1:]) for key in missing if CHOSEN.fullmatch(key)]
    found = []
    for visit in visits.filter(pk__in=numbers, finished_at__isnull=False):
        prefix = f"k{visit.pk}-"
        answers = {
            name.removeprefix(prefix): texts
            for name, texts in posted.lists()
            if name.startswith(prefix)
        }
        found.append(
            Gone(
                case=visit.case.number, sentence=actions.finished_sentence(visit),
                typed=pages.typed_text(visit.step, answers),
            )
        )  # fmt: skip
    return found


def _make_short(form: StepForm) -> None:
    """Radio buttons become a list to choose from: fifty rows have to be overlooked."""
    for field in form.fields.values():
        if isinstance(field.widget, forms.RadioSelect):
            field.widget = forms.Select(choices=[("", "Pilih"), *field.widget.choices])
        elif isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 1


def send(chosen: list[Row], user: User, now: datetime) -> list[Row]:
    """Finish the ticked rows one by one; returns those that were done, the others say why not."""
    done = []
    for row in chosen:
        if not row.code:
            row.refusal = "Pilih hasil langkah ini."
        if row.refusal or not row.form.is_valid():
            continue
        try:
            actions.finish_step(
                visit=row.visit, outcome=row.code, data=row.form.cleaned_data, by=user, now=now
            )
        except BadInput as refusal:
            field = refusal.field if refusal.field in row.form.fields else None
            row.form.add_error(field, refusal.sentence)
        except Refused as refusal:
            row.refusal = refusal.sentence
        else:
            done.append(row)
    return done
