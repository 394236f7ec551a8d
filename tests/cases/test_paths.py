"""Every path through the twelve steps (DOMAIN 2), by posts of the right person to the pages.

A path is written as the steps a case visited with the outcome of each. Who did which step is
compared with the two readings of the SOP, by hand. Letters are typeset, kept and read back.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case, Ending, ObstacleReport, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter, LetterReview
from kompensasi.people.models import Appointment, Post
from kompensasi.sop.models import Revision
from kompensasi.souvenirs.models import Dispatch, Item, Movement, Receipt, SouvenirClass
from spm_monitor import files, journal
from spm_monitor.models import JournalEntry, Order, Section
from tests.cases.walking import (
    TYPED,
    answers,
    do_step,
    open_visit,
    paper,
    proposed,
    step_url,
    typed,
    walk,
)
from tests.conftest import MONDAY, TODAY, late_order, make_order, person, signed_in

pytestmark = pytest.mark.django_db

LANES = {
    "a": {
        1: "kasi.pjt", 2: "pj.uji", 3: "kasi.pjt", 4: "pj.uji", 5: "kasi.pjt", 6: "kasi.uji",
        7: "kepala", 8: "kasi.pjt", 9: "kasi.uji", 10: "kepala", 11: "kasi.pjt",
    },
    "b": {
        1: "pj.uji", 2: "pj.uji", 3: "pj.uji", 4: "kasi.uji", 5: "pj.uji", 6: "kasi.pjt",
        7: "kepala", 8: "pj.uji", 9: "kasi.pjt", 10: "kepala", 11: "pj.uji",
    },
}  # fmt: skip
TO_THE_LETTER = [
    (1, "record"), (2, "obstacle"), (4, "inform"), (5, "informed"), (6, "report"),
    (7, "instruct"), (8, "submit"),
]  # fmt: skip
TO_THE_SIGNATURE = [*TO_THE_LETTER, (9, "approve"), (10, "sign")]
NUMBER = "B/{}/BSKJI/BSPJI-Palembang/SM.02/XI/2026"


def complaint(response: Any) -> Any:
    """What a refused post was told."""
    context = response.context or {}
    return context.get("conflict") or (context["form"].errors if "form" in context else response)


class Walk:
    """A case on its way, five minutes a step."""

    def __init__(self, case: Case, now: datetime, reading: str = "a") -> None:
        self.pk, self.now, self.reading = case.pk, now, reading

    @property
    def case(self) -> Case:
        """Fresh from the database."""
        return Case.objects.select_related("order", "reservation").get(pk=self.pk)

    @property
    def stands_at(self) -> int | None:
        visit = open_visit(self.case)
        return visit.step if visit else None

    def to(self, step: int | None) -> "Walk":
        """Step after step, until the case stands there (None: its end)."""
        self.now = walk(self.case, step, self.now)
        return self

    def answer(self, outcome: str, **instead: Any) -> Any:
        """The open step, by whose turn it is."""
        visit = open_visit(self.case)
        self.now = max(self.now + timedelta(minutes=5), visit.opens_at)
        response = do_step(self.case, self.now, outcome=outcome, **instead)
        assert response.status_code == 302, complaint(response)
        return response

    def staff_record(self, outcome: str, **instead: Any) -> Any:
        """Step 12, by the Kasi PJT with proof."""
        self.now += timedelta(days=3)
        with time_machine.travel(self.now, tick=False):
            return signed_in("kasi.pjt").post(
                step_url(self.case, 12),
                {"outcome": outcome, "at": typed(self.now), "proof": paper(),
                 "received_by": "", "note": "Alamat pindah."} | instead,
            )  # fmt: skip

    def post(self, username: str, url: str, data: dict[str, Any] | None = None) -> Any:
        """Another page, by somebody, five minutes later."""
        self.now += timedelta(minutes=5)
        with time_machine.travel(self.now, tick=False):
            return signed_in(username).post(url, data or {})

    def html(self, username: str, url: str) -> str:
        with time_machine.travel(self.now, tick=False):
            return signed_in(username).get(url).content.decode()

    @property
    def path(self) -> list[tuple[int, str]]:
        """The visited steps with their outcomes, "" for the open one."""
        return [(visit.step, visit.outcome) for visit in self.visits]

    @property
    def visits(self) -> list[Visit]:
        return list(Visit.objects.filter(case=self.pk).select_related("row", "finished_by"))

    def is_on_record(self) -> None:
        """Each step done by its lane, once; the journal says the same and is whole."""
        done = [visit for visit in self.visits if visit.finished_at]
        for visit in done:
            of_lane = visit.outcome != "cancelled" and visit.step != 12 and visit.finished_by
            if of_lane and self.reading:
                assert visit.finished_by.username == LANES[self.reading][visit.step], visit
        by_people = [
            v for v in done if v.finished_capacity != "Sistem" and v.outcome != "cancelled"
        ]
        entries = JournalEntry.objects.filter(verb="step.finished", subject_id=self.pk)
        told = [(e.before["step"], e.after["outcome"]) for e in entries.order_by("seq")]
        assert told == [(visit.step, visit.outcome) for visit in by_people]
        assert [e.note for e in entries.order_by("seq")] == [visit.note for visit in by_people]
        for one, other in zip(self.visits, self.visits[1:], strict=False):
            # The clock of a step starts when the one before it ends (1: the monitoring date).
            assert other.opens_at == one.finished_at or other.step == 1
        assert journal.first_broken() is None

    def ended(self, ending: Ending) -> None:
        """So it ended, with nothing left put aside."""
        case = self.case
        assert (case.ending, self.stands_at) == (ending, None)
        assert case.ended_at == self.visits[-1].finished_at
        ends = JournalEntry.objects.filter(verb="case.ended", subject_id=self.pk)
        assert [entry.after for entry in ends] == [{"ending": ending.value}]
        assert case.reservation is None or not case.reservation.waits
        self.is_on_record()


@pytest.fixture(params=["a", "b"], ids=["reading A", "reading B"])
def reading(request) -> str:
    """The revision that new cases follow."""
    if request.param == "b":
        Revision.objects.filter(code="21-bipa-5-b").update(in_force_from=TODAY - timedelta(days=1))
    return request.param


@pytest.fixture
def late(mug) -> Walk:
    """The case of an open order whose promised day passed five days ago."""
    late_order(target_at=MONDAY - timedelta(days=5))
    sweep(MONDAY)
    return Walk(Case.objects.get(), MONDAY)


def opened_by_hand(due_in: timedelta, **facts: Any) -> Walk:
    """The case of an order inside its SPM, opened on its page's button."""
    due = MONDAY + due_in
    order = make_order(due_at=due, target_at=due, **facts)
    with time_machine.travel(MONDAY, tick=False):
        url = f"/kasus/buka/{order.pk}/"
        user = signed_in("kasi.pjt")
        assert user.post(url).status_code == 302
        assert user.post(url).status_code == 409, "one open case an order"
    return Walk(Case.objects.get(), MONDAY)


