"""Letterheads with their numbering, and the wording of letters. Letters themselves are not here."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone

from kompensasi.letters.drafting import PLACEHOLDER, PLACEHOLDERS
from kompensasi.letters.models import Letter, Letterhead, LetterTemplate
from kompensasi.letters.numbering import number_text, unknown_tokens
from spm_monitor.admin import Journalled
from spm_monitor.workdays import to_wib

NEEDED = ("urut", "tahun")  # the counter is a year's: without both, numbers would repeat


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


class LetterheadForm(forms.ModelForm):
    """A pattern of numbers that cannot work is refused here, not when somebody signs."""

    class Meta:
        model = Letterhead
        fields: ClassVar = "__all__"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        pattern = data.get("number_format")
        if pattern:
            try:
                self._check(pattern, data)
            except ValidationError as error:
                self.add_error("number_format", error)
        return data

    def _check(self, pattern: str, data: dict[str, Any]) -> None:
        try:
            unknown = unknown_tokens(pattern)
        except ValueError:
            raise ValidationError("Tiap kurung { harus ditutup dengan }.") from None
        if unknown:
            raise ValidationError(f"Unsur ini tidak dikenal: {_braced(unknown)}.")
        if missing := [name for name in NEEDED if f"{{{name}" not in pattern]:
            raise ValidationError(
                f"Pola nomor memerlukan {_braced(missing)}, agar nomor tidak berulang."
            )
        sample = Letterhead(
            **{n: data.get(n, "") for n in ("number_format", "unit_code", "classification")}
        )
        try:
            number = number_text(sample, 99_999, to_wib(timezone.now()).date())
        except (ValueError, LookupError, AttributeError):
            raise ValidationError(
                "Pola ini tidak dapat dipakai. Tulis unsurnya saja, seperti {urut}."
            ) from None
        longest = Letter._meta.get_field("number").max_length or 0
        if len(number) > longest:
            raise ValidationError(
                f"Nomor paling banyak {longest} huruf. Dengan pola ini {len(number)}."
            )


@admin.register(Letterhead)
class LetterheadAdmin(Journalled):
    form = LetterheadForm
    list_display = ("unit", "valid_from", "number_format", "place")


class LetterTemplateForm(forms.ModelForm):
    """Only names that a letter's facts can fill."""

    class Meta:
        model = LetterTemplate
        fields: ClassVar = "__all__"
        widgets: ClassVar = {"body": forms.Textarea(attrs={"rows": 24, "cols": 90})}

    def clean_body(self) -> str:
        body = self.cleaned_data["body"]
        if unknown := sorted(set(PLACEHOLDER.findall(body)) - PLACEHOLDERS):
            known = _braced(sorted(PLACEHOLDERS))
            raise ValidationError(
                f"Isian ini tidak dikenal: {_braced(unknown)}. Yang dikenal: {known}."
            )
        return body


@admin.register(LetterTemplate)
class LetterTemplateAdmin(Journalled):
    form = LetterTemplateForm
    list_display = ("variant", "valid_from", "subject")
    list_filter = ("variant",)
