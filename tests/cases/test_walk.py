"""A late order reaches an acknowledged apology, by pages alone, on both readings of the SOP."""

from datetime import datetime, timedelta

import pytest

from kompensasi.cases import opening
from kompensasi.cases.models import Case, Ending
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter
from spm_monitor import actions as orders
from spm_monitor import files, journal
from spm_monitor.models import JournalEntry
from tests.cases.walking import do_step, open_visit, post_step
from tests.cases.walking import walk as walked
from tests.conftest import late_order, make_order, person

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def walk(case: Case, until: int | None, now: datetime) -> datetime:
    """By the pages, every step of it."""
    return walked(case, until, now, answer=post_step)


def steps_of(case: Case) -> list[int]:
    return [visit.step for visit in case.visits.all()]


def test_an_open_late_order_is_walked_to_its_receipt(reading, now, mug):
    order = late_order()
    sweep(now)
    case = order.cases.get()
    walk(case, None, now)
    case.refresh_from_db()
    assert case.ending == Ending.COMPENSATED
    assert case.revision.code == f"21-bipa-5-{reading}"
    assert steps_of(case) == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    letter = case.letters.get()
    assert letter.number == "B/1/BSKJI/BSPJI-Palembang/SM.02/XI/2026"
    assert b"%%EOF" in files.read(letter.pdf, letter.pdf_sha256)
    mug.refresh_from_db()
    assert (mug.on_hand, mug.reserved) == (9, 0)
    assert journal.first_broken() is None
    acts = JournalEntry.objects.filter(verb="step.finished", subject_id=case.pk)
    assert acts.count() == 11


def test_an_order_that_ended_late_passes_the_handing_over(reading, now, mug):
    order = late_order(ready_at=now - timedelta(days=2))
    sweep(now)
    case = order.cases.get()
    walk(case, None, now)
    case.refresh_from_db()
    assert steps_of(case) == list(range(1, 13))
    assert case.ending == Ending.COMPENSATED
    order.refresh_from_db()
    assert order.handed_over_at is not None
    assert "baru selesai pada tanggal" in case.letters.get().version.body


def test_withdrawn_after_its_due_the_letter_promises_no_new_date(now, mug):
    order = late_order()
    sweep(now)
    case = order.cases.get()
    at = walk(case, 2, now)
    orders.record_withdrawn(
        order=order, at=at, reason="Terlalu lama.", by=person("petugas"), now=at
    )
    walk(case, None, at)
    case.refresh_from_db()
    assert case.ending == Ending.COMPENSATED
    body = case.letters.get().version.body
    assert "selesai pada tanggal" not in body
    assert "permohonan maaf" in body


def test_ready_in_time_ends_the_case_at_handing_over(now, mug):
    order = late_order(ready_at=now - timedelta(days=2))
    sweep(now)
    case = order.cases.get()
    at = walk(case, 3, now)
    order.due_at = order.flagged_due_at = now
    order.save()
    do_step(case, at)
    case.refresh_from_db()
    assert case.ending == Ending.IN_SPM
    assert not Letter.objects.exists()


def test_inside_the_spm_monitoring_goes_on_next_working_day(now):
    order = make_order(due_at=now + timedelta(days=20))
    case = opening.open_case(order=order, by=person("kasi.pjt"), now=now)
    at = walk(case, 2, now)
    do_step(case, at, outcome="running")
    visit = open_visit(case)
    assert visit.step == 1
    assert visit.opens_at == now.replace(hour=7, minute=30) + timedelta(days=1)
