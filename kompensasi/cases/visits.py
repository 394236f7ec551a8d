"""Opening a case's visit to a step, and closing one for a reason outside it."""

from datetime import datetime, timedelta
from typing import Any

from kompensasi.cases import notifying
from kompensasi.cases.models import Case, SavedAnswers, Visit
from kompensasi.cases.procedure import MONITORING
from kompensasi.letters.models import Letter
from kompensasi.people.models import User
from kompensasi.sop.models import RevisionStep
from spm_monitor import clock
from spm_monitor.workdays import WorkingCalendar, to_wib


def enter_step(case: Case, number: int, now: datetime) -> Visit:
    """Open a step of the case's own revision; monitoring opens on the next monitoring date."""
    calendar = clock.current_calendar()
    opens_at = next_monitoring(now, calendar) if number == MONITORING else now
    visit = new_visit(case, case.revision.steps.get(number=number), opens_at, calendar)
    visit.save()
    notifying.tell_holders([visit], now)
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


def note_opened(visit: Visit, now: datetime) -> None:
    """Somebody whose turn it is looks at the step: from now on it is worked on, not waiting."""
    Visit.objects.filter(pk=visit.pk, opened_at__isnull=True, finished_at__isnull=True).update(
        opened_at=now
    )


def close_for_system(
    case: Case, outcome: str, note: str, *, capacity: Any, by: User | None, now: datetime
) -> None:
    """Close the open visit without an answer: the case ends, or moves, for a reason outside it.

    The letter in hand is locked first: two cases of one letter that both leave would else each
    wait for the visit the other one has closed.
    """
    case.forget()
    if case.letter is not None:
        Letter.objects.select_for_update().get(pk=case.letter.pk)
        case.forget()
    Visit.objects.filter(case=case, finished_at__isnull=True).update(
        finished_at=now, outcome=outcome, note=note, finished_by=by, finished_capacity=str(capacity)
    )
    SavedAnswers.objects.filter(visit__case=case).delete()
