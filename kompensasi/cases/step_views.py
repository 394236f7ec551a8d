"""The one page of all twelve steps: read, filled in, saved, sent, handed over, corrected."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kompensasi.cases import actions, assigning, bulk, corrections, pages, permissions, saved
from kompensasi.cases.forms import AssignForm, ReasonForm
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.posted import posted_digest
from kompensasi.cases.procedure import DRAFTING
from kompensasi.cases.step_page import StepPage
from kompensasi.cases.steps import STEPS
from kompensasi.cases.views import case_or_404, readable_cases
from kompensasi.cases.visits import note_opened
from kompensasi.people import unsent
from kompensasi.people.requests import StaffRequest
from spm_monitor import files
from spm_monitor.refusals import BadInput, NotNow
from spm_monitor.wording import time_id

NOT_TWICE = "Langkah ini sudah Anda selesaikan; tidak ada yang dikirim dua kali."


@require_http_methods(["GET", "POST"])
def step_page(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Its form for whose turn it is or who prepares it; for others why not."""
    now = timezone.now()
    case = case_or_404(request, pk, now)
    if not case.revision.steps.filter(number=number).exists():
        raise Http404
    visit = case.open_visit
    if visit is not None:
        visit.case = case
    if request.method == "POST":
        if "preview" in request.POST and number == DRAFTING:
            return _preview(request, case, visit, number, now)
        if "save" in request.POST:
            return _save(request, case, visit, number, now)
        return _finish(request, case, visit, number, now)
    typed = unsent.take(request)
    if visit is None or visit.step != number:
        return _read(request, case, number, now, typed)
    return _open(request, visit, now, typed)


def _open(
    request: StaffRequest, visit: Visit, now: datetime, typed: dict[str, Any]
) -> HttpResponse:
    reason = permissions.refused(visit, request.user, now)
    preparing = permissions.capacity_to_prepare(visit, request.user, now) is not None
    if reason is None:
        note_opened(visit, now)
    page = StepPage.of(
        visit, request.user, now, refusal=reason.sentence if reason else None,
        preparing=reason is not None and preparing,
        drafts=saved.offered(visit, request.user, now, request.GET.get("draf", ""))
        if reason is None or preparing
        else [],
        typed=typed, together=request.GET.getlist("bersama"),
    )  # fmt: skip
    status = 200 if reason is None or page.preparing else reason.status
    return _show(request, page, status=status)


def _read(
    request: StaffRequest, case: Case, number: int, now: datetime, typed: dict[str, Any]
) -> HttpResponse:
    """A step that is not open: its answers, or (never visited) whose turn comes first."""
    context = pages.read_context(case, number, request.user, now)
    context["typed"] = pages.typed_text(number, typed)
    status = 200 if context["visits"] else 409
    return render(request, "cases/step_read.html", context, status=status)


def _finish(
    request: StaffRequest, case: Case, visit: Visit | None, number: int, now: datetime
) -> HttpResponse:
    """Check who, when and what was typed, then go through the one door."""
    digest = posted_digest(request)
    if visit is None or visit.step != number or _stale(request, visit):
        return _too_late(request, case, number, digest, now)
    permissions.capacity_to_finish(visit, request.user, now)
    code = request.POST.get("outcome", "")
    page = StepPage.of(visit, request.user, now, data=request.POST, files=request.FILES, code=code)
    if page.outcome is None:
        page.answered.add_error(None, "Pilih salah satu tombol hasil langkah ini.")
        return _show(request, page, status=422)
    if not page.answered.is_valid():
        return _show(request, page, status=422)
    try:
        following = actions.finish_step(
            visit=visit, outcome=code, data=page.answered.cleaned_data, by=request.user, now=now,
            posted_sha256=digest,
        )  # fmt: skip
    except BadInput as refusal:
        page.answered.add_error(
            refusal.field if refusal.field in page.answered.fields else None, refusal.sentence
        )
        return _show(request, page, status=422)
    except actions.AlreadyFinished:
        return _too_late(request, case, number, digest, now)
    except NotNow as refusal:
        page.conflict = refusal.sentence
        return _show(request, page, status=409)
    messages.success(request, pages.finished_message(visit, following))
    return redirect("case", pk=case.pk)


def _stale(request: StaffRequest, visit: Visit) -> bool:
    """The page was opened for an earlier visit of the same step."""
    told = request.POST.get("visit", "")
    return told not in ("", str(visit.pk))


def _too_late(
    request: StaffRequest, case: Case, number: int, digest: str, now: datetime
) -> HttpResponse:
    """The step is not open (any more, or yet): one's own post again, or why with what was typed."""
    told = request.POST.get("visit", "")
    mine = case.visits.filter(finished_by=request.user, posted_sha256=digest)
    if told in [str(key) for key in mine.values_list("pk", flat=True)]:
        messages.info(request, NOT_TWICE)
        return redirect("case", pk=case.pk)
    context = pages.read_context(case, number, request.user, now)
    last: Visit | None = context["visits"][-1] if context["visits"] else None
    if last is not None:
        context["conflict"] = actions.finished_sentence(last)
    context["typed"] = pages.typed_text(number, request.POST)
    return render(request, "cases/step_read.html", context, status=409)


