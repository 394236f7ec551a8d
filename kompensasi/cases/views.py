"""Pages of the procedure: tasks, cases, the one step page, the approval screen."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kompensasi.cases import actions, answers, inbox, pages, permissions
from kompensasi.cases.forms import CancelForm
from kompensasi.cases.models import Case, Visit
from kompensasi.people.requests import StaffRequest
from spm_monitor import files, lists
from spm_monitor.lists import search_words
from spm_monitor.paging import page_of
from spm_monitor.refusals import BadInput, NotNow, NotYours


@require_GET
def dashboard(request: StaffRequest) -> HttpResponse:
    """Tugas saya: what is asked of the signed-in person now, and the office in five numbers."""
    now = timezone.now()
    context = {"inbox": inbox.tasks_of(request.user, now), "now": now}
    context["tallies"] = pages.tallies(request.user, now)
    return render(request, "cases/dashboard.html", context)


@require_GET
def case_list(request: StaffRequest) -> HttpResponse:
    """The cases a person may read, newest first; filters live in the address."""
    now = timezone.now()
    cases = _readable(request, now)
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
    case = _case(request, pk, now)
    return render(request, "cases/case.html", pages.case_context(case, request.user, now))


@require_http_methods(["GET", "POST"])
def step_page(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """The one page of all twelve steps: its form for whose turn it is, else why not."""
    now = timezone.now()
    case = _case(request, pk, now)
    if not case.revision.steps.filter(number=number).exists():
        raise Http404
    visit = case.open_visit
    if visit is not None:
        visit.case = case
    if request.method == "POST":
        return _finish(request, case, visit, number, now)
    if visit is None or visit.step != number:
        return _read(request, case, number, now)
    reason = permissions.refusal(visit, request.user, now)
    if reason is None:
        actions.note_opened(visit, now)
        page = pages.StepPage.of(visit, request.user, now)
        return _show(request, page)
    page = pages.StepPage.of(visit, request.user, now, refusal=reason)
    return _show(request, page, status=403 if _not_theirs(visit, request, now) else 409)


def _not_theirs(visit: Visit, request: StaffRequest, now: Any) -> bool:
    try:
        permissions.capacity_to_finish(visit, request.user, now)
    except NotYours:
        return True
    except NotNow:
        return False
    return False


def _read(request: StaffRequest, case: Case, number: int, now: Any) -> HttpResponse:
    """A step that is not open: its answers, or (never visited) whose turn comes first."""
    context = pages.read_context(case, number, request.user, now)
    status = 200 if context["visits"] else 409
    return render(request, "cases/step_read.html", context, status=status)


def _finish(
    request: StaffRequest, case: Case, visit: Visit | None, number: int, now: Any
) -> HttpResponse:
    """Check who, when and what was typed, then go through the one door."""
    code = request.POST.get("outcome", "")
    if visit is None or visit.step != number or _stale(request, visit):
        return _conflict(request, case, number, now)
    permissions.capacity_to_finish(visit, request.user, now)
    page = pages.StepPage.of(
        visit, request.user, now, data=request.POST, files=request.FILES, code=code
    )
    if page.outcome is None:
        page.answered.add_error(None, "Pilih salah satu tombol hasil langkah ini.")
        return _show(request, page, status=422)
    if not page.answered.is_valid():
        return _show(request, page, status=422)
    try:
        following = actions.finish_step(
            visit=visit, outcome=code, data=page.answered.cleaned_data, by=request.user, now=now
        )
    except BadInput as refusal:
        page.answered.add_error(
            refusal.field if refusal.field in page.answered.fields else None, refusal.sentence
        )
        return _show(request, page, status=422)
    except NotNow as refusal:
        page.conflict = refusal.sentence
        return _show(request, page, status=409)
    messages.success(request, pages.finished_message(visit, following))
    return redirect("case", pk=case.pk)


def _stale(request: StaffRequest, visit: Visit) -> bool:
    """The page was opened for an earlier visit of the same step."""
    told = request.POST.get("visit", "")
    return told not in ("", str(visit.pk))


def _conflict(request: StaffRequest, case: Case, number: int, now: Any) -> HttpResponse:
    """A step that is not open (any more, or yet): why, with what was typed."""
    context = pages.read_context(case, number, request.user, now)
    last: Visit | None = context["visits"][-1] if context["visits"] else None
    if last is not None:
        context["conflict"] = actions.finished_sentence(last)
    context["typed"] = pages.typed_text(number, request.POST)
    return render(request, "cases/step_read.html", context, status=409)


def _show(request: StaffRequest, page: "pages.StepPage", status: int = 200) -> HttpResponse:
    template = f"cases/steps/{page.visit.step}.html"
    return render(request, [template, "cases/step.html"], page.context(), status=status)


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
        pages.approval_context(visits, request.GET.get("kasus", ""), request.user, now),
    )  # fmt: skip


@require_POST
def open_case(request: StaffRequest, order_pk: int) -> HttpResponse:
    """Open a case by hand."""
    now = timezone.now()
    orders = lists.readable(request.user, now).select_related("section")
    order = get_object_or_404(orders, pk=order_pk)
    case = actions.open_case(order=order, by=request.user, now=now)
    messages.success(request, f"Kasus {case.number} dibuka. Mulai dari langkah 1.")
    return redirect("case", pk=case.pk)


@require_POST
def cancel_case(request: StaffRequest, pk: int) -> HttpResponse:
    """Cancel a case with a reason (administrator)."""
    now = timezone.now()
    case = _case(request, pk, now)
    form = CancelForm(request.POST)
    if not form.is_valid():
        context = pages.case_context(case, request.user, now) | {"cancel_form": form}
        return render(request, "cases/case.html", context, status=422)
    actions.cancel_case(case=case, reason=form.cleaned_data["reason"], by=request.user, now=now)
    messages.success(request, f"Kasus {case.number} dibatalkan.")
    return redirect("case", pk=case.pk)


@require_GET
def visit_proof(request: StaffRequest, pk: int, visit_pk: int) -> HttpResponse:
    """The proof somebody uploaded at a step, for whoever may read the case."""
    case = _case(request, pk, timezone.now())
    name = answers.proof_of(get_object_or_404(case.visits, pk=visit_pk))
    if not name:
        raise Http404
    return files.response(name)


def _readable(request: StaffRequest, now: Any):
    cases = Case.objects.visible_to(request.user, now)
    if request.user.capacity_for("cases.view_case", None, now) is None:
        raise NotYours("Jabatan Anda tidak mencakup kasus kompensasi.")
    return cases


def _case(request: StaffRequest, pk: int, now: Any) -> Case:
    """The case if this person may read it; a case of a section not theirs does not exist."""
    cases = _readable(request, now).select_related(
        "order__customer", "order__service", "order__section", "revision", "reservation__item"
    )
    return get_object_or_404(cases, pk=pk)
