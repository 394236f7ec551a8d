"""Orders that ended before go-live open no case, whatever happens while a sweep is under way."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from kompensasi.cases import sweep as sweeping
from kompensasi.cases.models import Case
from spm_monitor import actions as orders
from spm_monitor.flagging import flag_overruns
from spm_monitor.models import Order
from tests.cases.test_sweep import GO_LIVE, LAST_MOMENT, many
from tests.conftest import MONDAY, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


@pytest.fixture(autouse=True)
def _go_live(settings):
    settings.GO_LIVE = GO_LIVE
    many(1)  # one that is owed a case, so that the sweep goes to work


def beside(act: Callable[[], Any]) -> threading.Thread:
    """Somebody else's act, on a connection of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    return other


def after_waiving(monkeypatch, act: Callable[[], Any]) -> None:
    """Let somebody act when the sweep has waived what ended before go-live."""
    waive = sweeping._waive

    def then(day):
        waive(day)
        beside(act).join(30)

    monkeypatch.setattr(sweeping, "_waive", then)


def test_what_is_imported_and_flagged_meanwhile(monkeypatch):
    def history_comes_in() -> None:
        many(20, ready_at=LAST_MOMENT)
        flag_overruns(MONDAY)

    after_waiving(monkeypatch, history_comes_in)
    sweeping.sweep(MONDAY)

    assert Order.objects.filter(ready_at=LAST_MOMENT).count() == 20
    assert Case.objects.filter(order__ready_at=LAST_MOMENT).count() == 0


def test_whose_result_is_recorded_as_of_before_meanwhile(monkeypatch):
    order, head = Order.objects.get(), person("kasi.uji")
    after_waiving(
        monkeypatch,
        lambda: orders.record_ready(order=order, at=LAST_MOMENT, by=head, now=MONDAY),
    )
    sweeping.sweep(MONDAY)

    assert not Case.objects.exists()


@pytest.mark.postgres_only  # SQLite has no rows to hold: a writer waits for the other
def test_what_somebody_held_when_it_would_have_been_waived(monkeypatch):
    many(1, ready_at=LAST_MOMENT)
    old, clerk = Order.objects.get(ready_at=LAST_MOMENT), person("kasi.pjt")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            orders.locked(old)
            orders.record_handed_over(order=old, at=MONDAY, to="Sari", by=clerk, now=MONDAY)
            held.set()
            done.wait(20)

    waive = sweeping._waive

    def while_held(day):
        other = beside(hold)
        held.wait(20)
        waive(day)
        done.set()
        other.join(20)

    monkeypatch.setattr(sweeping, "_waive", while_held)
    sweeping.sweep(MONDAY)

    assert held.is_set()
    assert not old.cases.exists()
