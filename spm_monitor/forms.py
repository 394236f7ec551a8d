"""The forms of the order pages: the order itself, and the small acts that are recorded on it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from spm_monitor import actions, pausing
from spm_monitor.fields import InstantField
from spm_monitor.models import Customer, Order, Service
from spm_monitor.refusals import BadInput
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import instant_id

SUGGESTED_CUSTOMERS = 40
HAPPENED = {"received_at", "documents_at", "paid_at"}  # on a page; a file may know them ahead


class OrderPageForm(forms.Form):
    """Says refusals at their field, and asks nothing the office's calendar cannot answer.

    Not `novalidate`, and without `required`: the one thing the browser then still refuses is a
    date half typed, which would otherwise arrive as empty and be lost without a word.
    """

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self)

    def refuse(self, refusal: BadInput) -> None:
        """Show a refusal at its field, on top when the form does not have it."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, refusal.sentence)


def _text(name: str, label: str, *, missing: str = "", model: Any = Order, **rest: Any) -> Any:
    """A line of text as long as its column; required when it says what to do while it is empty."""
    return forms.CharField(
        label=label, required=bool(missing), max_length=model._meta.get_field(name).max_length,
        error_messages={"required": missing} if missing else {}, **rest,
    )  # fmt: skip


class OrderForm(OrderPageForm):
    """An order as the front desk enters it. A change saves only what the person changed."""

    number = _text("number", "Nomor pesanan", missing="Isi nomor pesanan.")
    customer = _text(
        "name", "Pelanggan", missing="Isi nama pelanggan.", model=Customer,
        widget=forms.TextInput(attrs={"list": "pelanggan-terbaru", "autocomplete": "off"}),
        help_text="Nama yang sudah tercatat dipakai lagi; huruf besar dan kecil tidak berpengaruh.",
    )  # fmt: skip
    service = forms.ModelChoiceField(
        label="Layanan", queryset=Service.objects.none(), empty_label="Pilih layanan",
        error_messages={
            "required": "Pilih layanan.",
            "invalid_choice": "Layanan ini tidak ditawarkan lagi. Pilih layanan lain.",
        },
    )  # fmt: skip
    sample = _text("sample", "Sampel atau alat")
    contact_name = _text("contact_name", "Nama kontak")
    phone = _text("phone", "Telepon", widget=forms.TextInput(attrs={"inputmode": "tel"}))
    email = forms.EmailField(
        label="Surel", required=False, max_length=254,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "none"}),
        error_messages={"invalid": "Tulis surel seperti nama@contoh.id."},
    )  # fmt: skip
    address = _text("address", "Alamat")
    received_at = InstantField(
        label="Diterima", error_messages={"required": "Isi kapan pesanan diterima."}
    )
    documents_at = InstantField(
        label="Dokumen lengkap", required=False, help_text="Kosongkan bila belum lengkap."
    )
    paid_at = InstantField(
        label="Dibayar", required=False, help_text="Kosongkan bila belum dibayar."
    )
    contract = forms.BooleanField(
        label="Pelanggan kontrak (SPK)", required=False,
        help_text="Waktu layanan mulai tanpa menunggu pembayaran.",
    )  # fmt: skip
    target_at = InstantField(
        label="Target yang dijanjikan", required=False,
        help_text="Isi hanya bila pelanggan sudah dijanjikan waktu tertentu.",
    )  # fmt: skip
    note = _text("note", "Keterangan", widget=forms.Textarea(attrs={"rows": 2}))

    GROUPS = (
        ("Pesanan", ("number", "customer", "service", "sample")),
        ("Waktu", ("received_at", "documents_at", "paid_at", "target_at", "contract")),
        ("Kontak pelanggan", ("contact_name", "phone", "email", "address")),
        ("Lain-lain", ("note",)),
    )

    def __init__(
        self, *args: Any, now: datetime, order: Order | None = None, sections: set[int] | None,
        without: Collection[str] = (), preview: bool = False, **rest: Any,
    ) -> None:  # fmt: skip
        """The form of a new order, or of `order`.

        sections: whose services are offered, None for all. without: fields this person is not
        asked. preview: only what the due depends on is required.
        """
        self.now, self.order, self.preview = now, order, preview
        super().__init__(*args, **rest)
        for name in without:
            del self.fields[name]
        if order is not None:
            # What was seen comes back with what was typed: nobody undoes another's change.
            for field in self.fields.values():
                field.show_hidden_initial = True
        if "service" in self.fields:
            services = Service.objects.filter(active=True)
            if sections is not None:
                services = services.filter(section_id__in=sections)
            if order is not None:
                services |= Service.objects.filter(pk=order.service_id)
            choice: Any = self.fields["service"]
            choice.queryset = services.select_related("section")

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings, without headings that have none."""
        groups = [(title, [n for n in names if n in self.fields]) for title, names in self.GROUPS]
        return [(title, [self[name] for name in names]) for title, names in groups if names]

    def suggested_customers(self) -> list[str]:
        """Names to pick from while typing: the newest few."""
        newest = Customer.objects.order_by("-pk").values_list("name", flat=True)
        return list(newest[:SUGGESTED_CUSTOMERS])

    def clean(self) -> dict[str, Any]:
        """Before a look in advance, what the due does not depend on may still be empty."""
        data = super().clean() or self.cleaned_data
        for name, errors in list(self.errors.as_data().items()):
            waits = self.preview and name not in actions.START_FACTS
            if waits and all(error.code == "required" for error in errors):
                del self.errors[name]
        for name in HAPPENED & data.keys() & set(self.changed_data):
            if data[name] is not None and data[name] > self.now:
                self.add_error(name, f"Waktu ini tidak boleh setelah {instant_id(self.now)}.")
        return data

    def clean_number(self) -> str:
        """A number is one order's."""
        number = " ".join(self.cleaned_data["number"].split())
        same = Order.objects.filter(number=number)
        if self.order is not None:
            same = same.exclude(pk=self.order.pk)
        if same.exists():
            raise ValidationError(f"Nomor {number} sudah dipakai pesanan lain.")
        return number

    def clean_customer(self) -> str:
        """The name without superfluous white space."""
        return " ".join(self.cleaned_data["customer"].split())

    def facts(self) -> dict[str, Any]:
        """What was typed, of a known order only what the person changed; `customer` is a name."""
        if self.order is None:
            return dict(self.cleaned_data)
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.changed_data and not _same_minute(value, getattr(self.order, name))
        }


