"""Form fields that several pages share."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from spm_monitor import files
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR, WIB

FORMATS = (
    "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H.%M",
)  # fmt: skip


class InstantField(forms.DateTimeField):
    """A date and time of day in WIB, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", FORMATS)
        kwargs.setdefault(
            "widget",
            forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        )
        messages = {"invalid": "Tulis tanggal dan jam seperti 24/11/2026 15.30."}
        kwargs["error_messages"] = messages | kwargs.get("error_messages", {})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """As Django cleans it; a year that no order can have is a slip of the pen."""
        instant = super().clean(value)
        if instant is not None and not FIRST_YEAR <= instant.year < LAST_YEAR:
            raise ValidationError(f"Isi tahun antara {FIRST_YEAR} dan {LAST_YEAR - 1}.")
        return instant

    def prepare_value(self, value: Any) -> Any:
        """Instants are shown on the office's clock."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(WIB).replace(tzinfo=None)
        return value


class UploadField(forms.FileField):
    """A PDF, JPG or PNG of at most 10 MB; its content is looked at, not its name."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})
        )
        messages = {"empty": "Berkas ini kosong. Pilih berkas lain."}
        kwargs["error_messages"] = messages | kwargs.get("error_messages", {})
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if upload:
            files.check_upload(upload)
        return upload
