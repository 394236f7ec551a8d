"""The forms of the twelve steps: exactly the facts DOMAIN 2 names, each in a field of its own."""

from datetime import datetime, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from kompensasi.cases import drafts, facts
from kompensasi.cases.models import Case, CustomerInformed, Handover
from kompensasi.cases.procedure import Outcome, Situation
from kompensasi.letters import pdf, sheets
from kompensasi.letters.models import LetterVersion
from kompensasi.souvenirs.models import Dispatch, Item, SouvenirClass, Tier
from spm_monitor import clock
from spm_monitor.fields import InstantField, UploadField
from spm_monitor.models import MonitoringRow, ObstacleCause
from spm_monitor.wording import instant_id
from spm_monitor.workdays import to_wib

GONE = "Souvenir ini baru saja habis. Pilih yang lain, atau tulis alasan tanpa souvenir."
CLOCK_SKEW = timedelta(minutes=1)  # a form's minutes have no seconds


class StepForm(forms.Form):
    """A step's answers. Knows the situation it is filled in, and the outcome that was chosen."""

    def __init__(
        self, *args: Any, situation: Situation, outcome: Outcome | None = None, **kwargs: Any
    ) -> None:
        self.situation, self.outcome = situation, outcome
        self.now = situation.now
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.prepare()

    def prepare(self) -> None:
        """Adjust fields and first values to the situation."""

    def start(self, **values: Any) -> None:
        """First values, where the form was not opened with others."""
        for name, value in values.items():
            self.initial.setdefault(name, value)

    def refuse_future(self, *names: str) -> None:
        """No fact of these fields may lie ahead."""
        for name in names:
            at = self.cleaned_data.get(name)
            if isinstance(at, datetime) and at > self.now + CLOCK_SKEW:
                self.add_error(name, f"Isi waktu yang tidak setelah {instant_id(self.now)}.")


class NoteForm(StepForm):
    """A return: why, for the one it goes back to."""

    note = forms.CharField(
        label="Catatan",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Isi catatan: apa yang perlu diperbaiki atau ditambah."},
    )


class CancelForm(forms.Form):
    """The administrator's reason to cancel a case."""

    reason = forms.CharField(
        label="Alasan",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Isi alasan pembatalan."},
    )


class MonitoringForm(StepForm):
    """Step 1."""

    stage = forms.ChoiceField(
        label="Tahap pekerjaan",
        choices=MonitoringRow.Stage.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih tahap pekerjaan."},
    )
    estimate_at = InstantField(
        label="Perkiraan selesai", required=False,
        help_text="Kosongkan bila belum diketahui.",
    )  # fmt: skip

    def prepare(self) -> None:
        order = self.situation.order
        if order.ended:
            del self.fields["estimate_at"]
        self.start(
            estimate_at=order.estimate_at,
            stage=MonitoringRow.Stage.DONE if order.ready_at else None,
        )

    def clean_stage(self) -> str:
        stage = self.cleaned_data["stage"]
        if stage == MonitoringRow.Stage.DONE and self.situation.order.ready_at is None:
            raise ValidationError("Hasil belum dicatat siap; pilih tahap yang sedang berjalan.")
        return stage

    def clean_estimate_at(self) -> datetime | None:
        return _estimate(self)


