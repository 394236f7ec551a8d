"""The pages of an order's pauses: what one would do is seen before it is kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from spm_monitor import files, lists, pausing, rights
from spm_monitor.fields import InstantField, UploadField
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.forms import OrderPageForm
from spm_monitor.models import Order, Pause
from spm_monitor.refusals import BadInput


class PauseForm(OrderPageForm):
    """Why the work waits on the customer, since when, and until when if that is known."""

    reason = forms.ChoiceField(
        label="Sebab", choices=Pause.Reason.choices, widget=forms.RadioSelect,
        error_messages={"required": "Pilih sebab jeda."},
        help_text="Alat rusak, antrean, petugas, atau bencana bukan sebab jeda.",
    )  # fmt: skip
    begins_at = InstantField(
        label="Dijeda sejak", error_messages={"required": "Isi kapan pekerjaan mulai menunggu."}
    )
    ends_at = InstantField(
        label="Sampai", required=False,
        help_text="Kosong: masih menunggu. Hanya hari yang seluruh jam kerjanya dijeda yang tidak"
        " dihitung.",
    )  # fmt: skip
    note = forms.CharField(
        label="Keterangan", required=False, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class EvidenceForm(OrderPageForm):
    """What shows that the work waits on the customer."""

    evidence = UploadField(
        label="Bukti",
        help_text="Surat, surel, atau tagihan kepada pelanggan: PDF, JPG, atau PNG.",
        error_messages={"required": "Unggah bukti bahwa pekerjaan menunggu pelanggan."},
    )


class DropForm(OrderPageForm):
    """Why a pause was none."""

    reason = forms.CharField(
        label="Alasan", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Isi mengapa jeda ini keliru."},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def pause_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the work waits on the customer."""
    now = timezone.now()
    order = _order(request, pk, now)
    form = PauseForm(
        request.POST if request.method == "POST" else None,
        initial={"begins_at": now.replace(second=0, microsecond=0)},
    )
    evidence = EvidenceForm(*_confirmed(request))
    page = FormPage(
        title="Jeda waktu layanan", submit="Lihat pengaruhnya",
        back=(reverse("order", args=[pk]), f"Pesanan {order.number}"),
        sub="Hanya bila pekerjaan menunggu pelanggan.",
    )  # fmt: skip

    def record(seen: str) -> str:
        upload = evidence.cleaned_data["evidence"] if seen else None
        pausing.record_pause(
            order=order, evidence=upload, seen=seen, by=request.user, now=now, **form.cleaned_data
        )
        return f"Jeda dicatat. {lists.due_sentence(order)}"

    return _seen_first(request, form, evidence, page, "Simpan jeda", record)


@require_http_methods(["GET", "HEAD", "POST"])
def pause_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a pause that was recorded by mistake."""
    now = timezone.now()
    pause = get_object_or_404(Pause.objects.select_related("order"), pk=pk)
    order = _order(request, pause.order_id, now)
    form = DropForm(request.POST if request.method == "POST" else None)
    page = FormPage(
        title="Cabut jeda", submit="Lihat pengaruhnya",
        back=(reverse("order", args=[order.pk]), f"Pesanan {order.number}"),
        sub=f"{pause.get_reason_display()}. Jeda tetap tercatat, tetapi tidak dihitung lagi.",
    )  # fmt: skip

    def drop(seen: str) -> str:
        reason = form.cleaned_data["reason"]
        pausing.drop_pause(pause=pause, reason=reason, seen=seen, by=request.user, now=now)
        order.refresh_from_db()
        return f"Jeda dicabut. {lists.due_sentence(order)}"

    return _seen_first(request, form, None, page, "Cabut jeda", drop)


@require_safe
def pause_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """What showed it, to who may read the order."""
    pause = get_object_or_404(Pause, pk=pk)
    orders = lists.readable(request.user, timezone.now())
    get_object_or_404(orders, pk=pause.order_id)
    return files.response(pause.evidence, pause.evidence_sha256)


def _order(request: HttpRequest, pk: int, now: datetime) -> Order:
    orders = lists.readable(request.user, now).select_related("service", "section", "customer")
    order = get_object_or_404(orders, pk=pk)
    rights.require(request.user, pausing.RIGHT, order, at=now)
    return order


def _confirmed(request: HttpRequest) -> tuple[Any, Any]:
    """Data and files of a post that came from the page that showed the effect."""
    return (request.POST, request.FILES) if request.POST.get("seen") else (None, None)


def _seen_first(
    request: HttpRequest, form: OrderPageForm, evidence: EvidenceForm | None, page: FormPage,
    submit: str, do: Callable[[str], str],
) -> HttpResponse:  # fmt: skip
    """The form; then what it would do, with the evidence asked for; then the act."""
    seen = request.POST.get("seen", "")

    def act() -> str | HttpResponse:
        complete = evidence is None or not seen or evidence.is_valid()
        try:
            return do(seen if complete else "")
        except OverflowError as error:
            raise BadInput("Target tidak dapat dihitung dari jam kerja yang tercatat.") from error
        except pausing.Unseen as unseen:
            again = bool(seen) and complete
            context = {
                "page": page, "form": form, "evidence": evidence, "effect": unseen.effect,
                "again": again, "submit": submit,
            }  # fmt: skip
            status = 409 if again else 200 if complete else 422
            return render(request, "orders/pause_preview.html", context, status=status)

    return answer(request, form, page, act)
