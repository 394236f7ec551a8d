"""The form of office hours: when they count, and the week they are made of, a line a day."""

import re
from datetime import time
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from spm_monitor.master_forms import OfficeHoursForm
from spm_monitor.models import OfficeHours, OfficeSegment
from spm_monitor.sentences import speak_plainly

Stretches = tuple[tuple[time, time], ...]
Week = dict[int, Stretches]
STRETCH = re.compile(r"(\d{1,2})[.:](\d{2})\s*[-–]\s*(\d{1,2})[.:](\d{2})")
UNREADABLE = "Tulis seperti 07.30–12.00, 13.00–16.00; kosong bila libur."
DAYS = dict(OfficeSegment.WEEKDAYS)


class WeekForm(OfficeHoursForm):
    """Hours that count from a date on, with their week."""

    def __init__(self, *args: Any, week_of: OfficeHours, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        week = week_of_row(week_of)
        for number, name in OfficeSegment.WEEKDAYS:
            said = ", ".join(f"{a:%H.%M}–{b:%H.%M}" for a, b in week.get(number, ()))
            self.fields[f"day{number}"] = forms.CharField(
                label=f"Jam {name}", required=False, max_length=80, initial=said
            )
        speak_plainly(self)

    def clean(self) -> dict[str, Any]:
        """The week as `cleaned_data["week"]`; what is wrong with a day is said at its line."""
        data = super().clean() or self.cleaned_data
        week: Week = {}
        for number in DAYS:
            try:
                stretches = _stretches(data.get(f"day{number}", ""))
            except ValidationError as error:
                self.add_error(f"day{number}", error)
                continue
            if stretches:
                week[number] = stretches
        if not week and not self.errors:
            self.add_error("day0", "Isi jam sekurangnya satu hari.")
        data["week"] = week
        return data


class DatedHoursForm(WeekForm):
    """Hours that count for a time only: both ends are needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("valid_from", "valid_until"):
            self.fields[name].required = True
            self.fields[name].help_text = ""


def week_of_row(row: OfficeHours) -> Week:
    """The week of a row, each day's stretches ascending; one query."""
    week: dict[int, list[tuple[time, time]]] = {}
    for segment in row.segments.order_by("weekday", "opens"):
        week.setdefault(segment.weekday, []).append((segment.opens, segment.closes))
    return {day: tuple(stretches) for day, stretches in week.items()}


def _stretches(text: str) -> Stretches:
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = STRETCH.fullmatch(part)
        if match is None:
            raise ValidationError(UNREADABLE)
        from_hour, from_minute, hour, minute = map(int, match.groups())
        try:
            opens, closes = time(from_hour, from_minute), time(hour, minute)
        except ValueError as error:
            raise ValidationError(UNREADABLE) from error
        if closes <= opens:
            raise ValidationError(f"Isi jam setelah {opens:%H.%M}.")
        found.append((opens, closes))
    for (_, closes), (opens, _) in pairwise(sorted(found)):
        if opens < closes:
            raise ValidationError(f"Ruas {opens:%H.%M} bertumpuk dengan ruas sebelumnya.")
    return tuple(sorted(found))
