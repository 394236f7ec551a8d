"""Pages of the procedure: tasks, cases, the approval screen."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kompensasi.cases import answers, ending, inbox, informing, opening, pages
from kompensasi.cases.forms import CancelForm, ReasonForm
from kompensasi.cases.models import Case
from kompensasi.cases.step_page import approval_context
from kompensasi.cases.vacancies import vacancies
from kompensasi.letters.models import Letter
from kompensasi.people.requests import StaffRequest
from spm_monitor import clock, files, lists, warnings
from spm_monitor.lists import search_words
from spm_monitor.paging import page_of
from spm_monitor.refusals import NotYours


@require_GET
def dashboard(request: StaffRequest) -> HttpResponse:
    """Tugas saya: what is asked of the signed-in person now, and the office in five numbers."""
    now = timezone.now()
    tallies, swept = pages.tallies(request.user, now)
    context: dict[str, Any] = {"inbox": inbox.tasks_of(request.user, now), "now": now}
    context |= {"tallies": tallies, "swept": swept}
    if request.user.capacity_for("people.administer", None, now) is not None:
        context["vacancies"] = vacancies(now)
        context["administers"] = True
    context["warnings"] = [
        *warnings.silent_sweep(swept, now),
        *warnings.unknown_years(now, clock.current_calendar()),
    ]
    return render(request, "cases/dashboard.html", context)


@require_GET
def case_list(request: StaffRequest) -> HttpResponse:
    """The cases a person may read, newest first; filters live in the address."""
    now = timezone.now()
    cases = readable_cases(request, now)
    words = search_words(request.GET.get("q", ""))
    state = request.GET.get("keadaan", "")
    if words:
        cases = cases.filter(
            Q(number__icontains=words)
            | Q(order__number__icontains=words)
            | Q(order__customer__name__icontains=words)
            | Q(letters__number__icontains=words)
        ).distinct()
    cases = pages.in_state(cases, state)
    page = page_of(cases.select_related("order__customer", "order__section"), request)
    context = {
        "rows": pages.case_rows(page.rows, now),
        "page": page,
        "words": words,
        "state": state,
        "states": pages.STATES,
    }
    return render(request, "cases/list.html", context)


@require_GET
def case_page(request: StaffRequest, pk: int) -> HttpResponse:
    """A case: where it stands, who is asked what, what happened."""
    now = timezone.now()
    case = case_or_404(request, pk, now)
    return render(request, "cases/case.html", pages.case_context(case, request.user, now))


@require_GET
def approvals(request: StaffRequest) -> HttpResponse:
    """What waits for instruction or signature, with the letter beside it."""
    now = timezone.now()
    if not inbox.may_approve(request.user, now):
        raise NotYours(
            "Layar persetujuan hanya untuk pejabat yang menginstruksi atau bertanda tangan."
        )
    visits = inbox.approvals_of(request.user, now)
    return render(
        request, "cases/approvals.html",
        approval_context(visits, request.GET.get("kasus", ""), request.user, now),
    )  # fmt: skip


@require_POST
def open_case(request: StaffRequest, order_pk: int) -> HttpResponse:
    """Open a case by hand."""
    now = timezone.now()
    orders = lists.readable(request.user, now).select_related("section")
    order = get_object_or_404(orders, pk=order_pk)
    case = opening.open_case(order=order, by=request.user, now=now)
    messages.success(request, f"Kasus {case.number} dibuka. Mulai dari langkah 1.")
    return redirect("case", pk=case.pk)


@require_POST
def cancel_case(request: StaffRequest, pk: int) -> HttpResponse:
    """Cancel a case with a reason (administrator)."""
    now = timezone.now()
    case = case_or_404(request, pk, now)
    form = CancelForm(request.POST)
    if not form.is_valid():
        context = pages.case_context(case, request.user, now) | {"cancel_form": form}
        return render(request, "cases/case.html", context, status=422)
    ending.cancel_case(case=case, reason=form.cleaned_data["reason"], by=request.user, now=now)
    messages.success(request, f"Kasus {case.number} dibatalkan.")
    return redirect("case", pk=case.pk)


@require_http_methods(["GET", "POST"])
def void_letter(request: StaffRequest, pk: int) -> HttpResponse:
    """Withdraw a signed letter that was not sent, with a reason; its cases draft another."""
    now = timezone.now()
    letter = get_object_or_404(Letter.objects.select_related("section"), pk=pk)
    if request.user.capacity_for("letters.view_letter", letter.section_id, now) is None:
        raise Http404
    if request.user.capacity_for("letters.void_letter", letter.section_id, now) is None:
        raise NotYours("Surat dibatalkan oleh petugas agenda.")
    ending.refuse_void(letter)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ending.void_letter(
            letter=letter, reason=form.cleaned_data["reason"], by=request.user, now=now
        )
        messages.success(request, f"Surat {letter.number} dibatalkan. Nomornya tetap tercatat.")
        return redirect("letters")
    context = {"letter": letter, "form": form, "cases": letter.cases.filter(ended_at=None)}
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/void_letter.html", context, status=status)


@require_GET
def visit_proof(request: StaffRequest, pk: int, visit_pk: int) -> HttpResponse:
    """The proof somebody uploaded at a step, for whoever may read the case."""
    case = case_or_404(request, pk, timezone.now())
    name = answers.proof_of(get_object_or_404(case.visits, pk=visit_pk))
    if not name:
        raise Http404
    return files.response(name)


@require_GET
def delay_notice(request: StaffRequest, pk: int, visit_pk: int | None = None) -> HttpResponse:
    """The notice of delay for printing: as a visit saved it, else as step 5 would propose it."""
    now = timezone.now()
    case = case_or_404(request, pk, now)
    if visit_pk is None:
        visit = get_object_or_404(case.visits, finished_at=None, row__number=informing.STEP)
    else:
        visit = get_object_or_404(case.visits, informed__isnull=False, pk=visit_pk)
    visit.case = case
    notice = informing.saved_notice(visit, request.user, now)
    sheet_of = informing.saved_sheet if notice else informing.proposed_sheet
    sheet = sheet_of(visit, request.user, now)
    context = {"case": case, "order": case.order, "sheet": sheet, "notice": notice}
    return render(request, "cases/delay_notice.html", context)


def readable_cases(request: StaffRequest, now: Any):
    cases = Case.objects.visible_to(request.user, now)
    if request.user.capacity_for("cases.view_case", None, now) is None:
        raise NotYours("Jabatan Anda tidak mencakup kasus kompensasi.")
    return cases


def case_or_404(request: StaffRequest, pk: int, now: Any) -> Case:
    """The case if this person may read it; a case of a section not theirs does not exist."""
    cases = readable_cases(request, now).select_related(
        "order__customer", "order__service", "order__section", "order__standard", "revision",
        "reservation__item",
    )  # fmt: skip
    return get_object_or_404(cases, pk=pk)
