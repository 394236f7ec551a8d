"""The customer's page: no account, no internal words, and nothing is acknowledged by looking."""

import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kompensasi.cases import actions
from kompensasi.cases.customer_link import case_of
from kompensasi.cases.letter_forms import ReceiptForm
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.posted import posted_digest
from kompensasi.cases.procedure import Situation
from kompensasi.cases.steps import STEPS
from kompensasi.letters.models import Letter, Letterhead
from kompensasi.souvenirs.models import Dispatch, Receipt
from spm_monitor import clock, day_by_day, files
from spm_monitor.models import Extension, Order, Pause
from spm_monitor.refusals import NotNow, NotYours, Refused
from spm_monitor.wording import date_id, lower_first
from spm_monitor.workdays import to_wib

logger = logging.getLogger(__name__)

# The link is the customer's word. Who works here records a receipt as a post, with proof.
NOT_FOR_STAFF = (
    "Anda sedang masuk sebagai pegawai. Penerimaan oleh pelanggan dicatat di halaman kasus,"
    " oleh yang berwenang dan dengan bukti."
)
TOO_LATE = "Penerimaan tidak dapat dicatat sekarang. Keadaan terakhir ada di bawah ini."


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest, token: str) -> HttpResponse:
    """State and dates of an order in plain words, the letter once sent, and its acknowledgement."""
    now = timezone.now()
    case = case_of(token)
    visit = _receiving(case)
    form, conflict, status = None, None, 200
    if visit is not None:
        outcome = STEPS[visit.step].outcome(request.POST.get("outcome", ""))
        situation = Situation(case=case, order=case.order, visit=visit, by=None, now=now)
        form = ReceiptForm(request.POST or None, situation=situation, outcome=outcome)
    if request.method == "POST":
        if request.user.is_authenticated:
            raise NotYours(NOT_FOR_STAFF)
        status, conflict = _acknowledge(case, visit, form, posted_digest(request), now)
        if status == 302:
            return _private(redirect("track", token=token))
        if status == 409:  # show things as they stand now
            case = case_of(token)
            visit = _receiving(case)
            form = form if visit is not None else None
    context = _context(case, now) | {
        "form": form, "token": token, "conflict": conflict,
        "offered": _offered(case, visit, now) if visit else [],
    }  # fmt: skip
    return _private(render(request, "cases/track.html", context, status=status))


def _acknowledge(
    case: Case, visit: Visit | None, form: ReceiptForm | None, digest: str, now: Any
) -> tuple[int, str | None]:
    """Status of the answer (302: done, or done before) and the sentence why it could not be."""
    if visit is None and case.visits.filter(finished_by=None, posted_sha256=digest).exists():
        return 302, None
    if visit is None or form is None:
        return 409, TOO_LATE
    if form.outcome is None:
        return 422, "Pilih salah satu tombol penerimaan."
    if not form.is_valid():
        return 422, None
    try:
        actions.finish_step(
            visit=visit, outcome=form.outcome.code, data=form.cleaned_data, by=None, now=now,
            posted_sha256=digest,
        )  # fmt: skip
    except actions.AlreadyFinished:  # its sentence is for staff
        return 409, TOO_LATE
    except Refused as refusal:
        return refusal.status, refusal.sentence
    return 302, None


def _offered(case: Case, visit: Visit, now: Any) -> list:
    situation = Situation(case=case, order=case.order, visit=visit, by=None, now=now)
    return STEPS[visit.step].offered(situation)


def _receiving(case: Case) -> Visit | None:
    """The open visit, when it is the customer's turn."""
    visit = case.open_visit
    if visit is None or not visit.row.actor.external:
        return None
    visit.case = case
    return visit


def _context(case: Case, now: Any) -> dict[str, Any]:
    dispatch = Dispatch.objects.filter(sendings__visit__case=case).order_by("-pk").first()
    letterhead = Letterhead.objects.on(to_wib(now).date())
    receipt = Receipt.objects.filter(dispatch=dispatch).first() if dispatch else None
    waits = list(case.order.pauses.standing())
    return {
        "case": case,
        "order": case.order,
        "state": plain_state(case, case.order, now),
        "waiting_for": _waiting_for(waits),
        "days": day_by_day.days_of(case.order, waits, now, clock.current_calendar()),
        "extension": Extension.objects.filter(order=case.order_id).first(),
        "letter": _sent_letter(case),
        "dispatch": dispatch,
        "receipt": receipt if receipt and case.ending else None,
        "unit": letterhead.unit if letterhead else "",
        "contact": letterhead.contact if letterhead else "",
    }


def _waiting_for(waits: list[Pause]) -> str:
    """What the work waits for that the customer is to bring; empty when it goes on."""
    return next((lower_first(w.get_reason_display()) for w in waits if w.ends_at is None), "")


def plain_state(case: Case, order: Order, now: Any) -> str:
    """Where the order stands, in words for the one who ordered."""
    if order.handed_over_at is not None:
        return "Hasil layanan sudah diserahkan."
    if order.ready_at is not None:
        return f"Hasil layanan siap sejak {date_id(order.ready_at)} dan dapat diambil."
    if order.withdrawn_at is not None:
        return "Pesanan ini dibatalkan."
    if order.paused_since is not None and order.due_at is None:
        return f"Pekerjaan kami menunggu Anda sejak {date_id(order.paused_since)}."
    if order.due_at is None:
        return "Pesanan diterima. Pengerjaan dimulai setelah persyaratan lengkap."
    estimate = order.estimate_at
    if estimate is not None and estimate > max(now, order.due_at):
        return f"Pesanan sedang dikerjakan. Perkiraan selesai {date_id(estimate)}."
    return "Pesanan sedang dikerjakan."


@login_not_required
@never_cache
@require_GET
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """The signed letter, once it was sent."""
    sent = _sent_letter(case_of(token))
    if sent is None:
        raise Http404
    name, digest = (sent.scan, sent.scan_sha256) if sent.scan else (sent.pdf, sent.pdf_sha256)
    try:
        kept = files.response(name, digest, filename="surat-permintaan-maaf" + name[-4:])
    except files.Altered:
        logger.exception("the kept file of letter %s is not what was sent", sent.pk)
        raise NotNow("Surat tidak dapat dibuka sekarang. Hubungi kami.") from None
    return _private(kept)


def _sent_letter(case: Case) -> Letter | None:
    return case.letters.filter(sent_at__isnull=False, voided_at__isnull=True).last()


def _private(answer: HttpResponse) -> HttpResponse:
    """A link is a key: it is not told to other sites, not kept by caches, not found by search.

    Not `no-referrer`: with it Chromium posts the form with `Origin: null`, and CSRF refuses it.
    """
    answer["Referrer-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
