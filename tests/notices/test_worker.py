"""The outbox with the real worker and beat, on SQLite and embedded broker or PostgreSQL, Redis."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.sink import Sink
from tests.test_processes import Place, place, prepared, serve, until  # noqa: F401

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

OFFICE = """
from kompensasi.people.models import User
User.objects.filter(username="kasi.pjt").update(email="kasi@balai.example")
"""
FORTY = """
from django.utils import timezone
from kompensasi.notices.actions import Message, write
write(now=timezone.now(), messages=[
    Message(event=f"uji:{n}", kind="delay", subject="Uji", body="Isi",
            address=f"p{n}@pelanggan.example")
    for n in range(40)
])
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink().running() as made:
        yield made


@pytest.fixture
def office(place: Place, sink: Sink) -> Place:  # noqa: F811
    """A place with mail, where the Kasi PJT has an address."""
    place.environment |= {
        "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(sink.port), "EMAIL_TIMEOUT": "1",
        "SEND_SECONDS": "1",
    }  # fmt: skip
    place.manage("seed_demo", "--orders", "1")
    place.manage("shell", "-v", "0", "-c", OFFICE)
    return place


def states(office: Place) -> dict[str, int]:
    return dict(office.query("SELECT state, count(*) FROM notices_notice GROUP BY state"))


def test_a_new_case_is_told_by_mail_and_a_killed_worker_loses_none(office, sink):
    """FAULTS B1: kill -9 twice while forty mails are sent; each crash may double one mail."""
    serve(office)
    office.take_late_orders("PAGI")
    until(lambda: "kasi@balai.example" in sink.receivers, "a mail about PAGI", office)

    sink.stall = 0.2
    office.manage("shell", "-v", "0", "-c", FORTY)
    for sent in (3, 12):
        until(lambda sent=sent: len(sink.mails) > sent, f"more than {sent} mails", office)
        os.kill(until(lambda: office.process("worker"), "a worker", office), signal.SIGKILL)
    until(lambda: set(states(office)) == {"sent"}, "all are sent", office)

    forty = [i for i, to in zip(sink.ids, sink.receivers, strict=True) if to.startswith("p")]
    assert len(set(forty)) == 40
    assert len(forty) <= 42
