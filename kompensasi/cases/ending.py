"""How a case ends other than by its last step, and what becomes of its letter and souvenir."""

from datetime import datetime
from typing import Any

from kompensasi.cases.models import Case, Ending
from kompensasi.cases.procedure import DRAFTING
from kompensasi.cases.visits import close_for_system, enter_step
from kompensasi.letters import actions as letters
from kompensasi.letters.models import Letter
from kompensasi.people.models import User
from kompensasi.souvenirs import stock
from spm_monitor import actions as orders
from spm_monitor import journal
from spm_monitor.refusals import BadInput, NotNow, NotYours

LONGEST_REASON = 300


def end(
    *, case: Case, ending: Ending, note: str, by: User | None, capacity: Any, now: datetime
) -> None:
    """End a case. What had not left is released, what was not sent becomes void.

    Call inside an act, when the case's visit is closed.
    """
    if not case.sent:
        why = note or "Kasus berakhir sebelum surat dikirim."
        for letter in case.letters.filter(voided_at__isnull=True):
            _void(letter, why, leaving=case, by=by, capacity=capacity, now=now)
        _release(case, by=by, now=now)
    case.ended_at, case.ending, case.ending_note = now, ending, note
    case.save(update_fields=["ended_at", "ending", "ending_note"])
    journal.record(
        "case.ended", case, by=by, capacity=capacity, now=now, after={"ending": ending}, note=note
    )


def _release(case: Case, *, by: Any, now: datetime) -> None:
    """Put the case's souvenir back, unless another open case of the same letter keeps it."""
    held = case.reservation
    if held is None or Case.objects.open().filter(reservation=held).exclude(pk=case.pk).exists():
        return
    stock.release(reservation=held, by=by, now=now)


def _void(
    letter: Letter, reason: str, *, leaving: Case | None = None, by: Any, capacity: Any,
    now: datetime,
) -> None:  # fmt: skip
    """Void an unsent letter; the cases it served, but the one that leaves, draft another."""
    letters.void(letter=letter, reason=reason, by=by, capacity=capacity, now=now)
    served = Case.objects.open().filter(letters=letter)
    if leaving is not None:
        by, capacity = None, "Sistem"
        served, reason = served.exclude(pk=leaving.pk), f"Kasus {leaving.number} keluar: {reason}"
    for case in served:
        if case.open_visit is not None and case.open_visit.step != DRAFTING:
            close_for_system(case, "redraft", reason, capacity=capacity, by=by, now=now)
            enter_step(case, DRAFTING, now)


def cancel_case(*, case: Case, reason: str, by: User, now: datetime) -> None:
    """Cancel a case before its letter is sent, with a reason on record (administrator)."""
    with journal.act():
        orders.locked(case.order)
        case = Case.objects.get(pk=case.pk)
        capacity = by.capacity_for("cases.cancel_case", case.order.section_id, now)
        if capacity is None:
            raise NotYours("Kasus dibatalkan oleh administrator.")
        check_reason(reason, "Isi alasan pembatalan.")
        if case.ended_at is not None:
            raise NotNow(f"Kasus {case.number} sudah berakhir.")
        if case.sent:
            raise NotNow("Surat sudah dikirim; kasus tidak dapat dibatalkan lagi.")
        close_for_system(case, "cancelled", reason, capacity=capacity, by=by, now=now)
        end(case=case, ending=Ending.CANCELLED, note=reason, by=by, capacity=capacity, now=now)


def void_letter(*, letter: Letter, reason: str, by: User, now: datetime) -> None:
    """Withdraw a signed letter before it is sent: its number stays as *batal*, with the reason.

    Its cases draft another (DOMAIN 6). Raises NotYours, NotNow, BadInput.
    """
    with journal.act():
        capacity = by.capacity_for("letters.void_letter", letter.section_id, now)
        if capacity is None:
            raise NotYours("Surat dibatalkan oleh petugas agenda.")
        check_reason(reason, "Isi alasan pembatalan.")
        orders.all_locked(
            Case.objects.open().filter(letters=letter).values_list("order", flat=True)
        )
        letter = Letter.objects.select_for_update().get(pk=letter.pk)
        refuse_void(letter)
        _void(letter, reason.strip(), by=by, capacity=capacity, now=now)


def refuse_void(letter: Letter) -> None:
    """NotNow for a letter that has no number, was sent, or is void already."""
    if letter.signed_at is None:
        raise NotNow("Konsep surat belum bernomor; kembalikan lewat langkahnya.")
    if letter.sent_at is not None:
        raise NotNow("Surat sudah dikirim dan tidak dapat dibatalkan.")
    if letter.voided_at is not None:
        raise NotNow(f"Surat {letter.number} sudah dibatalkan.")


def check_reason(reason: str, missing: str) -> None:
    """A reason is given, and fits on record; BadInput names the field."""
    if not reason.strip():
        raise BadInput(missing, "reason")
    if len(reason) > LONGEST_REASON:
        raise BadInput(f"Alasan paling banyak {LONGEST_REASON} huruf.", "reason")
