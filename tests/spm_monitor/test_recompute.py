"""`recompute_due_dates`: open orders follow a changed calendar when somebody says so."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kompensasi.cases.models import Case, Ending
from kompensasi.cases.sweep import sweep
from kompensasi.souvenirs.models import Item
from spm_monitor import actions, clock, journal, recalculation
from spm_monitor.models import (
    Customer,
    DueChange,
    Holiday,
    JournalEntry,
    Order,
    Overrun,
    Service,
    SpmStandard,
)
from spm_monitor.workdays import WIB
from tests.cases.walking import open_visit, walk
from tests.spm_monitor.test_order_pages import everything

pytestmark = pytest.mark.django_db

BEFORE = datetime(2025, 8, 8, 9, 0, tzinfo=WIB)  # a Friday: the decree came on the day before
LATE_HOLIDAY = date(2025, 8, 18)


@pytest.fixture(autouse=True)
def _august():
    """8 August 2025, 09.00 WIB, when nobody knew yet that the 18th would be off; UJI: 10 days."""
    Holiday.objects.filter(date=LATE_HOLIDAY).delete()
    SpmStandard.objects.filter(service__code="UJI-ANEKA").update(
        days=10, unit="working", valid_from=date(2020, 1, 1)
    )
    with time_machine.travel(BEFORE, tick=False):
        yield


def add_holiday(day: date = LATE_HOLIDAY) -> None:
    Holiday.objects.create(date=day, name="Cuti bersama", joint=True, decree="SKB perubahan")


def enter(number: str, received: datetime, **facts: Any) -> Order:
    customer, _ = Customer.objects.get_or_create(name="PT Musi Karet")
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), received)
    service = Service.objects.get(code="UJI-ANEKA")
    facts = begun | {"number": number, "customer": customer, "service": service} | facts
    return actions.enter_order(facts=facts, by=None, now=BEFORE, capacity="Loket")


def aug(day: int, hour: int = 16, minute: int = 0) -> datetime:
    return datetime(2025, 8, day, hour, minute, tzinfo=WIB)


def due(number: str) -> datetime:
    found = Order.objects.get(number=number).due_at
    assert found is not None
    return found


def said(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    call_command("recompute_due_dates", *options)
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def orders() -> None:
    """Orders around the 18th."""
    enter("SPANS", aug(6, 9))
    enter("BEFORE", aug(1, 9))
    enter("AFTER", aug(18, 9))
    enter("PROMISED", aug(6, 9), target_at=aug(18, 10))
    enter("WAITING", aug(6, 9), paid_at=None)
    enter("READY", aug(6, 9))
    enter("WITHDRAWN", aug(6, 9))
    Order.objects.filter(number="READY").update(ready_at=aug(8, 8))
    Order.objects.filter(number="WITHDRAWN").update(withdrawn_at=aug(8, 8))


def test_without_a_change_there_is_nothing_to_do(orders: None, capsys: Any) -> None:
    assert said(capsys) == said(capsys, "--apply") == ["Tidak ada target yang bergeser."]


def test_without_apply_it_only_shows(orders: None, capsys: Any) -> None:
    add_holiday()
    before = everything()
    assert said(capsys) == [
        "SPANS: 20 Agu 2025 16.00 WIB → 21 Agu 2025 16.00 WIB",
        "1 target akan bergeser; simpan dengan --apply.",
    ]
    assert everything() == before


def test_a_late_holiday_moves_the_open_orders_that_span_it_by_one_day(
    orders: None, capsys: Any
) -> None:
    dues = {order.number: order.due_at for order in Order.objects.all()}
    add_holiday()
    assert said(capsys, "--apply")[-1] == "1 target digeser."
    after = {order.number: order.due_at for order in Order.objects.all()}
    assert {number for number in dues if dues[number] != after[number]} == {"SPANS"}
    assert (dues["SPANS"], after["SPANS"]) == (aug(20), aug(21))
    change = DueChange.objects.get()
    assert (change.order.number, change.old, change.new) == ("SPANS", aug(20), aug(21))
    assert (change.cause, change.by, change.at) == (
        "dihitung ulang menurut kalender kerja", None, BEFORE,
    )  # fmt: skip
    entry = JournalEntry.objects.last()
    assert (entry.verb, entry.capacity, entry.actor) == ("order.rescheduled", "Sistem", None)
    assert set(entry.before) == set(entry.after) == {"due_at"}
    assert journal.first_broken() is None


def test_a_second_time_there_is_nothing_left(orders: None, capsys: Any) -> None:
    add_holiday()
    said(capsys, "--apply")
    before = everything()
    assert said(capsys, "--apply") == ["Tidak ada target yang bergeser."]
    assert everything() == before


def test_a_holiday_that_is_taken_back_moves_them_back(orders: None, capsys: Any) -> None:
    add_holiday()
    said(capsys, "--apply")
    Holiday.objects.filter(date=LATE_HOLIDAY).delete()
    said(capsys, "--apply")
    assert due("SPANS") == aug(20)
    assert DueChange.objects.count() == 2


def test_the_frozen_promise_counts_though_the_services_row_changed(
    orders: None, capsys: Any
) -> None:
    service = Service.objects.get(code="UJI-ANEKA")
    SpmStandard.objects.create(service=service, valid_from=date(2025, 8, 1), days=3, decree="SK 2")
    assert said(capsys) == ["Tidak ada target yang bergeser."]


def test_an_order_that_ended_meanwhile_keeps_its_due() -> None:
    enter("SPANS", aug(6, 9))
    add_holiday()
    found = list(recalculation.moves(clock.current_calendar()))
    actions.record_ready(order=found[0].order, at=aug(8, 8), by=None, now=BEFORE, capacity="Loket")
    moved = recalculation.move(found, cause="x", by=None, now=BEFORE, capacity="Sistem")
    assert (moved.moves, due("SPANS"), DueChange.objects.count()) == ([], aug(20), 0)


def test_queries_do_not_grow_with_the_orders_that_stay(orders: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert len(list(recalculation.moves(clock.current_calendar()))) == 1
        return len(made)

    add_holiday()
    queries()  # loads the calendar
    few = queries()
    for i in range(30):
        enter(f"MORE-{i}", aug(18, 9))
        enter(f"WAIT-{i}", aug(18, 9), documents_at=None)
    assert queries() == few


def test_a_case_ends_when_the_moved_due_shows_that_its_order_is_in_time(
    mug: Item, capsys: Any
) -> None:
    """Late on the 19th by a calendar without the 18th; the decree reaches the office then."""
    order = enter("SPANS", aug(5, 9))  # due on the 19th, 16.00
    evening = aug(19, 18)
    with time_machine.travel(evening, tick=False):
        sweep(evening)
        case = Case.objects.get(order=order)
        walk(case, 9, evening)
        actions.record_estimate(order=order, at=aug(20, 15), by=None, now=evening, capacity="Seksi")
        visit = open_visit(case)
        assert visit is not None
        assert visit.step == 9
        add_holiday()
        assert said(capsys, "--apply") == [
            "SPANS: 19 Agu 2025 16.00 WIB → 20 Agu 2025 16.00 WIB", "1 target digeser.",
        ]  # fmt: skip
    case.refresh_from_db()
    assert (open_visit(case), case.ending) == (None, Ending.IN_SPM)
    assert Overrun.objects.get(order=order).corrected_at == evening
    assert Order.objects.get().flagged_due_at is None
    mug.refresh_from_db()
    assert mug.reserved == 0
    assert journal.first_broken() is None


def test_a_case_of_an_order_that_is_still_late_goes_on(capsys: Any) -> None:
    order = enter("SPANS", aug(5, 9))
    now = aug(25, 9)
    with time_machine.travel(now, tick=False):
        sweep(now)
        case = Case.objects.get(order=order)
        walk(case, 6, now)
        add_holiday()
        said(capsys, "--apply")
    visit = open_visit(case)
    assert visit is not None
    assert visit.step == 6
    assert due("SPANS") == aug(20)
    assert Order.objects.get().late(now)
    assert now - due("SPANS") > timedelta(days=4)
