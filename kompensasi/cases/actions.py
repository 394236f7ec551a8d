"""Everything that moves a case. `finish_step` is the only door from one step to the next."""

from datetime import datetime, timedelta
from typing import Any

from kompensasi.cases import permissions
from kompensasi.cases.models import Case, Ending, Opening, Visit
from kompensasi.cases.procedure import Act, Outcome, Situation, Step, Target
from kompensasi.cases.steps import STEPS
from kompensasi.letters import actions as letters
from kompensasi.people.models import User
from kompensasi.sop.models import Revision, RevisionStep
from kompensasi.souvenirs import stock
from spm_monitor import actions as orders
from spm_monitor import clock, journal, sequences
from spm_monitor.models import Order, Overrun
from spm_monitor.refusals import BadInput, NotNow, NotYours, Refused
from spm_monitor.wording import time_id
from spm_monitor.workdays import WorkingCalendar, to_wib

LONGEST_REASON = 300
MONITORING = 1  # every case begins here, and returns here while its order is in its SPM


class AlreadyFinished(NotNow):
    """Somebody else finished the step first; the sentence says who and when."""


def finish_step(
    *, visit: Visit, outcome: str, data: dict[str, Any], by: User | None, now: datetime
) -> Visit | None:
    """Finish a case's open step and open the next; returns the new visit, None when it ended.

    outcome: the code of an outcome of the step. data: the cleaned answers of its form. by: the
    person, None for the customer by the link. Everything or nothing: claim, checks, effect, next
    step and journal are one transaction. Raises NotYours, NotNow, AlreadyFinished, BadInput.
    """
    with journal.act():
        order = orders.locked(visit.case.order)
        _claim(visit, now)
        visit = Visit.objects.select_related(
            "row__actor", "row__revision", "case__revision", "case__reservation__item"
        ).get(pk=visit.pk)
        visit.case.order = order
        step = STEPS[visit.step]
        capacity = permissions.capacity_to_finish(visit, by, now)
        situation = Situation(case=visit.case, order=order, visit=visit, by=by, now=now)
        chosen = _chosen(step, outcome, situation)
        act = Act(**vars(situation), outcome=chosen, data=data, capacity=capacity)
        step.effect(act)
        target = chosen.target(act)
        _close(visit, act, target)
        return _go(visit.case, target, by=by, capacity=capacity, now=now)


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


def _close(visit: Visit, act: Act, target: Target) -> None:
    visit.finished_at, visit.outcome = act.now, act.outcome.code
    visit.finished_by, visit.finished_as = act.by, act.capacity
    visit.finished_capacity = str(act.capacity) if act.capacity else "Pelanggan"
    visit.note = act.data.get("note", "")
    visit.opened_at = visit.opened_at or act.now
    visit.save()
    journal.record(
        "step.finished", visit.case, by=act.by, capacity=act.capacity or "Pelanggan", now=act.now,
        before={"step": visit.step},
        after={"outcome": act.outcome.code, "next": target},
        note=visit.note,
    )  # fmt: skip


def _go(
    case: Case, target: Target, *, by: User | None, capacity: Any, now: datetime
) -> Visit | None:
    if isinstance(target, Ending):
        end(case=case, ending=target, note="", by=by, capacity=capacity or "Pelanggan", now=now)
        return None
    return enter_step(case, target, now)


def enter_step(case: Case, number: int, now: datetime) -> Visit:
    """Open a step of the case's own revision; monitoring opens on the next monitoring date."""
    calendar = clock.current_calendar()
    opens_at = next_monitoring(now, calendar) if number == MONITORING else now
    visit = new_visit(case, case.revision.steps.get(number=number), opens_at, calendar)
    visit.save()
    return visit


def new_visit(
    case: Case, row: RevisionStep, opens_at: datetime, calendar: WorkingCalendar
) -> Visit:
    """An unsaved visit whose clock starts at `opens_at` and is due after the row's minutes."""
    due_at = calendar.add_minutes(opens_at, row.minutes)
    return Visit(case=case, row=row, opens_at=opens_at, due_at=due_at)


