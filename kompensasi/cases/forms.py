"""The forms of the steps: exactly the facts DOMAIN 2 names, each in a field of its own.

Steps 8 to 12 stand in `letter_forms`.
"""

from datetime import datetime, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from kompensasi.cases import drafts, facts, informing
from kompensasi.cases.models import CustomerInformed, Handover
from kompensasi.cases.procedure import Outcome, Situation
from kompensasi.people.models import User
from kompensasi.souvenirs.models import SouvenirClass, Tier
from spm_monitor import clock
from spm_monitor.fields import InstantField, UploadField
from spm_monitor.models import MonitoringRow, ObstacleCause
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import instant_id
from spm_monitor.workdays import to_wib

CLOCK_SKEW = timedelta(minutes=1)  # a form's minutes have no seconds


class StepForm(forms.Form):
    """A step's answers. Knows the situation it is filled in, and the outcome that was chosen."""

    def __init__(
        self, *args: Any, situation: Situation, outcome: Outcome | None = None, **kwargs: Any
    ) -> None:
        self.situation, self.outcome = situation, outcome
        self.settled: dict[str, Any] = {}  # answers that are not asked again
        self.now = situation.now
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.prepare()
        speak_plainly(self)

    def prepare(self) -> None:
        """Adjust fields and first values to the situation."""

    def clean(self) -> dict[str, Any]:
        """The answers, with those that stand already."""
        data = super().clean() or self.cleaned_data
        return self.settled | data if self.settled else data

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


class PlainForm(forms.Form):
    """A form beside the steps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        speak_plainly(self)


def _reason(missing: str) -> forms.CharField:
    """Why something is done, as it goes on record."""
    return forms.CharField(
        label="Alasan",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": missing},
    )


class CancelForm(PlainForm):
    """The administrator's reason to cancel a case."""

    reason = _reason("Isi alasan pembatalan.")


class ReasonForm(PlainForm):
    """Why a finished step is corrected, or a letter withdrawn."""

    reason = _reason("Isi alasannya.")


class AssignForm(PlainForm):
    """In whose hand an open step is; nobody's when left empty."""

    to = forms.ChoiceField(label="Dikerjakan oleh", required=False)
    reason = forms.CharField(
        label="Alasan",
        max_length=300,
        required=False,
        help_text="Perlu diisi bila langkah ini sedang dipegang orang lain.",
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        field: Any = self.fields["to"]
        field.choices = [("", "Siapa saja yang berjabatan")] + [
            (key, person.full_name) for key, person in self.people.items()
        ]

    def clean_to(self) -> User | None:
        return self.people.get(self.cleaned_data["to"])


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
        self.fields["channel"].help_text = (
            "Bila Anda memilih Surel, sistem mengirim pemberitahuan ini ke alamat pelanggan."
            if informing.mails_for(situation.order)
            else "Sistem tidak mengirim surel untuk pesanan ini; kirim sendiri, lalu catat di sini."
        )

    @property
    def whatsapp_url(self) -> str:
        """Opens WhatsApp with the proposed text; "" without a mobile number."""
        order, by = self.situation.order, self.situation.by
        if not informing.sees_contact(order, by, self.now):
            return ""
        return informing.whatsapp_url(order, self.initial["message"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        at, received = data.get("told_at"), self.situation.order.received_at
        if at is not None and at < to_the_minute(received):
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


def _estimate(form: StepForm) -> datetime | None:
    at = form.cleaned_data.get("estimate_at")
    if (
        at is not None
        and at != form.situation.order.estimate_at
        and at < to_the_minute(timezone.now())
    ):
        raise ValidationError(f"Perkiraan selesai harus setelah {instant_id(form.now)}.")
    return at


def to_the_minute(instant: datetime) -> datetime:
    """Without seconds, as a form shows and sends it."""
    return instant.replace(second=0, microsecond=0)
