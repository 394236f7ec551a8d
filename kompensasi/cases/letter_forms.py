"""The forms of steps 8 to 12: the letter drafted, judged, signed, sent and received."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from kompensasi.cases import drafts
from kompensasi.cases.forms import StepForm, to_the_minute
from kompensasi.cases.models import Case
from kompensasi.letters import pdf, sheets
from kompensasi.letters.drafting import (
    copies_flaw,
    copy_lines,
    speaks_of_gift,
    without_paragraph,
)
from kompensasi.letters.models import LetterVersion
from kompensasi.souvenirs.models import Dispatch, Item, Receipt
from spm_monitor.fields import InstantField, UploadField
from spm_monitor.wording import instant_id

UNGIVEN = (
    "Surat ini tanpa souvenir, tetapi isinya masih menyebut souvenir. Hapus kalimat itu,"
    " atau pilih souvenir."
)
UNTOLD = "Souvenir ikut dikirim, tetapi isi surat tidak menyebutnya. Tambahkan satu alinea."
MOVED_ON = "Kasus lain yang disatukan sudah berubah. Pilih lagi kasus yang disatukan."
WORDS = ("addressee", "address", "subject", "body", "copies")
GONE = "Souvenir ini baru saja habis. Pilih yang lain, atau tulis alasan tanpa souvenir."


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
        label="Hal", max_length=160, error_messages={"required": "Isi hal surat."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    body = forms.CharField(
        label="Isi surat", max_length=5000, widget=forms.Textarea(attrs={"rows": 18}),
        help_text="Pisahkan alinea dengan satu baris kosong. Surat harus muat satu halaman.",
        error_messages={"required": "Isi surat tidak boleh kosong."},
    )  # fmt: skip
    copies = forms.CharField(
        label="Tembusan", required=False, max_length=650, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Satu jabatan per baris, paling banyak 5. Kosong: tanpa tembusan.",
    )  # fmt: skip
    item = forms.ModelChoiceField(
        label="Souvenir", queryset=Item.objects.none(), required=False,
        empty_label="Tanpa souvenir (tulis alasannya)", error_messages={"invalid_choice": GONE},
    )  # fmt: skip
    no_gift_reason = forms.CharField(
        label="Alasan tanpa souvenir", required=False, max_length=200,
        help_text="Misalnya: stok habis, atau pelanggan tidak boleh menerima pemberian. Alinea"
        " souvenir dari templat tidak ikut dalam surat.",
    )  # fmt: skip

    together = forms.ModelMultipleChoiceField(
        queryset=Case.objects.none(), required=False, widget=forms.MultipleHiddenInput
    )

    sheet: bytes
    """The letter as PDF, marked KONSEP, once the form is found good."""

    def prepare(self) -> None:
        case, order = self.situation.case, self.situation.order
        _offer_items(self, case)
        field: Any = self.fields["together"]
        field.queryset = drafts.others_to_join(case, order, self.now)
        shared = set(case.others_of_letter().values_list("pk", flat=True))
        self.start(together=[other.pk for other in field.queryset if other.pk in shared])
        chosen = {str(key) for key in self["together"].value() or ()}
        self.others = [other for other in field.queryset if str(other.pk) in chosen]
        self.start(**drafts.first_words(case, order, self.now, self.others))
        self.start(**drafts.first_gift(case))

    def clean_together(self) -> list[Case]:
        return list(self.cleaned_data["together"])

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())  # a line of the letter's head

    def clean_copies(self) -> str:
        copies = self.cleaned_data["copies"]
        if sentence := copies_flaw(copies):
            raise ValidationError(sentence)
        return "\n".join(copy_lines(copies))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "together" in self.errors:
            del self.errors["together"]  # it has no field that could be pointed at
            self.add_error(None, MOVED_ON)
        data.setdefault("together", [])
        for order in (self.situation.order, *(other.order for other in data["together"])):
            if data["together"] and order.number not in data.get("body", ""):
                self.add_error("body", f"Sebutkan pesanan {order.number} dalam isi surat.")
        if not data.get("item") and not data.get("no_gift_reason") and "item" not in self.errors:
            self.add_error("no_gift_reason", "Pilih souvenir, atau tulis alasan tanpa souvenir.")
        if not self.errors:
            self._check_gift(data)
        if not self.errors:
            self._check_fit(data)
        return data

    def _check_gift(self, data: dict[str, Any]) -> None:
        """The text promises a souvenir when one goes with it, and only then.

        The template's own sentence goes by itself; words of the drafter are the drafter's to mend.
        """
        sentence = drafts.souvenir_sentence(self.situation.order, self.now)
        if data["item"] is None:
            data["body"] = without_paragraph(data["body"], sentence)
            if speaks_of_gift(data["body"], sentence):
                self.add_error("body", UNGIVEN)
        elif not speaks_of_gift(data["body"], sentence):
            self.add_error("body", f"{UNTOLD} Misalnya: {sentence}")

    def _check_fit(self, data: dict[str, Any]) -> None:
        words = {name: data[name] for name in WORDS}
        try:
            self.sheet = pdf.render(sheets.draft_sheet(LetterVersion(**words), self.now))
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
        if letter is not None and letter.signed_at and at and at < to_the_minute(letter.signed_at):
            self.add_error(
                "sent_at",
                f"Waktu kirim tidak boleh sebelum surat ({instant_id(letter.signed_at)}).",
            )
        receipt = Receipt.objects.filter(dispatch__sendings__visit=self.situation.visit).first()
        if receipt is not None and at and to_the_minute(at) > receipt.at:
            self.add_error(
                "sent_at", f"Waktu kirim tidak boleh setelah diterima ({instant_id(receipt.at)})."
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
        if sent is not None and typed and typed < to_the_minute(sent.sent_at):
            self.add_error("at", f"Isi waktu setelah dikirim ({instant_id(sent.sent_at)}).")
        self.refuse_future("at")
        return data


def _offer_items(form: StepForm, case: Case) -> None:
    field: Any = form.fields["item"]
    field.queryset = drafts.offered_items(case)
    field.label_from_instance = lambda item: f"{item.name} (tersedia {item.free})"
