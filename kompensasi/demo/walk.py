"""Walks a case of the demo along the procedure, answering each step as its actor would."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from kompensasi.cases import actions, drafts, permissions, visits
from kompensasi.cases.models import Case, CustomerInformed, Handover, Visit
from kompensasi.letters.drafting import without_paragraph
from kompensasi.people.models import User
from kompensasi.souvenirs.models import Dispatch, Tier
from spm_monitor import clock, files
from spm_monitor.models import MonitoringRow, ObstacleCause, Order
from spm_monitor.workdays import to_wib

PAPER = b"%PDF-1.4\n% Tanda terima contoh\n%%EOF\n"


def walk(case: Case, until: int | None, *, begin: datetime, end: datetime, cause: str) -> None:
    """Finish steps one after another, in office hours from `begin` to `end`, up to a step.

    until: the number of the step to stand at; None walks to the case's end.
    """
    visit = standing(case)
    calendar = clock.current_calendar()
    pace = calendar.minutes_between(begin, end) // 14
    at = begin
    while visit is not None and visit.step != until:
        opened = max(calendar.add_minutes(at, pace * 2 // 3), visit.opens_at)
        at = max(calendar.add_minutes(at, pace), opened)
        visits.note_opened(visit, opened)
        outcome, data = answer(visit, at, cause)
        visit = actions.finish_step(
            visit=visit, outcome=outcome, data=data, by=_who(visit, at), now=at
        )
        if visit is not None:
            visit = standing(case)


def standing(case: Case) -> Visit | None:
    """The case's open visit as it stands in the database."""
    return (
        Visit.objects.filter(case=case, finished_at__isnull=True)
        .select_related("row__actor", "row__revision", "case__order__section")
        .first()
    )


def _who(visit: Visit, at: datetime) -> User | None:
    if visit.row.actor.external:
        return None
    holders = permissions.holders_of(visit.row.actor, visit.case.order.section_id, at)
    return holders[0].user


def answer(visit: Visit, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    """Outcome and cleaned answers of a step on the straight path."""
    case = Case.objects.select_related("order__customer", "order__service").get(pk=visit.case_id)
    order = case.order
    return {
        1: _monitor, 2: _confirm, 3: _hand_over, 4: _obstacle, 5: _inform, 6: _report,
        7: _instruct, 8: _draft, 9: _approve, 10: _sign, 11: _send, 12: _receive,
    }[visit.step](case, order, at, cause)  # fmt: skip


def _monitor(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    stage = MonitoringRow.Stage.DONE if order.ready_at else MonitoringRow.Stage.WORK
    return "record", {"stage": stage, "estimate_at": order.estimate_at}


def _confirm(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return ("done" if order.ready_at else "obstacle"), {}


def _hand_over(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return "handed", {
        "way": Handover.Way.HANDED, "at": at, "received_by": order.contact_name,
        "proof": SimpleUploadedFile("tanda-terima.pdf", PAPER),
    }  # fmt: skip


def _obstacle(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    calendar = clock.current_calendar()
    estimate = calendar.closing(calendar.nth_working_day(to_wib(at).date(), 8))
    row = ObstacleCause.objects.get(code=cause)
    return "inform", {
        "cause": row,
        "asset": "Spektrofotometer serapan atom" if "alat" in cause else "",
        "story": f"Pekerjaan tertunda karena {row.sentence}. Seksi menyusun ulang jadwalnya.",
        "estimate_at": None if order.ended else estimate,
    }


def _inform(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return "informed", {
        "channel": CustomerInformed.Channel.PHONE,
        "told_to": order.contact_name,
        "told_at": at,
        "message": drafts.delay_message(case, order, at),
    }


def _report(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return "report", {
        "report": "Hasil monitoring menunjukkan layanan ini selesai di luar SPM.",
        "proposal": "Memberikan surat permintaan maaf dan souvenir kepada pelanggan.",
    }


def _instruct(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return "instruct", {
        "instruction": "Buat surat permintaan maaf dan berikan souvenir kepada pelanggan.",
        "souvenir_class": Tier.proposed(clock.days_late(order, at), to_wib(at).date()),
    }


def _draft(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    gift, words = drafts.first_gift(case), drafts.first_words(case, order, at)
    item = gift.get("item")
    if item is None:
        words["body"] = without_paragraph(words["body"], drafts.souvenir_sentence(order, at))
    return "submit", words | {"item": item, "no_gift_reason": gift.get("no_gift_reason", "")}


def _approve(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return "approve", {}


def _sign(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return "sign", {}


def _send(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    letter = case.letter
    scan = files.read(letter.pdf, letter.pdf_sha256) if letter else PAPER
    return "send", {
        "scan": SimpleUploadedFile("surat.pdf", scan),
        "way": Dispatch.Way.COURIER, "courier": "Kurir contoh",
        "tracking_number": f"CONTOH{case.pk:06d}", "sent_at": at,
    }  # fmt: skip


def _receive(case: Case, order: Order, at: datetime, cause: str) -> tuple[str, dict[str, Any]]:
    return "received", {
        "received_by": order.contact_name, "at": at + timedelta(0), "note": "",
    }  # fmt: skip
