"""Revisions of the SOP, to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from kompensasi.sop.models import Revision, RevisionStep, RevisionText


class ReadOnly:
    """Nothing is added, changed or deleted on this page."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TextRows(ReadOnly, admin.TabularInline):
    model = RevisionText


class StepRows(ReadOnly, admin.StackedInline):
    model = RevisionStep

    def get_queryset(self, request: HttpRequest) -> QuerySet[RevisionStep]:
        rows = super().get_queryset(request).select_related("actor", "revision")
        return rows.prefetch_related("actor__titles", "recipients__titles")


@admin.register(Revision)
class RevisionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("number", "code", "effective", "in_force_from")
    inlines = (TextRows, StepRows)
