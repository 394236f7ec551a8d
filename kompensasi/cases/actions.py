"""`finish_step`: the only door from one step of a case to the next."""

from datetime import datetime
from typing import Any

from kompensasi.cases import permissions
from kompensasi.cases.ending import end
from kompensasi.cases.models import Case, Ending, Visit
from kompensasi.cases.procedure import Act, Outcome, Situation, Step, Target
from kompensasi.cases.steps import STEPS
from kompensasi.cases.visits import enter_step
from kompensasi.people.models import User
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.refusals import BadInput, NotNow
from spm_monitor.wording import time_id


class AlreadyFinished(NotNow):
    """Somebody else finished the step first; the sentence says who and when."""


def finish_step(
    *, visit: Visit, outcome: str, data: dict[str, Any], by: User | None, now: datetime,
    posted_sha256: str = "",
) -> Visit | None:  # fmt: skip
    """Finish a case's open step and open the next; returns the new visit, None when it ended.

    outcome: the code of an outcome of the step. data: the cleaned answers of its form. by: the
    person, None for the customer by the link. posted_sha256: tells this answer from another one.
    At a joint step all cases of the letter go on together (DOMAIN 6). Everything or nothing:
    claim, checks, effect, next step and journal are one transaction. Raises NotYours, NotNow,
    AlreadyFinished, BadInput.
    """
    with journal.act():
        together = [_claimed(each, now) for each in _lock_all(visit, data)]
        step = STEPS[visit.step]
        acts = []
        for each in together:
            capacity = permissions.capacity_to_finish(each, by, now)
            situation = Situation(case=each.case, order=each.case.order, visit=each, by=by, now=now)
            chosen = _chosen(step, outcome, situation)
            acts.append((situation, chosen, capacity))
        own, chosen, capacity = acts[0]
        act = Act(
            **vars(own), outcome=chosen, data=data, capacity=capacity,
            together=tuple(situation for situation, _, _ in acts),
        )  # fmt: skip
        step.effect(act)
        following = [_close_and_go(act, situation, posted_sha256) for situation in act.together]
        return following[0]


def _lock_all(visit: Visit, data: dict[str, Any]) -> list[Visit]:
    """The open visits this act finishes, its own first, the rows of all their orders locked.

    Orders are locked in the order of their keys. What somebody moves before that is noticed when
    its visit is claimed.
    """
    together = [visit, *_company(visit, data)]
    locked = {
        order.pk: order for order in orders.all_locked(each.case.order_id for each in together)
    }
    for each in together:
        each.case.order = locked[each.case.order_id]
    return together


def _company(visit: Visit, data: dict[str, Any]) -> list[Visit]:
    """The open visits of the other cases that go on with this one."""
    if STEPS[visit.step].joint:
        others = Case.objects.get(pk=visit.case_id).others_of_letter()
    elif data.get("together"):
        others = Case.objects.filter(pk__in=[other.pk for other in data["together"]])
    else:
        return []
    visits = list(
        Visit.objects.filter(case__in=others, finished_at__isnull=True)
        .select_related("case", "row")
        .order_by("pk")
    )
    if any(other.step != visit.step for other in visits):
        own = Visit.objects.get(pk=visit.pk)
        if own.finished_at is not None:  # they went on together, a moment ago
            raise AlreadyFinished(finished_sentence(own))
        raise NotNow("Kasus lain pada surat ini tidak berada pada langkah yang sama.")
    return visits


def _claimed(visit: Visit, now: datetime) -> Visit:
    """The visit, taken, with all that the step asks of it; its order is the locked one."""
    order = visit.case.order
    _claim(visit, now)
    taken = Visit.objects.select_related(
        "row__actor", "row__revision", "case__revision", "case__reservation__item", "assigned_to",
        "assigned_as",
    ).get(pk=visit.pk)  # fmt: skip
    taken.case.order = order
    return taken


def _claim(visit: Visit, now: datetime) -> None:
    """Take the visit, or say who has it: one conditional UPDATE that must touch one row.

    A check followed by a save is not safe: 289 of 300 raced submits went through twice.
    """
    free = Visit.objects.filter(pk=visit.pk, finished_at__isnull=True)
    if free.update(finished_at=now, outcome="claimed") != 1:
        raise AlreadyFinished(finished_sentence(Visit.objects.get(pk=visit.pk)))


def finished_sentence(visit: Visit) -> str:
    """ "Langkah ini sudah diselesaikan oleh Plt. Kasi PJT pukul 10.41 WIB." """
    who = visit.finished_capacity or "petugas lain"
    at = f" pukul {time_id(visit.finished_at)}" if visit.finished_at else ""
    return f"Langkah ini sudah diselesaikan oleh {who}{at}."


def _chosen(step: Step, code: str, situation: Situation) -> Outcome:
    outcome = step.outcome(code)
    if outcome is None:
        raise BadInput("Pilih salah satu hasil langkah ini.")
    reason = outcome.refusal(situation)
    if reason is None and not outcome.back and step.guard is not None:
        reason = step.guard(situation)
    if reason is not None:
        raise NotNow(reason)
    return outcome


def _close_and_go(act: Act, situation: Situation, posted_sha256: str) -> Visit | None:
    """Close a visit of the act and open what follows; None when its case ends."""
    visit, target = situation.visit, act.outcome.target(situation)
    visit.finished_at, visit.outcome = act.now, act.outcome.code
    visit.finished_by, visit.finished_as = act.by, act.capacity
    visit.finished_capacity = permissions.acting_as(visit, act.capacity)
    visit.note = act.data.get("note", "")
    visit.opened_at = visit.opened_at or act.now
    visit.posted_sha256 = posted_sha256
    visit.save()
    visit.saved_answers.all().delete()
    journal.record(
        "step.finished", situation.case, by=act.by, capacity=act.capacity or "Pelanggan",
        now=act.now, before={"step": visit.step},
        after={"outcome": act.outcome.code, "next": target}, note=visit.note,
    )  # fmt: skip
    return _go(situation.case, target, by=act.by, capacity=act.capacity, now=act.now)


def _go(
    case: Case, target: Target, *, by: User | None, capacity: Any, now: datetime
) -> Visit | None:
    if isinstance(target, Ending):
        end(case=case, ending=target, note="", by=by, capacity=capacity or "Pelanggan", now=now)
        return None
    return enter_step(case, target, now)
