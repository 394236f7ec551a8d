"""The stock ledger: never negative, and its lines always sum up to what the cupboard shows."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kompensasi.souvenirs import stock
from kompensasi.souvenirs.models import Item, Movement, Reservation, SouvenirClass
from spm_monitor import journal
from spm_monitor.models import Customer, JournalEntry
from spm_monitor.refusals import BadInput, NotNow, NotYours, Refused
from tests.conftest import MONDAY, person

Kind = Movement.Kind
# What a line of the ledger does to (on hand, reserved).
EFFECT: dict[str, tuple[int, int]] = {
    Kind.OPENING: (1, 0),
    Kind.IN: (1, 0),
    Kind.RESERVED: (0, 1),
    Kind.RELEASED: (0, -1),
    Kind.OUT: (-1, -1),
    Kind.RETURNED: (1, 0),
    Kind.ADDED: (1, 0),
    Kind.REMOVED: (-1, 0),
}


@pytest.fixture
def umbrella(db) -> Item:
    """An item of which there is none yet."""
    return Item.objects.create(name="Payung", souvenir_class=SouvenirClass.objects.first())


@pytest.fixture
def customer(db) -> Customer:
    return Customer.objects.create(name="PT Uji")


def stands(item: Item) -> tuple[int, int]:
    """On hand and reserved, as the database has them."""
    return Item.objects.values_list("on_hand", "reserved").get(pk=item.pk)


def sums(item: Item) -> tuple[int, int]:
    """The same, from the ledger alone."""
    lines = [(EFFECT[m.kind], m.quantity) for m in Movement.objects.filter(item=item)]
    return sum(e[0] * n for e, n in lines), sum(e[1] * n for e, n in lines)


def receive(item: Item, quantity: int = 1) -> None:
    stock.receive(
        item=item, quantity=quantity, document="SJ-1", by=person("petugas"), now=MONDAY
    )  # fmt: skip


def correct(item: Item, change: int, **facts) -> None:
    facts = {"by": person("petugas"), "reason": "hitung fisik"} | facts
    stock.correct(item=item, change=change, now=MONDAY, **facts)


def open_stock(item: Item, quantity: int = 1, **facts) -> None:
    facts = {"by": person("petugas")} | facts
    stock.open_stock(item=item, quantity=quantity, now=MONDAY, **facts)


def act(what, **facts) -> Reservation | None:
    """One of the ledger's acts, as a step does it."""
    with journal.act():
        return what(by=person("kasi.pjt"), now=MONDAY, **facts)


# --- coming in --------------------------------------------------------------------------------


def test_what_came_in_is_there_by_its_document(umbrella):
    receive(umbrella, 12)

    assert stands(umbrella) == (12, 0)
    line = Movement.objects.get(item=umbrella)
    assert (line.kind, line.quantity, line.document) == (Kind.IN, 12, "SJ-1")
    assert line.by == person("petugas")


def test_it_is_on_record_as_what_one_acted(umbrella):
    receive(umbrella, 12)

    entry = JournalEntry.objects.get(verb="stock.in")
    assert entry.capacity == "Petugas Loket"
    assert entry.after == {"quantity": 12, "document": "SJ-1"}


@pytest.mark.parametrize("username", ["kepala", "auditor", "admin", "kasi.uji", "plh.kepala"])
def test_others_record_no_stock(umbrella, username):
    with pytest.raises(NotYours):
        stock.receive(
            item=umbrella, quantity=1, document="SJ-1", by=person(username), now=MONDAY
        )  # fmt: skip
    assert stands(umbrella) == (0, 0)


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_does_not_come_in(umbrella, quantity):
    with pytest.raises(BadInput):
        receive(umbrella, quantity)
    assert not Movement.objects.exists()


def test_what_came_carries_its_cost_and_the_item_the_last_one(umbrella):
    open_stock(umbrella, 3, unit_cost=40_000, funding="PNBP 2025")
    stock.receive(
        item=umbrella, quantity=2, document="SJ-1", unit_cost=45_000, by=person("petugas"),
        now=MONDAY,
    )  # fmt: skip
    receive(umbrella)

    umbrella.refresh_from_db()
    assert (umbrella.unit_cost, umbrella.funding) == (45_000, "PNBP 2025")
    lines = Movement.objects.order_by("pk").values_list("kind", "unit_cost", "funding")
    assert list(lines) == [
        (Kind.OPENING, 40_000, "PNBP 2025"), (Kind.IN, 45_000, ""), (Kind.IN, None, ""),
    ]  # fmt: skip


