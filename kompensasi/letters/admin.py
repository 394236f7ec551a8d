"""Letterheads with their numbering, and the wording of letters; letters themselves to be read."""

from typing import Any

from django.contrib import admin
from django.forms import Textarea
from django.http import HttpRequest
from django.utils import timezone

from kompensasi.letters import settings_actions
from kompensasi.letters.models import (
    Letter,
    Letterhead,
    LetterReview,
    LetterTemplate,
    LetterVersion,
)
from spm_monitor.admin import Journalled, ReadOnlyPage, ReadOnlyRows

READ = "letters.view_letter"


class Dated(Journalled):
    """As on the office's own page: what a signed letter has stays as it is."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form.changed_data:
            settings_actions.may_write(obj, request.user, timezone.now())
            if isinstance(obj, Letterhead):
                settings_actions.refuse_under_signed_letters(obj)
        super().save_model(request, obj, form, change)


@admin.register(Letterhead)
class LetterheadAdmin(Dated):
    list_display = ("unit", "valid_from", "number_format", "place")


@admin.register(LetterTemplate)
class LetterTemplateAdmin(Dated):
    list_display = ("variant", "valid_from", "subject")
    list_filter = ("variant",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The body gets room for a whole letter."""
        if db_field.name == "body":
            kwargs["widget"] = Textarea(attrs={"rows": 24, "cols": 90})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class VersionRows(ReadOnlyRows):
    model = LetterVersion
    seen_with = READ
    fields = ("version", "subject", "addressee", "sha256", "written_by", "written_at")
    show_change_link = True


class ReviewRows(ReadOnlyRows):
    model = LetterReview
    seen_with = READ


@admin.register(Letter)
class LetterAdmin(ReadOnlyPage):
    list_display = ("__str__", "customer", "section", "dated", "sent_at", "voided_at")
    list_select_related = ("customer", "section")
    search_fields = ("number", "customer__name")
    inlines = (VersionRows,)


@admin.register(LetterVersion)
class LetterVersionAdmin(ReadOnlyPage):
    seen_with = READ
    list_display = ("letter", "version", "subject", "written_by", "written_at")
    list_select_related = ("letter", "written_by")
    inlines = (ReviewRows,)
