"""A form whose act moves open orders: what moves is shown first, and then done as it was shown."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spm_monitor.form_pages import FormPage, answer
from spm_monitor.recalculation import Move, Moved, Unseen

SHOWN = 100  # of the orders that would move; the number of all is said


def moved_sentence(number: int) -> str:
    """How many dues moved with an act, as its message says it."""
    if not number:
        return "Tidak ada target yang bergeser."
    return f"Target {number} pesanan berjalan digeser."


def seen_first(
    request: HttpRequest, form: forms.BaseForm, page: FormPage, change: Callable[[str], str],
    more: dict[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    """The form; then, where orders would move, these; then the change.

    change: does it if what moves is what the mark it is given stands for. more: further context of
    the page that shows the moves.
    """
    seen = request.POST.get("seen", "")

    def act() -> str | HttpResponse:
        try:
            return change(seen)
        except Unseen as unseen:
            moved = unseen.moved
            context = {
                "page": page, "form": form, "rows": _rows(moved), "again": bool(seen),
                "count": len(moved.moves), "cases": len(moved.followed), "seen": moved.mark,
                **(more or {}),
            }  # fmt: skip
            return render(request, "settings/calendar_preview.html", context)

    return answer(request, form, page, act)


def _rows(moved: Moved) -> list[tuple[Move, str]]:
    """The first of the moves, each with what follows for its case; those with a case on top."""
    order = sorted(moved.moves, key=lambda one: one.order.pk not in moved.followed)
    return [(one, moved.followed.get(one.order.pk, "")) for one in order[:SHOWN]]
