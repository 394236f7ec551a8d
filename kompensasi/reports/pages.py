"""The pages of the figures. A person sees the orders of the sections of the posts held now."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kompensasi.letters import pdf
from kompensasi.letters.models import Letterhead
from kompensasi.reports import sheets
from kompensasi.reports.year import YearInFigures, figures_of
from spm_monitor import charts, clock, files, lists, whatif
from spm_monitor.models import Holiday, Service
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.order_workbook import XLSX
from spm_monitor.refusals import NotNow
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import short_date_id
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR, to_wib

RIGHT = "spm_monitor.view_order"
AROUND = 2  # years before this one that are a click away
SHOWN = 50  # of the orders for which a supposition makes a difference


def _year(request: HttpRequest, now: datetime) -> int:
    text, this = request.GET.get("tahun", ""), to_wib(now).year
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else this
    return asked if FIRST_YEAR <= asked <= LAST_YEAR else this


def _figures(request: HttpRequest, year: int, now: datetime) -> YearInFigures:
    user: Any = request.user
    return figures_of(year, lists.readable(user, now), user.sections_for(RIGHT, now), now)


def _chips(year: int, now: datetime) -> list[dict[str, Any]]:
    this = to_wib(now).year
    years = sorted({*range(this - AROUND, this + 1), year - 1, year, min(year + 1, this)})
    return [{"label": y, "url": f"?tahun={y}", "current": y == year} for y in reversed(years)]


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """A year in figures."""
    now = timezone.now()
    year = _year(request, now)
    told = _figures(request, year, now)
    parts = [(month.name[:3], month.in_time, month.late) for month in told.months]
    context = {"told": told, "year": year, "chips": _chips(year, now),
               "columns": charts.columns(parts)}  # fmt: skip
    return render(request, "reports/figures.html", context)


@require_safe
def workbook(request: HttpRequest, year: int) -> HttpResponse:
    """The figures as a workbook, with a row an order."""
    told = _figures(request, _known(year), timezone.now())
    return files.answer(sheets.workbook_of(told), XLSX, f"laporan-spm-{year}.xlsx")


@require_safe
def signed_sheet(request: HttpRequest, year: int) -> HttpResponse:
    """The figures as a PDF to be signed."""
    now = timezone.now()
    told = _figures(request, _known(year), now)
    letterhead = Letterhead.objects.on(to_wib(now).date())
    if letterhead is None:
        raise NotNow("Kop surat belum dicatat. Minta administrator menambahkannya.")
    sheet = sheets.sheet_of(told, letterhead, now)
    try:
        content = pdf.render(sheet, "reports/sheet.html", most_pages=sheets.MOST_PAGES)
    except pdf.LetterError as error:
        raise NotNow(str(error)) from error
    return files.answer(content, "application/pdf", f"laporan-spm-{year}.pdf", framed=True)


def _known(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return year


# --- suppositions -----------------------------------------------------------------------------


class WhatIfForm(forms.Form):
    """Another promise of a service, or a year without one of its joint holidays."""

    use_required_attribute = False
    layanan = forms.ModelChoiceField(
        Service.objects.order_by("name"), label="Layanan", required=False, empty_label="Semua",
        error_messages={"invalid_choice": "Pilihan ini tidak ada lagi. Pilih yang lain."},
    )  # fmt: skip
    hari = forms.IntegerField(
        label="Andaikata SPM-nya sekian hari", required=False, min_value=1, max_value=365,
        error_messages={
            "min_value": "SPM paling sedikit 1 hari.", "max_value": "SPM paling banyak 365 hari.",
        },
    )  # fmt: skip
    tanpa = forms.ModelChoiceField(
        Holiday.objects.none(), label="Atau andaikata hari ini bukan hari libur", required=False,
        empty_label="Pilih", error_messages={"invalid_choice": "Pilih hari libur tahun ini."},
    )  # fmt: skip

    def __init__(self, year: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        holiday: Any = self.fields["tanpa"]
        holiday.queryset = Holiday.objects.filter(date__year=year).order_by("date")
        holiday.label_from_instance = lambda day: f"{short_date_id(day.date)}: {day.name}"
        speak_plainly(self)

    def clean(self) -> dict[str, Any]:
        """One supposition at a time; a number of days is of one service."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if data.get("hari") and data.get("tanpa"):
            self.add_error("tanpa", "Isi salah satu saja: jumlah hari, atau hari libur.")
        elif not data.get("hari") and not data.get("tanpa"):
            self.add_error("hari", "Isi jumlah hari, atau pilih hari libur di bawahnya.")
        elif data.get("hari") and not data.get("layanan"):
            self.add_error("layanan", "Pilih layanan yang janjinya diandaikan.")
        return data


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What happened beside what would have."""

    orders: int
    were_late: int
    would_be_late: int
    turned: list[whatif.Supposed]


@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """A supposition on a year of history; nothing changes by it."""
    now = timezone.now()
    year, readable = _year(request, now), lists.readable(request.user, now)
    asked = any(request.GET.get(name) for name in ("layanan", "hari", "tanpa"))
    form = WhatIfForm(year, request.GET if asked else None)
    comparison, status = None, 200
    if form.is_bound:
        if form.is_valid():
            comparison = _compare(form.cleaned_data, year, readable)
        else:
            status = 422
    context = {
        "form": form, "year": year, "chips": _chips(year, now), "comparison": comparison,
        "shown": comparison.turned[:SHOWN] if comparison else [],
    }  # fmt: skip
    return render(request, "reports/whatif.html", context, status=status)


def _compare(asked: dict[str, Any], year: int, readable: OrderQuerySet) -> Comparison:
    begin, end = (clock.day_start(date(y, 1, 1)) for y in (year, year + 1))
    orders = readable.filter(ready_at__gte=begin, ready_at__lt=end)
    if asked["layanan"]:
        orders = orders.filter(service=asked["layanan"])
    calendar = clock.current_calendar()
    if asked["hari"]:
        supposed = whatif.with_days(asked["hari"], orders, calendar)
    else:
        supposed = whatif.without_day_off(asked["tanpa"].date, orders, calendar)
    return Comparison(
        orders=len(supposed), were_late=sum(one.was_late for one in supposed),
        would_be_late=sum(one.would_be_late for one in supposed),
        turned=[one for one in supposed if one.turns],
    )  # fmt: skip
