"""The sweep: which orders it flags and for which it opens a case (DOMAIN 2 rule a, 3 "Late")."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kompensasi.cases import ending, opening, tasks
from kompensasi.cases import sweep as sweeping
from kompensasi.cases.models import Case, Ending, Opening, Visit
from kompensasi.cases.sweep import BATCH, open_cases, sweep
from kompensasi.sop.models import Revision
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.flagging import flag_overruns
from spm_monitor.models import Customer, JournalEntry, Order, Overrun, Sequence, Service
from spm_monitor.workdays import WIB
from tests.cases.walking import walk
from tests.conftest import MONDAY, day, late_order, make_order, person

pytestmark = pytest.mark.django_db

DUE = MONDAY - timedelta(days=5)
A_MOMENT = timedelta(microseconds=1)
AN_HOUR = timedelta(hours=1)


def many(count: int, **facts) -> list[Order]:
    """So many late orders in one statement."""
    service = Service.objects.get(code="UJI-ANEKA")
    customer, _ = Customer.objects.get_or_create(name="PT M")
    facts = {"due_at": DUE, "received_at": MONDAY - timedelta(days=40)} | facts
    first = Order.objects.count()
    return Order.objects.bulk_create(
        Order(
            number=f"M-{first + i}", customer=customer, service=service, section=service.section,
            **facts,
        )
        for i in range(count)
    )  # fmt: skip


def swept(at: datetime) -> tuple[int, int]:
    """Flagged and opened."""
    done = sweep(at)
    return done.flagged, done.opened


# --- late, to the moment ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "late"),
    [
        pytest.param({"due_at": None}, False, id="no due"),
        pytest.param({"due_at": None, "ready_at": MONDAY}, False, id="no due, ready"),
        pytest.param({"due_at": None, "withdrawn_at": MONDAY}, False, id="no due, withdrawn"),
        pytest.param({"due_at": MONDAY + A_MOMENT}, False, id="due in a moment"),
        pytest.param({"due_at": MONDAY}, False, id="due now"),
        pytest.param({"due_at": MONDAY - A_MOMENT}, True, id="due a moment ago"),
        pytest.param({"due_at": DUE}, True, id="open past its due"),
        pytest.param({"due_at": DUE, "estimate_at": MONDAY + AN_HOUR}, True, id="with estimate"),
        pytest.param({"ready_at": DUE - A_MOMENT}, False, id="ready a moment before"),
        pytest.param({"ready_at": DUE}, False, id="ready on the due"),
        pytest.param({"ready_at": DUE + A_MOMENT}, True, id="ready a moment after"),
        pytest.param({"ready_at": DUE + A_MOMENT, "handed_over_at": MONDAY}, True, id="handed"),
        pytest.param({"withdrawn_at": DUE - A_MOMENT}, False, id="withdrawn a moment before"),
        pytest.param({"withdrawn_at": DUE}, False, id="withdrawn on the due"),
        pytest.param({"withdrawn_at": DUE + A_MOMENT}, True, id="withdrawn a moment after"),
        pytest.param({"due_at": MONDAY, "withdrawn_at": MONDAY}, False, id="withdrawn, due now"),
        pytest.param({"due_at": MONDAY, "estimate_at": MONDAY + AN_HOUR}, False, id="expected"),
    ],
)  # fmt: skip
def test_an_order_is_flagged_and_has_its_case_when_it_is_late(facts, late):
    order = make_order(**{"due_at": DUE} | facts)
    assert order.late(MONDAY) == late
    assert Order.objects.late(MONDAY).exists() == late
    assert swept(MONDAY) == (late, late)
    assert order.cases.count() == order.overruns.count() == late
    assert swept(MONDAY) == (0, 0)


def test_an_order_due_now_is_late_a_moment_later():
    order = make_order(due_at=MONDAY)
    assert swept(MONDAY) == (0, 0)
    assert swept(MONDAY + A_MOMENT) == (1, 1)
    assert order.overruns.get().due_at == MONDAY


def test_an_overrun_row_keeps_due_and_moment_and_the_order_points_to_it():
    order = late_order()
    flag_overruns(MONDAY)
    overrun = order.overruns.get()
    assert (overrun.due_at, overrun.flagged_at) == (DUE, MONDAY)
    assert (overrun.corrected_at, overrun.answered_at) == (None, None)
    order.refresh_from_db()
    assert order.flagged_due_at == DUE
    open_cases(MONDAY + AN_HOUR)
    overrun.refresh_from_db()
    assert overrun.answered_at == MONDAY + AN_HOUR


def test_no_case_is_opened_for_what_is_not_flagged():
    late_order()
    assert open_cases(MONDAY) == 0


def test_a_second_run_does_nothing():
    many(3)
    assert swept(MONDAY) == (3, 3)
    assert swept(MONDAY) == (0, 0)
    assert swept(MONDAY + timedelta(days=30)) == (0, 0)


def test_after_ten_days_of_silence_all_are_found_at_once():
    for number in range(10):
        make_order(f"UJI-{number}", due_at=MONDAY + timedelta(days=number))
    assert swept(MONDAY) == (0, 0)
    late = MONDAY + timedelta(days=10)
    assert swept(late) == (10, 10)
    assert set(Overrun.objects.values_list("flagged_at", flat=True)) == {late}
    assert swept(late) == (0, 0)


def test_the_state_is_late_before_any_sweep():
    """Beat may be down: the colour is computed on reading (FAULTS B11)."""
    order = make_order(due_at=MONDAY)
    later = MONDAY + timedelta(hours=3)
    assert order.state(now=later, near=later) == Order.State.OVERDUE
    assert not order.overruns.exists()


# --- GO_LIVE ----------------------------------------------------------------------------------
GO_LIVE = day("2026-11-20")
LAST_MOMENT = datetime(2026, 11, 19, 23, 59, 59, tzinfo=WIB)
FIRST_MOMENT = datetime(2026, 11, 20, 0, 0, tzinfo=WIB)  # still the 19th in UTC


@pytest.mark.parametrize("how", ["ready_at", "withdrawn_at"])
@pytest.mark.parametrize(("ended_at", "opens"), [(LAST_MOMENT, False), (FIRST_MOMENT, True)])
def test_go_live_limits_cases_by_the_wib_date_of_the_end(settings, how, ended_at, opens):
    settings.GO_LIVE = GO_LIVE
    order = make_order(due_at=datetime(2026, 11, 2, 16, 0, tzinfo=WIB), **{how: ended_at})
    assert swept(MONDAY) == (1, opens)
    assert order.cases.count() == opens


def test_go_live_does_not_limit_what_is_still_open(settings):
    settings.GO_LIVE = MONDAY.date()
    make_order(due_at=MONDAY - timedelta(days=30), received_at=MONDAY - timedelta(days=90))
    assert swept(MONDAY) == (1, 1)


def test_when_go_live_moves_earlier_those_that_waited_are_opened(settings):
    late_order("LAMA", by_days=20, ready_at=MONDAY - timedelta(days=15))
    late_order("BARU", by_days=20, ready_at=MONDAY - timedelta(days=2))
    settings.GO_LIVE = MONDAY.date()
    assert swept(MONDAY) == (2, 0)
    settings.GO_LIVE = GO_LIVE
    assert swept(MONDAY) == (0, 1)
    settings.GO_LIVE = None
    assert swept(MONDAY) == (0, 1)
    assert swept(MONDAY) == (0, 0)


# --- who already has, or had, a case ----------------------------------------------------------
def had_case(order: Order, ending: str) -> Case:
    """A case of the order that ended so."""
    return Case.objects.create(
        number="KMP-2026-0900", order=order, revision=Revision.in_force(MONDAY.date()),
        opened_at=DUE, opening=Opening.HAND, ended_at=DUE, ending=ending,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "opens"),
    [
        (Ending.COMPENSATED, False),
        (Ending.GIFT_REFUSED, False),
        (Ending.UNDELIVERED, False),
        (Ending.CANCELLED, False),
        (Ending.IN_SPM, True),
        (Ending.WITHDRAWN, True),
    ],
)
def test_how_an_earlier_case_ended_decides_whether_another_is_opened(ending, opens):
    order = late_order()
    had_case(order, ending)
    assert swept(MONDAY) == (1, opens)
    assert swept(MONDAY) == (0, 0)
    assert order.cases.open().count() == opens


def test_an_order_compensated_is_not_compensated_again_when_its_due_moves(mug):
    order = late_order()
    sweep(MONDAY)
    case = order.cases.get()
    end = walk(case, None, MONDAY)
    orders.change_order(
        order=order, facts={"target_at": DUE + AN_HOUR}, by=person("kasi.pjt"), now=end
    )
    assert swept(end + AN_HOUR) == (1, 0)
    assert order.cases.get() == case


def test_after_an_administrator_cancelled_none_is_opened():
    order = late_order()
    sweep(MONDAY)
    ending.cancel_case(
        case=order.cases.get(), reason="pesanan ganda", by=person("admin"), now=MONDAY
    )
    assert swept(MONDAY + AN_HOUR) == (0, 0)
    assert order.cases.get().ending == Ending.CANCELLED


def test_a_case_that_ended_in_spm_opens_anew_when_the_order_is_late_after_all():
    order, kasi = late_order(), person("kasi.pjt")
    sweep(MONDAY)
    first = order.cases.get()
    orders.record_ready(order=order, at=DUE - AN_HOUR, by=person("petugas"), now=MONDAY)
    at = walk(first, None, MONDAY)
    first.refresh_from_db()
    assert first.ending == Ending.IN_SPM
    assert order.overruns.get().corrected_at == MONDAY
    assert swept(at) == (0, 0)

    orders.change_order(order=order, facts={"ready_at": DUE + AN_HOUR}, by=kasi, now=at)
    assert swept(at + AN_HOUR) == (1, 1)
    corrected, standing = order.overruns.order_by("pk")
    assert (corrected.corrected_at, corrected.answered_at) == (MONDAY, MONDAY)
    assert (standing.corrected_at, standing.answered_at) == (None, at + AN_HOUR)
    assert [case.ending for case in order.cases.order_by("pk")] == [Ending.IN_SPM, ""]
    assert swept(at + AN_HOUR) == (0, 0)


def test_a_due_that_moved_is_late_again_when_the_new_one_passes():
    order, kasi = late_order(), person("kasi.pjt")
    sweep(MONDAY)
    orders.change_order(
        order=order, facts={"target_at": MONDAY + timedelta(days=2)}, by=kasi, now=MONDAY
    )
    assert swept(MONDAY + timedelta(days=2)) == (0, 0)
    assert swept(MONDAY + timedelta(days=2) + A_MOMENT) == (1, 0)  # its case is open still
    assert order.cases.count() == 1
    assert order.overruns.count() == 2


def test_a_case_opened_by_hand_before_is_the_orders_case():
    order = make_order(due_at=MONDAY + AN_HOUR)
    case = opening.open_case(order=order, by=person("kasi.pjt"), now=MONDAY)
    assert swept(MONDAY + 2 * AN_HOUR) == (1, 0)
    assert order.cases.get() == case
    case.refresh_from_db()
    assert case.opening == Opening.HAND


def test_a_case_that_somebody_opened_while_the_sweep_looked_is_left_alone(monkeypatch):
    late, kasi, lock = many(3), person("kasi.pjt"), sweeping._lock
    flag_overruns(MONDAY)

    def quicker(queryset):
        read = lock(queryset)
        if not late[1].cases.exists():
            opening.open_case(order=late[1], by=kasi, now=MONDAY)
        return read

    monkeypatch.setattr(sweeping, "_lock", quicker)
    assert open_cases(MONDAY) == 2
    assert [order.cases.get().opening for order in late] == ["late", "hand", "late"]


# --- what is opened ---------------------------------------------------------------------------
def test_a_case_stands_at_step_1_of_the_revision_in_force_opened_by_the_system():
    order = late_order()
    sweep(MONDAY)
    case = order.cases.get()
    assert (case.opened_at, case.opening, case.opened_by) == (MONDAY, Opening.LATE, None)
    assert case.revision == Revision.in_force(MONDAY.date())
    visit = case.visits.get()
    assert (visit.step, visit.opened_at, visit.finished_at) == (1, None, None)


@pytest.mark.parametrize(
    ("opens_at", "due_at"),
    [
        ("2026-11-23T08:00", "2026-11-23T08:30"),
        ("2026-11-26T15:55", "2026-11-27T07:55"),
        ("2026-11-28T10:00", "2026-11-30T08:00"),  # a Saturday
        ("2026-11-23T11:50", "2026-11-23T13:20"),
        ("2026-11-23T02:00", "2026-11-23T08:00"),
    ],
)
def test_the_steps_clock_starts_with_the_case_and_counts_working_minutes(opens_at, due_at):
    late_order(by_days=9)
    at = datetime.fromisoformat(opens_at).replace(tzinfo=WIB)
    sweep(at)
    visit = Visit.objects.get()
    assert visit.opens_at == at
    assert visit.due_at == datetime.fromisoformat(due_at).replace(tzinfo=WIB)


def numbers() -> list[str]:
    return list(Case.objects.order_by("pk").values_list("number", flat=True))


def test_numbers_have_no_gap_and_begin_anew_with_the_wib_year():
    for number, due in enumerate((DUE, DUE, MONDAY)):
        make_order(f"UJI-{number}", due_at=due)
    sweep(MONDAY)
    make_order("UJI-8", due_at=datetime(2026, 12, 31, 16, 0, tzinfo=WIB))
    sweep(MONDAY + AN_HOUR)
    sweep(datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC))
    make_order("UJI-9", due_at=datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC))
    sweep(datetime(2026, 12, 31, 17, 0, tzinfo=UTC))  # 2027 in Palembang
    assert numbers() == [*(f"KMP-2026-000{n}" for n in (1, 2, 3, 4)), "KMP-2027-0001"]


def test_after_9999_numbers_grow():
    Sequence.objects.create(key="case:2026", last=9998)
    many(2)
    sweep(MONDAY)
    assert numbers() == ["KMP-2026-9999", "KMP-2026-10000"]


def test_each_case_has_its_entry_in_the_journal():
    late = many(3)
    sweep(MONDAY)
    sweep(MONDAY)
    entries = JournalEntry.objects.filter(verb="case.opened")
    assert [entry.after["order"] for entry in entries] == [order.pk for order in late]
    assert [entry.after["number"] for entry in entries] == numbers()
    for entry in entries:
        assert (entry.subject, entry.actor, entry.capacity) == ("cases.case", None, "Sistem")
        assert (entry.at, entry.after["opening"]) == (MONDAY, "late")
    assert [entry.subject_id for entry in entries] == [c.pk for c in Case.objects.order_by("pk")]
    assert journal.first_broken() is None


def test_more_than_a_batch_is_done_in_one_sweep():
    count = BATCH + 205
    many(count)
    assert swept(MONDAY) == (count, count)
    assert numbers() == [f"KMP-2026-{n:04d}" for n in range(1, count + 1)]
    assert Visit.objects.count() == JournalEntry.objects.count() == count
    assert not Overrun.objects.filter(answered_at=None).exists()
    assert journal.first_broken() is None


# --- what it costs ----------------------------------------------------------------------------
def statements(act, *args) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        act(*args)
    return [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]


@pytest.mark.parametrize("count", [1, 300])
def test_one_statement_writes_all_overruns_and_a_second_notes_them(count):
    many(count)
    look, insert, update = statements(flag_overruns, MONDAY)
    assert "LIMIT 1" in look
    assert insert.startswith("INSERT INTO")
    assert "spm_monitor_overrun" in insert
    assert update.startswith("UPDATE")
    assert "spm_monitor_order" in update
    assert Overrun.objects.count() == count


@pytest.mark.parametrize("settled", [0, 300])
def test_nothing_to_do_costs_two_statements_however_much_was_done(settled):
    many(settled)
    sweep(MONDAY)
    assert len(statements(sweep, MONDAY + AN_HOUR)) == 2


@pytest.mark.parametrize("how", ["ready_at", "withdrawn_at"])
def test_what_ended_before_go_live_is_looked_at_once(settings, how):
    settings.GO_LIVE = GO_LIVE
    many(30, **{how: LAST_MOMENT})
    assert swept(MONDAY) == (30, 0)
    assert len(statements(sweep, MONDAY + AN_HOUR)) == 3
    settings.GO_LIVE = GO_LIVE + timedelta(days=2)
    assert len(statements(sweep, MONDAY + AN_HOUR)) == 3
    settings.GO_LIVE = GO_LIVE - timedelta(days=1)
    assert swept(MONDAY + AN_HOUR) == (0, 30)


def test_an_order_waived_by_go_live_is_asked_again_when_its_end_changes(settings):
    settings.GO_LIVE = GO_LIVE
    order = make_order(due_at=DUE, ready_at=DUE + AN_HOUR)
    assert swept(MONDAY) == (1, 0)
    orders.correct_ready(
        order=order, at=MONDAY - AN_HOUR, reason="salah ketik", by=person("kasi.uji"), now=MONDAY
    )
    assert swept(MONDAY + AN_HOUR) == (0, 1)
    assert order.overruns.count() == 1


def test_three_hundred_cases_cost_as_many_statements_as_one():
    late_order("PERTAMA")
    sweep(MONDAY)
    late_order()
    flag_overruns(MONDAY)
    few = len(statements(open_cases, MONDAY))
    many(300)
    flag_overruns(MONDAY)
    assert len(statements(open_cases, MONDAY)) == few <= 20


# --- the command and the job ------------------------------------------------------------------
def commanded(*args: str) -> str:
    out = io.StringIO()
    call_command("flag_overruns", *args, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "now", ["2026-11-23T08:00", "2026-11-23T08:00:00+07:00", "2026-11-23T01:00Z"]
)
def test_the_command_says_what_it_did_at_the_instant_it_is_given(settings, now):
    settings.GO_LIVE = MONDAY.date()
    many(2)
    late_order("LAMA", ready_at=DUE + AN_HOUR)
    make_order("TEPAT", due_at=MONDAY)
    assert commanded("--now", now) == "ditandai 3, kasus dibuka 2\n"
    assert commanded("--now", now) == "ditandai 0, kasus dibuka 0\n"


def test_without_an_instant_the_command_means_now():
    make_order(due_at=datetime.now(tz=WIB) - timedelta(minutes=1))
    make_order("NANTI", due_at=datetime.now(tz=WIB) + timedelta(minutes=30))
    assert commanded() == "ditandai 1, kasus dibuka 1\n"


def test_an_unreadable_instant_is_explained():
    with pytest.raises(CommandError, match="--now besok: tulis seperti"):
        commanded("--now", "besok")


def test_beats_job_does_the_same():
    make_order(due_at=datetime.now(tz=WIB) - timedelta(minutes=1))
    tasks.sweep()
    tasks.sweep()
    assert Case.objects.count() == Overrun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_opens_its_own_transactions(settings):
    """Beat calls it in none; within a test's own, a lock that wants one would go unnoticed."""
    settings.GO_LIVE = GO_LIVE
    many(2)
    many(3, ready_at=LAST_MOMENT)
    assert swept(MONDAY) == (5, 2)
    assert swept(MONDAY + AN_HOUR) == (0, 0)
    assert Overrun.objects.filter(waived_before=GO_LIVE).count() == 3
