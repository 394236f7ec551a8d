"""The pages of a later date that the customer agreed to."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from spm_monitor import extending, files, lists, rights
from spm_monitor.fields import InstantField, UploadField
from spm_monitor.form_pages import FormPage, answer
from spm_monitor.forms import OrderPageForm
from spm_monitor.models import Extension


class ExtensionForm(OrderPageForm):
    """Until when, and the customer's consent."""

    until = InstantField(
        label="Disepakati selesai paling lambat",
        error_messages={"required": "Isi tanggal yang disepakati."},
    )
    consent = UploadField(
        label="Persetujuan pelanggan",
        help_text="Surat atau surel pelanggan: PDF, JPG, atau PNG.",
        error_messages={"required": "Unggah persetujuan tertulis dari pelanggan."},
    )
    note = forms.CharField(
        label="Keterangan", required=False, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def extension_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the customer agreed to a later date."""
    now, user = timezone.now(), request.user
    orders = lists.readable(user, now).select_related("section")
    order = get_object_or_404(orders, pk=pk)
    rights.require(user, extending.RIGHT, order, at=now)
    form = ExtensionForm(request.POST or None, request.FILES or None)
    page = FormPage(
        title="Perpanjangan yang disepakati", submit="Catat perpanjangan",
        back=(reverse("order", args=[pk]), f"Pesanan {order.number}"),
        sub="Satu kali, dengan persetujuan pelanggan. SPM tetap dihitung dari target semula.",
    )  # fmt: skip

    def agree() -> str:
        facts: dict[str, Any] = form.cleaned_data
        made = extending.agree(order=order, by=user, now=now, **facts)
        return f"Perpanjangan sampai {lists.full_instant(made.until)} dicatat."

    return answer(request, form, page, agree)


@require_safe
def extension_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer's consent, to who may read the order."""
    orders = lists.readable(request.user, timezone.now())
    extension = get_object_or_404(Extension, order__in=orders.filter(pk=pk))
    return files.response(extension.consent, extension.consent_sha256)
