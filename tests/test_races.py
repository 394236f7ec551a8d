"""What two do at the same instant is done once: submits, sweeps, numbers, the journal's chain.

Each race has its control: the same entry with its guard taken out by the test, and the fault shows.
"""

import io
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from kompensasi.cases import actions, opening
from kompensasi.cases import sweep as sweeping
from kompensasi.cases.models import Case, Ending, Opening, Visit
from kompensasi.people.models import Appointment, Post, User
from spm_monitor import actions as orders
from spm_monitor import journal, sequences
from spm_monitor.models import (
    Customer,
    JournalEntry,
    JournalHead,
    MonitoringRow,
    ObstacleCause,
    Order,
    Overrun,
    Section,
    Sequence,
    Service,
)
from spm_monitor.wording import time_id
from tests.conftest import MONDAY, person
from tests.racing import Act, Racer, errors, race, slowest, without_constraint, without_unique
from tests.spm_monitor.edge_orders import as_csv, edge_orders

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


DUE = MONDAY - timedelta(days=5)


def late_orders(count: int, *, due_at: datetime = DUE) -> list[Order]:
    """So many open orders of the testing section, due at one instant."""
    service = Service.objects.get(code="UJI-ANEKA")
    customer = Customer.objects.get_or_create(name="PT Lomba")[0]
    first = Order.objects.count()
    return Order.objects.bulk_create(
        Order(
            number=f"LOMBA-{first + i:04d}", customer=customer, service=service,
            section=service.section, due_at=due_at, received_at=MONDAY - timedelta(days=40),
        )
        for i in range(count)
    )  # fmt: skip


def late_cases(count: int) -> list[int]:
    """The open visits of so many new cases, all at step 1."""
    late_orders(count)
    assert sweeping.sweep(MONDAY).opened == count
    return list(Visit.objects.order_by("pk").values_list("pk", flat=True))


def stand_in() -> User:
    """A Plh. Kasi PJT beside the Plt.: two people with the same queue."""
    user = User.objects.create_user("plh.pjt", full_name="Plh. Kasi PJT")
    Appointment.objects.create(
        user=user, post=Post.objects.get(code="kasi_pjt"), kind=Appointment.Kind.PLH,
        order_number="SP-LOMBA/1", order_date=MONDAY, starts_on=MONDAY.date(),
    )  # fmt: skip
    return user


# --- two submits of one step (FAULTS A1) ------------------------------------------------------
def submits(visits: list[int], user: User, *, late: timedelta = timedelta()) -> Racer:
    """Finishes step 1 of the n-th visit as a page does: reads it, then acts on what it read."""

    def racer(number: int) -> Act:
        visit = Visit.objects.select_related("case__order").get(pk=visits[number])
        now = MONDAY + timedelta(minutes=number) + late
        return lambda: (
            actions.finish_step(
                visit=visit, outcome="record", by=user, now=now,
                data={"stage": MonitoringRow.Stage.WORK, "estimate_at": None},
            ).pk
        )  # fmt: skip

    return racer


def done_twice() -> list[int]:
    """Cases whose one step was finished more than once, by the journal."""
    acts = JournalEntry.objects.filter(verb="step.finished").values_list("subject_id", flat=True)
    return [case for case, times in Counter(acts).items() if times > 1]


def test_of_two_submits_one_is_done_and_the_other_hears_by_whom():
    visits = late_cases(300)
    plt, plh = person("kasi.pjt"), stand_in()
    rounds = race(
        submits(visits, plt), submits(visits, plh, late=timedelta(seconds=30)), rounds=300
    )
    for number, (one, other) in enumerate(rounds):
        winner, loser = (one, other) if one.error == "" else (other, one)
        assert (winner.error, loser.error) == ("", "AlreadyFinished"), (one, other)
        who = "Plt. Kasi PJT" if winner is one else "Plh. Kasi PJT"
        at = time_id(MONDAY + timedelta(minutes=number))  # both within that minute
        assert loser.text == f"Langkah ini sudah diselesaikan oleh {who} pukul {at}."
    assert JournalEntry.objects.filter(verb="step.finished").count() == 300
    assert done_twice() == []
    assert MonitoringRow.objects.count() == 300
    stands = Counter((v.step, v.finished_at is None) for v in Visit.objects.select_related("row"))
    assert stands == {(1, False): 300, (2, True): 300}
    assert journal.first_broken() is None


