"""Pauses recorded, ended and dropped: the due follows, the case follows the due, all on record."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kompensasi.cases.models import Case, Ending
from kompensasi.cases.sweep import sweep
from spm_monitor import actions, clock, pausing, recalculation
from spm_monitor.models import DueChange, JournalEntry, Order, Pause
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.cases.walking import walk
from tests.conftest import MONDAY, make_order, person, signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FRIDAY = MONDAY - 3 * DAY  # 20 November 2026, 08.00
# From Monday's opening to Wednesday evening of the week before: three working days.
LAST_WEEK = (MONDAY - 7 * DAY - timedelta(minutes=30), MONDAY - 5 * DAY + timedelta(hours=10))
PDF = b"%PDF-1.4\n% tagihan\n%%EOF\n"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("tagihan.pdf", PDF, "application/pdf")


@pytest.fixture
def order() -> Order:
    """Calibration, five working days from Friday 13 November: due Friday the 20th, 16.30."""
    return started("KAL-1", 10)


def started(number: str, days_ago: int, **facts) -> Order:
    begun = MONDAY - days_ago * DAY
    made = make_order(number, "KAL", received_at=begun, **facts)
    by = person("kasi.pjt")
    actions.record_documents(order=made, at=begun, by=by, now=MONDAY)
    actions.record_paid(order=made, at=begun, by=by, now=MONDAY)
    made.refresh_from_db()
    return made


def pause(order: Order, begins=FRIDAY, ends=None, username: str = "petugas", **rest) -> Pause:
    return pausing.record_pause(
        order=order, reason="payment", begins_at=begins, ends_at=ends, evidence=scan(),
        by=person(username), now=MONDAY, **rest,
    )  # fmt: skip


def state(order: Order) -> str:
    order.refresh_from_db()
    near = clock.near_limit(MONDAY, clock.current_calendar())
    told = order.state(now=MONDAY, near=near)
    assert list(Order.objects.in_state(told, now=MONDAY, near=near).filter(pk=order.pk)) == [order]
    return told


# --- the due ----------------------------------------------------------------------------------
def test_the_due_moves_with_an_ended_pause_and_its_cause_is_kept(order):
    old = order.due_at
    pause(order, *LAST_WEEK)
    assert order.due_at == clock.current_calendar().due_after_days(old, 3)
    change = DueChange.objects.first()
    assert (change.old, change.new) == (old, order.due_at)
    assert change.cause == "jeda: tagihan belum dibayar atau kedaluwarsa"
    assert JournalEntry.objects.filter(verb="order.paused", subject_id=order.pk).count() == 1


def test_while_it_goes_on_there_is_no_due_and_nothing_is_overdue():
    order = started("KAL-2", 5)
    pause(order)
    assert state(order) == Order.State.PAUSED
    assert order.due_at is None
    assert not order.late(MONDAY + 400 * DAY)
    pausing.end_pause(order=order, at=MONDAY, by=person("petugas"), now=MONDAY)
    assert state(order) in (Order.State.NEAR, Order.State.IN_SPM)
    assert order.paused_since is None


def test_what_was_late_before_stays_late(order):
    begins = order.due_at + timedelta(hours=1)
    pause(order, begins)
    assert state(order) == Order.State.OVERDUE
    assert order.due_at is not None


def test_a_pause_survives_a_change_of_rules(order):
    """GLPI 6902, 10594: there a pause was lost when a rule changed."""
    pause(order, *LAST_WEEK)
    moved = order.due_at
    assert list(recalculation.moves(clock.current_calendar())) == []
    facts = {"received_at": order.received_at - timedelta(hours=1)}
    actions.change_order(order=order, facts=facts, by=person("petugas"), now=MONDAY)
    assert order.due_at == moved


def test_the_result_ends_an_open_pause_at_its_instant():
    order = started("KAL-3", 5)
    pause(order)
    actions.record_ready(order=order, at=MONDAY, by=person("kasi.kal"), now=MONDAY)
    assert order.pauses.get().ends_at == MONDAY
    assert order.paused_since is None
    assert state(order) == Order.State.DONE_IN_SPM


def test_a_pause_that_began_after_the_result_never_counted():
    order = started("KAL-4", 5)
    due = order.due_at
    pause(order, MONDAY - timedelta(hours=1))
    ready = MONDAY - timedelta(hours=2)
    actions.record_ready(order=order, at=ready, by=person("kasi.kal"), now=MONDAY)
    assert order.due_at == due
    assert order.pauses.get().dropped_at == MONDAY


def test_a_dropped_pause_counts_no_more_and_stays_on_record(order):
    old = order.due_at
    made = pause(order, *LAST_WEEK)
    pausing.drop_pause(pause=made, reason="Salah pesanan.", by=person("petugas"), now=MONDAY)
    order.refresh_from_db()
    assert order.due_at == old
    assert Pause.objects.get().dropped_reason == "Salah pesanan."
    with pytest.raises(NotNow):
        pausing.drop_pause(pause=made, reason="Lagi.", by=person("petugas"), now=MONDAY)


# --- the case ---------------------------------------------------------------------------------
@pytest.fixture
def case(order, mug) -> Case:
    """It waits for the section's report, and no estimate says that the order will be late."""
    sweep(MONDAY)
    case = Case.objects.get()
    walk(case, 6, MONDAY)
    Order.objects.update(estimate_at=None)
    order.refresh_from_db()
    return case


