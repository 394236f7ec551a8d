"""The pages of the Form Monitoring SPM: the rounds, one that is filled, one that is frozen."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from spm_monitor import clock, files, forecasting, lists, pulse
from spm_monitor.forecast_words import chance_words
from spm_monitor.form_pages import typed
from spm_monitor.models import MonitoringRound, ObstacleCause, Order, Reminder
from spm_monitor.order_workbook import XLSX
from spm_monitor.paging import page_of
from spm_monitor.refusals import NotNow, NotYours, Refused
from spm_monitor.rounds import actions, sheet
from spm_monitor.rounds.forms import RowForm, stages_last_seen
from spm_monitor.rounds.workbook import workbook_of
from spm_monitor.workdays import to_wib

REMINDERS = 10  # the newest that the list shows
ON_ONE_PAGE = 100  # rows of fields; a browser sends no more than a thousand


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """The rounds so far, the one that goes on first."""
    user: Any = request.user
    now = timezone.now()
    sections = _sections(user, now)
    going_on = MonitoringRound.objects.filter(going_on=True).select_related("opened_by").first()
    closed = MonitoringRound.objects.filter(going_on__isnull=True).select_related("closed_by")
    page = page_of(closed.defer("sheet").annotate(orders=Count("rows")), request)
    context: dict[str, Any] = {
        "going_on": going_on,
        "page": page,
        "swept": pulse.last(pulse.SWEEP),
        "reminders": _reminders(sections),
        "may_fill": user.capacity_for(actions.FILL, None, now) is not None,
    }
    if going_on is not None:
        context |= _progress(going_on)
    return render(request, "monitoring/rounds.html", context)


def _reminders(sections: Any) -> list[Reminder]:
    """The newest, of the sections that this person may read."""
    found = Reminder.objects.select_related("order")
    if sections is not None:
        found = found.filter(order__section__in=sections)
    return list(found[:REMINDERS])


def _progress(round: MonitoringRound) -> dict[str, int]:
    """How many orders are open, and of how many a row is filled."""
    orders = Order.objects.open()
    filled = orders.filter(monitoring_rows__round=round).count()
    return {"filled": filled, "total": orders.count()}


def _sections(user: Any, now: datetime) -> Any:
    """Whose rows this person may read; None for all. NotYours without any."""
    sections = user.sections_for("spm_monitor.view_order", now)
    if sections is not None and not sections:
        raise NotYours("Jabatan Anda tidak mencakup pesanan.")
    return sections


@require_POST
def round_open(request: HttpRequest) -> HttpResponse:
    """Begin a round."""
    begun = actions.open_round(by=request.user, now=timezone.now())
    return redirect("round", pk=begun.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A round: its form while it goes on, its sheet once it is closed."""
    now = timezone.now()
    sections = _sections(request.user, now)
    round = get_object_or_404(MonitoringRound.objects.select_related("opened_by"), pk=pk)
    if round.going_on:
        actions.require(request.user, actions.FILL, now)
        return _fill(request, round, now)
    if request.method == "POST":
        raise NotNow(actions.CLOSED)
    context = {"round": round, "sheet": sheet.read(round, sections), "columns": sheet.COLUMNS}
    return render(request, "monitoring/sheet.html", context)


# --- filling ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Part:
    """One page of the form."""

    forms: list[RowForm]
    chances: dict[int, float | None]
    """Of ending outside the SPM, by the forecast, by the order's key."""
    number: int
    last: int


def _fill(request: HttpRequest, round: MonitoringRound, now: datetime) -> HttpResponse:
    user: Any = request.user
    posted = typed(request) or {}
    part = _part(request, round, posted, now)
    failed = 0
    if request.method == "POST":
        refused = _save(part.forms, round, user, now)
        part = _part(request, round, posted, now)  # as the rows stand now, with what was typed
        failed = _say_what_is_wrong(part.forms, refused)
        if not failed:
            return _go_on(request, round, part)
    calendar = clock.current_calendar()
    near = clock.near_limit(now, calendar)
    rows = [
        {
            "form": form, "order": form.order, "state": form.order.state(now=now, near=near),
            "distance": lists.distance(form.order, now, calendar), "shown": form.shown(),
            "chance": _chance(form.order, part, now),
            "key": form.prefix, "version": _version(form, request),
        }
        for form in part.forms
    ]  # fmt: skip
    context = {
        "round": round, "rows": rows, "part": part, "failed": failed,
        "stages": RowForm.base_fields["stage"].choices,  # type: ignore[attr-defined]
        "states": RowForm.base_fields["state"].choices,  # type: ignore[attr-defined]
        "causes": part.forms[0].causes if part.forms else {},
        "may_close": user.capacity_for(actions.CLOSE, None, now) is not None,
        **_progress(round),
    }  # fmt: skip
    return render(request, "monitoring/fill.html", context, status=422 if failed else 200)


