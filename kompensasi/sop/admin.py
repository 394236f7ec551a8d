"""Revisions of the SOP, to be read."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from kompensasi.sop.models import Revision, RevisionStep, RevisionText
from spm_monitor.admin import ReadOnly, ReadOnlyPage, ReadOnlyRows


class TextRows(ReadOnlyRows):
    model = RevisionText


class StepRows(ReadOnly, admin.StackedInline):
    model = RevisionStep

    def get_queryset(self, request: HttpRequest) -> QuerySet[RevisionStep]:
        rows = super().get_queryset(request).select_related("actor", "revision")
        return rows.prefetch_related("actor__titles", "recipients__titles")


@admin.register(Revision)
class RevisionAdmin(ReadOnlyPage):
    list_display = ("number", "code", "effective", "in_force_from")
    inlines = (TextRows, StepRows)