def initial_of(order: Order) -> dict[str, Any]:
    """The first values of the form of a known order."""
    values = {name: getattr(order, name) for name in OrderForm.base_fields}
    return values | {"customer": order.customer.name}


def _same_minute(one: Any, other: Any) -> bool:
    """Fields have no seconds: an instant shown and sent back is not a change."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one == other.replace(second=0, microsecond=0)
    return False


# --- the small acts ---------------------------------------------------------------------------


class ActForm(OrderPageForm):
    """When it happened."""

    at = InstantField(error_messages={"required": "Isi tanggal dan jam."})


class HandOverForm(ActForm):
    """When the result was handed over, and to whom."""

    to = _text("handed_over_to", "Diserahkan kepada", missing="Isi nama penerima.")


class WithdrawForm(ActForm):
    """When the customer withdrew, and why."""

    reason = _text(
        "withdrawn_reason", "Sebab pembatalan", missing="Isi sebab pembatalan.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


def _reason() -> forms.CharField:
    return forms.CharField(
        label="Alasan", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Isi alasannya."},
    )  # fmt: skip


class CorrectReadyForm(ActForm):
    """When the result was really ready, and why that was recorded otherwise."""

    reason = _reason()


class TakeBackReadyForm(OrderPageForm):
    """Why no result is ready after all."""

    reason = _reason()


@dataclass(frozen=True, kw_only=True)
class Act:
    """A small act on an order: one form, one action."""

    slug: str
    """The last part of its address."""
    label: str
    """What its button says."""
    at_label: str = ""
    """What its `at` is called, when its form asks for it."""
    fact: str
    """What `at` becomes on the order; a refusal of that fact is shown at `at`."""
    do: Callable[..., None]
    permission: str
    said: str
    """What the message says when it is done."""
    fits: Callable[[Order], bool]
    """Whether it is offered as the order stands; the action itself has the last word."""
    form: type[OrderPageForm] = ActForm
    hint: str = ""
    starts_now: bool = True
    """Whether the form proposes the present time."""

    def blank(self, now: datetime) -> OrderPageForm:
        """Its form before anything is typed."""
        return self._prepared(self.form(auto_id=self._ids, initial=self._initial(now)))

    def filled(self, data: Any) -> OrderPageForm:
        """Its form with what was sent."""
        return self._prepared(self.form(data, auto_id=self._ids))

    def refuse(self, form: OrderPageForm, refusal: BadInput) -> None:
        """Show a refusal of the action at the field that was asked."""
        field = "at" if refusal.field == self.fact else refusal.field
        form.refuse(BadInput(refusal.sentence, field))

    @property
    def _ids(self) -> str:
        return f"{self.slug}-%s"

    def _initial(self, now: datetime) -> dict[str, datetime]:
        return {"at": now.replace(second=0, microsecond=0)} if self.starts_now else {}

    def _prepared(self, form: OrderPageForm) -> OrderPageForm:
        asked = next(iter(form.fields.values()))
        asked.label, asked.help_text = self.at_label or asked.label, self.hint
        return form


def _ready_in_hand(order: Order) -> bool:
    return order.ready_at is not None and order.handed_over_at is None


def _in_stages(order: Order) -> bool:
    """Whether its promise is divided, and it is under way."""
    divided = order.standard is not None and order.standard.stage_days is not None
    return divided and not order.ended


ACTS = {
    act.slug: act
    for act in (
        Act(
            slug="dokumen-lengkap", label="Catat dokumen lengkap", at_label="Dokumen lengkap pada",
            fact="documents_at", do=actions.record_documents,
            permission="spm_monitor.record_documents", said="Dokumen lengkap dicatat.",
            fits=lambda order: not order.ended and order.documents_at is None,
        ),
        Act(
            slug="dibayar", label="Catat pembayaran", at_label="Dibayar pada",
            fact="paid_at", do=actions.record_paid,
            permission="spm_monitor.record_paid", said="Pembayaran dicatat.",
            fits=lambda order: not (order.ended or order.contract) and order.paid_at is None,
        ),
        Act(
            slug="akhiri-jeda", label="Akhiri jeda", at_label="Pekerjaan dilanjutkan sejak",
            fact="at", do=pausing.end_pause, permission=pausing.RIGHT, said="Jeda berakhir.",
            fits=lambda order: not order.ended and order.paused_since is not None,
        ),
        Act(
            slug="perkiraan", label="Catat perkiraan selesai", at_label="Perkiraan selesai",
            fact="estimate_at", do=actions.record_estimate, starts_now=False,
            permission="spm_monitor.record_estimate", said="Perkiraan selesai dicatat.",
            fits=lambda order: not order.ended,
        ),
        Act(
            slug="mulai-dikerjakan", label="Catat mulai pengerjaan", at_label="Dikerjakan sejak",
            fact="work_began_at", do=actions.record_work,
            permission="spm_monitor.record_stage", said="Mulai pengerjaan dicatat.",
            hint="Saat sampel diserahkan dari penerimaan kepada seksi.",
            fits=lambda order: _in_stages(order) and order.work_began_at is None,
        ),
        Act(
            slug="mulai-disusun", label="Catat mulai penyusunan hasil", at_label="Disusun sejak",
            fact="report_began_at", do=actions.record_report,
            permission="spm_monitor.record_stage", said="Mulai penyusunan hasil dicatat.",
            hint="Saat pengerjaan selesai dan hasilnya mulai disusun.",
            fits=lambda order: (
                _in_stages(order) and order.work_began_at is not None
                and order.report_began_at is None
            ),
        ),
        Act(
            slug="hasil-siap", label="Catat hasil siap", at_label="Hasil siap pada",
            fact="ready_at", do=actions.record_ready,
            permission="spm_monitor.record_ready", said="Hasil siap dicatat.",
            hint="Waktu layanan berhenti saat hasil terbit, bukan saat diambil.",
            fits=lambda order: not order.ended,
        ),
        Act(
            slug="koreksi-hasil-siap", label="Koreksi hasil siap", at_label="Hasil siap pada",
            fact="ready_at", do=actions.correct_ready, form=CorrectReadyForm, starts_now=False,
            permission="spm_monitor.record_ready", said="Waktu hasil siap dikoreksi.",
            hint="Waktu yang benar. Yang tercatat sekarang ada di bagian Waktu.",
            fits=_ready_in_hand,
        ),
        Act(
            slug="cabut-hasil-siap", label="Cabut hasil siap",
            fact="ready_at", do=actions.take_back_ready, form=TakeBackReadyForm,
            permission="spm_monitor.record_ready", said="Hasil siap dicabut.",
            hint="Bila hasil sebenarnya belum terbit. Waktu layanan berjalan lagi.",
            fits=_ready_in_hand,
        ),
        Act(
            slug="diserahkan", label="Catat penyerahan hasil", at_label="Diserahkan pada",
            fact="handed_over_at", do=actions.record_handed_over, form=HandOverForm,
            permission="spm_monitor.record_handed_over", said="Penyerahan hasil dicatat.",
            fits=_ready_in_hand,
        ),
        Act(
            slug="dibatalkan", label="Catat pembatalan", at_label="Dibatalkan pada",
            fact="withdrawn_at", do=actions.record_withdrawn, form=WithdrawForm,
            permission="spm_monitor.record_withdrawn", said="Pembatalan dicatat.",
            hint="Hanya bila pelanggan menarik pesanannya.",
            fits=lambda order: not order.ended,
        ),
    )
}  # fmt: skip