def in_stock(item: Item) -> tuple[int, int]:
    """In the cupboard, and put aside."""
    item.refresh_from_db()
    return item.on_hand, item.reserved


# --- forward -----------------------------------------------------------------------------------


def test_an_order_ready_in_time_ends_at_the_handing_over(reading):
    going = opened_by_hand(timedelta(days=3))
    going.reading = reading
    going.to(2)
    going.answer("done", ready_at=typed(going.now))
    going.answer("handed")
    assert going.path == [(1, "record"), (2, "done"), (3, "handed")]
    going.ended(Ending.IN_SPM)
    order = going.case.order
    assert order.ready_at is not None
    assert (order.handed_over_to, order.handed_over_at) == ("Ibu Sari", going.now)
    assert going.visits[-1].handover.proof
    assert not Letter.objects.exists()


def test_told_and_not_collected_counts_as_handed_over():
    going = opened_by_hand(timedelta(days=3)).to(2)
    going.answer("done", ready_at=typed(going.now))
    going.answer("handed", way="told", received_by="Ibu Sari, lewat telepon")
    going.ended(Ending.IN_SPM)
    assert going.case.order.handed_over_at is None


def test_handing_over_after_the_due_a_result_that_was_ready_before_it_is_in_time():
    """Not the date of handing over decides."""
    going = opened_by_hand(timedelta(hours=4)).to(2)
    going.answer("done", ready_at=typed(going.now))
    going.now = MONDAY + timedelta(days=2)
    going.answer("handed")
    going.ended(Ending.IN_SPM)


