"""Forms of letterheads and templates; what a pattern or a text may be, the models know."""

from typing import Any, ClassVar

from django import forms

from kompensasi.letters.drafting import PLACEHOLDERS
from kompensasi.letters.models import Letterhead, LetterTemplate
from kompensasi.letters.patterns import braced
from spm_monitor.master_forms import MasterForm


class LetterheadForm(MasterForm):
    """Kop surat and the pattern of its numbers."""

    class Meta:
        model = Letterhead
        fields = "__all__"


class LetterTemplateForm(MasterForm):
    """The wording of a variant."""

    class Meta:
        model = LetterTemplate
        exclude: ClassVar = ["variant"]
        labels: ClassVar = {"body": "Bunyi surat"}
        widgets: ClassVar = {
            "body": forms.Textarea(attrs={"rows": 18}),
            "joint_body": forms.Textarea(attrs={"rows": 18}),
            "souvenir_sentence": forms.Textarea(attrs={"rows": 2}),
            "copies": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = braced(sorted(PLACEHOLDERS))
        self.fields["body"].help_text = f"Satu alinea per baris kosong. Isian: {names}."

    def clean_valid_from(self) -> Any:
        """One wording of a variant a date."""
        day = self.cleaned_data["valid_from"]
        same = LetterTemplate.objects.filter(variant=self.instance.variant, valid_from=day)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Templat yang berlaku sejak tanggal itu sudah ada.")
        return day
