"""The administrator's pages of the working calendar: holidays by year, office hours."""

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from spm_monitor import calendar_changes, rights
from spm_monitor.form_pages import FormPage
from spm_monitor.hours_form import DatedHoursForm, WeekForm
from spm_monitor.master_forms import HolidayForm
from spm_monitor.models import Holiday, OfficeHours, OfficeSegment
from spm_monitor.preview_pages import moved_sentence, seen_first
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import date_id, weekday_date_id
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR, to_wib

VIEW = "spm_monitor.view_holiday"


class ReasonForm(forms.Form):
    """Why, where the day has passed."""

    use_required_attribute = False
    reason = forms.CharField(
        label="Alasan", required=False, max_length=200,
        help_text="Wajib bila tanggalnya sudah lewat.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self)


class HolidayPageForm(HolidayForm):
    """A day not worked, and why it is entered late."""

    reason = ReasonForm.base_fields["reason"]


@require_safe
def year(request: HttpRequest) -> HttpResponse:
    """The days not worked of a year, and the office hours."""
    now = timezone.now()
    rights.require_office(request.user, VIEW, at=now)
    today = to_wib(now).date()
    shown = asked_year(request, today)
    known = {day.year for day in Holiday.objects.dates("date", "year")}
    around = sorted({*range(shown - 2, shown + 3), today.year, today.year + 1})
    return render(
        request,
        "settings/calendar.html",
        {
            "year": shown,
            "days": Holiday.objects.filter(date__year=shown).order_by("date"),
            "chips": [
                {"label": y, "url": f"?tahun={y}", "current": y == shown, "empty": y not in known}
                for y in around
                if FIRST_YEAR <= y <= LAST_YEAR
            ],
            "hours": [
                {"row": row, "week": _week(row), "state": _state(row, today)}
                for row in OfficeHours.objects.prefetch_related("segments").order_by(
                    F("valid_from").desc(nulls_first=True)
                )
            ],
        },
    )


def asked_year(request: HttpRequest, today: date) -> int:
    """The year that the address asks for; this one where it asks for none that can be."""
    text = request.GET.get("tahun", "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else today.year
    return asked if FIRST_YEAR <= asked <= LAST_YEAR else today.year


def _week(row: OfficeHours) -> list[tuple[str, str]]:
    """Days with the same hours together: ("Senin–Kamis", "07.30–12.00, 13.00–16.00")."""
    names = dict(OfficeSegment.WEEKDAYS)
    days: dict[int, str] = {}
    for segment in row.segments.all():
        stretch = f"{segment.opens:%H.%M}–{segment.closes:%H.%M}"
        before = days.get(segment.weekday)
        days[segment.weekday] = f"{before}, {stretch}" if before else stretch
    week = []
    for hours, same in groupby(sorted(days.items()), key=lambda day: day[1]):
        numbers = [number for number, _ in same]
        first, last = names[numbers[0]], names[numbers[-1]]
        week.append((first if first == last else f"{first}–{last}", hours))
    return week


def _state(row: OfficeHours, today: date) -> str:
    if row.valid_from is None:
        return "prepared"
    if row.valid_from > today:
        return "coming"
    return "past" if row.valid_until is not None and row.valid_until < today else "in force"


# --- changes, each seen with what it moves ----------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def holiday_new(request: HttpRequest) -> HttpResponse:
    """Enter a day not worked."""
    rights.require_office(request.user, "spm_monitor.add_holiday", at=timezone.now())
    form = HolidayPageForm(request.POST or None)
    page = FormPage(
        title="Hari libur baru", submit="Simpan hari libur",
        back=(reverse("calendar"), "Hari libur dan jam kerja"),
        sub="Bila ada pesanan berjalan yang bergeser, Anda melihatnya dahulu.",
    )  # fmt: skip
    return seen_first(request, form, page, lambda seen: _save_holiday(request, form, seen))


@require_http_methods(["GET", "HEAD", "POST"])
def holiday_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a day not worked."""
    rights.require_office(request.user, "spm_monitor.change_holiday", at=timezone.now())
    day = get_object_or_404(Holiday, pk=pk)
    was = day.date
    form = HolidayPageForm(request.POST or None, instance=day)
    page = FormPage(
        title=weekday_date_id(was), submit="Simpan perubahan", back=_back_to(was),
        template="settings/holiday.html", more={"pk": pk},
        sub="Bila ada pesanan berjalan yang bergeser, Anda melihatnya dahulu.",
    )  # fmt: skip
    return seen_first(request, form, page, lambda seen: _save_holiday(request, form, seen, was))


def _save_holiday(
    request: HttpRequest, form: HolidayPageForm, seen: str, was: date | None = None
) -> str:
    day = form.instance
    moved = calendar_changes.save_holiday(
        day=day, reason=form.cleaned_data["reason"], seen=seen, by=request.user,
        now=timezone.now(), was=was,
    )  # fmt: skip
    return f"{date_id(day.date)} disimpan sebagai hari libur. {moved_sentence(moved)}"


@require_http_methods(["GET", "HEAD", "POST"])
def holiday_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a day an ordinary one again."""
    rights.require_office(request.user, "spm_monitor.delete_holiday", at=timezone.now())
    day = get_object_or_404(Holiday, pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    said = weekday_date_id(day.date)
    page = FormPage(
        title=f"Hapus {said}?", submit="Hapus hari libur", back=_back_to(day.date),
        sub=f"{day.name}. Setelah dihapus, hari ini dihitung menurut jam kerja.",
    )  # fmt: skip

    def remove(seen: str) -> str:
        moved = calendar_changes.remove_holiday(
            day=day, reason=form.cleaned_data["reason"], seen=seen, by=request.user,
            now=timezone.now(),
        )  # fmt: skip
        return f"{said} bukan lagi hari libur. {moved_sentence(moved)}"

    return seen_first(request, form, page, remove)


@require_http_methods(["GET", "HEAD", "POST"])
def hours_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Office hours: dates and week. Prepared ones (Ramadan's) stay, and are used by a copy."""
    now = timezone.now()
    rights.require_office(request.user, "spm_monitor.change_officehours", at=now)
    row = get_object_or_404(OfficeHours, pk=pk)
    prepared = row if row.valid_from is None else None
    name = str(row)
    if prepared is not None:
        name = f"{name.partition(' (')[0]} {to_wib(now).year}"
        form: WeekForm = DatedHoursForm(
            request.POST or None, initial={"name": name, "decree": row.decree}, week_of=row
        )
    else:
        form = WeekForm(request.POST or None, instance=row, week_of=row)
    page = FormPage(
        title=f"Jam kerja: {name}", submit="Simpan jam kerja",
        back=(reverse("calendar"), "Hari libur dan jam kerja"),
        sub="Bila ada pesanan berjalan yang bergeser, Anda melihatnya dahulu.",
    )  # fmt: skip

    def save(seen: str) -> str:
        moved = calendar_changes.save_hours(
            hours=form.instance, week=form.cleaned_data["week"], seen=seen, by=request.user, now=now
        )
        return f"Jam kerja {form.instance} disimpan. {moved_sentence(moved)}"

    return seen_first(request, form, page, save)


def _back_to(day: date) -> tuple[str, str]:
    return f"{reverse('calendar')}?tahun={day.year}", "Hari libur dan jam kerja"
