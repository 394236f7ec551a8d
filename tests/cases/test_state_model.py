"""No dead end, no trap, no second compensation, nothing left reserved (DOMAIN 2), by exploration.

Everything that can happen to an order and its case is done to the real product, from every
situation that this leads to (`exploring`). A *surprise* is what makes a case turn: an entry on the
order that corrects or takes back, a withdrawal, a cancelling, a letter withdrawn. How many a way
may have is `SURPRISES` (1: all pairs of a situation and a surprise; 2 takes about ten times as
long and is for a quiet evening).
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from kompensasi.cases import ending, following, sweep
from kompensasi.cases.models import Case
from kompensasi.cases.models.case import CaseQuerySet
from kompensasi.cases.steps import STEPS
from kompensasi.letters.models import Letter
from kompensasi.people.models import Post
from kompensasi.souvenirs import stock
from spm_monitor import actions as orders
from spm_monitor.models import Customer, Order
from tests.cases.exploring import DAY, Found, World, explore
from tests.cases.held import held_office
from tests.cases.oracle import Broken
from tests.cases.walking import walk
from tests.conftest import MONDAY, make_order, person

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.timeout(3600), pytest.mark.slow]

SURPRISES = int(os.environ.get("SURPRISES", "1"))
BEGAN = MONDAY - 10 * DAY


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[None]:
    """An office where the agenda clerk may withdraw letters, and room for deep ways."""
    deep = sys.getrecursionlimit()
    with held_office(django_db_blocker, tmp_path_factory.mktemp("office")):
        right, _ = Permission.objects.get_or_create(
            codename="void_letter", content_type=ContentType.objects.get_for_model(Letter)
        )
        Post.objects.get(code="agenda").permissions.add(right)
        sys.setrecursionlimit(20_000)
        yield
        sys.setrecursionlimit(deep)


def an_order(number: str) -> Order:
    """An open order whose promise follows from its service, due on 4 December."""
    customer, _ = Customer.objects.get_or_create(name="PT Jelajah")
    order = make_order(number, customer=customer, documents_at=BEGAN)
    orders.change_order(
        order=order, facts={"paid_at": BEGAN}, by=person("petugas"), now=MONDAY
    )  # fmt: skip
    assert order.due_at > MONDAY
    return order


def late_at(*numbers: str, step: int, entries: tuple[str, ...] = ()) -> World:
    """The cases of late orders of one customer, each at a step."""
    pks = []
    for number in numbers:
        order = an_order(number)
        orders.change_order(
            order=order, facts={"target_at": MONDAY - 5 * DAY}, by=person("petugas"), now=MONDAY
        )
        pks.append(order.pk)
    sweep.sweep(MONDAY)
    ends = [walk(Case.objects.get(order=pk), step, MONDAY) for pk in pks]
    return World(pks=pks, now=max(ends), together=len(pks) > 1, entries=entries)


def tell(capsys, what: str, found: Found) -> None:
    """How much was explored, for who reads the log."""
    with capsys.disabled():
        print(f"\n{what}: {len(found.leads)} situations, {found.moves} moves")


def test_one_order_from_everywhere_comes_to_an_end_that_is_right(office, capsys):
    found = explore(World(pks=[an_order("UJI-1").pk], now=MONDAY), SURPRISES)
    tell(capsys, "one order", found)
    steps = {key[0][6] for key in found.leads}
    assert steps == {None, *range(1, 13)}
    assert len(found.leads) >= {0: 200}.get(SURPRISES, 500), "less was explored than there is"


JOINT = ("ready now", "ready in time", "withdrawn in time", "due later")


def test_two_orders_of_one_customer_share_a_letter_and_part_from_it(office, capsys):
    found = explore(late_at("UJI-1", "UJI-2", step=8, entries=JOINT), SURPRISES)
    tell(capsys, "two orders", found)
    shared = [key for key in found.leads if key[-2] and key[0][10]]
    assert {key[0][6] for key in shared} >= {8, 9, 10, 11, 12}
    assert len(found.leads) >= {0: 30}.get(SURPRISES, 90), "less was explored than there is"


# --- controls: with one guard taken out, the rule that it guards is seen to fail ---------------


def nothing(*_, **__) -> None:
    pass


def test_control_a_reservation_that_is_not_released_is_found(office, monkeypatch):
    monkeypatch.setattr(ending, "_release", nothing)
    with pytest.raises(Broken, match="nothing is left reserved"):
        explore(late_at("UJI-1", step=8, entries=("ready in time",)), 1)


def test_control_a_reservation_that_is_not_counted_back_is_found(office, monkeypatch):
    monkeypatch.setattr(stock, "release", nothing)
    with pytest.raises(Broken, match="nothing is left reserved"):
        explore(late_at("UJI-1", step=8, entries=("ready in time",)), 1)


def test_control_an_entry_that_ends_nothing_is_found(office, monkeypatch):
    monkeypatch.setattr(following, "_end", nothing)
    with pytest.raises(Broken, match="the case ends as DOMAIN says"):
        explore(late_at("UJI-1", step=8, entries=("ready in time",)), 1)


def test_control_a_sent_letter_that_is_overridden_is_found(office, monkeypatch):
    """Were nothing ever sent to the rules, a late entry would end a case of a sent letter."""
    monkeypatch.setattr(Case, "sent", property(lambda case: False))
    monkeypatch.setattr(ending, "_void", nothing)  # else the letter itself refuses
    with pytest.raises(Broken, match=r"sent letter|stands where DOMAIN says"):
        explore(late_at("UJI-1", step=12, entries=("due later",)), 1)


def test_control_a_second_compensation_is_found(office, monkeypatch):
    """The sweep forgets which cases close an order; what it answered is asked again."""
    monkeypatch.setattr(CaseQuerySet, "taking_the_order", CaseQuerySet.open)
    monkeypatch.setattr(sweep, "_anything_asked", lambda: True)
    monkeypatch.setattr(sweep, "owed_orders", lambda now: Order.objects.late(now))
    with pytest.raises(Broken, match="a sweep opens what is owed and nothing else"):
        explore(late_at("UJI-1", step=12, entries=("none",)), 0)


def test_control_a_letter_that_stays_when_one_leaves_is_found(office, monkeypatch):
    voids = ending._void

    def only_when_nobody_leaves(letter, reason, *, leaving=None, **rest):
        if leaving is None:
            voids(letter, reason, **rest)

    monkeypatch.setattr(ending, "_void", only_when_nobody_leaves)
    with pytest.raises(Broken, match=r"the others draft anew|no letter waits"):
        explore(late_at("UJI-1", "UJI-2", step=8, entries=("ready in time",)), 1)


def test_control_a_gift_that_is_not_handed_on_is_found(office, monkeypatch):
    """Who leaves a shared letter takes the souvenir away from who stays."""

    def release(case, *, by, now):
        stock.release(reservation=case.reservation, by=by, now=now) if case.reservation else None

    monkeypatch.setattr(ending, "_release", release)
    with pytest.raises(Broken, match="keeps the gift"):
        explore(late_at("UJI-1", "UJI-2", step=8, entries=("ready in time",)), 1)


def test_control_an_outcome_that_is_not_offered_is_found(office, monkeypatch):
    """Were the way back to 8 closed at 11, a letter that no longer fits would be stuck."""
    closed = replace(STEPS[11], outcomes=STEPS[11].outcomes[:1])
    monkeypatch.setitem(STEPS, 11, closed)
    with pytest.raises(Broken, match="what is true is offered"):
        explore(late_at("UJI-1", step=10, entries=("ready now",)), 1)


def test_control_a_trap_is_told_from_a_way_that_ends():
    one, other, way, end, dead = ("one",), ("other",), ("way",), ("end",), ("dead",)
    found = Found(
        leads={one: {other}, other: {one}, way: {end, one}, end: set(), dead: set()},
        at_rest={end},
    )
    assert found.without_a_way_out() == {one, other, dead}
