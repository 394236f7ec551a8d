"""Forms of master data, for the office's own pages and for Django's admin alike."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.fields import Field

from spm_monitor.models import Holiday, OfficeHours, Service, SpmStandard
from spm_monitor.wording import date_id


def in_our_words(field: Field | None, db_field: models.Field) -> Field | None:
    """The form field with the sentences of our wording rules for what is missing or unreadable."""
    if field is None:
        return None
    verb = "Pilih" if db_field.is_relation or db_field.choices else "Isi"
    field.error_messages["required"] = f"{verb} {db_field.verbose_name}."
    if db_field.is_relation:
        field.error_messages["invalid_choice"] = "Pilihan ini tidak ada lagi. Pilih yang lain."
    if isinstance(db_field, models.DateField):
        field.error_messages["invalid"] = "Tulis tanggal seperti 24/11/2026."
    elif isinstance(db_field, models.TimeField):
        field.error_messages["invalid"] = "Tulis jam seperti 07.30."
        field.widget.format = "%H.%M"
    elif isinstance(db_field, models.IntegerField):
        field.error_messages["invalid"] = "Tulis dengan angka, misalnya 12."
    elif isinstance(db_field, models.EmailField):
        field.error_messages["invalid"] = "Tulis surel seperti nama@contoh.id."
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
        fields = ("name", "code", "section", "active")


class SpmStandardForm(MasterForm):
    """A promise from a date on. One that orders were begun under stays as it is."""

    class Meta:
        model = SpmStandard
        fields = (
            "service", "days", "unit", "valid_from", "decree", "waits_for_documents",
            "waits_for_payment",
        )  # fmt: skip

    def clean_days(self) -> int:
        """A promise of no day at all is none."""
        days = self.cleaned_data["days"]
        if days < 1:
            raise ValidationError("Janji paling sedikit 1 hari.")
        return days

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.instance.pk and self.changed_data and self.instance.orders.exists():
            raise ValidationError(
                "Pesanan sudah dimulai dengan SPM ini, jadi isinya tetap."
                " Tambahkan SPM baru yang berlaku sejak tanggal lain."
            )
        return data


class HolidayForm(MasterForm):
    """A day not worked, by decree."""

    class Meta:
        model = Holiday
        fields = ("date", "name", "joint", "decree")


class OfficeHoursForm(MasterForm):
    """When a week of office hours counts."""

    class Meta:
        model = OfficeHours
        fields = ("name", "decree", "valid_from", "valid_until")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_end_before(self, "valid_from", "valid_until")
        return data
