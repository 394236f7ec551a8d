"""One letter, one dispatch and one souvenir for several cases of a customer (DOMAIN 6)."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission

from kompensasi.cases import ending
from kompensasi.cases.models import Case, Ending
from kompensasi.cases.slips import compensation_slip
from kompensasi.cases.sweep import sweep
from kompensasi.letters import pdf
from kompensasi.letters.models import Letter
from kompensasi.people.models import Post
from kompensasi.souvenirs.models import Dispatch, Reservation
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.models import Customer
from spm_monitor.refusals import NotNow, NotYours
from tests.cases.walking import PAPER, TYPED, do_step, open_visit, paper, step_url, walk
from tests.conftest import late_order, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]


@pytest.fixture
def at_8(now, mug, monkeypatch):
    """Three cases of one customer and section at step 8, one of another customer, and when."""
    monkeypatch.setattr(pdf, "render", lambda sheet: PAPER)  # their picture is tested elsewhere
    customer = Customer.objects.create(name="PT Tiga Pesanan")
    for number in ("UJI-1", "UJI-2", "UJI-3"):
        late_order(number, customer=customer)
    late_order("UJI-LAIN")
    sweep(now)
    cases = [Case.objects.get(order__number=f"UJI-{n}") for n in (1, 2, 3, "LAIN")]
    return cases, max(walk(case, 8, now) for case in cases)


def ways(case: Case) -> list[int]:
    return [visit.step for visit in case.visits.all()]


def stands_at(*cases: Case) -> list[int | None]:
    return [visit.step if (visit := open_visit(case)) else None for case in cases]


def joined(case: Case, others: list[Case], now) -> None:
    """Send the draft of one letter for a case and others, as the page proposes it."""
    chosen = "&".join(f"bersama={other.pk}" for other in others)
    client = signed_in("kasi.pjt")
    page = client.get(f"{step_url(case, 8)}?{chosen}&bersama=0")
    form = page.context["step_form"]
    body = {name: form[name].value() for name in ("addressee", "address", "subject", "body")} | {
        "item": form["item"].value(),
        "outcome": "submit",
    }
    body["together"] = [other.pk for other in others]
    response = client.post(step_url(case, 8), body)
    assert response.status_code == 302, response.context["form"].errors


@pytest.fixture
def frozen(now):
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        yield now + timedelta(hours=2)


def test_three_cases_share_a_letter_a_parcel_and_an_acknowledgement(at_8, frozen, mug):
    (one, two, three, other), _ = at_8
    joined(one, [two, three], frozen)
    assert stands_at(one, two, three, other) == [9, 9, 9, 8]
    letter = Letter.objects.get()
    body = letter.version.body
    assert [number in body for number in ("UJI-1", "UJI-2", "UJI-3", "UJI-LAIN")] == [True] * 3 + [
        False
    ]
    for step in (9, 10, 11, 12):
        response = do_step(two if step % 2 else three, frozen)
        assert response.status_code == 302
    assert stands_at(one, two, three) == [None] * 3
    assert {case.ending for case in Case.objects.filter(letters=letter)} == {Ending.COMPENSATED}
    assert Dispatch.objects.count() == Reservation.objects.count() == 1
    mug.refresh_from_db()
    assert (mug.on_hand, mug.reserved) == (9, 0)
    letter.refresh_from_db()
    assert letter.number
    assert letter.sent_at
    assert ways(one)[-5:] == ways(three)[-5:] == [8, 9, 10, 11, 12]
    assert journal.first_broken() is None


def test_only_cases_of_the_same_customer_section_and_kind_of_letter_are_offered(at_8, frozen):
    (one, two, three, _), _ = at_8
    three.order.refresh_from_db()
    orders.record_ready(order=three.order, at=frozen, by=person("pj.uji"), now=frozen)
    page = signed_in("kasi.pjt").get(step_url(one, 8))
    assert [row["case"] for row in page.context["to_join"]] == [two]


def test_a_text_that_leaves_an_order_out_is_refused(at_8, frozen):
    (one, two, _, _), _ = at_8
    response = do_step(one, frozen, together=[two.pk])
    assert response.status_code == 422
    assert "Sebutkan pesanan UJI-2 dalam isi surat." in response.content.decode()
    assert stands_at(one, two) == [8, 8]


@pytest.mark.parametrize("which", ["other customer", "moved on"])
def test_a_case_that_cannot_be_joined_is_refused(at_8, frozen, which):
    (one, two, _, other), _ = at_8
    if which == "moved on":
        do_step(two, frozen)
    response = do_step(one, frozen, together=[other.pk if which == "other customer" else two.pk])
    assert response.status_code == 422
    assert "Kasus lain yang disatukan sudah berubah." in response.content.decode()
    assert stands_at(one)[0] == 8


def test_a_returned_draft_comes_back_with_all_its_cases(at_8, frozen):
    (one, two, three, _), _ = at_8
    joined(one, [two, three], frozen)
    do_step(two, frozen, outcome="return", note="Sebut nama contoh ketiganya.")
    assert stands_at(one, two, three) == [8, 8, 8]
    page = signed_in("kasi.pjt").get(step_url(three, 8))
    assert {row["case"] for row in page.context["to_join"] if row["chosen"]} == {one, two}
    assert page.context["step_form"]["body"].value() == Letter.objects.get().version.body


def test_a_case_taken_out_of_the_draft_writes_its_own(at_8, frozen, mug):
    (one, two, three, _), _ = at_8
    joined(one, [two, three], frozen)
    do_step(two, frozen, outcome="return", note="Pisahkan yang ketiga.")
    joined(one, [two], frozen)
    assert stands_at(one, two, three) == [9, 9, 8]
    do_step(three, frozen)
    assert Letter.objects.filter(voided_at=None).count() == 2
    mug.refresh_from_db()
    assert mug.reserved == 2, "a parcel of its own"
    walk(one, None, frozen)
    assert stands_at(one, two, three) == [None, None, 9]
    walk(three, None, frozen)
    mug.refresh_from_db()
    assert (mug.on_hand, mug.reserved) == (8, 0)


def test_drafts_that_lay_apart_are_joined_into_one(at_8, frozen, mug):
    (one, two, _, _), _ = at_8
    for case in (one, two):
        do_step(case, frozen)
        do_step(case, frozen, outcome="return", note="Satukan.")
    joined(one, [two], frozen)
    kept, void = Letter.objects.order_by("pk")
    assert kept.voided_at is None
    assert void.void_reason == "Digabung dengan surat untuk kasus lain pelanggan ini."
    mug.refresh_from_db()
    assert mug.reserved == 1


@pytest.mark.parametrize("step", [9, 10, 11])
def test_when_one_leaves_the_letter_is_void_and_the_others_draft_another(at_8, frozen, mug, step):
    (one, two, three, _), _ = at_8
    joined(one, [two, three], frozen)
    walk(one, step, frozen)
    letter = Letter.objects.get()
    ending.cancel_case(case=two, reason="Salah catat.", by=person("admin"), now=frozen)
    assert stands_at(one, two, three) == [8, None, 8]
    letter.refresh_from_db()
    assert letter.voided_at == frozen
    assert (letter.number is not None) == (step == 11), "a number that was given stays"
    mug.refresh_from_db()
    assert mug.reserved == 1, "kept for the others"
    joined(one, [three], frozen)
    walk(one, None, frozen)
    assert stands_at(one, three) == [None, None]
    mug.refresh_from_db()
    assert (mug.on_hand, mug.reserved) == (9, 0)
    assert journal.first_broken() is None


def test_the_last_to_leave_releases_the_souvenir(at_8, frozen, mug):
    (one, two, _, _), _ = at_8
    joined(one, [two], frozen)
    for case in (one, two):
        ending.cancel_case(case=case, reason="Salah catat.", by=person("admin"), now=frozen)
    mug.refresh_from_db()
    assert (mug.on_hand, mug.reserved) == (10, 0)


def test_an_order_in_time_after_all_takes_its_case_out(at_8, frozen):
    (one, two, three, _), _ = at_8
    joined(one, [two, three], frozen)
    two.order.refresh_from_db()
    orders.change_order(
        order=two.order, facts={"target_at": frozen + timedelta(days=30)}, by=person("petugas"),
        now=frozen,
    )  # fmt: skip
    two.refresh_from_db()
    assert two.ending == Ending.IN_SPM
    assert stands_at(one, three) == [8, 8]


def test_a_letter_does_not_fit_when_it_is_wrong_for_one_of_its_orders(at_8, frozen):
    (one, two, three, _), _ = at_8
    joined(one, [two, three], frozen)
    walk(one, 10, frozen)
    three.order.refresh_from_db()
    orders.record_ready(order=three.order, at=frozen, by=person("pj.uji"), now=frozen)
    response = do_step(one, frozen + timedelta(minutes=20))
    assert response.status_code == 409
    assert "Pesanan UJI-3: Hasil pesanan sudah siap" in response.content.decode()
    assert stands_at(one, two, three) == [10, 10, 10]
    do_step(one, frozen + timedelta(minutes=20), outcome="return", note="Sesuaikan.")
    assert stands_at(one, two, three) == [8, 8, 8]


def test_what_could_not_be_delivered_is_sent_again_for_all(at_8, frozen, mug):
    (one, two, _, _), _ = at_8
    joined(one, [two], frozen)
    at = walk(one, 12, frozen)
    answer = {"outcome": "undeliverable", "at": at.strftime(TYPED), "proof": paper()}
    with time_machine.travel(at, tick=False):
        response = signed_in("kasi.pjt").post(step_url(two, 12), answer)
    assert response.status_code == 302
    assert stands_at(one, two) == [11, 11]


# --- a letter withdrawn ------------------------------------------------------------------------


@pytest.fixture
def agenda(db):
    """The clerk of the letter book, with the right to withdraw a letter."""
    right = Permission.objects.filter(codename="void_letter").first()
    assert right is not None
    Post.objects.get(code="agenda").permissions.add(right)
    return person("agenda")


def test_a_withdrawn_letter_keeps_its_number_and_its_cases_draft_another(at_8, frozen, agenda):
    (one, two, _, _), _ = at_8
    joined(one, [two], frozen)
    walk(one, 11, frozen)
    letter = Letter.objects.get()
    client = signed_in("agenda")
    assert client.get(f"/surat/{letter.pk}/batal/").status_code == 200
    assert client.post(f"/surat/{letter.pk}/batal/", {"reason": ""}).status_code == 422
    response = client.post(f"/surat/{letter.pk}/batal/", {"reason": "Nama pelanggan salah."})
    assert response.status_code == 302
    letter.refresh_from_db()
    assert (letter.void_reason, letter.number) == ("Nama pelanggan salah.", letter.number)
    assert stands_at(one, two) == [8, 8]
    walk(one, None, frozen)
    assert Letter.objects.filter(number__startswith="B/2/").count() == 1


def test_a_letter_that_was_sent_or_never_signed_is_not_withdrawn(at_8, frozen, agenda):
    (one, _, _, other), _ = at_8
    do_step(other, frozen)
    walk(one, 12, frozen)
    for letter in Letter.objects.all():
        with pytest.raises(NotNow):
            ending.void_letter(letter=letter, reason="Salah.", by=agenda, now=frozen)
    with pytest.raises(NotYours):
        ending.void_letter(letter=letter, reason="Salah.", by=person("kasi.pjt"), now=frozen)
    assert stands_at(one, other) == [12, 9]


def test_the_slip_names_every_order_of_the_letter(at_8, frozen):
    (one, two, _, _), _ = at_8
    joined(one, [two], frozen)
    walk(one, 11, frozen)
    case = Case.objects.select_related("order__customer", "reservation__item").get(pk=two.pk)
    facts = dict(compensation_slip(case, case.letter, frozen).facts)
    assert facts["Nomor pesanan"] == "UJI-1; UJI-2"
    assert facts["Layanan"] == "Pengujian Aneka Komoditi"


def test_a_letter_to_another_customer_is_not_signed_but_written_anew(at_8, frozen):
    (one, _, _, _), _ = at_8
    walk(one, 10, frozen)
    one.order.refresh_from_db()
    new = Customer.objects.create(name="PT Penerus")
    orders.change_order(order=one.order, facts={"customer": new}, by=person("petugas"), now=frozen)
    at = frozen + timedelta(minutes=20)
    response = do_step(one, at)
    assert response.status_code == 409
    assert "Pelanggan atau seksi pesanan sudah diganti" in response.content.decode()
    do_step(one, at, outcome="return", note="Pelanggan diganti.")
    walk(one, 11, at)
    letter = Letter.objects.get()
    assert (letter.customer, letter.version.addressee) == (new, "PT Penerus")


def test_a_companion_that_no_longer_fits_does_not_bar_the_way(at_8, frozen):
    (one, two, _, _), _ = at_8
    joined(one, [two], frozen)
    do_step(one, frozen, outcome="return", note="Perbaiki.")
    two.order.refresh_from_db()
    orders.record_ready(order=two.order, at=frozen, by=person("pj.uji"), now=frozen)
    at = frozen + timedelta(minutes=20)
    assert do_step(one, at).status_code == 302
    assert do_step(two, at).status_code == 302
    assert stands_at(one, two) == [9, 9]
    assert Letter.objects.filter(voided_at=None).count() == 2
