"""`/sehat/`: one look says whether web, database, broker and sweep are at work."""

import os
import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from kompensasi import health
from kompensasi.cases import tasks
from spm_monitor import pulse

pytestmark = pytest.mark.django_db
WELL = {"web": "baik", "basis_data": "baik", "antrean": "baik", "sapuan": "baik"}


@pytest.fixture(autouse=True)
def _old_process(monkeypatch):
    """This process has been up for a day."""
    monkeypatch.setattr(pulse, "STARTED", timezone.now() - timedelta(days=1))


def look():
    answer = Client().get("/sehat/")
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()


def test_all_is_well_after_a_sweep():
    tasks.sweep()

    assert look() == (200, {"sehat": True, **WELL})


def test_a_sweep_that_stays_away_is_said(settings):
    pulse.note(pulse.SWEEP, timezone.now() - timedelta(seconds=3 * settings.SWEEP_SECONDS + 5))

    status, told = look()

    assert status == 503
    assert not told["sehat"]
    assert re.fullmatch(
        r"Terakhir \d+ \w+ 20\d\d \d\d\.\d\d WIB\. Periksa beat dan worker\.", told["sapuan"]
    )
    assert told | {"sapuan": "baik", "sehat": True} == {"sehat": True, **WELL}


def test_a_sweep_that_never_came_is_said():
    assert look()[1]["sapuan"] == "Terakhir belum pernah. Periksa beat dan worker."


def test_a_process_that_has_just_begun_waits_for_its_first_sweep(monkeypatch):
    monkeypatch.setattr(pulse, "STARTED", timezone.now())
    pulse.note(pulse.SWEEP, timezone.now() - timedelta(days=3))

    assert look()[0] == 200


def test_a_sweep_that_fails_is_no_sweep(monkeypatch):
    def fail(now):
        raise OperationalError

    monkeypatch.setattr("kompensasi.cases.sweep.sweep", fail)
    with pytest.raises(OperationalError):
        tasks.sweep()

    assert look()[0] == 503


def test_a_database_that_does_not_answer_is_said(monkeypatch):
    def away(job):
        raise OperationalError("password authentication failed for user spm")

    monkeypatch.setattr(pulse, "last", away)
    status, told = look()

    assert status == 503
    assert told["basis_data"] == "Tidak menjawab."
    assert told["antrean"] == "baik"
    assert "spm" not in str(told)


def test_a_broker_that_does_not_answer_is_said(monkeypatch, tmp_path):
    """A real client asks a Redis that is not there."""
    tasks.sweep()
    app = health.app
    gone = app.connection_for_write(f"redis+socket://{tmp_path}/none.sock")
    monkeypatch.setattr(app, "connection_for_write", lambda: gone)

    status, told = look()

    assert status == 503
    assert told == {"sehat": False, **WELL, "antrean": "Tidak menjawab."}


def test_it_may_only_be_read():
    assert Client().post("/sehat/").status_code == 405


def test_the_broker_of_this_run_is_asked_for_real():
    """On the run with Redis this is Redis, else the embedded broker."""
    assert health._broker() == "baik"
    assert ("redis" in os.environ.get("BROKER_URL", "")) == (
        health.app.connection_for_write().transport_cls == "redis"
    )