def test_an_open_late_order_goes_from_monitoring_to_the_receipt(reading, mug):
    late_order()
    sweep(MONDAY)
    going = Walk(Case.objects.get(), MONDAY, reading).to(None)
    assert going.path == [*TO_THE_SIGNATURE, (11, "send"), (12, "received")]
    going.ended(Ending.COMPENSATED)
    letter = Letter.objects.get()
    assert (letter.number, letter.dated) == (NUMBER.format(1), TODAY)
    assert files.read(letter.pdf, letter.pdf_sha256).startswith(b"%PDF")
    assert letter.versions.count() == 1
    assert letter.version.reviews.get().approved
    assert in_stock(mug) == (9, 0)
    kinds = list(mug.movements.order_by("pk").values_list("kind", flat=True))
    assert kinds == [Movement.Kind.RESERVED, Movement.Kind.OUT]
    order = going.case.order
    assert not order.ended, "ending a case never closes an order"
    assert sweep(going.now).opened == 0


def test_an_order_that_ended_late_is_handed_over_and_apologised_for(reading, mug):
    late_order(ready_at=MONDAY - timedelta(days=2))
    sweep(MONDAY)
    going = Walk(Case.objects.get(), MONDAY, reading).to(None)
    assert [step for step, _ in going.path] == list(range(1, 13))
    assert going.path[1:4] == [(2, "done"), (3, "handed"), (4, "inform")]
    going.ended(Ending.COMPENSATED)
    assert going.case.order.handed_over_at is not None
    assert going.case.case_letters.get().variant == "finished"


# --- back to monitoring ------------------------------------------------------------------------


def test_running_inside_the_spm_is_looked_at_again_on_the_next_working_day(reading):
    going = opened_by_hand(timedelta(days=20))
    going.reading = reading
    going.to(2)
    going.answer("running")
    assert going.path == [(1, "record"), (2, "running"), (1, "")]
    next_morning = MONDAY.replace(hour=7, minute=30) + timedelta(days=1)
    assert going.visits[-1].opens_at == next_morning
    url = step_url(going.case, 1)
    refused = going.post(LANES[reading][1], url, {"stage": "work", "outcome": "record"})
    assert refused.status_code == 409
    assert "Langkah 1 dibuka lagi pada Selasa, 24 November 2026" in refused.content.decode()
    going.answer("record")
    assert going.now == next_morning
    assert going.stands_at == 2
    going.is_on_record()


def test_an_obstacle_inside_the_spm_is_told_and_monitored_until_it_is_outside(reading, mug):
    """1-2-4-5-1-2-4-5-6-…-12: the second estimate lies after the due."""
    going = opened_by_hand(timedelta(days=14))
    going.reading = reading
    going.to(4)
    inside = typed(MONDAY + timedelta(days=9))
    going.answer("inform", estimate_at=inside)
    going.answer("informed")
    again = [(1, "record"), (2, "obstacle"), (4, "inform"), (5, "informed")]
    assert going.path == [*again, (1, "")]
    informed = going.visits[3].informed
    assert (informed.outside, informed.days_late) == (False, 0)
    assert typed(going.case.order.estimate_at) == inside
    going.to(4)
    going.answer("inform", estimate_at=typed(MONDAY + timedelta(days=18)))
    going.to(None)
    assert going.path == [*again, *TO_THE_SIGNATURE, (11, "send"), (12, "received")]
    informed = going.visits[7].informed
    assert (informed.outside, informed.days_late) == (True, 4)
    assert informed.due_at > going.now, "nobody waited for the due to pass"
    going.ended(Ending.COMPENSATED)


# --- returns -----------------------------------------------------------------------------------


def test_the_head_asks_for_more_and_the_report_is_written_again(reading, mug):
    late_order()
    sweep(MONDAY)
    going = Walk(Case.objects.get(), MONDAY, reading).to(7)
    going.answer("ask", note="Sebutkan kapan alat diperbaiki.")
    reporter = LANES[reading][6]
    html = going.html(reporter, step_url(going.case, 6))
    assert "Sebutkan kapan alat diperbaiki." in html
    assert "Dikembalikan oleh Kepala Balai" in html
    going.answer("report", report="Alat diperbaiki tanggal 1 Desember.")
    going.to(None)
    asked = [*TO_THE_LETTER[:5], (7, "ask"), (6, "report"), (7, "instruct"), (8, "submit")]
    assert going.path == [*asked, (9, "approve"), (10, "sign"), (11, "send"), (12, "received")]
    assert going.visits[5].note == "Sebutkan kapan alat diperbaiki."
    reports = ObstacleReport.objects.order_by("pk").values_list("report", flat=True)
    assert list(reports) == [
        "Lampu katoda alat AAS putus.", "Alat diperbaiki tanggal 1 Desember."
    ]  # fmt: skip
    going.ended(Ending.COMPENSATED)


