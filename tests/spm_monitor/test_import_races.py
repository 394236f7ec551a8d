"""Two imports at the same instant; and a look at a file, which locks nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spm_monitor import actions, importing, journal
from spm_monitor.models import Customer, DueChange, JournalEntry, Order, Service
from tests.conftest import MONDAY
from tests.racing import Act, errors, race
from tests.spm_monitor.test_import_pages import csv_of, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

NEW, KNOWN, ROUNDS = 130, 20, 3


def enter_known() -> None:
    service = Service.objects.get(code="UJI-ANEKA")
    customer = Customer.objects.create(name="PT Lama")
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), MONDAY)
    for i in range(KNOWN * ROUNDS):
        facts = begun | {"number": f"TAHU-{i:03d}", "customer": customer, "service": service}
        actions.enter_order(facts=facts, by=None, now=MONDAY, capacity="Loket")


def rows_of(number: int) -> list[dict[str, str]]:
    new = [row(f"BARU-{number}-{i:03d}", pelanggan=f"PT {number}-{i % 40}") for i in range(NEW)]
    known = [
        {"nomor": f"TAHU-{i:03d}", "pelanggan": "", "layanan": "", "diterima": "",
         "target": "2027-01-15"}
        for i in range(number * KNOWN, (number + 1) * KNOWN)
    ]  # fmt: skip
    return [cells for pair in zip(known, new, strict=False) for cells in pair] + new[KNOWN:]


def imports(*, backwards: bool):
    def racer(number: int) -> Act:
        rows = rows_of(number)
        content = csv_of(*(reversed(rows) if backwards else rows))
        judgement = importing.judge(content, now=MONDAY, by=None, capacity="Impor berkas")

        def act() -> tuple[int, int, int]:
            result = importing.take(judgement, now=MONDAY, by=None)
            return result.created, result.updated, len(result.rejected)

        return act

    return racer


def test_two_imports_of_the_same_orders_take_each_once():
    enter_known()
    rounds = race(imports(backwards=False), imports(backwards=True), rounds=ROUNDS)
    assert errors(rounds) == []
    for one, other in rounds:
        assert one.value[0] + other.value[0] == NEW
        assert one.value[2] + other.value[2] == NEW
    assert Order.objects.filter(number__startswith="BARU").count() == NEW * ROUNDS
    assert DueChange.objects.count() == KNOWN * ROUNDS
    entered = JournalEntry.objects.filter(verb="customer.entered")
    assert entered.count() == 40 * ROUNDS  # "PT Lama" came without an act
    assert journal.first_broken() is None


def test_a_look_writes_nothing_and_asks_for_no_lock():
    enter_known()
    with CaptureQueriesContext(connection) as made:
        judgement = importing.judge(csv_of(*rows_of(0)), now=MONDAY, by=None, capacity="x")
    assert (judgement.result.created, judgement.result.updated) == (NEW, KNOWN)
    told = [query["sql"] for query in made]
    assert all(sql.startswith(("SELECT", "(SELECT")) for sql in told), told
    assert not any("FOR UPDATE" in sql for sql in told)
