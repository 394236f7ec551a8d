"""The page that takes a year's list of holidays: its difference first, then what would move."""

import json
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from spm_monitor import calendar_changes, files, holiday_lists, rights
from spm_monitor.calendar_pages import asked_year
from spm_monitor.form_pages import FormPage
from spm_monitor.holiday_lists import Listed
from spm_monitor.models import Holiday
from spm_monitor.preview_pages import moved_sentence, seen_first
from spm_monitor.refusals import BadInput
from spm_monitor.sentences import speak_plainly
from spm_monitor.workdays import to_wib

ADD = "spm_monitor.add_holiday"
LIBRARY, FILE = "library", "file"


class ListForm(forms.Form):
    """Where the list comes from, and by which decree it is in force."""

    use_required_attribute = False
    source = forms.ChoiceField(
        label="Daftar", widget=forms.RadioSelect, initial=LIBRARY,
        choices=((LIBRARY, "Daftar bawaan aplikasi"), (FILE, "Berkas CSV atau XLSX")),
    )  # fmt: skip
    file = forms.FileField(
        label="Berkas", required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text="Kolom tanggal, nama, dan jenis (libur nasional atau cuti bersama).",
    )  # fmt: skip
    decree = forms.CharField(
        label="Dasar", max_length=Holiday._meta.get_field("decree").max_length,
        help_text="Nomor keputusan, misalnya SKB Tiga Menteri tahun itu.",
        error_messages={"required": "Isi nomor keputusannya."},
    )  # fmt: skip
    drop_missing = forms.BooleanField(
        label="Hapus juga hari yang tidak ada di daftar", required=False,
        help_text="Libur setempat selalu tetap.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Alasan", required=False, max_length=200,
        help_text="Wajib bila ada tanggal yang sudah lewat.",
    )  # fmt: skip
    # The list as it was read, on its way through the page that shows what it would change.
    listed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, year: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = year
        speak_plainly(self)

    def clean(self) -> dict[str, Any]:
        """Reads the list; what is unreadable is said at the file."""
        data = super().clean() or self.cleaned_data
        try:
            data["days"] = self._days(data)
        except BadInput as refusal:
            self.add_error("file", refusal.sentence)
        return data

    def _days(self, data: dict[str, Any]) -> list[Listed]:
        if data.get("listed"):
            return _read(data["listed"], self.year)
        if data.get("source") == FILE:
            if not data.get("file"):
                raise BadInput("Pilih berkas CSV atau XLSX.")
            if data["file"].size > files.LARGEST:
                raise BadInput("Berkas paling besar 10 MB.")
            return holiday_lists.of_file(data["file"].read(), self.year)
        days = holiday_lists.of_library(self.year)
        if not days:
            raise BadInput(f"Daftar bawaan belum memuat tahun {self.year}. Unggah berkasnya.")
        return days

    def carry(self) -> None:
        """Let the list go along hidden, so that the file need not be sent twice."""
        days = [(one.date.isoformat(), one.name, one.joint) for one in self.cleaned_data["days"]]
        self.data = {**self.data, "listed": json.dumps(days)}


def _read(text: str, year: int) -> list[Listed]:
    try:
        days = [Listed(date.fromisoformat(day), str(name), joint is True)
                for day, name, joint in json.loads(text)]  # fmt: skip
    except (ValueError, TypeError) as error:
        raise BadInput("Daftar tidak terkirim utuh. Pilih daftarnya sekali lagi.") from error
    if any(one.date.year != year or len(one.name) > 200 for one in days):
        raise BadInput("Daftar tidak terkirim utuh. Pilih daftarnya sekali lagi.")
    return days


@require_http_methods(["GET", "HEAD", "POST"])
def holiday_list(request: HttpRequest) -> HttpResponse:
    """Take the list of a year: what differs, and what would move, is shown before it is kept."""
    now = timezone.now()
    rights.require_office(request.user, ADD, at=now)
    year = asked_year(request, to_wib(now).date())
    form = ListForm(year, request.POST or None, request.FILES or None, initial={"source": LIBRARY})
    page = FormPage(
        title=f"Daftar hari libur {year}", submit="Lihat perbedaannya",
        back=(f"{reverse('calendar')}?tahun={year}", "Hari libur dan jam kerja"),
        sub="Daftar dibandingkan dahulu dengan yang tercatat. Belum ada yang disimpan.",
    )  # fmt: skip
    more: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        change = holiday_lists.difference(year, form.cleaned_data["days"])
        more = {"difference": change, "drop_missing": form.cleaned_data["drop_missing"]}
        form.carry()

    def take(seen: str) -> str:
        answers = form.cleaned_data
        if more["difference"].nothing:
            return f"Daftar {year} sama dengan yang tercatat. Tidak ada yang berubah."
        moved = calendar_changes.take_list(
            year=year, listed=answers["days"], decree=answers["decree"],
            drop_missing=answers["drop_missing"], reason=answers["reason"], seen=seen,
            by=request.user, now=now,
        )  # fmt: skip
        return f"Daftar hari libur {year} disimpan. {moved_sentence(moved)}"

    return seen_first(request, form, page, take, more)
