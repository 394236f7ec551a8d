"""The letter of step 8 as PDF, before it is sent: who sees it, and that nothing is kept."""

from typing import Any

import pytest

from tests.cases.held import (
    STAFF,
    TURN,
    Office,
    nothing_changes,
)
from tests.cases.walking import (
    PAPER,
)

pytestmark = [
    pytest.mark.django_db, pytest.mark.once, pytest.mark.slow, pytest.mark.usefixtures("at_ten"),
]  # fmt: skip


def preview(office: Office, username: str, **typed: Any) -> Any:
    case = office.at[8]
    body = case.body(**typed)
    del body["outcome"]
    return office.clients[username].post(case.url, body | {"preview": "1"})


def test_the_letter_is_seen_as_pdf_before_it_is_sent(office):
    with nothing_changes():
        for username in (TURN[8], "petugas"):  # who drafts, and who prepares the draft
            answer = preview(office, username)
            assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
            assert answer.content == PAPER
            assert "no-store" in answer["Cache-Control"]


def test_a_letter_that_is_not_good_yet_is_not_shown(office):
    with nothing_changes():
        answer = preview(office, TURN[8], subject="")
    assert answer.status_code == 422
    assert "Isi hal surat." in answer.content.decode()


def test_nobody_else_sees_a_letter_that_is_being_written(office):
    with nothing_changes():
        for username in set(STAFF) - {TURN[8], "petugas"}:
            assert preview(office, username).status_code in (403, 404), username


def test_the_line_of_what_it_is_about_stays_one_line(office):
    form = (
        office.turn(8)
        .post(office.at[8].url, office.at[8].body(subject="Permohonan\r\nMaaf", body=""))
        .context["form"]
    )
    assert form.cleaned_data["subject"] == "Permohonan Maaf"