def test_a_draft_returned_by_its_reviewer_is_kept_beside_the_next(reading, mug):
    """9 → 8 → 9: one letter, two versions, and a number only for what was signed."""
    late_order()
    sweep(MONDAY)
    going = Walk(Case.objects.get(), MONDAY, reading).to(8)
    going.answer("submit", subject="Permintaan maaf (versi pertama)")
    going.answer("return", note="Perbaiki halnya.")
    assert going.stands_at == 8
    assert Letter.objects.get().number is None
    assert in_stock(mug) == (10, 1), "the souvenir stays put aside"
    opened = going.html(LANES[reading][8], step_url(going.case, 8))
    assert "Perbaiki halnya." in opened
    assert "Permintaan maaf (versi pertama)" in opened, "what was written is there to be mended"
    going.answer("submit", subject="Permintaan maaf")
    going.to(None)
    letter = Letter.objects.get()
    subjects = letter.versions.order_by("version").values_list("version", "subject")
    assert list(subjects) == [(1, "Permintaan maaf (versi pertama)"), (2, "Permintaan maaf")]
    verdicts = LetterReview.objects.order_by("pk").values_list("version__version", "approved")
    assert list(verdicts) == [(1, False), (2, True)]
    assert LetterReview.objects.get(approved=False).note == "Perbaiki halnya."
    assert letter.number == NUMBER.format(1)
    assert in_stock(mug) == (9, 0)
    middle = [(9, "return"), (8, "submit"), (9, "approve"), (10, "sign")]
    assert going.path == [*TO_THE_LETTER, *middle, (11, "send"), (12, "received")]
    going.ended(Ending.COMPENSATED)


def test_a_letter_returned_by_its_signer_is_reviewed_again_before_it_is_signed(reading, mug):
    """10 → 8 → 9 → 10: the return uses no number."""
    late_order()
    sweep(MONDAY)
    going = Walk(Case.objects.get(), MONDAY, reading).to(10)
    going.answer("return", note="Nama pelanggan salah.")
    assert going.stands_at == 8
    going.answer("submit", addressee="PT UJI-1 Tbk")
    assert going.stands_at == 9, "a new text needs a new approval"
    going.to(None)
    letter = Letter.objects.get()
    assert letter.number == NUMBER.format(1)
    assert [v.addressee for v in letter.versions.all()] == ["PT UJI-1", "PT UJI-1 Tbk"]
    notes = LetterReview.objects.order_by("pk").values_list("version__version", "approved", "note")
    assert list(notes) == [(1, True, ""), (1, False, "Nama pelanggan salah."), (2, True, "")]
    middle = [(9, "approve"), (10, "return"), (8, "submit"), (9, "approve"), (10, "sign")]
    assert going.path == [*TO_THE_LETTER, *middle, (11, "send"), (12, "received")]
    going.ended(Ending.COMPENSATED)


def test_a_signed_letter_that_no_longer_fits_becomes_void_and_is_written_anew(reading, mug):
    """11 → 8: the number stays as *batal*, the souvenir stays put aside, another number follows."""
    order = late_order()
    sweep(MONDAY)
    going = Walk(Case.objects.get(), MONDAY, reading).to(11)
    held = going.case.reservation
    too_early = going.post(
        LANES[reading][11], step_url(going.case, 11), {"outcome": "redraft", "note": "Coba."}
    )
    assert too_early.status_code == 409, "a letter that fits is sent"
    ready = going.post("pj.uji", f"/pesanan/{order.pk}/hasil-siap/", {"at": typed(going.now)})
    assert ready.status_code == 302
    assert going.stands_at == 11, "ready late: the case goes on"
    with time_machine.travel(going.now, tick=False):
        client = signed_in(LANES[reading][11])
        form = proposed(client.get(step_url(going.case, 11)))
        sent = client.post(
            step_url(going.case, 11), form | answers(open_visit(going.case), going.now)
        )
    assert sent.status_code == 409
    assert "Hasil pesanan sudah siap" in sent.content.decode()
    going.answer("redraft", note="Hasil sudah siap.")
    assert in_stock(mug) == (10, 1)
    going.to(None)
    old, new = Letter.objects.order_by("pk")
    assert (old.number, old.void_reason) == (NUMBER.format(1), "Hasil sudah siap.")
    assert old.voided_at is not None
    assert files.read(old.pdf, old.pdf_sha256)
    assert (new.number, new.voided_at) == (NUMBER.format(2), None)
    assert going.case.reservation == held
    assert in_stock(mug) == (9, 0)
    redone = [(11, "redraft"), (8, "submit"), (9, "approve"), (10, "sign")]
    assert going.path == [*TO_THE_SIGNATURE, *redone, (11, "send"), (12, "received")]
    going.ended(Ending.COMPENSATED)


