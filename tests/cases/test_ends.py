"""How a case ends before its letter is sent, and how it waits for too few people (DOMAIN 2)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from kompensasi.cases.models import Case, Ending
from kompensasi.cases.sweep import sweep
from kompensasi.people.models import Appointment, Post
from kompensasi.souvenirs.models import Item
from spm_monitor.models import Order, Section
from tests.cases.walking import (
    TYPED,
    step_url,
    typed,
)
from tests.cases.ways import (
    TO_THE_SIGNATURE,
    Walk,
    complaint,
)
from tests.conftest import MONDAY, TODAY, make_order, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


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
