"""Questions about a case that the steps, the letter and the pages ask alike."""

from datetime import datetime

from kompensasi.cases.models import Case, CaseLetter, Visit
from kompensasi.letters.models import Letter, Variant
from spm_monitor.models import MonitoringRow, Order
from spm_monitor.workdays import to_wib


def monitoring_row(case: Case) -> MonitoringRow | None:
    """The row of the monitoring form that the case's newest step 1 began."""
    visit = (
        case.visits.filter(monitoring_row__isnull=False)
        .select_related("monitoring_row__cause")
        .order_by("-pk")
        .first()
    )
    return visit.monitoring_row if visit else None


def obstacle(case: Case) -> MonitoringRow | None:
    """The newest row of the case that names a cause (step 4)."""
    visit = (
        case.visits.filter(monitoring_row__cause__isnull=False)
        .select_related("monitoring_row__cause")
        .order_by("-pk")
        .first()
    )
    return visit.monitoring_row if visit else None


def last_note(case: Case, visit: Visit) -> Visit | None:
    """The return that led to this visit, with its note; None when it came forward."""
    before = case.visits.filter(pk__lt=visit.pk).select_related("row").order_by("-pk").first()
    return before if before is not None and before.note and before.step > visit.step else None


def variant_for(order: Order) -> Variant:
    """Which letter the order needs as it stands."""
    return Variant.FINISHED if order.ready_at is not None else Variant.EXPECTED


def new_date(order: Order) -> datetime | None:
    """The date a letter gives beside the promised one: ready, or expected; withdrawn: none."""
    if order.withdrawn_at is not None:
        return None
    return order.ready_at or order.estimate_at


def estimate_missing(order: Order, now: datetime) -> str | None:
    """Why no letter can be written yet: an open late order needs a date to promise."""
    if order.ready_at is not None or order.withdrawn_at is not None:
        return None
    estimate = order.estimate_at
    if estimate is not None and estimate > now and order.due_at and estimate > order.due_at:
        return None
    return (
        "Surat perlu menyebut tanggal baru, tetapi pesanan belum memiliki perkiraan selesai setelah"
        f" hari ini dan setelah target. Minta seksi {order.section} mencatatnya pada pesanan."
    )


def misfit(letter: Letter, order: Order, now: datetime) -> str | None:
    """Why a letter no longer says what is true of its orders; None when it fits.

    order: one of them as the caller has it in hand, locked or changed a moment ago.
    """
    told = list(letter.case_letters.select_related("case__order"))
    for each in told:
        its_order = order if each.case.order_id == order.pk else each.case.order
        reason = _other_customer(letter, its_order) or _misfit(each, its_order, now)
        if reason is not None:
            return reason if len(told) == 1 else f"Pesanan {its_order.number}: {reason}"
    return None


def _other_customer(letter: Letter, order: Order) -> str | None:
    if (letter.customer_id, letter.section_id) != (order.customer_id, order.section_id):
        return "Pelanggan atau seksi pesanan sudah diganti sejak surat ditulis."
    return None


def _misfit(told: CaseLetter, order: Order, now: datetime) -> str | None:
    if told.variant != variant_for(order):
        return "Hasil pesanan sudah siap, sedangkan surat masih menyebut perkiraan."
    if told.due_at != order.due_at or told.done_at != new_date(order):
        return "Tanggal pada surat tidak sama lagi dengan tanggal pada pesanan."
    promised = told.done_at if told.variant == Variant.EXPECTED else None
    if promised is not None and to_wib(promised).date() < to_wib(now).date():
        return "Tanggal baru yang dijanjikan surat sudah lewat."
    return None
