"""A case on its way by posts, and what its record must say of it (test_paths, test_ends)."""

from datetime import datetime, timedelta
from typing import Any

import time_machine

from kompensasi.cases.models import Case, Ending, Visit
from kompensasi.souvenirs.models import Item
from spm_monitor import journal
from spm_monitor.models import JournalEntry
from tests.cases.walking import (
    do_step,
    open_visit,
    paper,
    step_url,
    typed,
    walk,
)
from tests.conftest import MONDAY, make_order, signed_in

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
