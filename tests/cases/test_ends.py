"""What an entry on the order means for its case before the letter was sent (DOMAIN 2)."""

from datetime import timedelta

import pytest

from kompensasi.cases import actions
from kompensasi.cases.models import Case, Ending
from kompensasi.cases.sweep import sweep
from spm_monitor import actions as orders
from spm_monitor.models import Order
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.cases.walking import open_visit, walk
from tests.conftest import MONDAY, late_order, person

pytestmark = pytest.mark.django_db

LATER = MONDAY + timedelta(hours=6)


def standing_at(step: int, mug) -> Case:
    """The case of an open late order, walked to a step."""
    order = late_order()
    sweep(MONDAY)
    case = order.cases.get()
    walk(case, step, MONDAY)
    return Case.objects.get(pk=case.pk)


def after(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def order_of(case: Case) -> Order:
    return Order.objects.select_related("section", "service").get(pk=case.order_id)


def nothing_is_left(case: Case, mug) -> None:
    """No open step, nothing put aside, no letter that is not void."""
    assert open_visit(case) is None
    mug.refresh_from_db()
    assert mug.reserved == 0
    assert not case.letters.filter(voided_at=None).exists()


@pytest.mark.parametrize("step", [4, 5, 6, 7, 8, 9, 10, 11])
def test_ready_in_time_after_all_ends_the_case(step, mug):
    case = standing_at(step, mug)
    order = order_of(case)
    orders.record_ready(
        order=order, at=order.due_at - timedelta(hours=1), by=person("petugas"), now=LATER
    )
    case = after(case)
    assert case.ending == Ending.IN_SPM
    assert "Petugas Loket" in case.ending_note
    nothing_is_left(case, mug)


@pytest.mark.parametrize("step", [1, 2])
def test_ready_in_time_while_monitored_goes_its_ordinary_way(step, mug):
    case = standing_at(step, mug)
    order = order_of(case)
    orders.record_ready(
        order=order, at=order.due_at - timedelta(hours=1), by=person("petugas"), now=LATER
    )
    assert open_visit(case).step == step
    walk(case, None, LATER)
    assert after(case).ending == Ending.IN_SPM


@pytest.mark.parametrize(("step", "ends"), [(4, False), (5, False), (6, True), (10, True)])
def test_a_due_that_moved_ends_an_open_orders_case_once_it_was_reported(step, ends, mug):
    case = standing_at(step, mug)
    order = order_of(case)
    orders.change_order(
        order=order, facts={"target_at": LATER + timedelta(days=30)}, by=person("petugas"),
        now=LATER,
    )  # fmt: skip
    assert (after(case).ending == Ending.IN_SPM) is ends
    assert not order.overruns.filter(corrected_at=None).exists()


def test_a_signed_number_stays_and_is_void(mug):
    case = standing_at(11, mug)
    letter = case.letters.get()
    order = order_of(case)
    orders.record_ready(
        order=order, at=order.due_at - timedelta(hours=1), by=person("petugas"), now=LATER
    )
    letter.refresh_from_db()
    assert letter.number.startswith("B/1/")
    assert letter.voided_at == LATER
    assert letter.pdf


def test_once_sent_the_letter_stays(mug):
    case = standing_at(12, mug)
    order = order_of(case)
    orders.record_ready(
        order=order, at=order.due_at - timedelta(hours=1), by=person("petugas"), now=LATER
    )
    case = after(case)
    assert case.ended_at is None
    assert open_visit(case).step == 12
    assert case.letters.get().voided_at is None


@pytest.mark.parametrize("step", [1, 7, 11])
def test_withdrawn_before_its_due_the_order_is_owed_nothing(step, mug):
    case = standing_at(step, mug)
    order = order_of(case)
    orders.record_withdrawn(
        order=order, at=order.due_at - timedelta(days=1), reason="Tidak jadi.",
        by=person("petugas"), now=LATER,
    )  # fmt: skip
    case = after(case)
    assert case.ending == Ending.WITHDRAWN
    nothing_is_left(case, mug)
    assert sweep(LATER + timedelta(days=1)).opened == 0


def test_withdrawn_after_its_due_the_case_goes_on(mug):
    case = standing_at(2, mug)
    order = order_of(case)
    orders.record_withdrawn(
        order=order, at=LATER, reason="Terlalu lama.", by=person("petugas"), now=LATER
    )
    assert open_visit(case).step == 2
    walk(case, None, LATER)
    case = after(case)
    assert case.ending == Ending.COMPENSATED
    assert "perkirakan selesai pada tanggal" not in case.letters.get().version.body


def test_the_administrator_cancels_before_sending_with_a_reason(mug):
    case = standing_at(10, mug)
    admin = person("admin")
    with pytest.raises(BadInput, match="alasan"):
        actions.cancel_case(case=case, reason=" ", by=admin, now=LATER)
    with pytest.raises(NotYours):
        actions.cancel_case(case=case, reason="Salah buka.", by=person("kasi.pjt"), now=LATER)
    assert open_visit(case).step == 10
    actions.cancel_case(case=case, reason="Salah buka.", by=admin, now=LATER)
    case = after(case)
    assert (case.ending, case.ending_note) == (Ending.CANCELLED, "Salah buka.")
    nothing_is_left(case, mug)
    assert sweep(LATER).opened == 0


def test_after_sending_nobody_cancels(mug):
    case = standing_at(12, mug)
    with pytest.raises(NotNow, match="sudah dikirim"):
        actions.cancel_case(case=case, reason="Salah.", by=person("admin"), now=LATER)