def test_a_case_ends_when_a_pause_shows_that_its_order_was_in_time(order, case):
    pause(order, *LAST_WEEK)
    case.refresh_from_db()
    assert case.ending == Ending.IN_SPM
    assert order.overruns.get().corrected_at == MONDAY


def test_its_effect_is_seen_before_it_is_kept(order, case):
    rows = (Pause.objects.count(), JournalEntry.objects.count(), DueChange.objects.count())
    with pytest.raises(pausing.Unseen) as unseen:
        pause(order, *LAST_WEEK, seen="")
    effect = unseen.value.effect
    assert effect.followed == (
        f"Kasus {case.number} berakhir. Ternyata pesanan tidak di luar SPM.",
    )
    order.refresh_from_db()
    assert (effect.old, order.due_at) == (order.due_at, effect.old), "nothing moved"
    assert Case.objects.get().ended_at is None
    kept = (Pause.objects.count(), JournalEntry.objects.count(), DueChange.objects.count())
    assert kept == rows
    pause(order, *LAST_WEEK, seen=effect.mark)
    assert order.due_at == effect.new


def test_what_changed_since_it_was_seen_is_shown_again(order):
    with pytest.raises(pausing.Unseen) as unseen:
        pause(order, MONDAY - 7 * DAY, MONDAY - 6 * DAY, seen="")
    sweep(MONDAY)  # a case was opened meanwhile
    with pytest.raises(pausing.Unseen) as again:
        pause(order, MONDAY - 7 * DAY, MONDAY - 6 * DAY, seen=unseen.value.effect.mark)
    assert again.value.effect.followed
    assert not Pause.objects.exists()


# --- refusals ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("begins", "ends", "field", "said"),
    [
        (MONDAY + DAY, None, "begins_at", "tidak boleh mulai setelah"),
        (MONDAY - 20 * DAY, None, "begins_at", "tidak boleh sebelum pesanan diterima"),
        (FRIDAY, FRIDAY, "ends_at", "Isi waktu setelah jeda mulai"),
        (FRIDAY, FRIDAY - DAY, "ends_at", "Isi waktu setelah jeda mulai"),
        (FRIDAY, MONDAY + DAY, "ends_at", "tidak boleh setelah 23 Nov 2026"),
    ],
)
def test_a_pause_that_cannot_be_is_refused_at_its_field(order, begins, ends, field, said):
    with pytest.raises(BadInput, match=said) as refused:
        pause(order, begins, ends)
    assert refused.value.field == field
    assert not Pause.objects.exists()


def test_an_order_that_ended_takes_no_pause(order):
    actions.record_ready(order=order, at=FRIDAY, by=person("kasi.kal"), now=MONDAY)
    with pytest.raises(NotNow, match="sudah berakhir"):
        pause(order, MONDAY - 7 * DAY, MONDAY - 6 * DAY)


def test_what_has_not_begun_is_not_paused():
    waiting = make_order("KAL-9", "KAL", received_at=MONDAY)
    with pytest.raises(NotNow, match="belum mulai"):
        pause(waiting, MONDAY)


