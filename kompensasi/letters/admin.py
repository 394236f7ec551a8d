"""Letterheads with their numbering, and the wording of letters. Letters themselves are not here."""

from typing import Any

from django.contrib import admin
from django.forms import Textarea
from django.http import HttpRequest

from kompensasi.letters.models import Letterhead, LetterTemplate
from spm_monitor.admin import Journalled


@admin.register(Letterhead)
class LetterheadAdmin(Journalled):
    list_display = ("unit", "valid_from", "number_format", "place")


@admin.register(LetterTemplate)
class LetterTemplateAdmin(Journalled):
    list_display = ("variant", "valid_from", "subject")
    list_filter = ("variant",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The body gets room for a whole letter."""
        if db_field.name == "body":
            kwargs["widget"] = Textarea(attrs={"rows": 24, "cols": 90})
        return super().formfield_for_dbfield(db_field, request, **kwargs)