def _save(
    request: StaffRequest, case: Case, visit: Visit | None, number: int, now: datetime
) -> HttpResponse:
    """Keep the draft; by hand with a message, by the page's own script with the time alone."""
    if visit is None or visit.step != number or _stale(request, visit):
        return _too_late(request, case, number, "", now)
    kept = saved.save(visit=visit, posted=request.POST, by=request.user, now=now)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"saved": f"Draf tersimpan {time_id(kept.saved_at)}"})
    messages.success(request, f"Draf tersimpan pukul {time_id(kept.saved_at)}. Belum dikirim.")
    return redirect("step", pk=case.pk, number=number)


def _preview(
    request: StaffRequest, case: Case, visit: Visit | None, number: int, now: datetime
) -> HttpResponse:
    """The letter as it is typed, as PDF; nothing is kept."""
    if visit is None or visit.step != number or _stale(request, visit):
        return _too_late(request, case, number, "", now)
    preparing = permissions.capacity_to_prepare(visit, request.user, now) is not None
    if not preparing:
        permissions.capacity_to_finish(visit, request.user, now)
    page = StepPage.of(
        visit, request.user, now, data=request.POST, files=request.FILES, preparing=preparing
    )
    if not page.form.is_valid():
        return _show(request, page, status=422)
    sheet: bytes = page.form.sheet  # type: ignore[attr-defined]
    return files.answer(sheet, files.PDF, f"konsep-{case.number}.pdf")


def _show(request: StaffRequest, page: StepPage, status: int = 200) -> HttpResponse:
    template = f"cases/steps/{page.visit.step}.html"
    return render(request, [template, "cases/step.html"], page.context(), status=status)


@require_http_methods(["GET", "POST"])
def many(request: StaffRequest, number: int) -> HttpResponse:
    """Steps 1 and 2 for many cases at once."""
    now = timezone.now()
    step = STEPS.get(number)
    if step is None or not step.in_bulk:
        raise Http404
    all_chosen = "semua" in request.GET
    posted = request.POST if request.method == "POST" else None
    rows = bulk.rows(request.user, number, now, posted=posted, all_chosen=all_chosen)
    chosen = [row for row in rows if row.chosen]
    gone = bulk.gone(request.POST, rows, readable_cases(request, now)) if posted else []
    failed = 0
    if posted is not None:
        done = bulk.send(chosen, request.user, now)
        failed = len(chosen) - len(done) + len(gone)
        if done:
            messages.success(request, f"Langkah {number} selesai untuk {len(done)} kasus.")
        elif not chosen and not gone:
            messages.info(request, "Belum ada kasus yang dicentang.")
        if not failed:
            return redirect("step-many", number=number)
        rows = [row for row in rows if row not in done]
    context = {
        "number": number, "rows": rows, "failed": failed, "all_chosen": all_chosen, "gone": gone,
        "title": rows[0].visit.row.title if rows else "Tidak ada yang menunggu",
        "total": bulk.waiting(request.user, number, now).count(),
    }  # fmt: skip
    return render(
        request, "cases/bulk.html", context, status=409 if gone else 422 if failed else 200
    )


@require_POST
def assign(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Take the open step in hand, give it back, hand it over with a reason, delegate it."""
    now = timezone.now()
    case = case_or_404(request, pk, now)
    visit = case.open_visit
    if visit is None or visit.step != number:
        raise NotNow("Langkah ini sudah selesai.")
    visit.case = case
    assigning.right_to_assign(visit, request.user, now)
    form = AssignForm(request.POST, people=assigning.candidates(visit, now))
    if form.is_valid():
        data = form.cleaned_data
        try:
            assigning.assign(
                visit=visit, to=data["to"], reason=data["reason"], by=request.user, now=now
            )
        except BadInput as refusal:
            form.add_error(
                refusal.field if refusal.field in form.fields else None, refusal.sentence
            )
        else:
            held = f"dipegang {data['to'].full_name}" if data["to"] else "tidak dipegang siapa pun"
            messages.success(request, f"Langkah {number} kini {held}.")
            return redirect("step", pk=case.pk, number=number)
    page = StepPage.of(
        visit, request.user, now, refusal=permissions.refusal(visit, request.user, now)
    )
    page.assign_form = form
    return _show(request, page, status=422)


@require_http_methods(["GET", "POST"])
def correct(request: StaffRequest, pk: int, visit_pk: int) -> HttpResponse:
    """Correct a mistake in a finished step, with the reason."""
    now = timezone.now()
    case = case_or_404(request, pk, now)
    visit = get_object_or_404(
        case.visits.select_related("row__actor", "row__revision", "monitoring_row"), pk=visit_pk
    )
    visit.case = case
    corrections.capacity_to_correct(visit, request.user, now)
    posted = request.POST if request.method == "POST" else None
    form = corrections.form_of(visit, request.user, now, posted)
    reason = ReasonForm(posted)
    status = 200
    if posted is not None:
        status = 422
        if form.is_valid() & reason.is_valid():
            try:
                corrections.correct(
                    visit=visit, data=form.cleaned_data, reason=reason.cleaned_data["reason"],
                    by=request.user, now=now,
                )  # fmt: skip
            except BadInput as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, f"Isian langkah {visit.step} dikoreksi.")
                return redirect("step", pk=case.pk, number=visit.step)
    context = {"case": case, "visit": visit, "form": form, "reason_form": reason}
    return render(request, "cases/correct.html", context, status=status)