def test_the_claim_alone_lets_one_submit_through(monkeypatch):
    """The order's lock, which comes first, hides what the claim does; here there is none."""
    visits = late_cases(40)
    monkeypatch.setattr(orders, "locked", lambda order: Order.objects.get(pk=order.pk))
    user = person("kasi.pjt")
    rounds = race(submits(visits, user), submits(visits, user), rounds=40)
    assert [sorted(t.error for t in tries) for tries in rounds] == [["", "AlreadyFinished"]] * 40
    assert done_twice() == []


def checked_as_read(visit: Visit, now: datetime) -> None:
    """What stands in for the claim: a look at the row as the page read it; `_close` saves."""
    if visit.finished_at is not None:
        raise actions.AlreadyFinished("")


def test_control_without_the_claim_steps_are_done_twice(monkeypatch):
    visits = late_cases(40)
    monkeypatch.setattr(actions, "_claim", checked_as_read)
    user = person("kasi.pjt")
    with without_constraint(Visit, "one_open_visit_a_case"):
        race(submits(visits, user), submits(visits, user), rounds=40)
        assert len(done_twice()) > 0


def test_control_without_the_claim_the_constraint_still_stops_the_second(monkeypatch):
    visits = late_cases(20)
    monkeypatch.setattr(actions, "_claim", checked_as_read)
    user = person("kasi.pjt")
    rounds = race(submits(visits, user), submits(visits, user), rounds=20)
    assert "IntegrityError" in {t.error for tries in rounds for t in tries}
    assert done_twice() == []


# --- two sweeps at once (FAULTS B10) ----------------------------------------------------------
ROUNDS, EACH = 12, 15


def orders_of_the_rounds() -> None:
    """In round n fifteen orders are newly late at MONDAY + n minutes and a second."""
    for number in range(ROUNDS):
        late_orders(EACH, due_at=MONDAY + timedelta(minutes=number))


def sweeps(number: int) -> Act:
    now = MONDAY + timedelta(minutes=number, seconds=1)
    return lambda: str(sweeping.sweep(now))


def opens_cases(number: int) -> Act:
    now = MONDAY + timedelta(minutes=ROUNDS + number)
    return lambda: sweeping.open_cases(now)


def orders_with_two_open_cases() -> list[int]:
    held = Counter(Case.objects.open().values_list("order", flat=True))
    return [order for order, cases in held.items() if cases > 1]


def test_two_sweeps_at_once_open_one_case_for_each_order():
    orders_of_the_rounds()
    rounds = race(sweeps, sweeps, rounds=ROUNDS)
    assert errors(rounds) == []
    assert orders_with_two_open_cases() == []
    numbers = Case.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"KMP-2026-{n:04d}" for n in range(1, ROUNDS * EACH + 1)]
    assert set(Case.objects.values_list("order", flat=True)) == set(
        Order.objects.values_list("pk", flat=True)
    )
    assert Overrun.objects.count() == Visit.objects.count() == ROUNDS * EACH
    assert JournalEntry.objects.filter(verb="case.opened").count() == ROUNDS * EACH
    assert journal.first_broken() is None


def test_two_that_only_open_cases_open_one_for_each_order():
    late_orders(200)
    sweeping.flag_overruns(MONDAY)
    rounds = race(opens_cases, opens_cases, rounds=2)
    assert errors(rounds) == []
    assert sum(t.value for tries in rounds for t in tries) == 200
    assert orders_with_two_open_cases() == []


def opens_what_it_read(number: int) -> Act:
    """The sweep without its lock: what is owed is read first, then opened."""
    now = MONDAY + timedelta(minutes=number, seconds=1)
    sweeping.flag_overruns(now)
    owed = list(sweeping.owed_orders(now).values_list("pk", flat=True))

    def act() -> int:
        with journal.act():
            return len(
                opening.open_cases(
                    late=owed, opening=Opening.LATE, by=None, capacity="Sistem", now=now
                )
            )

    return act