# --- opening, correcting ----------------------------------------------------------------------


def test_stock_is_opened_once(umbrella):
    open_stock(umbrella, 7)

    with pytest.raises(BadInput, match="sudah dicatat pada 23 November 2026") as refusal:
        open_stock(umbrella, 7)
    assert refusal.value.field == "item"
    assert stands(umbrella) == sums(umbrella) == (7, 0)
    assert JournalEntry.objects.get().verb == "stock.opening"


def test_the_database_itself_refuses_a_second_opening_and_a_correction_without_reason(umbrella):
    open_stock(umbrella)
    for facts in ({"kind": Kind.OPENING}, {"kind": Kind.ADDED}, {"kind": Kind.REMOVED}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Movement.objects.create(item=umbrella, quantity=1, at=MONDAY, **facts)


@pytest.mark.parametrize(("change", "kind"), [(4, Kind.ADDED), (-4, Kind.REMOVED)])
def test_a_correction_is_a_line_of_its_own_with_its_reason(umbrella, change, kind):
    receive(umbrella, 10)

    correct(umbrella, change, reason="berita acara 12")

    assert stands(umbrella) == sums(umbrella) == (10 + change, 0)
    line = Movement.objects.get(kind=kind)
    assert (line.quantity, line.reason) == (4, "berita acara 12")
    entry = JournalEntry.objects.get(verb="stock.corrected")
    assert (entry.after, entry.note) == ({"change": change}, "berita acara 12")


def test_what_is_put_aside_is_not_corrected_away(umbrella, customer):
    receive(umbrella, 3)
    act(stock.reserve, item=umbrella, customer=customer)

    with pytest.raises(BadInput, match="Paling banyak 2 yang dapat dikurangi; 1 disisihkan"):
        correct(umbrella, -3)
    correct(umbrella, -2)

    assert stands(umbrella) == sums(umbrella) == (1, 1)


@pytest.mark.parametrize(("change", "reason"), [(0, "sebab"), (1, "")])
def test_no_correction_without_number_or_reason(umbrella, change, reason):
    with pytest.raises(BadInput):
        correct(umbrella, change, reason=reason)
    assert not Movement.objects.exists()


@pytest.mark.parametrize("username", ["kepala", "auditor", "admin", "kasi.uji", "plh.kepala"])
def test_others_open_and_correct_nothing(umbrella, username):
    for act_on_stock in (open_stock, correct):
        with pytest.raises(NotYours):
            act_on_stock(umbrella, 1, by=person(username))
    assert stands(umbrella) == (0, 0)


# --- going out --------------------------------------------------------------------------------


def test_what_is_put_aside_is_no_longer_free(umbrella, customer):
    receive(umbrella, 2)

    act(stock.reserve, item=umbrella, customer=customer)

    assert stands(umbrella) == (2, 1)
    assert Item.objects.get(pk=umbrella.pk).free == 1


def test_an_empty_cupboard_refuses_in_words(umbrella, customer):
    with pytest.raises(NotNow, match="Stok Payung habis"):
        act(stock.reserve, item=umbrella, customer=customer)
    assert stands(umbrella) == (0, 0)
    assert not Reservation.objects.exists()


def test_the_last_one_is_put_aside_once(umbrella, customer):
    receive(umbrella)
    act(stock.reserve, item=umbrella, customer=customer)

    with pytest.raises(NotNow):
        act(stock.reserve, item=umbrella, customer=customer)
    assert stands(umbrella) == (1, 1)


def test_what_is_released_is_free_again_and_released_once(umbrella, customer):
    receive(umbrella)
    reservation = act(stock.reserve, item=umbrella, customer=customer)

    act(stock.release, reservation=reservation)
    act(stock.release, reservation=reservation)

    assert stands(umbrella) == sums(umbrella) == (1, 0)
    assert Movement.objects.filter(kind=Kind.RELEASED).count() == 1


def test_what_leaves_leaves_once(umbrella, customer):
    receive(umbrella, 2)
    reservation = act(stock.reserve, item=umbrella, customer=customer)
    act(stock.let_go, reservation=reservation)

    with pytest.raises(NotNow):
        act(stock.let_go, reservation=reservation)
    act(stock.release, reservation=reservation)  # too late: it left

    assert stands(umbrella) == sums(umbrella) == (1, 0)


def test_what_was_released_does_not_leave(umbrella, customer):
    receive(umbrella)
    reservation = act(stock.reserve, item=umbrella, customer=customer)
    act(stock.release, reservation=reservation)

    with pytest.raises(NotNow):
        act(stock.let_go, reservation=reservation)
    assert stands(umbrella) == (1, 0)


def test_what_comes_back_lies_in_the_cupboard_again_and_comes_back_once(umbrella, customer):
    receive(umbrella)
    reservation = act(stock.reserve, item=umbrella, customer=customer)
    act(stock.let_go, reservation=reservation)
    assert stands(umbrella) == (0, 0)

    act(stock.take_back, reservation=reservation)
    with pytest.raises(NotNow):
        act(stock.take_back, reservation=reservation)

    assert stands(umbrella) == sums(umbrella) == (1, 0)
    assert JournalEntry.objects.filter(verb="stock.returned").count() == 1


def test_what_never_left_does_not_come_back(umbrella, customer):
    receive(umbrella)
    reservation = act(stock.reserve, item=umbrella, customer=customer)

    with pytest.raises(NotNow):
        act(stock.take_back, reservation=reservation)
    assert stands(umbrella) == (1, 1)


def test_others_take_nothing_back(umbrella, customer):
    receive(umbrella)
    reservation = act(stock.reserve, item=umbrella, customer=customer)
    act(stock.let_go, reservation=reservation)

    with pytest.raises(NotYours):
        stock.take_back(reservation=reservation, by=person("kepala"), now=MONDAY)
    assert stands(umbrella) == (0, 0)


# --- what must never be false -----------------------------------------------------------------


@pytest.mark.parametrize(("on_hand", "reserved"), [(-1, 0), (0, -1), (1, 2)])
def test_the_database_itself_refuses_what_cannot_be(umbrella, on_hand, reserved):
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.filter(pk=umbrella.pk).update(on_hand=on_hand, reserved=reserved)


def test_a_failed_act_leaves_neither_line_nor_stock(umbrella, customer):
    receive(umbrella)

    def reserve_and_fail(**facts) -> None:
        stock.reserve(item=umbrella, customer=customer, **facts)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        act(reserve_and_fail)

    assert stands(umbrella) == sums(umbrella) == (1, 0)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(
                ["receive", "correct", "open", "reserve", "release", "let_go", "take_back"]
            ),
            st.integers(-3, 5),
        ),
        max_size=30,
    )
)
def test_whatever_is_asked_the_ledger_sums_up_and_nothing_is_negative(umbrella, customer, moves):
    with transaction.atomic():
        free = Item.objects.create(
            name="Tas", souvenir_class=umbrella.souvenir_class
        )  # fresh for each example
        reservations: list[Reservation] = []
        for move, number in moves:
            try:
                if move == "receive":
                    receive(free, number)
                elif move == "correct":
                    correct(free, number)
                elif move == "open":
                    open_stock(free, number)
                elif move == "reserve":
                    reservations.append(act(stock.reserve, item=free, customer=customer))
                elif reservations:
                    chosen = reservations[number % len(reservations)]
                    act(getattr(stock, move), reservation=chosen)
            except Refused:
                pass
            on_hand, reserved = stands(free)
            assert 0 <= reserved <= on_hand
            assert (on_hand, reserved) == sums(free)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_the_last_one_at_once_one_gets_it(umbrella, customer):
    receive(umbrella)
    start, got, refused = threading.Barrier(8), [], []

    def want() -> None:
        start.wait()
        try:
            got.append(act(stock.reserve, item=umbrella, customer=customer))
        except NotNow:
            refused.append(1)
        finally:
            connection.close()

    _all_at_once(want, 8)

    assert (len(got), len(refused)) == (1, 7)
    assert stands(umbrella) == sums(umbrella) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_the_same_one_back_one_does(umbrella, customer):
    receive(umbrella)
    reservation = act(stock.reserve, item=umbrella, customer=customer)
    act(stock.let_go, reservation=reservation)
    start, refused = threading.Barrier(8), []

    def bring() -> None:
        start.wait()
        try:
            act(stock.take_back, reservation=reservation)
        except NotNow:
            refused.append(1)
        finally:
            connection.close()

    _all_at_once(bring, 8)

    assert len(refused) == 7
    assert stands(umbrella) == sums(umbrella) == (1, 0)


def _all_at_once(what, count: int) -> None:
    threads = [threading.Thread(target=what) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