def _chance(order: Order, part: Part, now: datetime) -> str:
    """What the forecast says, where it says something that is no fact yet."""
    chance = part.chances.get(order.pk)
    return "" if chance is None or order.late(now) else chance_words(chance)


def _version(form: RowForm, request: HttpRequest) -> str:
    """Of the row that the person has seen: who brings back what was not sent has seen no newer."""
    if form.is_bound and request.method != "POST":
        return form.shown()["version"] or "0"
    return str(form.row.version if form.row else 0)


def _part(request: HttpRequest, round: MonitoringRound, posted: Any, now: datetime) -> Part:
    """The orders of one page, most at risk first, each with its row where there is one."""
    orders = list(Order.objects.open().select_related("customer", "service", "section"))
    calendar = clock.current_calendar()
    forecasts = forecasting.forecasts_of(orders, now, calendar)
    chances = {key: forecast.chance for key, forecast in forecasts.items()}
    by_risk = sorted(orders, key=lambda order: sheet.risk(order, now, chances.get(order.pk)))
    last = max(1, math.ceil(len(by_risk) / ON_ONE_PAGE))
    asked = request.GET.get("halaman", "")
    number = max(1, min(int(asked), last)) if asked.isascii() and asked.isdigit() else 1
    shown = by_risk[(number - 1) * ON_ONE_PAGE : number * ON_ONE_PAGE]
    rows = {row.order_id: row for row in round.rows.filter(order__in=shown)}
    last_seen = stages_last_seen(shown)
    causes = {str(cause.pk): cause for cause in ObstacleCause.objects.all()}
    made = [
        RowForm(
            posted if f"p{order.pk}-state" in posted else None, order=order,
            row=rows.get(order.pk), last_stage=last_seen.get(order.pk, ""), now=now,
            calendar=calendar, causes=causes,
        )
        for order in shown
    ]  # fmt: skip
    return Part(forms=made, chances=chances, number=number, last=last)


def _save(forms: list[RowForm], round: MonitoringRound, user: Any, now: datetime) -> dict[int, str]:
    """Keep each row that is good; returns why some of these were not kept, by the order's key."""
    good = [form for form in forms if form.is_bound and not form.untouched and form.is_valid()]
    return actions.save_answers(
        round=round, answers=[form.answer() for form in good], by=user, now=now
    )


def _say_what_is_wrong(forms: list[RowForm], refused: dict[int, str]) -> int:
    """Put the reasons at the rows that were not kept; how many these are."""
    wrong = 0
    for form in forms:
        if not form.is_bound or form.untouched:
            continue
        form.full_clean()
        if form.order.pk in refused:
            form.add_error(None, refused[form.order.pk])
        wrong += bool(form.errors)
    return wrong


def _go_on(request: HttpRequest, round: MonitoringRound, part: Part) -> HttpResponse:
    if "close" in request.POST:
        return redirect("round-close", pk=round.pk)
    done = _progress(round)
    messages.success(request, f"Tersimpan. {done['filled']} dari {done['total']} pesanan terisi.")
    following = min(part.number + ("next" in request.POST), part.last)
    answer = redirect("round", pk=round.pk)
    if following > 1:
        answer["Location"] += f"?halaman={following}"
    return answer


# --- closing ----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def round_close(request: HttpRequest, pk: int) -> HttpResponse:
    """What closing does is shown first; then it is done, for ever."""
    now = timezone.now()
    actions.require(request.user, actions.CLOSE, now)
    round = get_object_or_404(MonitoringRound, pk=pk)
    seen = request.POST.get("seen", "") if request.method == "POST" else ""
    try:
        actions.close_round(round=round, by=request.user, now=now, seen=seen)
    except actions.Unseen as unseen:
        numbers = Order.objects.in_bulk(unseen.followed)
        context = {
            "round": round, "seen": unseen.mark, "again": bool(seen), **_progress(round),
            "follows": [(numbers[key], said) for key, said in unseen.followed.items()],
        }  # fmt: skip
        return render(request, "monitoring/close.html", context, status=409 if seen else 200)
    except Refused as refusal:
        if round.going_on is None or isinstance(refusal, NotYours):
            raise
        messages.error(request, refusal.sentence)
        return redirect("round", pk=pk)
    messages.success(request, f"{round.number} ditutup. Isinya tidak berubah lagi.")
    return redirect("round", pk=pk)


@require_safe
def round_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of a closed round as a workbook."""
    sections = _sections(request.user, timezone.now())
    round = get_object_or_404(MonitoringRound, pk=pk, going_on__isnull=True)
    content = workbook_of(sheet.read(round, sections))
    name = f"{round.number}-{to_wib(round.closed_at):%Y-%m-%d}.xlsx"  # type: ignore[arg-type]
    return files.answer(content, XLSX, name)
