"""What the clocks of a task and the steps of a case say of time, in the words of the lists."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string

from kompensasi.cases.clocks import spm_clock
from spm_monitor import clock
from tests.conftest import MONDAY, make_order

pytestmark = pytest.mark.django_db
DUE = MONDAY - timedelta(days=3)
TARGET = "target 20 Nov 2026 08.00 WIB"


def said(**facts) -> tuple[str, str, str]:
    order = make_order(**{"due_at": DUE} | facts)
    shown = spm_clock(order, MONDAY, clock.current_calendar())
    return shown.text, shown.detail, shown.tone


def test_days_that_are_only_expected_say_so():
    assert said() == ("lewat 3 hari", TARGET, "late")
    assert said(number="UJI-2", estimate_at=MONDAY + timedelta(days=4)) == (
        "lewat 7 hari menurut perkiraan", TARGET, "late",
    )  # fmt: skip


def test_a_late_result_says_by_how_much():
    assert said(ready_at=DUE + timedelta(days=2)) == ("selesai 2 hari di luar SPM", TARGET, "late")


def test_a_result_in_time_says_when_it_came():
    assert said(ready_at=DUE - timedelta(days=1)) == (
        "selesai dalam SPM", "19 Nov 2026 08.00 WIB", "ok",
    )  # fmt: skip


def step_words(**facts) -> str:
    step = {"number": 2, "title": "Konfirmasi", "state": "Selesai", "norm_minutes": 30} | facts
    html = render_to_string("partials/stepper.html", {"steps": [step]})
    return " ".join(html.split())


def test_a_step_over_its_norm_says_so_beside_its_time():
    late = step_words(spent_minutes=105, waited_minutes=70, over_norm=True)
    assert "1 jam 45 menit, lewat norma 30 menit" in late
    assert "1 jam 10 menit belum dibuka" in late
    assert "exclamation-octagon" in late
    kept = step_words(spent_minutes=20, waited_minutes=0, over_norm=False)
    assert "20 menit dari 30 menit" in kept
    assert "exclamation-octagon" not in kept
