"""The decree of 7 August 2025 that made the 18th a joint holiday, replayed on the office's page.

FAULTS C12. Zammad 534: a holiday entered late was not applied to what was running. GLPI 6902 and
10594: what had been paused was lost when a rule changed.
"""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from kompensasi.cases.models import Case, Ending
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter
from kompensasi.souvenirs.models import Item
from spm_monitor import actions, clock, journal, recalculation
from spm_monitor.models import (
    Customer,
    DueChange,
    Holiday,
    JournalEntry,
    Order,
    Overrun,
    Pause,
    Service,
)
from spm_monitor.workdays import WIB
from tests.cases.walking import walk
from tests.conftest import person, signed_in
from tests.settings_pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

THE_DAY = date(2025, 8, 18)
NOW = datetime(2025, 8, 8, 9, 0, tzinfo=WIB)
DECREE = {"date": "2025-08-18", "name": "Cuti bersama Kemerdekaan", "joint": "on",
          "decree": "SKB perubahan 7 Agustus 2025", "reason": ""}  # fmt: skip
EVENING = datetime(2025, 8, 19, 18, 0, tzinfo=WIB)
PAGE = "/pengaturan/libur/baru/"


@pytest.fixture(autouse=True)
def moment():
    """Before the decree arrived."""
    Holiday.objects.filter(date=THE_DAY).delete()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def enter(number: str, start: datetime, service: str = "UJI-ANEKA", **facts) -> Order:
    customer, _ = Customer.objects.get_or_create(name="PT Musi Karet")
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), start)
    kind = Service.objects.get(code=service)
    return actions.enter_order(
        facts=begun | {"number": number, "customer": customer, "service": kind} | facts,
        by=None, now=NOW, capacity="Loket",
    )  # fmt: skip


def wait(order: Order, begins: datetime, ends: datetime) -> None:
    """The work waited on the customer."""
    Pause.objects.create(
        order=order, reason="payment", begins_at=begins, ends_at=ends, recorded_at=NOW,
        by=person("kasi.pjt"), evidence="x", evidence_sha256="x",
    )  # fmt: skip
    actions.reschedule(order, clock.current_calendar())
    order.save()


@pytest.fixture
def office() -> dict[str, datetime | None]:
    """Orders of all services, every fourth promised, every fifth ended; some waited."""
    services = list(Service.objects.order_by("code").values_list("code", flat=True))
    for i in range(70):
        start = datetime(2025, 7, 1, 8, 30, tzinfo=WIB) + timedelta(days=i % 38, minutes=i)
        promised = {"target_at": start + timedelta(days=25)} if i % 4 == 0 else {}
        order = enter(f"O-{i:02}", start, services[i % len(services)], **promised)
        if i % 7 == 3:
            wait(order, start + timedelta(days=1), start + timedelta(days=4))
        if i % 5 == 1:
            Order.objects.filter(pk=order.pk).update(ready_at=min(NOW, start + timedelta(days=3)))
    return {order.number: order.due_at for order in Order.objects.all()}


def keep(answer):
    """Send the decree again from the page that showed what it moves."""
    return signed_in("admin").post(PAGE, DECREE | {"seen": answer.context["seen"]})


def spanning(order: Order) -> bool:
    """Whether its counted way leads over the day: by its dates alone."""
    return bool(
        order.due_at
        and order.started_at
        and not order.ended
        and order.target_at is None
        and order.started_at.astimezone(WIB).date() < THE_DAY <= order.due_at.astimezone(WIB).date()
    )


def test_each_open_counted_due_that_spans_it_moves_by_one_working_day_and_nothing_else(office):
    before = {order.number: order for order in Order.objects.all()}
    moving = {number for number, order in before.items() if spanning(order)}
    calendar_orders = {
        o.number for o in before.values() if o.standard and o.standard.unit != "working"
    }
    assert len(moving) > 10
    assert not calendar_orders

    shown = signed_in("admin").post(PAGE, DECREE)

    assert shown.status_code == 200
    assert {move.order.number for move, _ in shown.context["rows"]} == moving
    assert {o.number: o.due_at for o in Order.objects.all()} == office, "a preview changes nothing"
    assert not JournalEntry.objects.filter(verb="holiday.added").exists()

    assert keep(shown).status_code == 302

    after = {order.number: order.due_at for order in Order.objects.all()}
    assert {number for number in after if after[number] != office[number]} == moving
    calendar = clock.current_calendar()
    for number in moving:
        assert after[number] == calendar.due_after_days(office[number], 1), number
    assert {
        change.order.number for change in DueChange.objects.filter(cause__contains="18 Agustus")
    } == moving
    told = JournalEntry.objects.filter(verb="order.rescheduled")
    assert told.count() == len(moving)
    assert set(told.values_list("actor__username", flat=True)) == {"admin"}
    assert JournalEntry.objects.filter(verb="holiday.added").count() == 1
    assert journal.first_broken() is None
    assert not list(recalculation.moves(calendar))


def test_c12_control_a_row_without_the_move_leaves_each_of_them_a_day_early(office):
    """What Zammad did: the day is off, and what was running goes on as if it were not."""
    Holiday.objects.create(date=THE_DAY, name="Cuti bersama", joint=True)
    assert {order.number: order.due_at for order in Order.objects.all()} == office
    left_behind = {move.order.number for move in recalculation.moves(clock.current_calendar())}
    assert left_behind == {o.number for o in Order.objects.all() if spanning(o)}


