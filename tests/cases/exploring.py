"""The rules of DOMAIN 2 as a state model that drives the real product and judges it by itself.

`World` holds one or two orders of a customer, and does to them what people, the sweep and time can
do. `explore` does everything everywhere: depth first, each way undone by a savepoint, until no
situation is new. After every move `judge` compares the tables with what DOMAIN says; nothing of
the judging is read from the product's rules.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.db import transaction

from kompensasi.cases import ending, opening, permissions
from kompensasi.cases.actions import finish_step
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.step_page import StepPage
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter
from kompensasi.people.models import User
from kompensasi.souvenirs.models import Item
from spm_monitor import actions as orders
from spm_monitor.models import Order
from spm_monitor.refusals import BadInput, NotNow, Refused
from tests.cases.oracle import COMPENSATED, Broken, Seen, hold, look, rows
from tests.cases.walking import TYPED, answers, paper, typed
from tests.conftest import person

LANES = {
    1: "kasi.pjt", 2: "pj.uji", 3: "kasi.pjt", 4: "pj.uji", 5: "kasi.pjt", 6: "kasi.uji",
    7: "kepala", 8: "kasi.pjt", 9: "kasi.uji", 10: "kepala", 11: "kasi.pjt", 12: "kasi.pjt",
}  # fmt: skip
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# --- what can happen ---------------------------------------------------------------------------

Move = tuple[str, bool, Callable[[], None]]
"""Its name; whether it is a surprise, of which a way has only so many; what it does."""


@dataclass
class World:
    """Orders of one customer, and the instant."""

    pks: list[int]
    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    """Numbers given on this way, by letter."""
    together: bool = False
    """Letters may be joint; then time stands still, and what a sweep would do is left out."""
    entries: tuple[str, ...] = ()
    """Which entries on orders are tried; () for all."""

    def person(self, username: str) -> User:
        if username not in self.people:
            self.people[username] = person(username)
        return self.people[username]

    def look(self) -> list[Seen]:
        return [look(pk, self.now) for pk in self.pks]

    def key(self, seen: list[Seen]) -> tuple[Any, ...]:
        one_letter = len({each.letter for each in seen}) < len(seen)
        one_gift = len({each.gift for each in seen}) < len(seen)
        return (*(each.key() for each in seen), one_letter, one_gift)

    def parted(self, seen: list[Seen]) -> bool:
        """Two cases that share no letter and cannot: each goes on as one alone, explored so."""
        shared = seen[0].letter is not None and seen[0].letter == seen[-1].letter
        return self.together and not shared and any(each.step != 8 for each in seen)

    def moves(self, seen: list[Seen]) -> list[Move]:
        """Ordinary ones first: what needs no surprise is found without."""
        found: list[Move] = []
        if not self.together:
            found.append(("sweep", False, lambda: self.sweep(seen)))
            found += self.time(seen)
        for place, each in enumerate(seen):
            found += self.steps(place, seen)
            if each.step is None and not self.together:
                found.append((f"{place} open by hand", False, lambda p=place: self.open(p, seen)))
            found += self.entries_on(place, each, seen)
        for place, each in enumerate(seen):
            if each.step is not None:
                found.append((f"{place} cancel", True, lambda p=place: self.cancel(p, seen)))
        for letter in {each.letter for each in seen if each.letter is not None}:
            found.append(("void letter", True, lambda pk=letter: self.void(pk, seen)))
        return sorted(found, key=lambda move: move[1])

    def time(self, seen: list[Seen]) -> Iterator[Move]:
        """The next instant at which something is different."""
        later = [each.due + timedelta(minutes=1) for each in seen if each.due]
        later += [each.estimate + DAY for each in seen if each.estimate]
        later += [each.opens for each in seen if each.opens]
        ahead = [at for at in later if at > self.now]
        if ahead:
            yield ("time passes", False, lambda: self.wait(min(ahead), seen))

    def wait(self, until: datetime, seen: list[Seen]) -> None:
        self.now = until
        for before, after in zip(seen, self.look(), strict=True):
            hold("time alone moves no case", before.step == after.step, after)

    def sweep(self, seen: list[Seen]) -> None:
        sweep(self.now)
        for before, after in zip(seen, self.look(), strict=True):
            hold("a sweep opens what is owed and nothing else",
                 after.step == (1 if before.owed else before.step), (before, after))  # fmt: skip

    def open(self, place: int, seen: list[Seen]) -> None:
        before = seen[place]
        # No case for who withdrew at or before the due (DOMAIN 3), none for who is compensated.
        idle = before.withdrawn is not None and not before.late
        may = not COMPENSATED & set(before.endings) and not idle
        order = Order.objects.get(pk=self.pks[place])
        try:
            opening.open_case(order=order, by=self.person("kasi.pjt"), now=self.now)
        except NotNow:
            hold("a case may be opened by hand", not may, before)
        else:
            hold("no case where none is owed or was compensated", may, before)

    def cancel(self, place: int, seen: list[Seen]) -> None:
        before, case = seen[place], self.case(place)
        try:
            ending.cancel_case(
                case=case, reason="Salah.", by=self.person("admin"), now=self.now
            )  # fmt: skip
        except NotNow:
            hold("before sending a case can be cancelled", before.sent, before)
        else:
            hold("a sent letter's case is not cancelled", not before.sent, before)
            self.left(place, "cancelled", seen)

    def void(self, pk: int, seen: list[Seen]) -> None:
        letter = Letter.objects.get(pk=pk)
        may = letter.signed_at is not None and letter.sent_at is None
        try:
            ending.void_letter(
                letter=letter, reason="Nomor salah.", by=self.person("agenda"), now=self.now
            )  # fmt: skip
        except NotNow:
            hold("a signed unsent letter can be withdrawn", not may, letter)
            return
        hold("only a signed unsent letter is withdrawn", may, letter)
        for before, after in zip(seen, self.look(), strict=True):
            step = 8 if before.letter == pk else before.step
            hold("a void letter's cases draft another", after.step == step, after)

    def case(self, place: int) -> Case:
        return Case.objects.select_related("order").get(order=self.pks[place], ended_at=None)

    # --- entries on an order

    def entries_on(self, place: int, seen: Seen, all_seen: list[Seen]) -> Iterator[Move]:
        now, due = self.now, seen.due
        wanted: list[tuple[str, bool, dict[str, Any]]] = []
        if not seen.ready and not seen.withdrawn:
            # Ordinary only where the letter waits for it.
            stuck = seen.step == 8 and not seen.ways()
            wanted += [
                ("estimate outside", not stuck, {"estimate_at": max(now, due or now) + 5 * DAY}),
                ("ready now", True, {"ready_at": now}),
                ("withdrawn now", True, {"withdrawn_at": now, "withdrawn_reason": "Batal."}),
            ]
            if due is not None and due - HOUR > now:
                wanted.append(("estimate inside", True, {"estimate_at": due - HOUR}))
            if due is not None and due < now:
                early = due - HOUR
                wanted += [
                    ("ready in time", True, {"ready_at": early}),
                    ("withdrawn in time", True,
                     {"withdrawn_at": early, "withdrawn_reason": "Batal."}),
                ]  # fmt: skip
        if seen.ready is not None:
            wanted.append(("ready taken back", True, {"ready_at": None}))
            if due is not None and seen.ready > due:
                wanted.append(("ready corrected to in time", True, {"ready_at": due - HOUR}))
            if due is not None and seen.ready <= due < now:
                wanted.append(("ready corrected to late", True, {"ready_at": now}))
        wanted.append(("due later", True, {"target_at": max(now, due or now) + 20 * DAY}))
        if due is None or due > now:
            wanted.append(("due earlier", True, {"target_at": now - DAY}))
        if due is not None:
            taken_back = {"documents_at": None, "target_at": None}
            wanted.append(("documents taken back", True, taken_back))
        for name, surprise, facts in wanted:
            if not self.entries or name in self.entries:
                yield (
                    f"{place} {name}", surprise,
                    lambda facts=facts: self.enter(place, facts, all_seen),
                )  # fmt: skip

    def enter(self, place: int, facts: dict[str, Any], seen: list[Seen]) -> None:
        order = Order.objects.get(pk=self.pks[place])
        if list(facts) == ["estimate_at"]:
            orders.record_estimate(
                order=order, at=facts["estimate_at"], by=self.person("pj.uji"), now=self.now
            )  # fmt: skip
        else:
            try:
                orders.change_order(
                    order=order, facts=facts, by=self.person("petugas"), now=self.now
                )  # fmt: skip
            except BadInput:  # facts that contradict each other: handed over, but not ready
                return
        before, after = seen[place], look(self.pks[place], self.now)
        expected = after.after_an_entry(before)
        self.came_to(before, after, expected)
        if isinstance(expected, str):
            self.left(place, expected, seen)
        elif before.step is not None:
            hold("an entry leaves the letter in hand", before.letter == after.letter, after)

    def came_to(self, before: Seen, after: Seen, expected: int | str | None) -> None:
        """The case stands where DOMAIN says, or ended so."""
        if isinstance(expected, str):
            ended = after.endings[len(before.endings) :]
            hold("the case ends as DOMAIN says", ended == (expected,), (expected, after))
        else:
            hold("the case stands where DOMAIN says", after.step == expected, (expected, after))
            hold("no case ends unasked", after.endings == before.endings, after)

    def left(self, place: int, how: str, seen: list[Seen]) -> None:
        """A case left before sending: those with which it shared the letter draft another."""
        letter = seen[place].letter
        for number, (before, after) in enumerate(zip(seen, self.look(), strict=True)):
            if number == place:
                self.came_to(before, after, how)
            elif letter is not None and before.letter == letter:
                hold("when one leaves, the others draft anew", after.step == 8, after)
                kept = (before.gift, before.gift_is) == (after.gift, after.gift_is)
                hold("another's leaving keeps the gift", kept, after)
            else:
                hold("another's leaving touches no other case",
                     (after.step, after.letter) == (before.step, before.letter), after)  # fmt: skip

    # --- steps

    def steps(self, place: int, seen: list[Seen]) -> Iterator[Move]:
        """Every outcome of the open step that is offered, with every kind of answer."""
        before = seen[place]
        if before.step is None:
            return
        true = before.ways()
        for code in self.offered(place, before):
            hold("only what is true is offered", code in true, (code, before))
            for name, given in self.kinds(before, code, place, seen):
                yield (
                    f"{place} step {before.step} {code} {name}".strip(), False,
                    lambda code=code, given=given: self.finish(place, code, given, seen),
                )  # fmt: skip

    def offered(self, place: int, seen: Seen) -> list[str]:
        """The outcomes the page of whose turn it is offers; where none, it says why."""
        case = self.case(place)
        visit = Visit.objects.select_related("row__actor", "row__revision").get(
            case=case, finished_at=None
        )
        visit.case = case
        user = self.person(LANES[seen.step])
        reason = permissions.refused(visit, user, self.now)
        if reason is not None:
            waits = seen.opens > self.now and isinstance(reason, NotNow)
            hold("somebody can act, or the page says when", waits, reason.sentence)
            return []
        page = StepPage.of(visit, user, self.now)
        codes = [outcome.code for outcome in page.step.offered(page.situation)]
        hold("what is true is offered", set(seen.ways()) == set(codes), (codes, seen))
        if not codes:
            guard = page.step.guard(page.situation) if page.step.guard else None
            hold("somebody can act, or the page says why", bool(guard), seen)
        return codes

    def kinds(
        self, seen: Seen, code: str, place: int, all_seen: list[Seen]
    ) -> list[tuple[str, dict[str, Any]]]:
        """The answers that make a difference."""
        now, due = self.now, seen.due
        if (seen.step, code) == (2, "done") and seen.ready is None:
            kinds = [("now", {"ready_at": typed(now)})]
            if due is not None and due < now:
                kinds.append(("in time", {"ready_at": typed(due - HOUR)}))
            return kinds
        if seen.step == 4 and seen.ready is None and seen.withdrawn is None:
            outside = max(now, due or now) + 5 * DAY
            kinds = [("outside", {"estimate_at": typed(outside)})]
            if due is not None and due - HOUR > now:
                kinds.append(("inside", {"estimate_at": typed(due - HOUR)}))
            return kinds
        if seen.step == 8:
            none = {"item": "", "no_gift_reason": "Pelanggan menolak pemberian."}
            kinds = [("", {})] if self.together else [("", {}), ("no gift", none)]
            others = [
                self.case(number).pk for number, other in enumerate(all_seen)
                if number != place and other.step == 8 and other.ways()
                and (other.ready is None) == (seen.ready is None)
                and (other.withdrawn is None) == (seen.withdrawn is None)
            ]  # fmt: skip
            alone = [(f"{name} alone".strip(), {**given, "together": []}) for name, given in kinds]
            return alone + ([("together", {"together": others})] if others else [])
        if (seen.step, code) == (11, "send") and seen.gift_is == "left":
            again = {"item": Item.objects.get().pk}
            return [("gift again", again), ("no gift", {"item": "", "no_gift_reason": "Habis."})]
        return [("", {})]

    def finish(self, place: int, code: str, given: dict[str, Any], seen: list[Seen]) -> None:
        """As the view does: the page's form, then the one door."""
        before, case = seen[place], self.case(place)
        visit = Visit.objects.select_related("row__actor", "row__revision").get(
            case=case, finished_at=None
        )
        visit.case = case
        user = self.person(LANES[before.step])
        page = StepPage.of(visit, user, self.now, together=given.get("together"))
        proposed = {
            bound.html_name: _typed(bound.value())
            for bound in page.form if bound.value() is not None
        }  # fmt: skip
        data = proposed | answers(visit, self.now) | {"note": "Perbaiki.", "outcome": code}
        data |= {"proof": paper(), "at": typed(self.now)} if before.step == 12 else {}
        data |= given
        files = {name: data.pop(name) for name in list(data) if hasattr(data[name], "read")}
        page = StepPage.of(visit, user, self.now, data=_Posted(data), files=files, code=code)
        valid = page.answered.is_valid()
        hold("a full answer is taken", valid, (before.step, code, page.answered.errors))
        try:
            finish_step(
                visit=visit, outcome=code, data=page.answered.cleaned_data, by=user, now=self.now
            )
        except Refused as refusal:
            hold("what is offered is done", False, (before.step, code, refusal.sentence))
        self.went(place, code, given, seen)

    def went(self, place: int, code: str, given: dict[str, Any], seen: list[Seen]) -> None:
        """All that the act finishes went where DOMAIN says; the others did not move."""
        before = seen[place]
        company = {place}
        if before.step >= 9:
            company |= {n for n, other in enumerate(seen) if other.letter == before.letter}
        elif given.get("together"):
            company |= set(range(len(seen)))
        for number, (was, after) in enumerate(zip(seen, self.look(), strict=True)):
            if number not in company:
                hold("a step moves no other case", (was.step, was.endings)
                     == (after.step, after.endings), after)  # fmt: skip
                continue
            # The fork is taken by the facts that the answer itself recorded.
            facts = replace(
                was, ready=after.ready, estimate=after.estimate, due=after.due
            )  # fmt: skip
            self.came_to(was, after, facts.ways().get(code, was.ways()[code]))


