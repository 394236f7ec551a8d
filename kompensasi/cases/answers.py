"""What was answered at a step, for reading: label and value of each fact its visit recorded."""

from datetime import datetime
from typing import Any

from django.db import models

from kompensasi.cases.models import Visit
from kompensasi.cases.steps import STEPS
from spm_monitor.wording import instant_id

FACTS = ("handover", "informed", "report", "instruction")
MONITORING = {
    1: ("stage", "due_at", "days_left", "estimate_at"),
    2: ("state",),
    4: ("cause", "asset", "story", "estimate_at"),
}
Pairs = list[tuple[str, Any]]


def answers(visit: Visit) -> Pairs:
    """Label and value of all that the visit recorded, in the order of its form."""
    pairs: Pairs = []
    if visit.monitoring_row is not None:
        pairs += _pairs(visit.monitoring_row, MONITORING.get(visit.step, ()))
    for name in FACTS:
        if hasattr(visit, name):
            pairs += _pairs(getattr(visit, name))
    if hasattr(visit, "draft"):
        pairs += _draft(visit)
    if hasattr(visit, "sending"):
        pairs += _sending(visit)
    if hasattr(visit, "receiving"):
        pairs += _receiving(visit)
    outcome = STEPS[visit.step].outcome(visit.outcome) if visit.step in STEPS else None
    if outcome is not None and len(STEPS[visit.step].outcomes) > 1:
        pairs.insert(0, ("Hasil", outcome.label))
    return pairs


def proof_of(visit: Visit) -> str:
    """The kept file that a visit recorded as proof, "" when it has none."""
    if hasattr(visit, "handover"):
        return visit.handover.proof
    return visit.receiving.receipt.proof if hasattr(visit, "receiving") else ""


def shown(row: models.Model, name: str) -> str:
    """A recorded fact in the words that pages show it with; "" for none."""
    field: Any = row._meta.get_field(name)
    value = _value(row, field)
    return "" if value is None else str(value)


def _receiving(visit: Visit) -> Pairs:
    receipt = visit.receiving.receipt
    by = "petugas, dengan bukti" if receipt.recorded_by_id else "pelanggan, lewat tautan"
    return [*_pairs(receipt, ("result", "received_by", "at", "note")), ("Dicatat oleh", by)]


def _draft(visit: Visit) -> Pairs:
    draft = visit.draft
    gift = draft.reservation.item.name if draft.reservation else f"tanpa, {draft.no_gift_reason}"
    return [("Versi surat", draft.version.version), ("Souvenir", gift)]


def _sending(visit: Visit) -> Pairs:
    dispatch = visit.sending.dispatch
    gift = dispatch.reservation.item.name if dispatch.reservation else "tanpa souvenir"
    return [
        ("Surat", visit.sending.letter.number),
        ("Souvenir", gift),
        *_pairs(dispatch, ("way", "courier", "tracking_number", "sent_at")),
    ]


def _pairs(row: models.Model, names: tuple[str, ...] = ()) -> Pairs:
    fields = [f for f in row._meta.concrete_fields if f.name not in ("id", "visit")]
    chosen = [f for f in fields if not names or f.name in names]
    return [(_label(f), _value(row, f)) for f in chosen if _value(row, f) not in (None, "")]


def _label(field: models.Field) -> str:
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def _value(row: models.Model, field: models.Field) -> Any:
    if field.name == "proof":
        return "terlampir" if getattr(row, field.name) else ""
    if field.choices:
        return getattr(row, f"get_{field.name}_display")()
    value = getattr(row, field.name)
    if isinstance(value, datetime):
        return instant_id(value)
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return value