def test_control_without_lock_and_constraint_sweeps_open_two_cases():
    orders_of_the_rounds()
    with without_constraint(Case, "one_open_case_an_order"):
        race(opens_what_it_read, opens_what_it_read, rounds=ROUNDS)
        assert len(orders_with_two_open_cases()) > 0


def test_edge_orders_swept_by_two_have_a_case_where_one_is_owed(tmp_path):
    rows = edge_orders(130)
    file = tmp_path / "orders.csv"
    file.write_bytes(as_csv([row for row, _ in rows]))
    with pytest.raises(SystemExit):  # some are to be rejected
        call_command("import_orders", str(file), stdout=io.StringIO())
    now = timezone.now()
    assert errors(race(*[lambda _: lambda: str(sweeping.sweep(now))] * 2, rounds=1)) == []
    owed = sorted(row["nomor"] for row, edge in rows if edge.fate in ("late", "open"))
    assert sorted(Case.objects.values_list("order__number", flat=True)) == owed


# --- numbers (FAULTS A5, C3) ------------------------------------------------------------------
KEY = "lomba:2026"


def takes_a_number(number: int) -> Act:
    def act() -> int:
        with transaction.atomic():
            return sequences.take(KEY)

    return act


def numbers_of(rounds: list) -> list[int]:
    return sorted(t.value for tries in rounds for t in tries if not t.error)


def test_four_times_two_hundred_numbers_without_double_or_gap():
    rounds = race(*[takes_a_number] * 4, rounds=200)
    assert errors(rounds) == []
    assert numbers_of(rounds) == list(range(1, 801))
    assert slowest(rounds, 0.95) < 0.5


def adds_one_to_what_it_read(number: int) -> Act:
    last = Sequence.objects.get(key=KEY).last

    def act() -> int:
        with transaction.atomic():
            Sequence.objects.filter(key=KEY).update(last=last + 1)
            return last + 1

    return act


def test_control_reading_first_and_adding_one_gives_doubles():
    Sequence.objects.create(key=KEY, last=0)
    rounds = race(*[adds_one_to_what_it_read] * 4, rounds=50)
    taken = numbers_of(rounds)
    assert len(taken) == 200
    assert len(set(taken)) < 200


@pytest.mark.sqlite_only
def test_control_deferred_transactions_lose_writes_on_sqlite(settings):
    """Why settings ask for IMMEDIATE: a transaction that reads first cannot upgrade its lock."""
    options = connection.settings_dict["OPTIONS"]
    Sequence.objects.create(key=KEY, last=0)
    options["transaction_mode"] = "DEFERRED"
    try:
        rounds = race(*[takes_a_number] * 4, rounds=50)
    finally:
        options["transaction_mode"] = "IMMEDIATE"
        connection.close()
    assert any("locked" in error for error in errors(rounds))


# --- the journal's chain (FAULTS M6) ----------------------------------------------------------
def records(number: int) -> Act:
    section = Section.objects.first()

    def act() -> None:
        with journal.act():
            journal.record("race.tested", section, by=None, now=MONDAY)

    return act


def forks() -> int:
    """Entries that follow the same entry as another one does."""
    previous = list(JournalEntry.objects.values_list("previous", flat=True))
    return len(previous) - len(set(previous))


def test_four_times_a_hundred_acts_make_one_chain():
    rounds = race(*[records] * 4, rounds=100)
    assert errors(rounds) == []
    assert JournalEntry.objects.count() == 400
    assert forks() == 0
    assert journal.first_broken() is None


def test_control_without_the_lock_the_chain_forks(monkeypatch):
    read: dict[str, JournalHead] = {}

    def reads_the_head_and_records(number: int) -> Act:
        read["head"] = JournalHead.objects.get(pk=1)
        return records(number)

    def append_to_what_was_read(entries: list[dict[str, Any]]) -> None:
        head = read["head"]
        for row in entries:
            entry = JournalEntry(**row)
            head.seq += 1
            entry.seq, entry.previous = head.seq, head.digest
            entry.digest = head.digest = entry.seal()
            entry.save(force_insert=True)
        head.save()

    JournalHead.objects.create(pk=1)
    monkeypatch.setattr(journal, "_append", append_to_what_was_read)
    with without_unique(JournalEntry, "seq"):
        race(*[reads_the_head_and_records] * 4, rounds=25)
        assert forks() > 0
        assert journal.first_broken() is not None


