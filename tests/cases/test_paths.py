"""Every path through the twelve steps (DOMAIN 2), by posts of the right person to the pages.

A path is written as the steps a case visited with the outcome of each. Who did which step is
compared with the two readings of the SOP, by hand. Letters are typeset, kept and read back.
"""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case, Ending, ObstacleReport
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter, LetterReview
from kompensasi.souvenirs.models import Dispatch, Item, Movement, Receipt, SouvenirClass
from spm_monitor import files
from tests.cases.walking import (
    answers,
    open_visit,
    proposed,
    step_url,
    typed,
)
from tests.cases.ways import (
    LANES,
    NUMBER,
    TO_THE_LETTER,
    TO_THE_SIGNATURE,
    Walk,
    in_stock,
    opened_by_hand,
)
from tests.conftest import MONDAY, TODAY, late_order, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]


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
