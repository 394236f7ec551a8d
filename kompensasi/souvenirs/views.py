"""The cupboard: what is in it, what came and went, and what is on its way back."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from kompensasi.souvenirs import stock
from kompensasi.souvenirs.forms import CorrectionForm, ItemForm, OpeningForm, ReceiveForm
from kompensasi.souvenirs.models import Dispatch, Item, Movement, Receipt
from spm_monitor import master_data
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.refusals import NotNow, NotYours

LATEST = 50


@require_http_methods(["GET", "HEAD", "POST"])
def stock_page(request: HttpRequest) -> HttpResponse:
    """Stock, its latest movements and dispatches; who manages it records what came in."""
    user: Any = request.user
    now = timezone.now()
    if user.capacity_for("souvenirs.view_item", None, now) is None:
        raise NotYours("Stok souvenir tidak terbuka bagi jabatan Anda.")
    manages = user.capacity_for("souvenirs.manage_stock", None, now) is not None
    adds = stock.right_to_add(user, now) is not None
    form = ReceiveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        stock.manager(user, now)
        if form.is_valid():
            stock.receive(**form.cleaned_data, by=user, now=now)
            item, quantity = form.cleaned_data["item"], form.cleaned_data["quantity"]
            messages.success(request, f"{quantity} {item} dicatat masuk.")
            return redirect("stock")
    items = list(Item.objects.select_related("souvenir_class"))
    form.offer(items)
    movements = Movement.objects.select_related("item", "by", "reservation__customer")
    dispatches = Dispatch.objects.select_related("customer", "reservation__item", "receipt")
    return render(
        request,
        "souvenirs/stock.html",
        {
            "items": items,
            "awaited": awaited(dispatches),
            "movements": movements[:LATEST],
            "dispatches": dispatches[:LATEST],
            "manages": manages,
            "adds": adds,
            "form": form if manages else None,
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def item_new(request: HttpRequest) -> HttpResponse:
    """A thing that was not in the cupboard before; how many there are is recorded next."""
    user: Any = request.user
    now = timezone.now()
    right = stock.right_to_add(user, now)
    if right is None:
        raise NotYours("Barang baru ditambahkan oleh pencatat stok atau administrator.")
    form = ItemForm(request.POST or None)
    page = FormPage(
        title="Barang baru", submit="Simpan barang", back=(reverse("stock"), "Souvenir"),
        sub="Setelah disimpan, jumlahnya dicatat sebagai stok awal atau barang masuk.",
    )  # fmt: skip

    def add() -> str:
        master_data.save(form.instance, right=right, by=user, now=now)
        return f"{form.instance} disimpan. Catat jumlahnya sebagai stok awal atau barang masuk."

    return answer(request, form, page, add)


@require_http_methods(["GET", "HEAD", "POST"])
def opening(request: HttpRequest) -> HttpResponse:
    """What lay in the cupboard when its ledger began."""
    user: Any = request.user
    now = timezone.now()
    stock.manager(user, now)
    form = OpeningForm(request.POST or None)
    page = FormPage(
        title="Stok awal", submit="Catat stok awal", back=(reverse("stock"), "Souvenir"),
        sub="Satu kali tiap barang: isi lemari saat pencatatan di sini dimulai.",
    )  # fmt: skip

    def record() -> str:
        stock.open_stock(**form.cleaned_data, by=user, now=now)
        return f"Stok awal {form.cleaned_data['item']} dicatat: {form.cleaned_data['quantity']}."

    return answer(request, form, page, record)


@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest) -> HttpResponse:
    """Make the ledger fit what was counted."""
    user: Any = request.user
    now = timezone.now()
    stock.manager(user, now)
    form = CorrectionForm(request.POST or None)
    page = FormPage(
        title="Koreksi stok", submit="Catat koreksi", back=(reverse("stock"), "Souvenir"),
        sub="Bila hitungan di lemari berbeda dari catatan. Baris lama tetap.",
    )  # fmt: skip

    def record() -> str:
        item = form.cleaned_data["item"]
        reason = form.cleaned_data["reason"]
        stock.correct(item=item, change=form.change(), reason=reason, by=user, now=now)
        item.refresh_from_db()
        return f"Koreksi {item} dicatat. Di lemari sekarang {item.on_hand}."

    return answer(request, form, page, record)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The souvenir of a dispatch that was refused or could not be delivered is here again."""
    user: Any = request.user
    now = timezone.now()
    stock.manager(user, now)
    dispatch = get_object_or_404(Dispatch.objects.select_related("reservation__item"), pk=pk)
    if dispatch.reservation is None or not awaited(Dispatch.objects.filter(pk=pk)).exists():
        raise NotNow("Souvenir ini tidak ditunggu kembali, atau sudah dicatat kembali.")
    stock.take_back(reservation=dispatch.reservation, by=user, now=now)
    messages.success(request, f"{dispatch.reservation.item} dicatat kembali ke lemari.")
    return redirect("stock")


def awaited(dispatches: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
    """Of these, the ones whose souvenir should come back and has not."""
    back = (Receipt.Result.REFUSED, Receipt.Result.UNDELIVERABLE)
    return dispatches.filter(
        receipt__result__in=back,
        reservation__left_at__isnull=False,
        reservation__returned_at__isnull=True,
    )
