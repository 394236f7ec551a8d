"""The pages of orders: the list, an order, entering and changing it, the acts recorded on it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from spm_monitor import (
    actions,
    clock,
    day_by_day,
    forecast_words,
    form_pages,
    journal,
    lists,
    pausing,
    rights,
    stages,
)
from spm_monitor.actions import CONTACT
from spm_monitor.forecasting import forecast_of
from spm_monitor.forms import ACTS, Act, OrderForm, OrderPageForm, initial_of
from spm_monitor.import_pages import may_import
from spm_monitor.models import Extension, Order
from spm_monitor.paging import page_of
from spm_monitor.pauses import merged
from spm_monitor.refusals import BadInput, NotYours
from spm_monitor.wording import instant_id

ENTER, SEE_CONTACT = "spm_monitor.enter_order", "spm_monitor.see_contact"


@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    """The orders a person may read, newest first; search and state live in the address."""
    user: Any = request.user
    now, calendar = timezone.now(), clock.current_calendar()
    near = clock.near_limit(now, calendar)
    asked = lists.Filter.of(request)
    orders = asked.apply(lists.readable(user, now), now=now, near=near)
    page = page_of(orders.select_related("customer", "service", "section"), request)
    context = {
        "asked": asked,
        "page": page,
        "rows": lists.rows(
            page.rows, base=reverse("orders"), now=now, near=near, calendar=calendar
        ),
        "may_enter": user.sections_for(ENTER, now) != set(),
        "may_import": may_import(user, now),
    }
    return render(request, "orders/list.html", context)


# --- entering and changing --------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request: HttpRequest) -> HttpResponse:
    """Enter an order."""
    user: Any = request.user
    now = timezone.now()
    sections = user.sections_for(ENTER, now)
    if sections == set():
        raise NotYours("Pesanan dicatat oleh Seksi Pengembangan Jasa Teknik (PJT).")
    typed = form_pages.typed(request)
    form = OrderForm(
        typed, now=now, sections=sections, preview="preview" in (typed or ()),
        initial={"received_at": now.replace(second=0, microsecond=0)},
    )  # fmt: skip
    return _entry(request, form, now)


@require_http_methods(["GET", "HEAD", "POST"])
def order_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an order; what its due follows from stays once it has ended."""
    user: Any = request.user
    now = timezone.now()
    order = _order(user, pk, now)
    rights.require(user, ENTER, order, at=now)
    # The section and its promise are frozen once the clock has started (DOMAIN 3).
    started = {"service"} if order.started_at is not None else set()
    without = set(actions.START_FACTS) if order.ended else started
    if user.capacity_for(SEE_CONTACT, order.section_id, now) is None:
        without |= set(CONTACT)
    typed = form_pages.typed(request)
    form = OrderForm(
        typed, now=now, order=order, sections=user.sections_for(ENTER, now), without=without,
        initial=initial_of(order), preview="preview" in (typed or ()),
    )  # fmt: skip
    return _entry(request, form, now)


def _entry(request: HttpRequest, form: OrderForm, now: datetime) -> HttpResponse:
    """The page of the form: shown, looked at in advance, or saved."""
    promise, past = None, False
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" not in request.POST:
                return _saved(request, form, now)
            supposed, calendar = _supposed(form, now), clock.current_calendar()
            promise = lists.promise(supposed, now, calendar)
            past = supposed.due_at is not None and supposed.due_at < now
        except BadInput as refusal:
            form.refuse(refusal)
        except OverflowError:
            form.add_error(None, "Target tidak dapat dihitung dari jam kerja yang tercatat.")
        except IntegrityError:  # since the form was checked
            form.add_error(
                None, "Nomor atau pelanggan ini baru saja dicatat orang lain. Simpan sekali lagi."
            )
    context = {"form": form, "order": form.order, "promise": promise, "past": past}
    refused = request.method == "POST" and form.errors
    return render(request, "orders/form.html", context, status=422 if refused else 200)


def _supposed(form: OrderForm, now: datetime) -> Order:
    """The order as it would stand; nothing is saved."""
    facts = {name: value for name, value in form.facts().items() if name != "customer"}
    return actions.supposed(form.order, facts, now=now, calendar=clock.current_calendar())


def _saved(request: HttpRequest, form: OrderForm, now: datetime) -> HttpResponse:
    """Save the order, with a customer not known yet, and say what that means for its due."""
    user: Any = request.user
    order, facts = form.order, form.facts()
    with journal.act():
        if "customer" in facts:
            section = order.section_id if order is not None else facts["service"].section_id
            facts["customer"] = actions.customer_called(
                name=facts["customer"], by=user, now=now,
                capacity=user.capacity_for(ENTER, section, now),
            )  # fmt: skip
        if order is None:
            order, said = actions.enter_order(facts=facts, by=user, now=now), "dicatat"
        else:
            changed = actions.change_order(order=order, facts=facts, by=user, now=now)
            said = "diubah" if changed else "tidak berubah"
    messages.success(request, f"Pesanan {order.number} {said}. {lists.due_sentence(order)}".strip())
    if not order.ended and order.due_at is not None and order.due_at < now:
        messages.warning(request, "Target selesainya sudah lewat.")
    return redirect("order", pk=order.pk)


# --- an order ---------------------------------------------------------------------------------


@require_safe
def order_page(request: HttpRequest, pk: int) -> HttpResponse:
    """An order: where it stands, when it is due and why, what happened, what can be recorded."""
    now = timezone.now()
    return _order_page(request, _order(request.user, pk, now), now)