# --- sent, and not arrived ---------------------------------------------------------------------


@pytest.fixture
def sent(reading, mug) -> Walk:
    """A case whose letter and mug are with the courier."""
    late_order()
    sweep(MONDAY)
    return Walk(Case.objects.get(), MONDAY, reading).to(12)


def test_undeliverable_goes_out_again_with_the_same_letter_and_another_souvenir(sent, mug):
    letter = Letter.objects.get()
    first = Dispatch.objects.get()
    assert sent.staff_record("undeliverable").status_code == 302
    assert sent.stands_at == 11
    html = sent.html(LANES[sent.reading][11], step_url(sent.case, 11))
    assert 'name="scan"' not in html, "the signed file is there"
    sent.answer("send", tracking_number="P2", item=mug.pk)
    assert in_stock(mug) == (8, 0)
    again = Letter.objects.get()
    assert (again.number, again.pdf_sha256, again.scan_sha256, again.sent_at) == (
        letter.number, letter.pdf_sha256, letter.scan_sha256, letter.sent_at
    )  # fmt: skip
    second = Dispatch.objects.exclude(pk=first.pk).get()
    assert second.tracking_number == "P2"
    assert second.reservation != first.reservation
    came_back = sent.post("petugas", f"/souvenir/kembali/{first.pk}/")
    assert came_back.status_code == 302
    assert in_stock(mug) == (9, 0)
    assert sent.post("petugas", f"/souvenir/kembali/{first.pk}/").status_code == 409
    sent.to(None)
    sent.ended(Ending.COMPENSATED)
    results = Receipt.objects.order_by("pk").values_list("result", "dispatch")
    assert list(results) == [("undeliverable", first.pk), ("received", second.pk)]
    assert sent.path[-4:] == [(11, "send"), (12, "undeliverable"), (11, "send"), (12, "received")]
    assert in_stock(mug) == (9, 0)
    assert sent.post("petugas", f"/souvenir/kembali/{second.pk}/").status_code == 409


def test_at_the_second_sending_the_cupboard_is_empty_and_a_reason_goes_on_record(sent, mug):
    Item.objects.update(on_hand=0)
    assert sent.staff_record("undeliverable").status_code == 302
    with time_machine.travel(sent.now, tick=False):
        client = signed_in(LANES[sent.reading][11])
        form = proposed(client.get(step_url(sent.case, 11)))
        given = form | answers(open_visit(sent.case), sent.now)
        assert client.post(step_url(sent.case, 11), given).status_code == 422
    sent.answer("send", no_gift_reason="Stok habis.")
    assert sent.case.reservation is None
    assert sent.case.no_gift_reason == "Stok habis."
    assert Dispatch.objects.order_by("pk").last().reservation is None
    refuse = {"outcome": "refused", "received_by": "Ibu Sari"}
    with time_machine.travel(sent.now, tick=False):
        told = Client().post(f"/lacak/{token_of(sent.case)}/", refuse)
    assert told.status_code == 409, "no gift was sent that could be refused"
    sent.to(None)
    sent.ended(Ending.COMPENSATED)
    assert in_stock(mug) == (0, 0)


def test_from_the_second_failure_on_a_case_may_end_undelivered(sent, mug):
    early = sent.staff_record("undelivered")
    assert early.status_code == 409
    assert "Kirim ulang dahulu" in early.content.decode()
    assert sent.staff_record("undeliverable").status_code == 302
    sent.answer("send", tracking_number="P2", item=mug.pk)
    assert sent.staff_record("undelivered", proof="").status_code == 422, "with proof"
    assert sent.staff_record("undelivered").status_code == 302
    sent.ended(Ending.UNDELIVERED)
    assert list(Receipt.objects.values_list("result", flat=True)) == ["undeliverable"] * 2
    assert all(receipt.proof for receipt in Receipt.objects.all())
    assert in_stock(mug) == (8, 0)
    for dispatch in Dispatch.objects.all():
        assert sent.post("kasi.pjt", f"/souvenir/kembali/{dispatch.pk}/").status_code == 302
    assert in_stock(mug) == (10, 0)
    assert Letter.objects.get().voided_at is None, "a sent letter stays"
    assert sweep(sent.now).opened == 0