def test_glpi_6902_what_was_paused_stays_paused_when_the_calendar_changes(office):
    """Two orders alike but for two paused days stay two working days apart."""
    enter("PLAIN", datetime(2025, 8, 4, 9, tzinfo=WIB))
    waited = enter("WAITED", datetime(2025, 8, 4, 9, tzinfo=WIB))
    wait(waited, datetime(2025, 8, 5, tzinfo=WIB), datetime(2025, 8, 7, tzinfo=WIB))
    keep(signed_in("admin").post(PAGE, DECREE))
    dues = {o.number: o.due_at for o in Order.objects.filter(number__in=["PLAIN", "WAITED"])}
    assert dues["WAITED"] == clock.current_calendar().due_after_days(dues["PLAIN"], 2)


def test_an_order_that_changed_since_the_preview_is_shown_anew_and_nothing_is_kept(office):
    shown = signed_in("admin").post(PAGE, DECREE)
    one = next(move.order for move, _ in shown.context["rows"])
    actions.record_withdrawn(order=one, at=NOW, reason="Batal", by=person("kasi.pjt"), now=NOW)
    again = keep(shown)
    assert again.status_code == 200
    assert again.context["again"]
    assert one.number not in {move.order.number for move, _ in again.context["rows"]}
    assert not Holiday.objects.filter(date=THE_DAY).exists()
    assert not DueChange.objects.filter(cause__contains="18 Agustus").exists()


@pytest.fixture
def late_case(moment, mug: Item) -> Case:
    """An order due on the 19th, found late that evening."""
    order = enter("LATE", datetime(2025, 7, 29, 9, tzinfo=WIB))
    assert order.due_at == datetime(2025, 8, 19, 16, tzinfo=WIB)
    moment.move_to(EVENING)
    sweep(EVENING)
    case = Case.objects.get(order=order)
    return case


def expect(case: Case, day: int) -> None:
    """The section gives a date, in that August; the letter keeps what it says."""
    at = datetime(2025, 8, day, 15, tzinfo=WIB)
    Order.objects.filter(pk=case.order_id).update(estimate_at=at)


def test_a_case_that_closes_is_seen_before_and_its_overrun_stays_as_corrected(late_case):
    """C12: what was flagged wrongly is shown as corrected, not deleted; the draft becomes void."""
    walk(late_case, 10, EVENING)
    expect(late_case, 20)
    facts = DECREE | {"reason": "SKB terlambat diterima"}
    shown = signed_in("admin").post(PAGE, facts)
    assert f"Kasus {late_case.number} berakhir." in text(shown)
    late_case.refresh_from_db()
    assert late_case.ending == "", "a preview closes nothing"

    signed_in("admin").post(PAGE, facts | {"seen": shown.context["seen"]})

    late_case.refresh_from_db()
    assert late_case.ending == Ending.IN_SPM
    assert Overrun.objects.get(order=late_case.order_id).corrected_at is not None
    assert Letter.objects.get().voided_at is not None


def test_a_letter_that_was_sent_stays_with_its_case_and_its_file(late_case):
    walk(late_case, 12, EVENING)
    letter = Letter.objects.get()
    kept = (letter.number, letter.pdf_sha256, letter.voided_at)
    expect(late_case, 20)
    facts = DECREE | {"reason": "SKB terlambat diterima"}
    shown = signed_in("admin").post(PAGE, facts)
    assert f"Kasus {late_case.number} tetap berjalan." in text(shown)
    signed_in("admin").post(PAGE, facts | {"seen": shown.context["seen"]})
    letter.refresh_from_db()
    late_case.refresh_from_db()
    assert (letter.number, letter.pdf_sha256, letter.voided_at) == kept
    assert late_case.ending == ""


def test_a_day_taken_back_says_which_cases_will_open(moment):
    """Without the holiday the order is late already: its case is announced, then opened."""
    Holiday.objects.create(date=THE_DAY, name="Cuti bersama", joint=True)
    order = enter("SOON", datetime(2025, 7, 29, 9, tzinfo=WIB))
    assert order.due_at == datetime(2025, 8, 20, 16, tzinfo=WIB)
    now = datetime(2025, 8, 20, 9, tzinfo=WIB)
    moment.move_to(now)
    url = f"/pengaturan/libur/{Holiday.objects.get(date=THE_DAY).pk}/hapus/"
    shown = signed_in("admin").post(url, {"reason": "dicabut"})
    assert "Kasus kompensasi akan dibuka pada pemeriksaan berikutnya." in text(shown)
    signed_in("admin").post(url, {"reason": "dicabut", "seen": shown.context["seen"]})
    assert sweep(now).opened == 1
    assert Case.objects.get().order == order


def test_what_it_costs_does_not_grow_with_the_orders(django_assert_max_num_queries):
    for i in range(60):
        enter(f"N-{i}", datetime(2025, 8, 1, 9, tzinfo=WIB))
    Holiday.objects.create(date=THE_DAY, name="Cuti bersama", joint=True)
    calendar = clock.current_calendar()
    moves = list(recalculation.moves(calendar))
    assert len(moves) == 60
    with django_assert_max_num_queries(14):
        recalculation.move(moves, cause="x", by=None, now=NOW, capacity="Sistem")
