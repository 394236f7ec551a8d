"""Two cases share one letter, and two people act on them at the same instant (DOMAIN 6).

Whatever comes first, both cases agree with the letter and the cupboard afterwards; nobody hangs.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from kompensasi.cases import visits
from kompensasi.cases.actions import finish_step
from kompensasi.cases.models import Case, CaseLetter, Ending, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.letters import actions as letters
from kompensasi.letters import pdf
from kompensasi.letters.models import Letter, LetterReview
from kompensasi.people.models import Appointment, Post, User
from kompensasi.souvenirs import stock
from kompensasi.souvenirs.models import Item, Movement, Reservation, SouvenirClass
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.models import Customer, JournalEntry, Order, Section, Service
from tests.conftest import MONDAY, person
from tests.racing import Act, Racer, Try, errors, race, slowest

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

ROUNDS = 40
DUE, NOW = MONDAY - timedelta(days=5), MONDAY + timedelta(hours=1)
ESTIMATE = MONDAY + timedelta(days=9)


@pytest.fixture(autouse=True)
def _not_typeset(monkeypatch):
    """Letters are not typeset here: it is their rows that race."""
    monkeypatch.setattr(pdf, "render", lambda _: b"%PDF-1.4\n%%EOF\n")


def pairs_at(step: int, count: int = ROUNDS) -> list[tuple[Visit, Visit]]:
    """So many letters, each of two cases that stand open at a step, with one mug put aside."""
    service = Service.objects.get(code="UJI-ANEKA")
    customer = Customer.objects.create(name="PT Lomba")
    Order.objects.bulk_create(
        Order(
            number=f"LOMBA-{number:04d}", customer=customer, service=service,
            section=service.section, due_at=DUE, estimate_at=ESTIMATE,
            received_at=MONDAY - timedelta(days=40),
        )
        for number in range(2 * count)
    )  # fmt: skip
    sweep(MONDAY)
    row = Case.objects.first().revision.steps.get(number=step)
    Visit.objects.update(row=row)
    standing = list(Visit.objects.select_related("case__order").order_by("case__order"))
    mug = Item.objects.create(
        name="Mug", souvenir_class=SouvenirClass.objects.first(), on_hand=count
    )
    writer = person("kasi.pjt")
    capacity = writer.appointments.get()
    pairs = list(zip(standing[::2], standing[1::2], strict=True))
    for pair in pairs:
        with journal.act():
            letter = Letter.objects.create(
                customer=customer, section=service.section, created_at=MONDAY
            )
            version = letters.write_version(
                letter=letter, by=writer, capacity=capacity, now=MONDAY,
                words={"subject": "Hal", "addressee": "PT", "address": "", "body": "Isi."},
            )  # fmt: skip
            held = stock.reserve(item=mug, customer=customer, by=writer, now=MONDAY)
            for visit in pair:
                CaseLetter.objects.create(
                    case=visit.case, letter=letter, variant="expected", due_at=DUE,
                    done_at=ESTIMATE,
                )  # fmt: skip
                Case.objects.filter(pk=visit.case_id).update(reservation=held)
            if step > 9:
                judge = person("kasi.uji")
                letters.review(
                    version=version, approved=True, note="", by=judge,
                    capacity=judge.appointments.get(), now=MONDAY,
                )  # fmt: skip
    return pairs


def deputy() -> User:
    """A second head of the testing section."""
    user = User.objects.create_user("plh.uji", full_name="Plh. Kasi Pengujian")
    Appointment.objects.create(
        user=user, post=Post.objects.get(code="kepala_seksi"), kind=Appointment.Kind.PLH,
        section=Section.objects.get(code="uji"), order_number="SP-LOMBA/1", order_date=MONDAY,
        starts_on=MONDAY.date(),
    )  # fmt: skip
    return user


def finishes(pairs: list, which: int, outcome: str, user: User, data: Any = None) -> Racer:
    """Finishes the open step of one case of the n-th pair, as a page that was read before."""

    def racer(number: int) -> Act:
        visit = Visit.objects.select_related("case__order").get(pk=pairs[number][which].pk)
        return lambda: (
            finish_step(visit=visit, outcome=outcome, data=data or {}, by=user, now=NOW).step
        )

    return racer


def ready_in_time(pairs: list, which: int) -> Racer:
    """The result of one case's order was there before its due after all."""
    user = person("petugas")

    def racer(number: int) -> Act:
        order = Order.objects.get(pk=pairs[number][which].case.order_id)
        return lambda: orders.record_ready(
            order=order, at=DUE - timedelta(hours=1), by=user, now=NOW
        )

    return racer


def in_turns(one: Racer, other: Racer) -> Racer:
    """One in even rounds, the other in odd ones: neither process is always the first."""
    return lambda number: (one if number % 2 == 0 else other)(number)


def agree(waiting: int) -> None:
    """What holds after any race: so many mugs are put aside, each for an open case."""
    mug = Item.objects.get()
    kept = Reservation.objects.filter(released_at=None, left_at=None)
    assert (mug.reserved, mug.on_hand, kept.count()) == (waiting, ROUNDS, waiting)
    assert set(kept.values_list("pk", flat=True)) <= set(
        Case.objects.open().values_list("reservation", flat=True)
    )
    released = Movement.objects.filter(kind=Movement.Kind.RELEASED).count()
    assert released == ROUNDS - waiting, "each is released once"
    is_open = Counter(Visit.objects.filter(finished_at=None).values_list("case", flat=True))
    assert is_open == Counter(Case.objects.open().values_list("pk", flat=True))
    numbers = Letter.objects.filter(number__isnull=False).values_list("number", flat=True)
    assert sorted(int(n.split("/")[1]) for n in numbers) == list(range(1, len(numbers) + 1))
    assert not CaseLetter.objects.filter(
        case__ended_at__isnull=False, letter__voided_at=None
    ).exists()
    assert journal.first_broken() is None