def test_a_third_sending_is_possible_too(sent, mug):
    for number in (2, 3):
        assert sent.staff_record("undeliverable").status_code == 302
        sent.answer("send", tracking_number=f"P{number}", item=mug.pk)
    sent.to(None)
    sent.ended(Ending.COMPENSATED)
    assert Dispatch.objects.count() == 3
    assert in_stock(mug) == (7, 0)


def test_only_staff_may_say_that_nothing_arrived(sent):
    for outcome in ("undeliverable", "undelivered"):
        with time_machine.travel(sent.now, tick=False):
            told = Client().post(
                f"/lacak/{token_of(sent.case)}/", {"outcome": outcome, "received_by": "Ibu Sari"}
            )
        assert told.status_code == 409
        assert sent.stands_at == 12


def test_a_refused_gift_ends_the_case_and_comes_back_into_the_cupboard(sent, mug):
    sent.answer("refused", received_by="Ibu Sari")
    sent.ended(Ending.GIFT_REFUSED)
    dispatch = Dispatch.objects.get()
    assert Receipt.objects.get().result == Receipt.Result.REFUSED
    assert in_stock(mug) == (9, 0)
    assert "Mug" in sent.html("petugas", "/souvenir/")
    url = f"/souvenir/kembali/{dispatch.pk}/"
    assert sent.post("kepala", url).status_code == 403
    assert sent.post("petugas", url).status_code == 302
    assert in_stock(mug) == (10, 0)
    assert mug.movements.latest("pk").kind == Movement.Kind.RETURNED
    assert sent.case.ending == Ending.GIFT_REFUSED, "the letter counts"
    assert sweep(sent.now).opened == 0


def test_staff_record_the_receipt_with_its_proof(sent):
    assert sent.staff_record("received", received_by="Satpam").status_code == 302
    sent.ended(Ending.COMPENSATED)
    receipt = Receipt.objects.get()
    assert (receipt.recorded_by.username, receipt.received_by) == ("kasi.pjt", "Satpam")
    assert receipt.proof


# --- the souvenir ------------------------------------------------------------------------------


def test_with_an_empty_cupboard_the_letter_goes_without_a_souvenir(reading):
    late_order()
    sweep(MONDAY)
    going = Walk(Case.objects.get(), MONDAY, reading).to(8)
    without = going.post(
        LANES[reading][8], step_url(going.case, 8),
        {"outcome": "submit", "addressee": "PT", "subject": "Hal", "body": "Isi."},
    )  # fmt: skip
    assert without.status_code == 422
    assert "tulis alasan tanpa souvenir" in without.content.decode()
    going.answer("submit", no_gift_reason="Stok habis.")
    going.to(None)
    going.ended(Ending.COMPENSATED)
    case = going.case
    assert (case.reservation, case.no_gift_reason) == (None, "Stok habis.")
    assert "souvenir" not in Letter.objects.get().version.body.lower()
    assert Dispatch.objects.get().reservation is None
    assert not Movement.objects.exists()


def test_another_souvenir_chosen_after_a_return_frees_the_first(late, mug):
    bag = Item.objects.create(name="Tas", souvenir_class=SouvenirClass.objects.first(), on_hand=1)
    late.to(8)
    late.answer("submit", item=mug.pk)
    late.answer("return", note="Pilih tas.")
    late.answer("submit", item=bag.pk)
    assert (in_stock(mug), in_stock(bag)) == ((10, 0), (1, 1))
    late.to(None)
    assert (in_stock(mug), in_stock(bag)) == ((10, 0), (0, 0))
    late.ended(Ending.COMPENSATED)


# --- the system ends it ------------------------------------------------------------------------


def order_page(going: Walk, order: Order, what: str, **data: Any) -> None:
    """An act on the order's page, by who may record it."""
    username = "pj.uji" if what in ("hasil-siap", "perkiraan") else "petugas"
    response = going.post(username, f"/pesanan/{order.pk}/{what}/", data)
    assert response.status_code == 302, complaint(response)


