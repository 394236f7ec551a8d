"""The administrator's pages of services and what each promises from which date on."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from spm_monitor import clock, files, journal, master_data, recalculation, rights
from spm_monitor.calendar_changes import LONGEST_CAUSE
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.master_forms import STAGES, NewStandardForm, ServiceForm
from spm_monitor.models import Order, Service, SpmStandard
from spm_monitor.preview_pages import moved_sentence, seen_first
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

VIEW, ADD, CHANGE = (f"spm_monitor.{verb}_service" for verb in ("view", "add", "change"))
ADD_STANDARD = "spm_monitor.add_spmstandard"
TAKEN_OVER = ("days", "unit", "waits_for_documents", "waits_for_payment", *STAGES)


# --- what is written --------------------------------------------------------------------------


def add_standard(
    *, standard: SpmStandard, scan: UploadedFile | None, by: Any, now: datetime
) -> int:
    """A service's promise from a date on. Started orders keep theirs; returns how many since then.

    They were promised something when they started, and the promise is frozen (DOMAIN 3).
    """
    with journal.act():
        rights.require_office(by, ADD_STANDARD, at=now)
        if scan:
            kept = files.keep_upload("keputusan", scan)
            standard.scan, standard.scan_sha256 = kept.name, kept.sha256
        master_data.save(standard, right=ADD_STANDARD, by=by, now=now)
    begun = Order.objects.filter(service=standard.service, standard__isnull=False)
    return begun.filter(started_at__gte=clock.day_start(standard.valid_from)).count()


def apply_standard(*, standard: SpmStandard, reason: str, seen: str, by: Any, now: datetime) -> int:
    """Let orders that started since a promise is in force follow it; returns how many moved.

    Only when an administrator says so, having seen which (DOMAIN 3). What was promised to a
    customer by date stays, and so does what ended. Raises `recalculation.Unseen`.
    """
    with journal.act():
        capacity = rights.require_office(by, ADD_STANDARD, at=now)
        moves = list(recalculation.moves(clock.current_calendar(), renewed=standard))
        cause = f"SPM {standard} ({standard.decree}): {reason}"
        master_data.record(
            "spmstandard.applied", standard, by=by, capacity=capacity, now=now, note=reason,
            after={"moved": len(moves)},
        )  # fmt: skip
        return recalculation.move_as_seen(
            moves, seen=seen, cause=cause[:LONGEST_CAUSE], by=by, now=now, capacity=capacity
        )


# --- pages ------------------------------------------------------------------------------------


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The services with the promise in force."""
    now = timezone.now()
    rights.require_office(request.user, VIEW, at=now)
    today = to_wib(now).date()
    found = Service.objects.select_related("section").prefetch_related("standards")
    rows = [
        {"service": service, "standard": service.standard_on(today)}
        for service in found.order_by("-active", "section__name", "name")
    ]
    return render(request, "settings/services.html", {"rows": rows})


