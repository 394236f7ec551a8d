"""The last item of the cupboard, wanted by two at once, goes to one (FAULTS A13)."""

import pytest

from kompensasi.souvenirs import stock
from kompensasi.souvenirs.models import Item, Movement, Reservation, SouvenirClass
from spm_monitor import journal
from spm_monitor.models import Customer
from spm_monitor.refusals import NotNow
from tests.conftest import MONDAY, person
from tests.racing import Act, errors, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]
ROUNDS = 200


def one_of_each(count: int) -> list[int]:
    kind, first = SouvenirClass.objects.first(), Item.objects.count()
    items = Item.objects.bulk_create(
        Item(name=f"Mug {first + n}", souvenir_class=kind, on_hand=1) for n in range(count)
    )
    Customer.objects.get_or_create(name="PT Lomba")
    return [item.pk for item in items]


def reserves(items: list[int]):
    def in_round(number: int) -> Act:
        item, customer = Item.objects.get(pk=items[number]), Customer.objects.get(name="PT Lomba")
        by = person("kasi.pjt")

        def act() -> int:
            with journal.act():
                return stock.reserve(item=item, customer=customer, by=by, now=MONDAY).pk

        return act

    return in_round


def test_of_two_who_want_the_last_item_one_gets_it():
    items = one_of_each(ROUNDS)
    rounds = race(reserves(items), reserves(items), rounds=ROUNDS)
    assert all(sum(bool(t.value) for t in tries) == 1 for tries in rounds)
    refused = errors(rounds)
    assert len(refused) == ROUNDS
    assert all(error.startswith("NotNow: Stok") for error in refused)
    assert Reservation.objects.count() == Movement.objects.count() == ROUNDS
    assert not Item.objects.exclude(on_hand=1, reserved=1).exists()


def test_control_a_look_before_the_leap_gives_the_last_item_twice(monkeypatch):
    def looks_then_leaps(*, item, customer, by, now) -> Reservation:
        if item.free < 1:  # as it was read before
            raise NotNow("Stok habis.")
        Item.objects.filter(pk=item.pk).update(reserved=item.reserved + 1)
        return Reservation.objects.create(item=item, customer=customer, reserved_at=now)

    items = one_of_each(10)
    monkeypatch.setattr(stock, "reserve", looks_then_leaps)
    rounds = race(reserves(items), reserves(items), rounds=10)
    assert any(sum(bool(t.value) for t in tries) == 2 for tries in rounds)


def test_control_without_the_condition_the_constraint_still_stops_the_second(monkeypatch):
    def takes_blindly(*, item, customer, by, now) -> Reservation:
        Item.objects.filter(pk=item.pk).update(reserved=stock.F("reserved") + 1)
        return Reservation.objects.create(item=item, customer=customer, reserved_at=now)

    monkeypatch.setattr(stock, "reserve", takes_blindly)
    items = one_of_each(10)
    rounds = race(reserves(items), reserves(items), rounds=10)
    assert len(errors(rounds)) == 10
