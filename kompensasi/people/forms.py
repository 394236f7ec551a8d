"""Forms of accounts, appointments and titles, for the office's pages and Django's admin alike."""

from typing import Any, ClassVar

from django import forms

from kompensasi.people.models import Appointment, Post, PostTitle, User, sober_day
from spm_monitor.master_forms import MasterForm, refuse_end_before
from spm_monitor.sentences import speak_plainly


class AccountForm(MasterForm):
    """Who somebody is."""

    class Meta:
        model = User
        fields: ClassVar = ["full_name", "username", "nip", "email", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nip"].help_text = "18 angka. Wajib bagi yang menandatangani surat."

    def clean_username(self) -> str:
        return User.normalize_username(self.cleaned_data["username"].strip())


class NewAccountForm(AccountForm):
    """A new account is open."""

    class Meta(AccountForm.Meta):
        fields: ClassVar = ["full_name", "username", "nip", "email"]


class AppointmentForm(MasterForm):
    """A post for a person, for a time."""

    class Meta:
        model = Appointment
        fields: ClassVar = [
            "user", "post", "section", "kind", "order_number", "order_date", "starts_on",
            "ends_on",
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_end_before(self, "starts_on", "ends_on")
        return data


class NewAppointmentForm(AppointmentForm):
    """Only open accounts, and posts that people of the office hold."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people, posts, section = (self.fields[name] for name in ("user", "post", "section"))
        people.queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
        posts.queryset = Post.objects.filter(  # type: ignore[attr-defined]
            external=False
        ).prefetch_related("titles")
        section.help_text = "Hanya untuk jabatan yang dipegang per seksi."
        self.fields[
            "kind"
        ].help_text = "Plt. selama jabatan kosong, Plh. selama pemegangnya berhalangan sebentar."
        self.fields["ends_on"].help_text = "Berlaku sampai pukul 24.00 WIB. Kosong: tanpa batas."


class EndForm(forms.Form):
    """Until when."""

    use_required_attribute = False
    ends_on = forms.DateField(
        label="Berlaku sampai",
        validators=[sober_day],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Isi sampai kapan penugasan ini berlaku.",
            "invalid": "Tulis tanggal seperti 24/11/2026.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self)


class RevokeForm(forms.Form):
    """Why now."""

    use_required_attribute = False
    reason = forms.CharField(
        label="Alasan",
        max_length=300,
        error_messages={
            "required": "Isi alasan penugasan ini dihentikan.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self)


class TitleForm(MasterForm):
    """What a post is called from a date on."""

    class Meta:
        model = PostTitle
        fields: ClassVar = ["title", "valid_from"]

    def clean_valid_from(self) -> Any:
        """One title a date."""
        day = self.cleaned_data["valid_from"]
        same = PostTitle.objects.filter(post=self.instance.post, valid_from=day).first()
        if same is not None:
            raise forms.ValidationError(f"Sejak tanggal itu sebutannya sudah {same}.")
        return day