@require_safe
def service(request: HttpRequest, pk: int) -> HttpResponse:
    """A service with all its promises, the newest first."""
    now = timezone.now()
    rights.require_office(request.user, VIEW, at=now)
    shown = get_object_or_404(Service.objects.select_related("section"), pk=pk)
    standards = shown.standards.annotate(used=Count("orders")).order_by("-valid_from")
    today = to_wib(now).date()
    context = {
        "service": shown, "standards": standards, "current": shown.standard_on(today),
        "today": today,
    }  # fmt: skip
    return render(request, "settings/service.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def service_new(request: HttpRequest) -> HttpResponse:
    """A new service; its promise is entered next."""
    now = timezone.now()
    rights.require_office(request.user, ADD, at=now)
    form = ServiceForm(request.POST or None)
    page = FormPage(
        title="Layanan baru", submit="Simpan layanan",
        back=(reverse("services"), "Layanan dan SPM"),
        sub="Setelah disimpan, tambahkan SPM-nya: tanpa SPM pesanan tidak dapat dicatat.",
    )  # fmt: skip

    def add() -> str:
        master_data.save(form.instance, right=ADD, by=request.user, now=now)
        return f"{form.instance} disimpan. Buka layanan itu untuk menambahkan SPM-nya."

    return answer(request, form, page, add)


@require_http_methods(["GET", "HEAD", "POST"])
def service_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, section of new orders, and whether it is offered. The code stays: files name it."""
    now = timezone.now()
    rights.require_office(request.user, CHANGE, at=now)
    changed = get_object_or_404(Service, pk=pk)
    title = f"Ubah {changed}"
    form = ServiceForm(request.POST or None, instance=changed)
    form.fields["code"].disabled = True
    form.fields["section"].help_text = "Pesanan yang sudah dicatat tetap pada seksinya."
    page = FormPage(
        title=title, submit="Simpan perubahan", back=(reverse("service", args=[pk]), str(changed))
    )

    def change() -> str:
        master_data.save(form.instance, right=CHANGE, by=request.user, now=now)
        return f"{form.instance} disimpan."

    return answer(request, form, page, change)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A further promise of a service; those that orders were begun under stay as they are."""
    now = timezone.now()
    rights.require_office(request.user, ADD_STANDARD, at=now)
    of = get_object_or_404(Service, pk=pk)
    current = of.standard_on(to_wib(now).date())
    initial = {name: getattr(current, name) for name in TAKEN_OVER} if current else {}
    form = NewStandardForm(
        request.POST or None, request.FILES or None, instance=SpmStandard(service=of),
        initial=initial,
    )  # fmt: skip
    page = FormPage(
        title=f"SPM baru: {of}", submit="Simpan SPM", back=(reverse("service", args=[pk]), str(of)),
        sub="Pesanan yang sudah mulai tetap memakai janji saat ia mulai.",
    )  # fmt: skip

    def add() -> str:
        begun = add_standard(
            standard=form.instance, scan=form.cleaned_data["scan"], by=request.user, now=now
        )
        said = f"SPM {form.instance} berlaku sejak {date_id(form.instance.valid_from)}."
        kept = f" {begun} pesanan yang mulai sejak tanggal itu tetap memakai janji lamanya."
        return said + (kept if begun else "")

    return answer(request, form, page, add)


class ApplyForm(forms.Form):
    """Why orders that were promised something else are to follow."""

    use_required_attribute = False
    reason = forms.CharField(
        label="Alasan", max_length=100,
        error_messages={"required": "Isi alasan target yang sudah dijanjikan dihitung ulang."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Let started orders follow a later promise, after a look at what would move."""
    now = timezone.now()
    rights.require_office(request.user, ADD_STANDARD, at=now)
    standard = get_object_or_404(SpmStandard.objects.select_related("service"), pk=pk)
    form = ApplyForm(request.POST or None)
    page = FormPage(
        title=f"Hitung ulang dengan SPM {standard}", submit="Lihat yang bergeser",
        back=(reverse("service", args=[standard.service_id]), str(standard.service)),
        sub=f"Pesanan berjalan yang mulai sejak {date_id(standard.valid_from)} akan mengikuti"
        f" {standard.decree}. Target yang dijanjikan dan pesanan yang berakhir tetap.",
    )  # fmt: skip

    def apply(seen: str) -> str:
        moved = apply_standard(
            standard=standard, reason=form.cleaned_data["reason"], seen=seen, by=request.user,
            now=now,
        )  # fmt: skip
        return moved_sentence(moved)

    return seen_first(request, form, page, apply)


@require_safe
def standard_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan of a promise's decree."""
    rights.require_office(request.user, VIEW, at=timezone.now())
    standard = get_object_or_404(SpmStandard, pk=pk)
    if not standard.scan:
        raise Http404
    return files.response(standard.scan, standard.scan_sha256)
