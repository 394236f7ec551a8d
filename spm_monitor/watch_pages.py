"""The administrator's page of how closely open orders are watched."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from spm_monitor import master_data, rights
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.master_forms import MasterForm
from spm_monitor.models import WatchRules

CHANGE = "spm_monitor.change_watchrules"
FURTHEST = 30  # working days before a due


class WatchForm(MasterForm):
    """When people are reminded, and whether cases open before a due has passed."""

    class Meta:
        model = WatchRules
        fields: ClassVar = ["reminder_days", "near_cases", "near_chance"]
        widgets: ClassVar = {"near_cases": forms.RadioSelect}

    def clean_reminder_days(self) -> str:
        """Numbers with commas, each once; kept as "3, 1, 0"."""
        text = self.cleaned_data["reminder_days"]
        try:
            days = {int(part) for part in text.split(",") if part.strip()}
        except ValueError as error:
            raise ValidationError("Tulis angka dipisah koma, misalnya 3, 1, 0.") from error
        if any(day < 0 or day > FURTHEST for day in days):
            raise ValidationError(f"Tiap angka antara 0 dan {FURTHEST} hari kerja.")
        return ", ".join(str(day) for day in sorted(days, reverse=True))


@require_http_methods(["GET", "HEAD", "POST"])
def watch_rules(request: HttpRequest) -> HttpResponse:
    """Change the rules."""
    now = timezone.now()
    rights.require_office(request.user, CHANGE, at=now)
    form: Any = WatchForm(request.POST or None, instance=WatchRules.standing())
    page = FormPage(
        title="Pengawasan target", submit="Simpan aturan",
        back=(reverse("settings"), "Pengaturan"),
        sub="Pengingat dikirim pada jam kerja, satu kali untuk tiap jarak dan target.",
    )  # fmt: skip

    def save() -> str:
        changed = master_data.save(form.instance, right=CHANGE, by=request.user, now=now)
        return "Aturan pengawasan disimpan." if changed else "Tidak ada yang berubah."

    return answer(request, form, page, save)
