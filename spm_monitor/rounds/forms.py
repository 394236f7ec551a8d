"""A row of the monitoring form as it is typed: made for sixty of them in half an hour."""

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from spm_monitor.models import MonitoringRow, ObstacleCause, Order
from spm_monitor.rounds.actions import Answer
from spm_monitor.sentences import speak_plainly
from spm_monitor.wording import instant_id
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR, WIB, WorkingCalendar, to_wib

WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?: (\d{1,2})[.:](\d{2}))?")
AHEAD = re.compile(r"\+(\d{1,3})")
UNREADABLE = "Tulis tanggal seperti 24/11/2026, atau +3 untuk 3 hari kerja lagi."
STATES = (
    ("", "Pilih"),
    (MonitoringRow.State.RUNNING.value, "Berjalan"),
    (MonitoringRow.State.OBSTACLE.value, "Kendala"),
    (MonitoringRow.State.DONE.value, "Selesai"),
)


class RowForm(forms.Form):
    """What is found of one order. Its fields are drawn by the page itself, since there are many."""

    use_required_attribute = False
    stage = forms.ChoiceField(label="Tahap", choices=MonitoringRow.Stage.choices)
    state = forms.ChoiceField(
        label="Keadaan", choices=STATES, error_messages={"required": "Pilih keadaannya."}
    )
    at = forms.CharField(label="Perkiraan selesai", required=False, max_length=20)
    cause = forms.ChoiceField(label="Sebab", required=False)
    story = forms.CharField(label="Uraian kendala", required=False, max_length=2000)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, order: Order, row: MonitoringRow | None, last_stage: str, now: datetime,
        calendar: WorkingCalendar, causes: dict[str, ObstacleCause],
    ) -> None:  # fmt: skip
        self.order, self.row, self.now, self.calendar = order, row, now, calendar
        self.causes = causes
        stage = row.stage if row else last_stage or MonitoringRow.Stage.INTAKE
        at = (row.ready_at or row.estimate_at) if row else order.estimate_at
        initial = {
            "stage": stage, "state": row.state if row else "", "at": self.written(at),
            "cause": row.cause_id if row and row.cause_id else "",
            "story": row.story if row else "", "version": row.version if row else 0,
        }  # fmt: skip
        super().__init__(data, prefix=f"p{order.pk}", initial=initial)
        choices = [("", "Pilih"), *((key, cause.name) for key, cause in causes.items())]
        self.fields["cause"].choices = choices  # type: ignore[attr-defined]
        speak_plainly(self)

    def written(self, at: datetime | None) -> str:
        """An instant as a person would type it."""
        if at is None:
            return ""
        local = to_wib(at)
        closing = self.calendar.closing(local.date()) == at
        return f"{local:%d/%m/%Y}" if closing else f"{local:%d/%m/%Y %H.%M}"

    def shown(self) -> dict[str, str]:
        """What stands in the fields now."""
        return {name: str(self[name].value() or "") for name in self.fields}

    @property
    def untouched(self) -> bool:
        """Whether nothing was typed that is not on record."""
        return all(self.shown()[name] == str(self.initial[name] or "") for name in self._asked)

    _asked = ("stage", "state", "at", "cause", "story")

    def clean_cause(self) -> ObstacleCause | None:
        """One of the causes, of those that the page has in hand."""
        return self.causes.get(self.cleaned_data["cause"])

    def clean_at(self) -> datetime | None:
        """An instant: a date at its closing, with an hour, or so many working days from today."""
        text = " ".join(self.cleaned_data["at"].split())
        if not text:
            return None
        try:
            return self._ahead(text) or self._dated(text)
        except (ValueError, OverflowError) as error:
            raise ValidationError(UNREADABLE) from error

    def _ahead(self, text: str) -> datetime | None:
        found = AHEAD.fullmatch(text)
        if found is None:
            return None
        return self.calendar.due_after_days(self.now, int(found[1]))

    def _dated(self, text: str) -> datetime:
        found = WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(text)
        day, month, year, hour, minute = found.groups()
        on = date(int(year or to_wib(self.now).year), int(month), int(day))
        if not FIRST_YEAR <= on.year < LAST_YEAR:
            raise ValueError(text)
        if hour is None:
            return self.calendar.closing(on)
        return datetime(on.year, on.month, on.day, int(hour), int(minute), tzinfo=WIB)

    def clean(self) -> dict[str, Any]:
        """What can be true of this order now (DOMAIN 2, step 2)."""
        data = super().clean() or self.cleaned_data
        state, at = data.get("state"), data.get("at")
        if state == MonitoringRow.State.DONE:
            self._done(at)
        elif state == MonitoringRow.State.RUNNING and self.order.late(self.now):
            self.add_error("state", "Target sudah lewat. Pilih kendala atau selesai.")
        elif state == MonitoringRow.State.OBSTACLE and not data.get("cause"):
            self.add_error("cause", "Pilih sebab kendala.")
        kept = self.order.estimate_at
        if state != MonitoringRow.State.DONE and at is not None and at < self.now and at != kept:
            self.add_error("at", f"Perkiraan harus setelah {instant_id(self.now)}.")
        return data

    def _done(self, at: datetime | None) -> None:
        if "at" in self.errors:
            return
        if at is None:
            self.add_error("at", "Isi kapan hasilnya siap.")
        elif at > self.now:
            self.add_error("at", f"Hasil siap tidak boleh setelah {instant_id(self.now)}.")
        elif at < self.order.received_at:
            received = instant_id(self.order.received_at)
            self.add_error("at", f"Hasil siap tidak boleh sebelum diterima ({received}).")

    def answer(self) -> Answer:
        """What was typed, once it is good; a cause belongs to an obstacle alone."""
        data = self.cleaned_data
        hindered = data["state"] == MonitoringRow.State.OBSTACLE
        return Answer(
            order=self.order, seen=data["version"] or 0, stage=data["stage"],
            state=data["state"], at=data["at"], cause=data["cause"] if hindered else None,
            story=data["story"] if hindered else "",
        )  # fmt: skip


def stages_last_seen(orders: list[Order]) -> dict[int, str]:
    """In which stage each order was when it was looked at last; one query."""
    rows = MonitoringRow.objects.filter(order__in=orders).order_by("observed_at", "pk")
    return dict(rows.values_list("order", "stage"))
