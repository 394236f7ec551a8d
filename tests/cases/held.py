"""An office that a module holds, with a case open at each of the twelve steps of reading A.

1, 2 and 4 to 12 are of orders that are open and late, 3 of one that ended late. They are walked
there once and held in a transaction around the module; each test begins from the same rows.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client, override_settings

from kompensasi.cases.models import Case, Visit
from kompensasi.cases.step_page import StepPage
from kompensasi.cases.steps import STEPS
from kompensasi.cases.sweep import sweep
from kompensasi.letters import pdf
from kompensasi.people.models import Appointment, Post, User
from kompensasi.souvenirs.models import Item, SouvenirClass
from spm_monitor.models import Service
from tests.cases.walking import (
    PAPER,
    TYPED,
    answers,
    open_visit,
    paper,
    proposed,
    step_url,
    walk,
)
from tests.conftest import MONDAY, found_office, late_order, person, signed_in

NOW = MONDAY + timedelta(hours=2)  # every case has come to its step by then
STAFF = (
    "admin", "kasi.pjt", "pj.uji", "kasi.uji", "pj.kal", "kasi.kal", "pj.sert", "kasi.sert",
    "kepala", "petugas", "agenda", "auditor", "plh.kepala",
)  # fmt: skip
OF_OTHER_SECTIONS = {"pj.kal", "kasi.kal", "pj.sert", "kasi.sert"}

# DOMAIN 2, reading A, by hand: who does each step of a case of the testing section. Step 12 is the
# customer's; the Kasi PJT records it with proof.
TURN = {
    1: "kasi.pjt", 2: "pj.uji", 3: "kasi.pjt", 4: "pj.uji", 5: "kasi.pjt", 6: "kasi.uji",
    7: "kepala", 8: "kasi.pjt", 9: "kasi.uji", 10: "kepala", 11: "kasi.pjt", 12: "kasi.pjt",
}  # fmt: skip
LANE = {
    "kasi.pjt": "Kasi PJT", "pj.uji": "Penanggung Jawab Teknis Pengujian",
    "kasi.uji": "Kepala Seksi Pengujian", "kepala": "Kepala Balai",
}  # fmt: skip
DONE_AS = LANE | {"kasi.pjt": "Plt. Kasi PJT"}
TYPED_TEXT = "Ketikan yang tidak boleh hilang"


@contextmanager
def held_office(blocker: Any, folder: Path) -> Iterator[None]:
    """Base data, people, 50 mugs, and whatever is built inside, for all tests of a module.

    An open transaction holds it, so that a test's own rollback leads back to it. Letters are not
    typeset: their picture is not what these tests are about, and it takes most of a walk's time.
    """
    changed = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES=django_settings.STORAGES
        | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
        DEMO=True,
        MEDIA_ROOT=folder / "media",
        STATIC_ROOT=folder,
    )
    typeset = mock.patch.object(pdf, "render", return_value=PAPER)
    with blocker.unblock(), changed, typeset, transaction.atomic():
        if connection.vendor == "postgresql":  # tables without statistics look large to its planner
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL jit = off")
        found_office()
        Item.objects.create(
            name="Mug", souvenir_class=SouvenirClass.objects.first(), on_hand=50, unit_cost=25000
        )
        yield
        transaction.set_rollback(True)


def clients() -> dict[str, Client]:
    """A signed-in client for each demo person."""
    return {username: signed_in(username) for username in STAFF}


def snapshot() -> dict[str, Any]:
    """Row count and hash of every table but the sessions, and the names of the kept files."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table != "django_session":
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                rows = "\n".join(sorted(map(repr, cursor.fetchall())))
                found[table] = (rows.count("\n"), hashlib.sha256(rows.encode()).hexdigest())
    media = Path(django_settings.MEDIA_ROOT)
    files = media.rglob("*.*") if media.exists() else ()
    found["kept files"] = sorted(path.name for path in files)
    return found


@dataclass(frozen=True)
class Standing:
    """A case that stands open at a step, and what whose turn it is would post there."""

    pk: int
    step: int
    values: dict[str, Any] = field(repr=False)
    """What the opened form proposes."""

    @property
    def case(self) -> Case:
        """The case, fresh from the database."""
        return Case.objects.get(pk=self.pk)

    @property
    def url(self) -> str:
        return step_url(self.case, self.step)

    @property
    def visit(self) -> Visit:
        """The open visit, fresh from the database."""
        return open_visit(self.case)

    def body(self, **instead: Any) -> dict[str, Any]:
        """A full and valid answer, uploads new each time; what is None is left out."""
        given = self.values | answers(self.visit, NOW)
        if self.step == 12:
            given |= {"proof": paper(), "at": NOW.strftime(TYPED)}
        return {name: value for name, value in (given | instead).items() if value is not None}

    def cleaned(self, by: User | None, outcome: str) -> dict[str, Any]:
        """The answer as `finish_step` takes it."""
        body = self.body(outcome=outcome, note="Tambahkan bukti.")
        files = {name: value for name, value in body.items() if hasattr(value, "read")}
        page = StepPage.of(self.visit, by, NOW, data=body, files=files, code=outcome)
        assert page.answered.is_valid(), page.answered.errors
        return page.answered.cleaned_data


@dataclass(frozen=True)
class Office:
    """The twelve standing cases, clients signed in as each demo person, and the kept files."""

    at: dict[int, Standing]
    clients: dict[str, Client]
    media: Path

    def turn(self, step: int) -> Client:
        """A client as whose turn it is."""
        return self.clients[TURN[step]]


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Office]:
    """The office with its standing cases."""
    folder = tmp_path_factory.mktemp("office")
    with held_office(django_db_blocker, folder):
        ended_late = MONDAY - timedelta(days=2)
        for number in STEPS:
            late_order(f"UJI-{number}", ready_at=ended_late if number == 3 else None)
        with time_machine.travel(MONDAY, tick=False):
            sweep(MONDAY)
            held = Office(at={}, clients=clients(), media=folder / "media")
        for number in STEPS:
            case = Case.objects.get(order__number=f"UJI-{number}")
            walk(case, number, MONDAY)
            with time_machine.travel(NOW, tick=False):
                opened = held.turn(number).get(step_url(case, number))
            assert opened.status_code == 200, (number, opened.content.decode())
            held.at[number] = Standing(pk=case.pk, step=number, values=proposed(opened))
        yield held


@pytest.fixture
def at_ten(office, settings):
    """It is ten o'clock; files are where the walked cases kept theirs."""
    settings.MEDIA_ROOT = office.media
    with time_machine.travel(NOW, tick=False):
        yield


@contextmanager
def nothing_changes() -> Iterator[None]:
    """No row of any table changes inside, and no file is kept."""
    before = snapshot()
    yield
    after = snapshot()
    changed = {name for name in before if before[name] != after[name]}
    assert not changed, changed


def appoint(username: str, post: str, section: str = "", **facts: Any) -> Appointment:
    """A further appointment of a demo person, in force since yesterday."""
    row = Post.objects.get(code=post)
    own = Service.objects.filter(section__code=section).first() if section else None
    return Appointment.objects.create(
        user=person(username), post=row, section=own.section if own else None,
        **{"kind": Appointment.Kind.PLH, "order_number": f"SP-{post}", "order_date": NOW.date(),
           "starts_on": NOW.date() - timedelta(days=1)} | facts,
    )  # fmt: skip
