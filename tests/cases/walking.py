"""Walks a case, as the people whose turn it is: by its pages, or quicker by the door behind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kompensasi.cases import actions
from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.permissions import holders_of
from kompensasi.cases.step_page import StepPage
from kompensasi.cases.visits import note_opened
from kompensasi.souvenirs.models import Item
from spm_monitor.models import ObstacleCause
from spm_monitor.workdays import to_wib
from tests.conftest import person, signed_in

PAPER = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"
TYPED = "%Y-%m-%dT%H:%M"


def typed(at: datetime) -> str:
    """An instant as people here type it: in WIB, whatever zone it came in."""
    return to_wib(at).strftime(TYPED)


def paper(name: str = "bukti.pdf") -> SimpleUploadedFile:
    """A small PDF to upload."""
    return SimpleUploadedFile(name, PAPER, content_type="application/pdf")


def open_visit(case: Case) -> Visit | None:
    """Where the case stands, fresh from the database."""
    return Visit.objects.filter(case=case, finished_at=None).select_related("row__actor").first()


def username_for(visit: Visit, now: datetime) -> str:
    """Whose turn it is, by the lanes of the case's revision; "" for the customer."""
    if visit.row.actor.external:
        return ""
    return holders_of(visit.row.actor, visit.case.order.section_id, now)[0].user.username


def answers(visit: Visit, now: datetime) -> dict[str, Any]:
    """What a person types at a step, beside what the form proposes."""
    order = visit.case.order
    at = typed(now)
    return {
        1: {"stage": "done" if order.ready_at else "work", "outcome": "record"},
        2: {"outcome": "done" if order.ready_at else "obstacle"},
        3: {"way": "handed", "at": at, "received_by": "Ibu Sari", "proof": paper(),
            "outcome": "handed"},
        4: {"cause": ObstacleCause.objects.get(code="kerusakan-alat").pk, "asset": "AAS",
            "story": "Lampu katoda alat AAS putus.", "outcome": "inform"}
        | ({} if order.ended else {"estimate_at": typed(now + timedelta(days=9))}),
        5: {"channel": "phone", "told_to": "Bagian Mutu", "told_at": at, "outcome": "informed"},
        6: {"outcome": "report"},
        7: {"outcome": "instruct"},
        8: {"outcome": "submit"},
        9: {"outcome": "approve"},
        10: {"read": "on", "final": "on", "outcome": "sign"},
        11: {"scan": paper(), "way": "courier", "courier": "Pos Indonesia",
             "tracking_number": "P2611230001", "sent_at": at, "outcome": "send"},
        12: {"received_by": "Ibu Sari", "outcome": "received"},
    }[visit.step]  # fmt: skip


def proposed(response: Any) -> dict[str, Any]:
    """What the opened form already says."""
    return said(response.context["step_form"])


def said(form: Any) -> dict[str, Any]:
    """The values of a form as its page would post them."""
    values = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    for name, value in values.items():
        if isinstance(value, datetime):
            values[name] = value.strftime(TYPED)
        elif isinstance(value, Item) or hasattr(value, "pk"):
            values[name] = value.pk
    return values


def step_url(case: Case, number: int) -> str:
    """The page of a step."""
    return f"/kasus/{case.pk}/langkah/{number}/"


def do_step(case: Case, now: datetime, **instead: Any) -> Any:
    """Answer the open step as the right person at an instant; returns the response of the post."""
    visit = open_visit(case)
    with time_machine.travel(now, tick=False):
        given = answers(visit, now) | instead
        username = username_for(visit, now)
        if not username:
            return Client().post(f"/lacak/{token_of(case)}/", given)
        client = signed_in(username)
        opened = client.get(step_url(case, visit.step))
        assert opened.status_code == 200, opened.content.decode()
        return client.post(step_url(case, visit.step), proposed(opened) | given)


def post_step(case: Case, now: datetime) -> None:
    """Answer the open step on its page; it is taken."""
    response = do_step(case, now)
    assert response.status_code == 302, response.content.decode()[-3000:]


def take_step(case: Case, now: datetime) -> None:
    """Answer the open step as the right person, through its form and the door, without a page.

    For what comes before a test's own matter: a third of the time that `do_step` takes.
    """
    visit = open_visit(case)
    given = answers(visit, now)
    username = username_for(visit, now)
    if not username:  # the customer's page has no other door
        post_step(case, now)
        return
    by = person(username)
    note_opened(visit, now)
    with time_machine.travel(now, tick=False):
        data = said(StepPage.of(visit, by, now).form) | given
        files = {name: data.pop(name) for name in list(data) if hasattr(data[name], "read")}
        page = StepPage.of(visit, by, now, data=data, files=files, code=given["outcome"])
        assert page.answered.is_valid(), (visit.step, page.answered.errors)
        actions.finish_step(
            visit=visit, outcome=given["outcome"], data=page.answered.cleaned_data, by=by, now=now
        )


def walk(
    case: Case, until: int | None, now: datetime, *, answer: Callable[..., None] = take_step
) -> datetime:
    """Take step after step, five minutes each, until the case stands at `until` (None: its end)."""
    for _ in range(40):
        visit = open_visit(case)
        if visit is None or visit.step == until:
            return now
        now = max(now + timedelta(minutes=5), visit.opens_at)
        answer(case, now)
    raise AssertionError(f"{case} does not come to {until}")