class StateForm(StepForm):
    """Step 2: only true outcomes are offered; *selesai* asks when, where that is missing."""

    ready_at = InstantField(
        label="Hasil siap pada", required=False, help_text="Isi bila Anda memilih Selesai."
    )
    note = forms.CharField(
        label="Catatan", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def prepare(self) -> None:
        order = self.situation.order
        if order.ready_at is not None or order.withdrawn_at is not None:
            del self.fields["ready_at"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "ready_at" not in self.fields or self.outcome is None:
            return data
        if self.outcome.code == "done" and "ready_at" not in self.errors:
            at, received = data.get("ready_at"), self.situation.order.received_at
            if at is None:
                self.add_error("ready_at", "Isi kapan hasil siap.")
            elif at < received:
                self.add_error(
                    "ready_at", f"Hasil siap tidak boleh sebelum {instant_id(received)}."
                )
        self.refuse_future("ready_at")
        return data


class HandoverForm(StepForm):
    """Step 3: handed over with proof, or told that it waits."""

    way = forms.ChoiceField(
        label="Penyerahan", choices=Handover.Way.choices, widget=forms.RadioSelect,
        error_messages={"required": "Pilih apa yang terjadi."},
    )  # fmt: skip
    at = InstantField(label="Pada", error_messages={"required": "Isi kapan itu terjadi."})
    received_by = forms.CharField(
        label="Diterima oleh, atau siapa yang diberi tahu", max_length=120,
        error_messages={"required": "Isi nama penerima."},
    )  # fmt: skip
    proof = UploadField(
        label="Bukti", required=False,
        help_text="Tanda terima hasil: PDF, JPG, atau PNG, paling besar 10 MB.",
    )  # fmt: skip

    def prepare(self) -> None:
        order = self.situation.order
        if order.handed_over_at is not None:
            self.start(
                way=Handover.Way.HANDED, at=order.handed_over_at, received_by=order.handed_over_to
            )
        self.start(at=self.now)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        at, ready = data.get("at"), self.situation.order.ready_at
        if at is not None and ready is not None and at < ready:
            self.add_error("at", f"Isi waktu setelah hasil siap ({instant_id(ready)}).")
        handed = data.get("way") == Handover.Way.HANDED
        if handed and not data.get("proof") and "proof" not in self.errors:
            self.add_error("proof", "Unggah tanda terima hasil.")
        self.refuse_future("at")
        return data


class ObstacleForm(StepForm):
    """Step 4: the cause and, while the order is open, a new estimate."""

    cause = forms.ModelChoiceField(
        label="Sebab kendala", queryset=ObstacleCause.objects.all(), widget=forms.RadioSelect,
        empty_label=None, error_messages={"required": "Pilih sebab kendala."},
    )  # fmt: skip
    asset = forms.CharField(
        label="Alat atau sarana", required=False, max_length=120,
        help_text="Bila kendalanya menyangkut alat tertentu.",
    )  # fmt: skip
    story = forms.CharField(
        label="Uraian kendala", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Isi uraian kendala."},
    )  # fmt: skip
    estimate_at = InstantField(
        label="Perkiraan selesai yang baru",
        error_messages={"required": "Isi perkiraan selesai yang baru."},
    )

    def prepare(self) -> None:
        order = self.situation.order
        if order.ended:
            del self.fields["estimate_at"]
        elif order.estimate_at is not None and order.estimate_at > self.now:
            self.start(estimate_at=order.estimate_at)

    def clean_estimate_at(self) -> datetime | None:
        return _estimate(self)


class InformForm(StepForm):
    """Step 5: the evaluation is computed and shown; how the customer was told is asked."""

    channel = forms.ChoiceField(
        label="Pelanggan diberi tahu lewat", choices=CustomerInformed.Channel.choices,
        widget=forms.RadioSelect, error_messages={"required": "Pilih cara pemberitahuan."},
    )  # fmt: skip
    told_to = forms.CharField(
        label="Kepada", max_length=120, error_messages={"required": "Isi siapa yang diberi tahu."}
    )
    told_at = InstantField(label="Pada", error_messages={"required": "Isi kapan diberi tahu."})
    message = forms.CharField(
        label="Isi pemberitahuan", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Isi apa yang disampaikan kepada pelanggan."},
    )  # fmt: skip

    def prepare(self) -> None:
        situation = self.situation
        self.start(
            told_at=self.now,
            told_to=situation.order.contact_name or situation.order.customer.name,
            message=drafts.delay_message(situation.case, situation.order, self.now),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        at, received = data.get("told_at"), self.situation.order.received_at
        if at is not None and at < _minute(received):
            self.add_error("told_at", f"Isi waktu setelah diterima ({instant_id(received)}).")
        self.refuse_future("told_at")
        return data


class ReportForm(StepForm):
    """Step 6: the report to the head, with a proposal."""

    report = forms.CharField(
        label="Laporan kendala", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Isi laporan kendala."},
    )  # fmt: skip
    proposal = forms.CharField(
        label="Usul", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Isi usul kepada Kepala Balai."},
    )  # fmt: skip

    def prepare(self) -> None:
        case = self.situation.case
        earlier = case.visits.filter(report__isnull=False).select_related("report").last()
        if earlier is not None:
            self.start(report=earlier.report.report, proposal=earlier.report.proposal)
        row = facts.obstacle(case)
        self.start(
            report=row.story if row else "",
            proposal="Memberikan surat permintaan maaf dan souvenir kepada pelanggan.",
        )


class InstructForm(StepForm):
    """Step 7: the instruction; the class is proposed from the days late."""

    instruction = forms.CharField(
        label="Instruksi", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Isi instruksi."},
    )  # fmt: skip
    souvenir_class = forms.ModelChoiceField(
        label="Kelas souvenir", queryset=SouvenirClass.objects.all(), empty_label=None,
        error_messages={"required": "Pilih kelas souvenir."},
    )  # fmt: skip

    def prepare(self) -> None:
        late = clock.days_late(self.situation.order, self.now)
        self.start(
            instruction="Buat surat permintaan maaf dan berikan souvenir kepada pelanggan.",
            souvenir_class=Tier.proposed(late, to_wib(self.now).date()),
        )


class DraftForm(StepForm):
    """Step 8: the letter's words and a souvenir from stock, or none with its reason."""

    addressee = forms.CharField(
        label="Kepada (Yth.)", max_length=200, error_messages={"required": "Isi penerima surat."}
    )
    address = forms.CharField(
        label="Alamat", required=False, max_length=300, help_text="Kosong: di tempat.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    subject = forms.CharField(
        label="Hal", max_length=160, error_messages={"required": "Isi hal surat."}
    )
    body = forms.CharField(
        label="Isi surat", max_length=5000, widget=forms.Textarea(attrs={"rows": 18}),
        help_text="Pisahkan alinea dengan satu baris kosong. Surat harus muat satu halaman.",
        error_messages={"required": "Isi surat tidak boleh kosong."},
    )  # fmt: skip
    item = forms.ModelChoiceField(
        label="Souvenir", queryset=Item.objects.none(), required=False,
        empty_label="Tanpa souvenir (tulis alasannya)", error_messages={"invalid_choice": GONE},
    )  # fmt: skip
    no_gift_reason = forms.CharField(
        label="Alasan tanpa souvenir", required=False, max_length=200,
        help_text="Misalnya: stok habis, atau pelanggan tidak boleh menerima pemberian.",
    )  # fmt: skip

    def prepare(self) -> None:
        case = self.situation.case
        _offer_items(self, case)
        self.start(**drafts.first_words(case, self.situation.order, self.now))
        self.start(**drafts.first_gift(case))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("item") and not data.get("no_gift_reason") and "item" not in self.errors:
            self.add_error("no_gift_reason", "Pilih souvenir, atau tulis alasan tanpa souvenir.")
        data["souvenir_sentence"] = drafts.souvenir_sentence(self.situation.order, self.now)
        if not self.errors:
            self._check_fit(data)
        return data

    def _check_fit(self, data: dict[str, Any]) -> None:
        words = {name: data[name] for name in ("addressee", "address", "subject", "body")}
        try:
            pdf.render(sheets.draft_sheet(LetterVersion(**words), self.now))
        except pdf.LetterError as error:
            self.add_error("body", str(error))


class ReviewForm(StepForm):
    """Step 9: nothing is asked of who approves."""


class SignForm(StepForm):
    """Step 10: two statements before the signature is given."""

    read = forms.BooleanField(
        label="Saya telah membaca surat ini dan isinya benar.",
        error_messages={"required": "Beri tanda bahwa Anda telah membaca surat."},
    )
    final = forms.BooleanField(
        label="Saya memahami bahwa surat langsung bernomor dan tidak berubah lagi.",
        error_messages={"required": "Beri tanda bahwa Anda memahami akibatnya."},
    )


class SendForm(StepForm):
    """Step 11: the signed sheet, how it left, and the items leaving stock."""

    scan = UploadField(
        label="Pindaian surat bertanda tangan",
        help_text="Surat yang sudah dicetak dan ditandatangani: PDF, JPG, atau PNG.",
        error_messages={"required": "Unggah pindaian surat yang sudah ditandatangani."},
    )
    way = forms.ChoiceField(
        label="Dikirim lewat", choices=Dispatch.Way.choices, widget=forms.RadioSelect,
        error_messages={"required": "Pilih cara pengiriman."},
    )  # fmt: skip
    courier = forms.CharField(
        label="Nama kurir atau pengantar", max_length=80,
        error_messages={"required": "Isi nama kurir atau pengantar."},
    )  # fmt: skip
    tracking_number = forms.CharField(
        label="Nomor resi", required=False, max_length=60, help_text="Wajib bila lewat kurir."
    )
    sent_at = InstantField(label="Dikirim pada", error_messages={"required": "Isi waktu kirim."})
    item = forms.ModelChoiceField(
        label="Souvenir pengganti", queryset=Item.objects.none(), required=False,
        empty_label="Tanpa souvenir (tulis alasannya)", error_messages={"invalid_choice": GONE},
    )  # fmt: skip
    no_gift_reason = forms.CharField(label="Alasan tanpa souvenir", required=False, max_length=200)

    def prepare(self) -> None:
        case = self.situation.case
        letter = case.letter
        if letter is not None and letter.scan:
            del self.fields["scan"]
        if case.reservation is not None and case.reservation.left_at is not None:
            _offer_items(self, case)
        else:
            del self.fields["item"], self.fields["no_gift_reason"]
        self.start(sent_at=self.now)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("way") == Dispatch.Way.COURIER and not data.get("tracking_number"):
            self.add_error("tracking_number", "Isi nomor resi kurir.")
        letter, at = self.situation.case.letter, data.get("sent_at")
        if letter is not None and letter.signed_at and at and at < _minute(letter.signed_at):
            self.add_error(
                "sent_at",
                f"Waktu kirim tidak boleh sebelum surat ({instant_id(letter.signed_at)}).",
            )
        gift = data.get("item") or data.get("no_gift_reason") or "item" in self.errors
        if "item" in self.fields and not gift:
            self.add_error("no_gift_reason", "Pilih souvenir, atau tulis alasan tanpa souvenir.")
        self.refuse_future("sent_at")
        return data


class ReceiptForm(StepForm):
    """Step 12: the customer's own word by the link, or staff's with proof."""

    received_by = forms.CharField(label="Nama penerima", max_length=120, required=False)
    at = InstantField(label="Diterima pada", error_messages={"required": "Isi kapan diterima."})
    note = forms.CharField(
        label="Catatan", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    proof = UploadField(
        label="Bukti",
        help_text="Tanda terima atau keterangan kurir: PDF, JPG, atau PNG.",
        error_messages={"required": "Unggah bukti: tanda terima atau keterangan kurir."},
    )

    def prepare(self) -> None:
        if self.situation.by is None:
            del self.fields["proof"], self.fields["at"]
            self.fields["received_by"].label = "Nama Anda"
        self.start(at=self.now)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.situation.by is None:
            data["at"] = self.now
        arrived = self.outcome is not None and not self.outcome.staff_only
        if arrived and not data.get("received_by") and "received_by" not in self.errors:
            self.add_error("received_by", "Isi nama penerima.")
        sent = Dispatch.objects.filter(sendings__visit__case=self.situation.case).last()
        typed = data.get("at") if "at" in self.fields else None
        if sent is not None and typed and typed < _minute(sent.sent_at):
            self.add_error("at", f"Isi waktu setelah dikirim ({instant_id(sent.sent_at)}).")
        self.refuse_future("at")
        return data


def _offer_items(form: StepForm, case: Case) -> None:
    field: Any = form.fields["item"]
    field.queryset = drafts.offered_items(case)
    field.label_from_instance = lambda item: f"{item.name} (tersedia {item.free})"


def _estimate(form: StepForm) -> datetime | None:
    at = form.cleaned_data.get("estimate_at")
    if at is not None and at != form.situation.order.estimate_at and at < _minute(timezone.now()):
        raise ValidationError(f"Perkiraan selesai harus setelah {instant_id(form.now)}.")
    return at


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
