"""Forms of master data, for the office's own pages and for Django's admin alike."""

from datetime import date
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.fields import Field

from spm_monitor.fields import UploadField
from spm_monitor.models import Holiday, OfficeHours, Service, SpmStandard
from spm_monitor.sentences import plain, speak_plainly
from spm_monitor.wording import date_id, lower_first
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR


def in_our_words(field: Field | None, db_field: models.Field) -> Field | None:
    """The form field with the sentences of our wording rules for what is missing or unreadable."""
    if field is None:
        return None
    said = str(field.label or db_field.verbose_name)
    name = lower_first(said)
    verb = "Pilih" if db_field.is_relation or db_field.choices else "Isi"
    if isinstance(db_field, models.DateField) and not name.startswith("tanggal"):
        name = f"tanggal “{name}”"
    formatted = said.replace("%", "%%")
    messages = {
        "required": f"{verb} {name}.",
        "min_value": f"{formatted} paling sedikit %(limit_value)s.",
        "max_value": f"{formatted} paling banyak %(limit_value)s.",
    }
    if db_field.is_relation:
        messages["invalid_choice"] = "Pilihan ini tidak ada lagi. Pilih yang lain."
    if "unique" not in (db_field._error_messages or {}):  # type: ignore[attr-defined]
        messages["unique"] = f"{said} ini sudah dipakai."
    field.error_messages |= messages
    plain(field, said)
    if isinstance(db_field, models.TimeField):
        field.widget.format = "%H.%M"
    return field


class MasterForm(forms.ModelForm):
    """A row of master data in words of ours; dates by the browser's own field."""

    # Without `required` the browser still refuses a date half typed, which would arrive as empty.
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = {field.name: field for field in self._meta.model._meta.get_fields()}
        for name, field in self.fields.items():
            if isinstance(columns.get(name), models.Field):
                in_our_words(field, columns[name])
            if type(field.widget) is forms.DateInput:  # Django's admin has one of its own
                field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = "Pilih"
        speak_plainly(self)
        self.helper = FormHelper()
        self.helper.form_tag = False


def refuse_end_before(form: forms.ModelForm, first: str, last: str) -> None:
    """A period that ends before it begins is said at its end."""
    begin, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if begin is not None and end is not None and end < begin:
        form.add_error(last, f"Isi tanggal yang tidak sebelum {date_id(begin)}.")


class ServiceForm(MasterForm):
    """What a customer can order, and whose it is."""

    class Meta:
        model = Service
        fields: ClassVar = ["name", "code", "section", "active"]


STAGES = ("intake_days", "work_days", "report_days")


class SpmStandardForm(MasterForm):
    """A promise from a date on. One that orders were begun under stays as it is."""

    class Meta:
        model = SpmStandard
        fields: ClassVar = [
            "service",
            "days",
            "unit",
            "valid_from",
            "decree",
            "waits_for_documents",
            "waits_for_payment",
            "intake_days",
            "work_days",
            "report_days",
        ]
        help_texts: ClassVar = {
            "intake_days": "Hari dari janji itu untuk penerimaan. Kosongkan bila tidak dibagi.",
        }

    def clean_days(self) -> int:
        """A promise of no day at all is none."""
        days = self.cleaned_data["days"]
        if days < 1:
            raise ValidationError("Janji paling sedikit 1 hari.")
        return days

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._check_stages(data)
        if self.instance.pk and self.changed_data and self.instance.orders.exists():
            raise ValidationError(
                "Pesanan sudah dimulai dengan SPM ini, jadi isinya tetap."
                " Tambahkan SPM baru yang berlaku sejak tanggal lain."
            )
        return data

    def _check_stages(self, data: dict[str, Any]) -> None:
        """All three stages or none, and together they are the promise."""
        parts = {name: data.get(name) for name in STAGES if name not in self.errors}
        given = [days for days in parts.values() if days is not None]
        if not given or "days" not in data:
            return
        if data.get("unit") == SpmStandard.Unit.CALENDAR:
            self.add_error("unit", "Tahap hanya untuk janji dalam hari kerja.")
        for name, days in parts.items():
            if days is None:
                self.add_error(name, "Isi ketiga tahap, atau kosongkan ketiganya.")
        if len(given) == len(STAGES) and sum(given) != data["days"]:
            self.add_error(
                "report_days", f"Jumlah ketiga tahap {sum(given)}, padahal janjinya {data['days']}."
            )


class NewStandardForm(SpmStandardForm):
    """The next promise of a service, perhaps with the scan of its decree."""

    scan = UploadField(
        label="Pindaian keputusan",
        required=False,
        help_text="PDF, JPG, atau PNG, paling besar 10 MB.",
    )

    class Meta(SpmStandardForm.Meta):
        labels: ClassVar = {"days": "Janji (jumlah hari)"}
        fields: ClassVar = [f for f in SpmStandardForm.Meta.fields if f != "service"]

    def clean_valid_from(self) -> date:
        """One promise a date."""
        day = self.cleaned_data["valid_from"]
        same = SpmStandard.objects.filter(service=self.instance.service, valid_from=day).first()
        if same is not None:
            raise ValidationError(f"Sejak tanggal itu SPM-nya sudah {same} ({same.decree}).")
        return day


class HolidayForm(MasterForm):
    """A day not worked, by decree."""

    class Meta:
        model = Holiday
        fields: ClassVar = ["date", "name", "joint", "local", "decree"]

    def clean_date(self) -> date:
        """A day that the working calendar can hold."""
        day = self.cleaned_data["date"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(f"Isi tahun antara {FIRST_YEAR} dan {LAST_YEAR}.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("joint") and data.get("local"):
            self.add_error("local", "Cuti bersama berlaku di semua kantor. Pilih salah satu.")
        return data


class OfficeHoursForm(MasterForm):
    """When a week of office hours counts."""

    class Meta:
        model = OfficeHours
        fields: ClassVar = ["name", "decree", "valid_from", "valid_until"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_end_before(self, "valid_from", "valid_until")
        return data