def edit_order(going: Walk, order: Order, **data: Any) -> None:
    """The order's form as the front desk opens and sends it, with something changed."""
    url = f"/pesanan/{order.pk}/ubah/"
    with time_machine.travel(going.now, tick=False):
        client = signed_in("petugas")
        form = client.get(url).context["form"]
        values = {}
        for bound in form:
            value = bound.value()
            value = value.strftime(TYPED) if isinstance(value, datetime) else value
            if value not in (None, False):
                value = getattr(value, "pk", value)
                values[bound.html_name] = values[bound.html_initial_name] = value
        response = client.post(url, values | data)
    assert response.status_code == 302, complaint(response)


def given_up(going: Walk, step: int) -> None:
    """Reservation released, draft void, a number already given *batal*."""
    case = going.case
    assert case.letters.count() == (step > 8)
    for letter in case.letters.all():
        assert letter.voided_at is not None
        assert (letter.number is not None) == (step == 11)
    assert not Item.objects.filter(reserved__gt=0).exists()


def ready_in_time(going: Walk, order: Order) -> None:
    order_page(going, order, "hasil-siap", at=typed(order.due_at - timedelta(hours=1)))


def due_moved(going: Walk, order: Order) -> None:
    edit_order(going, order, target_at=typed(going.now + timedelta(days=30)))


def documents_taken_back(going: Walk, order: Order) -> None:
    """The order is not begun any more: without a due it counts as inside its SPM."""
    edit_order(going, order, documents_at="", target_at="")
    order.refresh_from_db()
    assert order.due_at is None


def withdrawn_before_its_due(going: Walk, order: Order) -> None:
    at = typed(order.due_at - timedelta(hours=1))
    order_page(going, order, "dibatalkan", at=at, reason="Pelanggan batal.")


Entry = Callable[[Walk, Order], None]


# By hand from DOMAIN 2: ended in time closes at 4 to 11, still open at 6 to 11; withdrawn always.
ENDS: list[tuple[Entry, range, Ending]] = [
    (ready_in_time, range(4, 12), Ending.IN_SPM),
    (due_moved, range(6, 12), Ending.IN_SPM),
    (documents_taken_back, range(6, 12), Ending.IN_SPM),
    (withdrawn_before_its_due, range(1, 12), Ending.WITHDRAWN),
]


@contextmanager
def tried() -> Iterator[None]:
    """What happens inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_an_entry_on_the_order_ends_the_case_before_sending(late):
    """One walk; at each step every entry is tried, on the pages of the order."""
    for step in (1, 2, *range(4, 12)):
        late.to(step)
        before, now = late.path, late.now
        for entry, ends_at, ending in ENDS:
            with tried():
                entry(late, late.case.order)
                if step not in ends_at:
                    assert (late.path, late.case.ending) == (before, ""), (entry, step)
                    continue
                assert late.path == [*before[:-1], (step, "settled")]
                late.ended(ending)
                given_up(late, step)
                assert late.visits[-1].finished_capacity == "Sistem"
                assert "(contoh)" in late.case.ending_note, "whose entry it was"
                assert sweep(late.now).opened == 0
            late.now = now
    late.to(12)
    for entry, _, _ in ENDS:  # once sent it stays, also when it comes back
        with tried():
            entry(late, late.case.order)
            assert late.stands_at == 12
            assert late.staff_record("undeliverable").status_code == 302
            late.answer("send", item=Item.objects.get().pk)
            late.to(None)
            late.ended(Ending.COMPENSATED)


def test_withdrawn_after_its_due_the_case_goes_on_without_a_new_date(late):
    late.to(2)
    at = typed(late.now)
    order_page(late, late.case.order, "dibatalkan", at=at, reason="Terlalu lama.")
    late.to(None)
    assert late.path == [*TO_THE_SIGNATURE, (11, "send"), (12, "received")]
    late.ended(Ending.COMPENSATED)
    assert late.case.case_letters.get().done_at is None


def test_an_administrator_cancels_before_the_letter_is_sent(late):
    url = f"/kasus/{late.pk}/batal/"
    for step in (1, 2, *range(4, 12)):
        late.to(step)
        before, now = late.path, late.now
        with tried():
            assert late.post("admin", url, {"reason": "Dibuka dua kali."}).status_code == 302
            assert late.path == [*before[:-1], (step, "cancelled")]
            late.ended(Ending.CANCELLED)
            given_up(late, step)
            assert late.case.ending_note == "Dibuka dua kali."
            assert sweep(late.now + timedelta(days=1)).opened == 0, "no sweep opens another"
        late.now = now
    late.to(12)
    assert late.post("admin", url, {"reason": "Dibuka dua kali."}).status_code == 409
    assert late.stands_at == 12


@pytest.mark.parametrize("due_at", [MONDAY + timedelta(days=3), None])
def test_no_case_is_opened_for_an_order_withdrawn_before_it_was_late(due_at):
    """Outside its SPM it will never be, ready neither: its case would go round for ever."""
    order = make_order(due_at=due_at, withdrawn_at=MONDAY, withdrawn_reason="Batal.")
    with time_machine.travel(MONDAY + timedelta(days=9), tick=False):
        refused = signed_in("kasi.pjt").post(f"/kasus/buka/{order.pk}/")
    assert refused.status_code == 409
    assert "dibatalkan pelanggan sebelum terlambat" in refused.content.decode()
    assert not Case.objects.exists()


# --- too few people ----------------------------------------------------------------------------


def leaves(username: str) -> None:
    """The person's appointments ended yesterday."""
    Appointment.objects.filter(user__username=username).update(ends_on=TODAY - timedelta(days=1))


