"""The page that says how good the forecasts of past orders would have been."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from spm_monitor import clock, forecast_words, lists
from spm_monitor.forecast_scoring import FEW, Moment, Past, Scores, scores
from spm_monitor.forecasting import ENOUGH, measured, spans_by_order
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.workdays import WorkingCalendar

MOST = 10_000  # results that are replayed, the newest: a page, not a night's work
ALL = "Semua layanan"
FACTS = (
    "pk", "service_id", "service__name", "started_at", "due_at", "ready_at", "estimate_at",
)  # fmt: skip


@require_safe
def forecast_score(request: HttpRequest) -> HttpResponse:
    """The replay of the orders a person may read, by service and in all. Two queries."""
    user: Any = request.user
    now = timezone.now()
    names, replayed, found = replay(lists.readable(user, now), clock.current_calendar())
    ordered = sorted(found.services.items(), key=lambda pair: names[pair[0]])
    scored = [(ALL, found.total), *((names[service], score) for service, score in ordered)]
    total = found.total.at_start.late.n + found.total.halfway.late.n
    context = {
        "tables": [
            _table("Saat mulai", [(name, score.at_start) for name, score in scored]),
            _table("Separuh waktu", [(name, score.halfway) for name, score in scored]),
        ],
        "scored": total,
        "few": FEW if total < FEW else 0,
        "enough": ENOUGH,
        "newest": MOST if replayed == MOST else 0,
    }
    return render(request, "reports/forecast_score.html", context)


def replay(orders: OrderQuerySet, calendar: WorkingCalendar) -> tuple[dict[int, str], int, Scores]:
    """The names of the services, how many orders were replayed, and what came of it."""
    newest = measured(orders).order_by("-ready_at", "-pk").values_list(*FACTS)[:MOST]
    facts = list(newest)[::-1]
    names = {service: name for _, service, name, *_ in facts}
    spans = spans_by_order(names, since=facts[0][5]) if facts else {}
    past = [
        Past(
            service=service, start=start, due=due, ready=ready, spans=spans.get(pk, ()),
            estimate=None if estimate == due else estimate,
        )
        for pk, service, _, start, due, ready, estimate in facts
    ]  # fmt: skip
    return names, len(past), scores(past, calendar)


def _table(title: str, moments: list[tuple[str, Moment]]) -> dict[str, Any]:
    """The scores of one moment, of all services together first; without rows where there are none.

    Of a single service the sum would say the same twice.
    """
    rows = [(name, moment) for name, moment in moments if moment.late.n]
    return {
        "title": title,
        "slug": slugify(title),
        "verdict": forecast_words.verdict(moments[0][1]) if rows else "",
        "rows": [_row(name, moment) for name, moment in (rows if len(rows) > 2 else rows[1:])],
    }


def _row(name: str, moment: Moment) -> dict[str, Any]:
    outside = f"{round(100 * (moment.late.value or 0))}%"
    return {"service": name, "moment": moment, "outside": outside}