def test_a_second_open_pause_is_refused():
    order = started("KAL-5", 5)
    pause(order)
    with pytest.raises(NotNow, match="sudah dijeda sejak 20 Nov 2026"):
        pause(order, FRIDAY + timedelta(hours=1))
    pausing.end_pause(order=order, at=MONDAY, by=person("petugas"), now=MONDAY)
    with pytest.raises(NotNow, match="tidak sedang dijeda"):
        pausing.end_pause(order=order, at=MONDAY, by=person("petugas"), now=MONDAY)


@pytest.mark.parametrize("username", ["kasi.kal", "pj.kal", "kepala", "auditor", "admin"])
def test_who_does_not_enter_orders_records_no_pause(order, username):
    with pytest.raises(NotYours):
        pause(order, username=username)
    assert signed_in(username).get(reverse("pause-new", args=[order.pk])).status_code == 403


# --- pages ------------------------------------------------------------------------------------
TYPED = {"reason": "payment", "begins_at": "2026-11-16T07:30", "ends_at": "2026-11-18T18:00",
         "note": "Tagihan 12 kedaluwarsa."}  # fmt: skip


def test_the_page_shows_the_effect_then_asks_for_evidence_then_keeps_it(order, case):
    client, url = signed_in("petugas"), reverse("pause-new", args=[order.pk])
    assert client.get(url).status_code == 200
    shown = client.post(url, TYPED)
    html = shown.content.decode()
    assert shown.status_code == 200
    assert "Kasus KMP-2026-0001 berakhir." in html
    assert "20 Nov 2026 16.30 WIB" in html
    assert "25 Nov 2026 16.00 WIB" in html
    assert "Tagihan 12 kedaluwarsa." in html, "typed text is sent along"
    assert not Pause.objects.exists()
    mark = shown.context["effect"].mark
    missing = client.post(url, TYPED | {"seen": mark})
    assert missing.status_code == 422
    assert "Unggah bukti bahwa pekerjaan menunggu pelanggan." in missing.content.decode()
    done = client.post(url, TYPED | {"seen": mark, "evidence": scan()}, follow=True)
    assert "Jeda dicatat. Target selesai: " in done.content.decode()
    made = Pause.objects.get()
    assert client.get(reverse("pause-evidence", args=[made.pk])).content == PDF
    assert "Tagihan belum dibayar" in done.content.decode()


def test_a_refusal_of_the_page_keeps_what_was_typed(order):
    url = reverse("pause-new", args=[order.pk])
    answer = signed_in("petugas").post(url, TYPED | {"ends_at": "2026-11-16T07:00"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Isi waktu setelah jeda mulai" in html
    assert "Tagihan 12 kedaluwarsa." in html


def test_a_pause_is_ended_and_dropped_on_the_order_page():
    order = started("KAL-6", 5)
    made = pause(order)
    client, page = signed_in("petugas"), reverse("order", args=[order.pk])
    assert "Dijeda sejak 20 Nov 2026 08.00 WIB" in client.get(page).content.decode()
    url = reverse("order-act", args=[order.pk, "akhiri-jeda"])
    assert client.post(url, {"at": "2026-11-20T07:00"}).status_code == 422
    done = client.post(url, {"at": "2026-11-23T08:00"}, follow=True).content.decode()
    assert "Jeda berakhir. Target selesai: " in done
    url = reverse("pause-drop", args=[made.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    shown = client.post(url, {"reason": "Salah."})
    mark = shown.context["effect"].mark
    done = client.post(url, {"reason": "Salah.", "seen": mark}, follow=True).content.decode()
    assert "Jeda dicabut." in done
    assert "Dicabut" in done


def test_a_section_sees_no_evidence_of_another(order):
    made = pause(order, MONDAY - 7 * DAY, MONDAY - 6 * DAY)
    url = reverse("pause-evidence", args=[made.pk])
    assert signed_in("kasi.kal").get(url).status_code == 200
    assert signed_in("kasi.uji").get(url).status_code == 404


def test_the_order_page_says_which_days_did_not_count(order):
    pause(order, *LAST_WEEK)
    page = signed_in("petugas").get(reverse("order", args=[order.pk])).content.decode()
    assert "3 hari kerja dijeda karena menunggu pelanggan tidak dihitung." in page
    assert "Kalender kerja berubah" not in page
    assert "3 dari 5 hari kerja terpakai" in page, "of six days since, three were paused"
