"""What came into the cupboard."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from kompensasi.souvenirs.models import Item, Movement
from spm_monitor.wording import date_id

MOST = 10_000  # of one item at once; more is a slip of the finger
LONGEST = 120


class ReceiveForm(forms.Form):
    """Items that came, by the paper that came with them."""

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
    document = forms.CharField(
        label="Dokumen",
        help_text="Nomor surat jalan, faktur, atau berita acara. Untuk stok awal: Stok awal 2026.",
        validators=[
            MaxLengthValidator(
                LONGEST, "Dokumen paling banyak %(limit_value)d huruf. Sekarang %(show_value)d."
            )
        ],
        error_messages={"required": "Isi dokumen yang menyertai barang ini."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False

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