def test_a_chain_that_grows_while_it_is_proved_is_sound():
    def proves(number: int) -> Act:
        return journal.first_broken

    rounds = race(records, records, proves, rounds=100)
    assert errors(rounds) == []
    assert {tries[2].value for tries in rounds} == {None}


# --- a case's step against an act on its order (FAULTS A14) -----------------------------------
def cases_at_step_4(count: int) -> list[int]:
    """The open visits of cases that wait for the obstacle's cause."""
    late_cases(count)
    fourth = Case.objects.first().revision.steps.get(number=4)
    visits = list(Visit.objects.select_related("case").order_by("pk"))
    rows = MonitoringRow.objects.bulk_create(
        MonitoringRow(
            order_id=visit.case.order_id, observed_at=MONDAY, stage=MonitoringRow.Stage.WORK
        )
        for visit in visits
    )
    for visit, row in zip(visits, rows, strict=True):
        visit.monitoring_row = row
        visit.finished_at, visit.outcome, visit.finished_capacity = MONDAY, "record", "uji"
    Visit.objects.bulk_update(
        visits, ["monitoring_row", "finished_at", "outcome", "finished_capacity"]
    )
    return [
        visit.pk
        for visit in Visit.objects.bulk_create(
            Visit(case=visit.case, row=fourth, opens_at=MONDAY, due_at=MONDAY) for visit in visits
        )
    ]


def informs(visits: list[int]) -> Racer:
    user = person("pj.uji")
    cause = ObstacleCause.objects.first()

    def racer(number: int) -> Act:
        visit = Visit.objects.select_related("case__order").get(pk=visits[number])
        now = MONDAY + timedelta(hours=1)
        data = {
            "cause": cause, "asset": "", "story": "Antrean.", "estimate_at": now + timedelta(days=9)
        }  # fmt: skip
        return lambda: (
            actions.finish_step(visit=visit, outcome="inform", by=user, now=now, data=data).pk
        )

    return racer


def records_ready(visits: list[int]) -> Racer:
    """A result that was there in time after all."""
    user = person("petugas")

    def racer(number: int) -> Act:
        order = Order.objects.get(cases__visits=visits[number])
        return lambda: orders.record_ready(
            order=order, at=DUE - timedelta(hours=1), by=user, now=MONDAY + timedelta(hours=1)
        )

    return racer


def in_turns(one: Racer, other: Racer) -> Racer:
    """One in even rounds, the other in odd ones, so that neither process is always the first."""
    return lambda number: (one if number % 2 == 0 else other)(number)


def test_a_step_and_its_orders_result_at_once_neither_hang_nor_disagree():
    visits = cases_at_step_4(100)
    step, result = informs(visits), records_ready(visits)
    rounds = race(in_turns(step, result), in_turns(result, step), rounds=100)
    assert {error.partition(":")[0] for error in errors(rounds)} <= {"AlreadyFinished"}
    for number, tries in enumerate(rounds):
        assert tries[1 - number % 2].error == "", tries  # the result is always recorded
    assert slowest(rounds) < 2
    assert not Order.objects.filter(ready_at=None).exists()
    assert set(Case.objects.values_list("ending", flat=True)) == {Ending.IN_SPM}
    assert not Visit.objects.filter(finished_at=None).exists()
    assert journal.first_broken() is None


@pytest.mark.postgres_only
def test_control_with_the_claim_before_the_orders_lock_they_deadlock(monkeypatch):
    visits = cases_at_step_4(2)
    claim, lock = actions._claim, orders.locked

    def claims_then_locks(visit: Visit, now: datetime) -> None:
        claim(visit, now)
        time.sleep(0.3)  # for the other to lock the order
        lock(visit.case.order)

    class Unlocked:
        all_locked = staticmethod(lambda keys: list(Order.objects.filter(pk__in=list(keys))))

    monkeypatch.setattr(actions, "orders", Unlocked)
    monkeypatch.setattr(actions, "_claim", claims_then_locks)
    step, result = informs(visits), records_ready(visits)
    rounds = race(in_turns(step, result), in_turns(result, step), rounds=2)
    assert any("deadlock" in error for error in errors(rounds))