def stands(pairs: list, which: int) -> Counter:
    """Where the first or second cases of the pairs stand, or how they ended."""
    cases = Case.objects.filter(pk__in=[pair[which].case_id for pair in pairs])
    return Counter(case.ending or case.open_visit.step for case in cases)


def one_of_two(rounds: list[list[Try]]) -> None:
    """In each round one was done, and the other heard that it was."""
    for tries in rounds:
        assert sorted(t.error for t in tries) == ["", "AlreadyFinished"], tries
    assert slowest(rounds) < 5


def test_two_heads_who_approve_the_two_cases_of_a_letter_do_it_once():
    pairs = pairs_at(9)
    head, second = person("kasi.uji"), deputy()
    rounds = race(
        in_turns(finishes(pairs, 0, "approve", head), finishes(pairs, 1, "approve", head)),
        in_turns(finishes(pairs, 1, "approve", second), finishes(pairs, 0, "approve", second)),
        rounds=ROUNDS,
    )
    one_of_two(rounds)
    assert stands(pairs, 0) == stands(pairs, 1) == {10: ROUNDS}
    assert LetterReview.objects.count() == ROUNDS
    for pair in pairs:  # both visits were finished by the same one
        visits_of = Visit.objects.filter(pk__in=[visit.pk for visit in pair])
        assert len(set(visits_of.values_list("finished_by", "finished_at", "outcome"))) == 1
    assert JournalEntry.objects.filter(verb="step.finished").count() == 2 * ROUNDS
    agree(waiting=ROUNDS)


def test_one_approves_and_one_returns_the_same_letter_and_one_of_them_is_heard():
    pairs = pairs_at(9)
    head, second = person("kasi.uji"), deputy()
    rounds = race(
        finishes(pairs, 0, "approve", head),
        finishes(pairs, 1, "return", second, {"note": "Perbaiki."}),
        rounds=ROUNDS,
    )
    one_of_two(rounds)
    for pair, (approved, _) in zip(pairs, rounds, strict=True):
        step = 10 if approved.error == "" else 8
        assert [Case.objects.get(pk=v.case_id).open_visit.step for v in pair] == [step, step]
    assert LetterReview.objects.count() == ROUNDS
    agree(waiting=ROUNDS)


def test_a_letter_signed_while_one_of_its_orders_turns_out_in_time_is_void_either_way():
    pairs = pairs_at(10)
    sign = finishes(pairs, 0, "sign", person("kepala"))
    ready = ready_in_time(pairs, 1)
    rounds = race(in_turns(sign, ready), in_turns(ready, sign), rounds=ROUNDS)
    assert {error.partition(":")[0] for error in errors(rounds)} <= {"AlreadyFinished"}
    for number, tries in enumerate(rounds):
        assert tries[1 - number % 2].error == "", "the result is always recorded"
    assert slowest(rounds) < 5
    assert stands(pairs, 0) == {8: ROUNDS}, "who stays drafts another letter"
    assert stands(pairs, 1) == {Ending.IN_SPM: ROUNDS}
    assert not Letter.objects.filter(voided_at=None).exists()
    signed = sum(tries[number % 2].error == "" for number, tries in enumerate(rounds))
    assert Letter.objects.filter(number__isnull=False).count() == signed
    agree(waiting=ROUNDS)


def test_two_cases_that_leave_at_once_release_their_one_souvenir_once():
    pairs = pairs_at(10)
    one, other = ready_in_time(pairs, 0), ready_in_time(pairs, 1)
    rounds = race(in_turns(one, other), in_turns(other, one), rounds=ROUNDS)
    assert errors(rounds) == []
    assert slowest(rounds) < 5
    assert stands(pairs, 0) == stands(pairs, 1) == {Ending.IN_SPM: ROUNDS}
    assert JournalEntry.objects.filter(verb="letter.voided").count() == ROUNDS
    agree(waiting=0)


def test_one_writes_on_alone_while_the_other_leaves():
    """Both are back at 8 with one draft in hand: it serves who writes, or a new one does."""
    pairs = pairs_at(8)
    words: dict[str, Any] = dict.fromkeys(("address", "copies", "no_gift_reason"), "")
    words |= {"subject": "Hal", "addressee": "PT", "body": "Isi.", "together": []}
    words["item"] = Item.objects.get()
    writes = finishes(pairs, 0, "submit", person("kasi.pjt"), words)
    leaves = ready_in_time(pairs, 1)
    rounds = race(in_turns(writes, leaves), in_turns(leaves, writes), rounds=ROUNDS)
    assert errors(rounds) == []
    assert slowest(rounds) < 5
    assert stands(pairs, 0) == {9: ROUNDS}
    assert stands(pairs, 1) == {Ending.IN_SPM: ROUNDS}
    for pair in pairs:
        letter = Case.objects.get(pk=pair[0].case_id).letter
        assert list(letter.cases.values_list("pk", flat=True)) == [pair[0].case_id]
    agree(waiting=ROUNDS)


class Unlocked:
    """`Letter` whose rows are read without a lock."""

    class objects:  # noqa: N801
        @staticmethod
        def select_for_update() -> Any:
            return Letter.objects


@pytest.mark.postgres_only
def test_control_without_the_letters_lock_two_that_leave_wait_for_each_other(monkeypatch):
    pairs = pairs_at(10)
    monkeypatch.setattr(visits, "Letter", Unlocked)
    one, other = ready_in_time(pairs, 0), ready_in_time(pairs, 1)
    rounds = race(in_turns(one, other), in_turns(other, one), rounds=ROUNDS)
    assert any("deadlock" in error for error in errors(rounds))
