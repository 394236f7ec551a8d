"""The administrator's pages of services and what each promises from which date on."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from spm_monitor import clock, files, journal, master_data, rights
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.master_forms import NewStandardForm, ServiceForm
from spm_monitor.models import Order, Service, SpmStandard
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

VIEW, ADD, CHANGE = (f"spm_monitor.{verb}_service" for verb in ("view", "add", "change"))
ADD_STANDARD = "spm_monitor.add_spmstandard"
TAKEN_OVER = ("days", "unit", "waits_for_documents", "waits_for_payment")


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


@require_safe
def standard_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan of a promise's decree."""
    rights.require_office(request.user, VIEW, at=timezone.now())
    standard = get_object_or_404(SpmStandard, pk=pk)
    if not standard.scan:
        raise Http404
    return files.response(standard.scan, standard.scan_sha256)
