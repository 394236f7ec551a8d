"""No form answers with a sentence of Django's own."""

import re
from importlib import import_module
from typing import Any

import pytest
from django import forms

from kompensasi.cases.forms import AssignForm, NoteForm, StepForm
from kompensasi.cases.models import Case
from kompensasi.cases.procedure import Situation
from kompensasi.cases.sweep import sweep
from kompensasi.people.views import OwnPasswordForm
from spm_monitor.forms import OrderForm
from tests.conftest import MONDAY, late_order, person

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MODULES = (
    "spm_monitor.forms", "spm_monitor.master_forms", "spm_monitor.calendar_pages",
    "spm_monitor.import_pages", "kompensasi.cases.forms", "kompensasi.cases.letter_forms",
    "kompensasi.souvenirs.forms", "kompensasi.letters.settings_forms", "kompensasi.people.forms",
    "kompensasi.people.views",
)  # fmt: skip
BASES = {"StepForm", "PlainForm", "MasterForm", "OrderPageForm"}
DJANGO_SAYS = re.compile(r"Pastikan|valid|Bidang|[Kk]olom|null|pengaksaraan|Ensure|Enter|Select")
KINDS = sorted(
    {
        kind
        for module in MODULES
        for kind in vars(import_module(module)).values()
        if isinstance(kind, type) and issubclass(kind, forms.BaseForm)
        and kind.__module__ == module and kind.__name__ not in BASES
    },
    key=lambda kind: f"{kind.__module__}.{kind.__name__}",
)  # fmt: skip


def filled(kind: Any, data: dict[str, Any]) -> forms.BaseForm:
    """A form of this kind with these answers."""
    if issubclass(kind, StepForm):
        if not Case.objects.exists():
            late_order()
            sweep(MONDAY)
        case = Case.objects.get()
        situation = Situation(
            case=case, order=case.order, visit=case.open_visit, by=person("pj.uji"), now=MONDAY
        )
        return kind(data, situation=situation)
    if kind is OrderForm:
        return kind(data, now=MONDAY, sections=None)
    if kind is AssignForm:
        return kind(data, people=[])
    if kind is OwnPasswordForm:
        return kind(person("petugas"), data)
    return kind(data=data)


def answers(kind: Any, how: str) -> dict[str, Any]:
    """What no field takes."""
    said = {"empty": "", "long": "x" * 6000, "invisible": "a\0b", "unknown": "tidak-ada"}[how]
    fields = filled(kind, {}).fields
    if how == "invisible":  # is typed or pasted; no list of choices can send it
        fields = {n: f for n, f in fields.items() if not isinstance(f, forms.ModelChoiceField)}
    return dict.fromkeys(fields, said)


@pytest.mark.parametrize("how", ["empty", "long", "invisible", "unknown"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_form_speaks_our_words(kind, how):
    form = filled(kind, answers(kind, how))
    said = {name: list(errors) for name, errors in form.errors.items()}
    foreign = {n: s for n, s in said.items() if DJANGO_SAYS.search(" ".join(s))}
    assert not foreign


def test_too_long_says_what_how_much_and_how_long_it_is():
    form = filled(NoteForm, {"note": "x" * 3000})
    assert form.errors["note"] == ["Catatan paling banyak 2.000 huruf. Sekarang 3.000."]


def test_all_forms_are_looked_at():
    assert len(KINDS) > 30
