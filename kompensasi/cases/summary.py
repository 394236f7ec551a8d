"""A case told in pairs of label and value, and its history in entries."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from kompensasi.cases import facts
from kompensasi.cases.answers import answers, proof_of
from kompensasi.cases.models import Case, Ending, Visit
from kompensasi.cases.steps import STEPS
from spm_monitor import clock, lists
from spm_monitor.models import JournalEntry, Order
from spm_monitor.wording import instant_id, weekday_date_id

Pairs = list[tuple[str, Any]]

VERBS = lists.VERBS | {
    "case.opened": "Kasus dibuka",
    "case.ended": "Kasus berakhir",
    "step.finished": "Langkah selesai",
    "step.assigned": "Langkah berpindah tangan",
    "step.corrected": "Isian dikoreksi",
    "letter.written": "Konsep surat ditulis",
    "letter.approved": "Konsep surat disetujui",
    "letter.returned": "Konsep surat dikembalikan",
    "letter.number_typed": "Nomor surat diketik",
    "letter.signed": "Surat ditandatangani",
    "letter.scanned": "Pindaian surat diunggah",
    "letter.voided": "Surat dibatalkan",
}


def identity(case: Case) -> Pairs:
    """The bar that says what a page is about; the case's number stands above it."""
    order = case.order
    return [
        ("Pesanan", order.number),
        ("Pelanggan", order.customer.name),
        ("Layanan", order.service.name),
        ("Seksi", order.section.name),
    ]


def evaluation(order: Order, now: datetime) -> Pairs:
    """Step 5's evaluation of the estimate against the SPM, as it stands now."""
    outside = order.outside(now)
    date = facts.new_date(order)
    label = "Hasil siap" if order.ready_at else "Perkiraan selesai"
    pairs: Pairs = [
        ("Target selesai (SPM)", instant_id(order.due_at) if order.due_at else "belum ada"),
        ("Dasar target", _basis(order)),
        (label, instant_id(date) if date else "belum ada"),
        ("Penilaian", "di luar SPM" if outside else "dalam SPM"),
    ]
    if outside:
        pairs.append(("Hari terlambat", f"{clock.days_late(order, now)} hari kalender"))
    return pairs


def _basis(order: Order) -> str:
    """What the due rests on, so that nobody signs for a promise that the office never made."""
    if order.target_at is not None:
        return "dijanjikan kepada pelanggan"
    standard = order.standard
    if standard is None:
        return "belum ada"
    if standard.is_example:
        return f"{standard}, SPM contoh: minta administrator mengisi SPM balai"
    return f"{standard}, {standard.decree}"


def visit_summary(visit: Visit) -> dict[str, Any]:
    """A finished visit for reading: who, when, what was answered."""
    return {
        "visit": visit,
        "title": f"Langkah {visit.step}: {visit.row.title}",
        "by": visit.finished_by.full_name if visit.finished_by else "",
        "capacity": visit.finished_capacity,
        "when": instant_id(visit.finished_at) if visit.finished_at else "",
        "pairs": answers(visit),
        "note": visit.note,
        "proof_url": f"/kasus/{visit.case_id}/bukti/{visit.pk}/" if proof_of(visit) else "",
    }


def what_came_before(case: Case, visit: Visit) -> list[dict[str, Any]]:
    """The newest finished visit of each earlier step, to be read while answering this one."""
    finished = (
        case.visits.filter(finished_at__isnull=False, pk__lt=visit.pk)
        .select_related(
            "row", "finished_by", "monitoring_row__cause", "handover", "informed", "report",
            "instruction__souvenir_class", "draft__version", "draft__reservation__item",
            "sending__letter", "sending__dispatch__reservation__item", "receiving__receipt",
        )
        .order_by("pk")
    )  # fmt: skip
    newest = {earlier.step: earlier for earlier in finished}
    return [visit_summary(newest[number]) for number in sorted(newest)]


def history(case: Case) -> list[dict[str, Any]]:
    """The journal of the case, its order and its letters, newest first."""
    letters = list(case.letters.values_list("pk", flat=True))
    entries = JournalEntry.objects.filter(
        Q(subject="cases.case", subject_id=case.pk)
        | Q(subject="spm_monitor.order", subject_id=case.order_id)
        | Q(subject="letters.letter", subject_id__in=letters)
    )
    return [_entry(e, case) for e in entries.select_related("actor").order_by("-seq")[:100]]


def _entry(entry: JournalEntry, case: Case) -> dict[str, Any]:
    return {
        "title": _title(entry, case),
        "when": f"{weekday_date_id(entry.at)}, {instant_id(entry.at)[-9:]}",
        "by": entry.actor.full_name if entry.actor else "",
        "capacity": entry.capacity,
        "note": entry.note,
    }


def _title(entry: JournalEntry, case: Case) -> str:
    words = VERBS.get(entry.verb, entry.verb)
    if entry.verb == "step.finished":
        number = entry.before.get("step")
        outcome = STEPS[number].outcome(entry.after.get("outcome", "")) if number in STEPS else None
        return f"Langkah {number}: {outcome.label}" if outcome else words
    if entry.verb == "step.assigned":
        to = entry.after.get("to")
        return f"Langkah {entry.before['step']} " + (f"dipegang {to}" if to else "dilepaskan")
    if entry.verb == "step.corrected":
        return f"Isian langkah {entry.before['step']} dikoreksi"
    if entry.verb == "case.ended":
        return f"{words}: {Ending(entry.after['ending']).label}"
    if entry.verb == "letter.signed":
        return f"{words}, nomor {entry.after['number']}"
    return words