def takes_up(username: str, post: str, section: str = "") -> None:
    """A person is appointed, in force since yesterday."""
    Appointment.objects.create(
        user=person(username), post=Post.objects.get(code=post), kind=Appointment.Kind.PLT,
        section=Section.objects.get(code=section) if section else None,
        order_number="SP-BARU/1", order_date=TODAY, starts_on=TODAY - timedelta(days=1),
    )  # fmt: skip


def test_where_writer_and_section_head_are_one_the_signer_approves_and_signs(late):
    """Four eyes with too few people: 9 and 10 by the Kepala Balai."""
    leaves("kasi.uji")
    takes_up("kasi.pjt", "kepala_seksi", "uji")
    late.reading = ""
    late.to(9)
    own = late.post("kasi.pjt", step_url(late.case, 9), {"outcome": "approve"})
    assert own.status_code == 403
    assert late.post("kepala", step_url(late.case, 9), {"outcome": "approve"}).status_code == 302
    late.to(None)
    who = {visit.step: visit.finished_by and visit.finished_by.username for visit in late.visits}
    assert (who[8], who[9], who[10]) == ("kasi.pjt", "kepala", "kepala")
    assert late.case.ending == Ending.COMPENSATED


def test_where_nobody_else_is_left_the_case_waits_and_says_for_whom(late):
    leaves("kasi.uji")
    takes_up("petugas", "kepala_seksi", "uji")
    late.reading = ""
    late.to(9)
    for username in ("petugas", "kepala"):
        leaves(username)
    refused = late.post("kasi.pjt", step_url(late.case, 9), {"outcome": "approve"})
    assert refused.status_code == 403
    missing = (
        "Langkah 9 menunggu: belum ada Kepala Seksi Pengujian atau Kepala Balai yang tidak ikut"
        " menulis surat ini. Minta administrator menugaskan salah satunya."
    )
    assert missing in refused.content.decode()
    assert missing in late.html("auditor", f"/kasus/{late.pk}/")
    assert late.stands_at == 9
    takes_up("pj.kal", "kepala_seksi", "uji")
    assert late.post("pj.kal", step_url(late.case, 9), {"outcome": "approve"}).status_code == 302
    assert late.stands_at == 10


def test_a_case_waits_for_a_vacant_post_and_goes_on_after_an_appointment(late):
    late.to(6)
    due = late.visits[-1].due_at
    leaves("kasi.uji")
    vacant = "Kepala Seksi Pengujian kosong sejak 23 November 2026."
    for username, url in (
        ("kasi.pjt", f"/kasus/{late.pk}/"),
        ("kepala", step_url(late.case, 6)),
        ("admin", "/"),
    ):
        assert vacant in late.html(username, url), (username, url)
    assert f"{vacant} 1 kasus menunggu." in late.html("admin", "/")
    assert late.post("kasi.uji", step_url(late.case, 6), {"outcome": "report"}).status_code == 403
    assert late.stands_at == 6
    late.now += timedelta(days=3)
    takes_up("petugas", "kepala_seksi", "uji")
    assert vacant not in late.html("admin", "/")
    late.reading = ""
    late.answer("report")
    assert late.stands_at == 7
    visit = late.visits[-2]
    assert (visit.due_at, visit.finished_by) == (due, person("petugas")), "its clock ran on"
    assert visit.finished_at > due
    assert visit.finished_capacity == "Plt. Kepala Seksi Pengujian"
