"""A mistake in a finished step (wrong date, tracking number) is corrected by its actor, on record.

Until the letter is signed; dispatch data also later (DOMAIN 2). The step's own form judges the
new answer; which of its fields may be corrected is said by the step table.
"""

from datetime import datetime
from typing import Any

from django.db import models

from kompensasi.cases import permissions
from kompensasi.cases.answers import shown
from kompensasi.cases.ending import check_reason
from kompensasi.cases.forms import StepForm
from kompensasi.cases.models import Correction, Handover, Visit
from kompensasi.cases.procedure import Situation
from kompensasi.cases.steps import STEPS
from kompensasi.people.models import Appointment, User
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.refusals import BadInput, NotNow, NotYours

FACTS = ("handover", "informed", "report", "instruction")


def recorded(visit: Visit) -> models.Model | None:
    """The row in which a finished visit recorded what may be corrected; None without one."""
    if hasattr(visit, "sending"):
        return visit.sending.dispatch
    for name in FACTS:
        if hasattr(visit, name):
            return getattr(visit, name)
    return visit.monitoring_row


def capacity_to_correct(visit: Visit, by: User, now: datetime) -> Appointment:
    """The appointment under which this person may correct a finished visit; NotYours, NotNow."""
    capacity = permissions.capacity_as_actor(visit, by, now)
    if capacity is None:
        raise NotYours(
            f"Isian langkah {visit.step} dikoreksi oleh {permissions.actor_title(visit)}."
        )
    step = STEPS[visit.step]
    if visit.finished_at is None or step.outcome(visit.outcome) is None or recorded(visit) is None:
        raise NotNow("Isian ini tidak dapat dikoreksi.")
    if not step.corrects:
        raise NotNow(f"Isian langkah {visit.step} tidak dikoreksi; perbaiki lewat pengembalian.")
    signed = visit.case.letters.filter(signed_at__isnull=False, voided_at__isnull=True)
    if not step.corrects_after_signing and signed.exists():
        raise NotNow("Surat sudah ditandatangani; isian langkah ini tidak dikoreksi lagi.")
    return capacity


def may_correct(visit: Visit, by: User, now: datetime) -> bool:
    """Whether the way to the correction is shown."""
    try:
        capacity_to_correct(visit, by, now)
    except (NotYours, NotNow):
        return False
    return True


def form_of(visit: Visit, by: User, now: datetime, data: Any = None) -> StepForm:
    """The step's form cut to what may be corrected, filled with what is recorded."""
    step, row = STEPS[visit.step], recorded(visit)
    situation = Situation(case=visit.case, order=visit.case.order, visit=visit, by=by, now=now)
    initial = {name: getattr(row, name) for name in step.corrects}
    form = step.form(
        data, situation=situation, outcome=step.outcome(visit.outcome), initial=initial
    )
    form.settled = {
        name: getattr(row, name)
        for name in set(form.fields) - set(step.corrects)
        if hasattr(row, name)
    }
    for name in set(form.fields) - set(step.corrects):
        del form.fields[name]
    return form


def correct(
    *, visit: Visit, data: dict[str, Any], reason: str, by: User, now: datetime
) -> list[Correction]:
    """Write what differs into the recorded row; returns a Correction a field.

    data: the cleaned answers of `form_of`. Raises NotYours, NotNow, BadInput.
    """
    with journal.act():
        visit.case.order = orders.locked(visit.case.order)
        capacity = capacity_to_correct(visit, by, now)
        check_reason(reason, "Isi alasan koreksi.")
        row = recorded(visit)
        if row is None:
            raise NotNow("Isian ini tidak dapat dikoreksi.")
        row.refresh_from_db()
        changed = [name for name in STEPS[visit.step].corrects if _differs(row, name, data)]
        if not changed:
            raise BadInput("Tidak ada isian yang berubah.")
        made = [_correction(visit, row, name, data[name]) for name in changed]
        row.save(update_fields=changed)
        _tell_order(visit, row, by=by, capacity=capacity, now=now)
        for correction in made:
            correction.reason, correction.at = reason.strip(), now
            correction.by, correction.capacity = by, capacity
            correction.save()
        journal.record(
            "step.corrected", visit.case, by=by, capacity=capacity, now=now, note=reason.strip(),
            before={"step": visit.step}, after={"fields": changed},
        )  # fmt: skip
        return made


def _tell_order(visit: Visit, row: models.Model, *, by: User, capacity: Any, now: datetime) -> None:
    """What step 3 recorded stands on the order too."""
    if isinstance(row, Handover) and row.way == Handover.Way.HANDED:
        facts = {"handed_over_at": row.at, "handed_over_to": row.received_by}
        orders.change_order(
            order=visit.case.order, facts=facts, by=by, capacity=capacity, now=now,
            verb="order.handed_over",
        )  # fmt: skip


def _differs(row: models.Model, name: str, data: dict[str, Any]) -> bool:
    return name in data and shown(row, name) != _shown_as(row, name, data[name])


def _correction(visit: Visit, row: models.Model, name: str, value: Any) -> Correction:
    """The unsaved record of one field; the row has the new value afterwards."""
    field: Any = row._meta.get_field(name)
    old, new = shown(row, name), _shown_as(row, name, value)
    setattr(row, name, value)
    return Correction(visit=visit, field=name, label=str(field.verbose_name), old=old, new=new)


def _shown_as(row: models.Model, name: str, value: Any) -> str:
    """What `shown` would say with this value."""
    kept = getattr(row, name)
    setattr(row, name, value)
    words = shown(row, name)
    setattr(row, name, kept)
    return words
