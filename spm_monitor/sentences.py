"""What a form says instead of Django's own sentences, so that every form says it alike."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms.utils import pretty_name

from spm_monitor.wording import lower_first, thousands

INVISIBLE = "Hapus karakter yang tidak terlihat dari isian ini."
NOT_LISTED = "Pilih salah satu dari daftar."
FORM_BROKEN = "Berkas tidak terkirim. Pilih berkasnya sekali lagi."
OURS: tuple[tuple[type[forms.Field], dict[str, str]], ...] = (
    (forms.ChoiceField, {"required": "Pilih salah satu.", "invalid_choice": NOT_LISTED}),
    (forms.ModelMultipleChoiceField, {"invalid_list": NOT_LISTED, "invalid_pk_value": NOT_LISTED}),
    (forms.DateField, {"invalid": "Tulis tanggal seperti 24/11/2026."}),
    (forms.TimeField, {"invalid": "Tulis jam seperti 07.30."}),
    (forms.IntegerField, {"invalid": "Tulis dengan angka, misalnya 12."}),
    (forms.DateTimeField, {"invalid": "Tulis tanggal dan jam seperti 24/11/2026 15.30."}),
    (forms.EmailField, {"invalid": "Tulis surel seperti nama@contoh.id."}),
    (forms.SlugField, {
        "invalid": "Tulis dengan huruf, angka, garis bawah, atau tanda hubung saja.",
    }),
    (forms.FileField, {
        "required": "Pilih berkas.",
        "invalid": FORM_BROKEN, "missing": FORM_BROKEN,
        "empty": "Berkas ini kosong. Pilih berkas lain.",
        "max_length": "Nama berkas paling banyak %(max)d huruf. Sekarang %(length)d.",
    }),
)  # fmt: skip


class NoLonger(MaxLengthValidator):
    """Names the field, the limit and the length, as people write numbers."""

    def __init__(self, longest: int, label: str) -> None:
        super().__init__(longest)
        self.label = label

    def __call__(self, value: Any) -> None:
        """Refuse a text that is too long."""
        if len(value) > self.limit_value:
            raise ValidationError(
                f"{self.label} paling banyak {thousands(self.limit_value)} huruf."
                f" Sekarang {thousands(len(value))}.", code=self.code,
            )  # fmt: skip


def speak_plainly(form: forms.BaseForm) -> None:
    """Our sentences for all fields of a form, where a field has none of its own."""
    for name, field in form.fields.items():
        # Not `form[name]`, which would settle label and help before the form's maker has.
        plain(field, str(field.label or pretty_name(name)))


def plain(field: forms.Field, label: str) -> None:
    """Our sentences for one field. `label`: what it is called to people."""
    ours = {"null_characters_not_allowed": INVISIBLE, "required": f"Isi {lower_first(label)}."}
    for kind, sentences in OURS:
        if isinstance(field, kind):
            ours |= sentences
    own, django = field.error_messages, _of_django(field)
    for code, sentence in ours.items():
        if own.get(code) == django.get(code):
            own[code] = sentence
    field.validators = [
        NoLonger(v.limit_value, label) if type(v) is MaxLengthValidator else v
        for v in field.validators
    ]


def _of_django(field: forms.Field) -> dict[str, Any]:
    """What Django says for a field of this kind."""
    said: dict[str, Any] = {}
    for kind in reversed(type(field).__mro__):
        if kind.__module__.startswith("django."):
            said |= getattr(kind, "default_error_messages", {})
    return said