def next_monitoring(now: datetime, calendar: WorkingCalendar) -> datetime:
    """Opening of the next monitoring date: the next working day."""
    tomorrow = to_wib(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return calendar.next_opening(tomorrow)


def end(
    *, case: Case, ending: Ending, note: str, by: User | None, capacity: Any, now: datetime
) -> None:
    """End a case. What had not left is released, what was not sent becomes void.

    Call inside an act, when the case's visit is closed.
    """
    if not case.sent:
        if case.reservation is not None:
            stock.release(reservation=case.reservation, by=by, now=now)
        for letter in case.letters.filter(voided_at__isnull=True):
            letters.void(
                letter=letter, reason=note or "Kasus berakhir sebelum surat dikirim.",
                by=by, capacity=capacity, now=now,
            )  # fmt: skip
    case.ended_at, case.ending, case.ending_note = now, ending, note
    case.save(update_fields=["ended_at", "ending", "ending_note"])
    journal.record(
        "case.ended", case, by=by, capacity=capacity, now=now, after={"ending": ending}, note=note
    )


def open_cases(
    *, orders_late: list[Order], opening: Opening, by: User | None, capacity: Any, now: datetime
) -> list[Case]:
    """Open a case at step 1 for each order. Call inside an act, the orders' rows locked.

    The caller has made sure that none has an open case; the database makes sure once more.
    """
    if not orders_late:
        return []
    day = to_wib(now).date()
    revision = Revision.in_force(day)
    first = revision.steps.get(number=MONITORING)
    number = sequences.take(f"case:{day.year}", count=len(orders_late))
    cases = Case.objects.bulk_create(
        Case(
            number=f"KMP-{day.year}-{number + i:04d}", order=order, revision=revision,
            opened_at=now, opening=opening, opened_by=by,
        )
        for i, order in enumerate(orders_late)
    )  # fmt: skip
    calendar = clock.current_calendar()
    Visit.objects.bulk_create(new_visit(case, first, now, calendar) for case in cases)
    Overrun.objects.filter(
        order__in=[case.order_id for case in cases], corrected_at__isnull=True
    ).update(answered_at=now)
    for case in cases:
        journal.record(
            "case.opened", case, by=by, capacity=capacity, now=now,
            after={"number": case.number, "order": case.order_id, "opening": opening},
        )  # fmt: skip
    return cases


def open_case(*, order: Order, by: User, now: datetime) -> Case:
    """Open a case by hand (DOMAIN 2, rule d): no open case, not yet compensated."""
    with journal.act():
        order = orders.locked(order)
        reason = opening_refusal(order, by, now)
        if reason is not None:
            raise reason
        capacity = by.capacity_for("cases.open_case", order.section_id, now)
        return open_cases(
            orders_late=[order], opening=Opening.HAND, by=by, capacity=capacity, now=now
        )[0]


def opening_refusal(order: Order, by: User, now: datetime) -> Refused | None:
    """Why this person may not open a case for this order by hand; None when they may."""
    if by.capacity_for("cases.open_case", order.section_id, now) is None:
        return NotYours("Jabatan Anda tidak mencakup pembukaan kasus.")
    if order.cases.open().exists():
        return NotNow(f"Pesanan {order.number} sudah memiliki kasus yang berjalan.")
    if order.cases.compensated().exists():
        return NotNow(f"Kompensasi untuk pesanan {order.number} sudah diberikan.")
    return None


def cancel_case(*, case: Case, reason: str, by: User, now: datetime) -> None:
    """Cancel a case before its letter is sent, with a reason on record (administrator)."""
    with journal.act():
        orders.locked(case.order)
        case = Case.objects.get(pk=case.pk)
        capacity = by.capacity_for("cases.cancel_case", case.order.section_id, now)
        if capacity is None:
            raise NotYours("Kasus dibatalkan oleh administrator.")
        if not reason.strip():
            raise BadInput("Isi alasan pembatalan.", "reason")
        if len(reason) > LONGEST_REASON:
            raise BadInput(f"Alasan paling banyak {LONGEST_REASON} huruf.", "reason")
        if case.ended_at is not None:
            raise NotNow(f"Kasus {case.number} sudah berakhir.")
        if case.sent:
            raise NotNow("Surat sudah dikirim; kasus tidak dapat dibatalkan lagi.")
        close_for_system(case, "cancelled", reason, capacity=capacity, by=by, now=now)
        end(case=case, ending=Ending.CANCELLED, note=reason, by=by, capacity=capacity, now=now)


def note_opened(visit: Visit, now: datetime) -> None:
    """Somebody whose turn it is looks at the step: from now on it is worked on, not waiting."""
    Visit.objects.filter(pk=visit.pk, opened_at__isnull=True, finished_at__isnull=True).update(
        opened_at=now
    )


def close_for_system(
    case: Case, outcome: str, note: str, *, capacity: Any, by: User | None, now: datetime
) -> None:
    """Close the open visit without an answer: the case ends, or moves, for a reason outside it."""
    Visit.objects.filter(case=case, finished_at__isnull=True).update(
        finished_at=now, outcome=outcome, note=note, finished_by=by, finished_capacity=str(capacity)
    )
