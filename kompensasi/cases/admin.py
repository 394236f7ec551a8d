"""Cases and their visits, to be read. What is done to them is done by their steps."""

from django.contrib import admin

from kompensasi.cases.models import Case, CaseLetter, Visit
from spm_monitor.admin import ReadOnlyPage, ReadOnlyRows


class VisitRows(ReadOnlyRows):
    model = Visit
    seen_with = "cases.view_case"
    fields = (
        "row", "opens_at", "opened_at", "due_at", "finished_at", "finished_by",
        "finished_capacity", "outcome",
    )  # fmt: skip


class LetterRows(ReadOnlyRows):
    model = CaseLetter
    seen_with = "cases.view_case"


@admin.register(Case)
class CaseAdmin(ReadOnlyPage):
    list_display = ("number", "order", "opened_at", "opening", "ended_at", "ending")
    list_select_related = ("order",)
    list_filter = ("ending",)
    search_fields = ("number", "order__number")
    exclude = ("tracking_code",)  # the customer's key
    inlines = (VisitRows, LetterRows)