@require_safe
def order_days(request: HttpRequest, pk: int) -> HttpResponse:
    """How the due came about, day by day: the annex that is printed."""
    now = timezone.now()
    order, calendar = _order(request.user, pk, now), clock.current_calendar()
    waits = list(order.pauses.all())
    days = day_by_day.days_of(order, waits, now, calendar)
    if not days:
        raise Http404
    spans = merged(pause.span for pause in waits if pause.dropped_at is None)
    context = {
        "order": order, "days": days, "now": now,
        "promise": lists.promise(order, now, calendar, spans), "identity": _identity(order),
    }  # fmt: skip
    return render(request, "orders/days.html", context)


@require_POST
def order_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Record one act; a refused one comes back with what was typed."""
    now = timezone.now()
    order = _order(request.user, pk, now)
    chosen = ACTS.get(act)
    if chosen is None:
        raise Http404
    rights.require(request.user, chosen.permission, order, at=now)
    form = chosen.filled(request.POST)
    if form.is_valid():
        try:
            chosen.do(order=order, by=request.user, now=now, **form.cleaned_data)
        except BadInput as refusal:
            chosen.refuse(form, refusal)
        except OverflowError:
            form.add_error(None, "Target tidak dapat dihitung dari jam kerja yang tercatat.")
        else:
            messages.success(request, f"{chosen.said} {lists.due_sentence(order)}".strip())
            return redirect("order", pk=order.pk)
    return _order_page(request, order, now, posted=(chosen, form))


def _order(user: Any, pk: int, now: datetime) -> Order:
    """The order if this person may read it; one of a section not theirs does not exist."""
    orders = lists.readable(user, now).select_related("customer", "service", "section", "standard")
    return get_object_or_404(orders, pk=pk)


def _order_page(
    request: HttpRequest,
    order: Order,
    now: datetime,
    posted: tuple[Act, OrderPageForm] | None = None,
) -> HttpResponse:
    user: Any = request.user
    calendar = clock.current_calendar()
    section = order.section_id
    waits = list(order.pauses.select_related("by"))
    spans = merged(pause.span for pause in waits if pause.dropped_at is None)
    may_enter = user.capacity_for(ENTER, section, now) is not None
    may_pause = not order.ended and user.capacity_for(pausing.RIGHT, section, now) is not None
    entries = lists.entries_of(order)
    forecast = forecast_of(order, now, calendar)
    context = {
        "order": order,
        "form": posted[1] if posted else None,
        "identity": _identity(order),
        "state": order.state(now=now, near=clock.near_limit(now, calendar)),
        "promise": lists.promise(order, now, calendar, spans),
        "days": day_by_day.days_of(order, waits, now, calendar),
        "stages": stages.stages_of(order, spans, now, calendar),
        "distance": lists.distance(order, now, calendar),
        "doubt": lists.doubt(order, now),
        "dates": _dates(order),
        "contact": _contact(order) if user.capacity_for(SEE_CONTACT, section, now) else None,
        "acts": _offered(user, order, now, posted),
        "due_changes": order.due_changes.select_related("by"),
        "pauses": waits,
        "may_pause": may_pause and order.due_at is not None,
        "may_drop": may_pause,
        "extension": Extension.objects.filter(order=order).first(),
        "may_extend": may_enter and not order.ended and order.due_at is not None,
        "monitoring_rows": order.monitoring_rows.select_related("cause"),
        "may_enter": may_enter,
        "may_see_cases": user.capacity_for("cases.view_case", section, now) is not None,
        "forecast": forecast_words.sentences(forecast) if forecast else [],
        "estimates": lists.estimates(entries) if forecast else [],
        "history": lists.history(order, entries),
    }
    return render(request, "orders/order.html", context, status=422 if posted else 200)


def _identity(order: Order) -> list[tuple[str, str]]:
    return [
        ("Pelanggan", order.customer.name),
        ("Layanan", order.service.name),
        ("Seksi", order.section.name),
        ("Sampel", order.sample or "–"),
    ]


def _offered(
    user: Any, order: Order, now: datetime, posted: tuple[Act, OrderPageForm] | None
) -> list[dict[str, Any]]:
    """The acts this person can record as things stand, and the one that came back."""
    offered = []
    for act in ACTS.values():
        came_back = posted is not None and posted[0] is act
        may = user.capacity_for(act.permission, order.section_id, now) is not None
        if came_back or (may and act.fits(order)):
            form = posted[1] if posted is not None and came_back else act.blank(now)
            url = reverse("order-act", args=[order.pk, act.slug])
            offered.append({"act": act, "form": form, "url": url, "open": came_back})
    return offered


def _dates(order: Order) -> list[tuple[str, str]]:
    """What happened when; what is not known yet has an empty value."""

    def said(instant: datetime | None) -> str:
        return instant_id(instant) if instant is not None else ""

    handed, withdrawn = said(order.handed_over_at), said(order.withdrawn_at)
    if handed and order.handed_over_to:
        handed = f"{handed}, kepada {order.handed_over_to}"
    if withdrawn and order.withdrawn_reason:
        withdrawn = f"{withdrawn}: {order.withdrawn_reason}"
    paid = said(order.paid_at)
    if order.contract:
        paid = f"{paid or 'tidak ditunggu'} (pelanggan kontrak, SPK)"
    pairs = [
        ("Diterima", said(order.received_at)),
        ("Dokumen lengkap", said(order.documents_at)),
        ("Dibayar", paid),
        ("Mulai", said(order.started_at)),
        ("Perkiraan selesai", said(order.estimate_at)),
        ("Hasil siap", said(order.ready_at)),
        ("Diserahkan", handed),
    ]
    return [*pairs, ("Dibatalkan", withdrawn)] if withdrawn else pairs


def _contact(order: Order) -> list[tuple[str, str]]:
    return [
        ("Nama", order.contact_name),
        ("Telepon", order.phone),
        ("Surel", order.email),
        ("Alamat", order.address),
    ]