class _Posted(dict):
    """A post's fields; a list where a name comes several times."""

    def getlist(self, name: str) -> list[Any]:
        value = self.get(name, [])
        return value if isinstance(value, list) else [value]


def _typed(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime(TYPED)
    if isinstance(value, list):
        return [getattr(each, "pk", each) for each in value]
    return getattr(value, "pk", value)


# --- what always holds -------------------------------------------------------------------------


COMPENSATING = "('compensated', 'gift_refused', 'undelivered')"
ALWAYS = {
    "no second compensation":
        "SELECT a.id, b.id FROM cases_case a JOIN cases_case b ON a.order_id = b.order_id"
        f" AND b.id > a.id WHERE a.ending IN {COMPENSATING}",
    "nothing is left reserved":
        "SELECT id FROM souvenirs_reservation WHERE released_at IS NULL AND left_at IS NULL"
        " AND id NOT IN (SELECT reservation_id FROM cases_case WHERE ended_at IS NULL"
        " AND reservation_id IS NOT NULL)",
    "the ledger counts what waits":
        "SELECT i.reserved, i.id FROM souvenirs_item i WHERE i.reserved <> (SELECT COUNT(*) FROM"
        " souvenirs_reservation r WHERE r.item_id = i.id AND r.released_at IS NULL"
        " AND r.left_at IS NULL)",
    "a sent letter is never void":
        "SELECT id FROM letters_letter WHERE sent_at IS NOT NULL AND voided_at IS NOT NULL",
    "no letter waits for a case that ended":
        "SELECT c.id, l.id FROM cases_case c JOIN cases_caseletter t ON t.case_id = c.id"
        " JOIN letters_letter l ON l.id = t.letter_id"
        " WHERE c.ended_at IS NOT NULL AND l.sent_at IS NULL AND l.voided_at IS NULL",
    "no rule overrides a sent letter":
        "SELECT c.id, l.id FROM cases_case c JOIN cases_caseletter t ON t.case_id = c.id"
        " JOIN letters_letter l ON l.id = t.letter_id WHERE c.ended_at IS NOT NULL"
        f" AND l.sent_at IS NOT NULL AND c.ending NOT IN {COMPENSATING}",
}  # fmt: skip
"""What must never be found, by the name of its rule."""


def judge(world: World) -> list[Seen]:
    """The rules that hold wherever one stands; returns what was seen."""
    seen = world.look()
    for rule, sql in ALWAYS.items():
        found = rows(sql)
        hold(rule, not found, found)
    numbers = dict(rows("SELECT id, number FROM letters_letter WHERE number IS NOT NULL"))
    same = world.numbers.items() <= numbers.items()
    hold("a number given stays", same, (world.numbers, numbers))
    given = sorted(int(number.split("/")[1]) for number in numbers.values())
    hold("numbers have no gap and no double", given == list(range(1, len(given) + 1)), given)
    world.numbers = numbers
    return seen


@dataclass
class Found:
    """The graph of situations: which ordinary move leads where."""

    surprises_left: dict[tuple[Any, ...], int] = field(default_factory=dict)
    leads: dict[tuple[Any, ...], set[tuple[Any, ...]]] = field(default_factory=dict)
    at_rest: set[tuple[Any, ...]] = field(default_factory=set)
    how: dict[tuple[Any, ...], tuple[str, ...]] = field(default_factory=dict)
    moves: int = 0

    def without_a_way_out(self) -> set[tuple[Any, ...]]:
        """Situations from which no ordinary moves lead to rest: dead ends and traps."""
        comes_from: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
        for one, others in self.leads.items():
            for other in others:
                comes_from.setdefault(other, set()).add(one)
        good, ahead = set(self.at_rest), list(self.at_rest)
        while ahead:
            new = comes_from.get(ahead.pop(), set()) - good
            good |= new
            ahead += new
        return set(self.leads) - good


def explore(world: World, surprises: int) -> Found:
    """All that can happen from here, with at most so many surprises on a way."""
    found = Found()
    with time_machine.travel(world.now, tick=False) as clock:
        _explore(world, surprises, found, clock, ())
    stuck = found.without_a_way_out()
    ways = [found.how[key] for key in sorted(stuck, key=repr)[:3]]
    hold("from everywhere an end is reached", not stuck, ways)
    return found


def _explore(
    world: World, surprises: int, found: Found, clock: Any, way: tuple[str, ...]
) -> tuple[Any, ...]:
    clock.move_to(world.now, tick=False)
    seen = judge(world)
    key = world.key(seen)
    if found.surprises_left.get(key, -1) >= surprises:
        return key
    found.surprises_left[key] = surprises
    found.how.setdefault(key, way)
    leads = found.leads.setdefault(key, set())
    if all(each.at_rest for each in seen) or world.parted(seen):
        found.at_rest.add(key)
    if world.parted(seen):
        return key
    for name, surprise, act in world.moves(seen):
        if surprise and not surprises:
            continue
        now, numbers = world.now, world.numbers
        with transaction.atomic():
            clock.move_to(now, tick=False)
            try:
                act()
                found.moves += 1
                there = _explore(world, surprises - surprise, found, clock, (*way, name))
            except Broken as broken:
                if "\n" not in str(broken):
                    raise Broken(f"{broken}\nafter {' | '.join((*way, name))}") from None
                raise
            if not surprise:
                leads.add(there)
            transaction.set_rollback(True)
        world.now, world.numbers = now, numbers
    return key
