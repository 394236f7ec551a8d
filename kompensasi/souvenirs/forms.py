"""What came into the cupboard."""

from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from kompensasi.souvenirs.models import Item, Movement, SouvenirClass
from spm_monitor.master_forms import MasterForm
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import date_id

MOST = 10_000  # of one item at once; more is a slip of the finger
DEAREST = 100_000_000  # rupiah


def _as_long_as(column: str) -> MaxLengthValidator:
    """No `maxlength` in the browser, which would cut off a pasted text without a word."""
    longest: int = getattr(Movement._meta.get_field(column), "max_length", 0)
    return MaxLengthValidator(longest)


class StockForm(forms.Form):
    """So many of an item."""

    use_required_attribute = False
    item = forms.ModelChoiceField(
        label="Barang",
        queryset=Item.objects.all(),
        empty_label="Pilih barang",
        error_messages={
            "required": "Pilih barang.",
            "invalid_choice": "Barang ini tidak ada lagi. Pilih barang lain.",
        },
    )
    quantity = forms.IntegerField(
        label="Jumlah",
        min_value=1,
        max_value=MOST,
        error_messages={
            "required": "Isi jumlah.",
            "invalid": "Tulis jumlah dengan angka, misalnya 12.",
            "min_value": "Jumlah paling sedikit 1.",
            "max_value": "Jumlah paling banyak 10.000 sekali catat.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        speak_plainly(self)

    def offer(self, items: list[Item]) -> None:
        """Let these be chosen from: a page that lists them need not ask for them again."""
        field: Any = self.fields["item"]
        field.choices = [("", field.empty_label), *((item.pk, str(item)) for item in items)]


class CameForm(StockForm):
    """What is known of things that lie in the cupboard for the first time."""

    unit_cost = forms.IntegerField(
        label="Harga satuan (Rp)",
        required=False,
        min_value=0,
        max_value=DEAREST,
        help_text="Kosong: harga barang itu tetap.",
        error_messages={
            "invalid": "Tulis harga dengan angka saja, misalnya 25000.",
            "min_value": "Harga paling sedikit 0.",
            "max_value": "Harga paling banyak 100.000.000.",
        },
    )
    funding = forms.CharField(
        label="Sumber dana",
        required=False,
        help_text="Misalnya PNBP 2026. Kosong: sumber dana barang itu tetap.",
        validators=[_as_long_as("funding")],
    )


class OpeningForm(CameForm):
    """What lay there when the ledger began."""


class ReceiveForm(CameForm):
    """Items that came, by the paper that came with them."""

    document = forms.CharField(
        label="Dokumen",
        help_text="Nomor surat jalan, faktur, atau berita acara.",
        validators=[_as_long_as("document")],
        error_messages={"required": "Isi dokumen yang menyertai barang ini."},
    )

    field_order = ("item", "quantity", "document", "unit_cost", "funding")

    def clean(self) -> dict[str, Any]:
        """The same paper twice for an item is the same delivery sent twice."""
        data = super().clean() or self.cleaned_data
        before = Movement.objects.filter(
            item=data.get("item"), kind=Movement.Kind.IN, document=data.get("document", "")
        ).first()
        if before is not None and not self.errors:
            self.add_error(
                "document",
                ValidationError(
                    f"Barang ini sudah dicatat masuk dengan dokumen itu pada {date_id(before.at)}."
                    " Bila kirimannya lain, bedakan nama dokumennya."
                ),
            )
        return data


class ItemForm(MasterForm):
    """A kind of thing that the cupboard will hold."""

    class Meta:
        model = Item
        fields: ClassVar = ["name", "souvenir_class", "unit_cost", "funding", "minimum"]
        help_texts: ClassVar = {
            "name": "Seperti dikenal di lemari, misalnya: Mug berlogo.",
            "minimum": "Di bawah jumlah ini barang ditandai hampir habis.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("souvenir_class", SouvenirClass.objects.first())


class CorrectionForm(StockForm):
    """What the count of the cupboard says otherwise than the ledger."""

    direction = forms.ChoiceField(
        label="Koreksi",
        choices=[("more", "Tambah: di lemari ada lebih banyak"),
                 ("fewer", "Kurang: hilang, rusak, atau salah hitung")],
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih tambah atau kurang."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Sebab koreksi",
        help_text="Misalnya: hasil hitung fisik 23 November 2026, berita acara nomor 12.",
        validators=[_as_long_as("reason")],
        error_messages={"required": "Isi sebab koreksi."},
    )
    field_order = ("item", "direction", "quantity", "reason")

    def change(self) -> int:
        """So many more, or (negative) fewer."""
        quantity = self.cleaned_data["quantity"]
        return quantity if self.cleaned_data["direction"] == "more" else -quantity
