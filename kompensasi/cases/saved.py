"""What is typed into a step's form and not sent yet, kept on the server (FAULTS A3, D16)."""

from datetime import datetime
from typing import Any

from django.http import QueryDict

from kompensasi.cases import permissions
from kompensasi.cases.models import SavedAnswers, Visit
from kompensasi.cases.steps import STEPS
from kompensasi.people.models import User
from spm_monitor.refusals import BadInput, NotNow, NotYours
from spm_monitor.wording import thousands

NOT_ANSWERS = {"csrfmiddlewaretoken", "visit", "outcome", "save", "typist"}
LONGEST = 40_000  # characters of one form; all its fields at their longest are half of it


def may_save(visit: Visit, by: User, now: datetime) -> bool:
    """Whether this person may keep a draft of the step: who may do it, and who prepares it."""
    if permissions.capacity_to_prepare(visit, by, now) is not None:
        return True
    try:
        permissions.capacity_to_finish(visit, by, now)
    except NotYours:
        return False
    except NotNow:
        return True
    return True


def save(*, visit: Visit, posted: QueryDict, by: User, now: datetime) -> SavedAnswers:
    """Keep what was typed. It is no fact of the case, so the journal says nothing of it.

    Raises NotYours, NotNow (the step is finished), BadInput (too long).
    """
    if not may_save(visit, by, now):
        raise NotYours(
            f"Langkah {visit.step} dikerjakan oleh {permissions.actor_title(visit)}."
            " Anda dapat membaca, tetapi tidak mengisi."
        )
    if not STEPS[visit.step].keeps_drafts:
        raise NotNow("Langkah ini tidak menyimpan draf: yang dinyatakan, dinyatakan saat dikirim.")
    if visit.finished_at is not None:
        raise NotNow("Langkah ini sudah selesai; draf tidak disimpan lagi.")
    answers = {
        name: [text.replace("\x00", "") for text in texts]  # PostgreSQL keeps none in JSON
        for name, texts in posted.lists()
        if name not in NOT_ANSWERS
    }
    if sum(len(text) for texts in answers.values() for text in texts) > LONGEST:
        raise BadInput(f"Draf paling banyak {thousands(LONGEST)} huruf.")
    kept, _ = SavedAnswers.objects.update_or_create(
        visit=visit, by=by, defaults={"answers": answers, "saved_at": now}
    )
    return kept


def offered(visit: Visit, by: User, now: datetime, wanted: str = "") -> list[SavedAnswers]:
    """The drafts this person may begin with, the one that fills the form first.

    One's own, else the newest that the preparing post prepared; wanted: the key of another one.
    """
    drafts = [
        draft
        for draft in visit.saved_answers.select_related("by").order_by("-saved_at")
        if draft.by_id == by.pk or permissions.capacity_to_prepare(visit, draft.by, now)
    ]
    return sorted(drafts, key=lambda draft: (str(draft.pk) != wanted, draft.by_id != by.pk))


def first_values(answers: dict[str, Any] | None) -> dict[str, Any]:
    """Posted texts, name to list, as a form's first values."""
    return {
        name: texts if name == "together" else texts[0]
        for name, texts in (answers or {}).items()
        if texts and name not in NOT_ANSWERS
    }
