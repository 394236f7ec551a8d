"""What the cells of a row of the order file mean: facts of an order, or why they mean nothing."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from spm_monitor import clock
from spm_monitor.actions import Facts
from spm_monitor.models import Customer, Order, Service
from spm_monitor.order_file import FIELDS, REQUIRED, Cells
from spm_monitor.order_workbook import NOT_CALCULATED
from spm_monitor.refusals import BadInput
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR, WIB, WorkingCalendar

SAME_AS_RECEIVED = ("dokumen_lengkap", "dibayar")  # when the whole column is missing
WITHDRAWN_REASON = "menurut berkas impor"

DATE = re.compile(
    r"(?:(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
    r"|(?P<d2>[0-9]{2})/(?P<m2>[0-9]{2})/(?P<y2>[0-9]{4}))"
    r"(?: (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}))?"
)
# What Excel shows where a formula gave nothing; a CSV made from such a sheet has it too.
FAILED = (
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", NOT_CALCULATED,
)  # fmt: skip


@dataclass(kw_only=True)
class Reader:
    """Reads rows against what the office knows."""

    columns: tuple[str, ...]
    """The known columns that the file has."""
    calendar: WorkingCalendar
    services: dict[str, Service]
    """By code, letter case aside."""
    customers: dict[str, Customer]
    """By name as `same` makes it; those of good rows join, not yet saved."""

    def facts(self, cells: Cells, known: Order | None) -> tuple[Facts, set[str]]:
        """What a row says, and which of its dates have no hour."""
        facts: Facts = {}
        without_hour: set[str] = set()
        for column, fact in FIELDS.items():
            text = text_of(fact, cells.get(column, ""))
            if not text:
                if column in REQUIRED and known is None:
                    raise BadInput("Kolom wajib ini kosong.", fact)
                continue
            if fact in clock.AT_MIDNIGHT + clock.AT_CLOSING:
                facts[fact], has_hour = _instant(fact, text, self.calendar)
                if not has_hour:
                    without_hour.add(fact)
            elif fact == "contract":
                facts[fact] = _yes(text)
            elif fact == "service":
                facts[fact] = self._service(text)
            elif fact == "customer":
                facts[fact] = self._customer(text, known)
            else:
                facts[fact] = text
        for column in SAME_AS_RECEIVED:
            if column not in self.columns and "received_at" in facts:
                fact = FIELDS[column]
                # Of a known order only a date that was taken for granted follows.
                if known is None or getattr(known, fact) == known.received_at:
                    facts[fact] = facts["received_at"]
        if "withdrawn_at" in facts and not (known and known.withdrawn_reason):
            facts["withdrawn_reason"] = WITHDRAWN_REASON
        return facts, without_hour

    def _customer(self, name: str, known: Order | None) -> Customer:
        """Whom the name means; a new one, not yet saved, when we know none."""
        if known is not None and same(known.customer.name) == same(name):
            return known.customer
        return self.customers.get(same(name)) or Customer(name=name)

    def _service(self, code: str) -> Service:
        try:
            return self.services[code.casefold()]
        except KeyError:
            known = ", ".join(sorted(service.code for service in self.services.values()))
            raise BadInput(
                f"Layanan {_quoted(code)} tidak dikenal. Yang ada: {known}.", "service"
            ) from None


def same(name: str) -> str:
    """Equal for names that differ only in case and white space."""
    return " ".join(name.casefold().split())


def text_of(fact: str, cell: str) -> str:
    """A cell without superfluous white space, if its field can keep it."""
    text = " ".join(cell.split())
    if text in FAILED:
        raise BadInput(
            f"Isinya {text}: rumus di sel ini tidak memberi hasil."
            " Perbaiki rumusnya, atau ketik isinya.", fact,
        )  # fmt: skip
    if any(unicodedata.category(mark) == "Cc" for mark in text):
        raise BadInput("Isinya memuat tanda yang tidak dapat disimpan.", fact)
    longest = _longest(fact)
    if longest is not None and len(text) > longest:
        raise BadInput(f"Paling panjang {longest} huruf; isinya {len(text)}.", fact)
    if fact == "email" and text:
        try:
            validate_email(text)
        except ValidationError:
            raise BadInput(f"{_quoted(text)} bukan alamat surel.", fact) from None
    return text


def _longest(fact: str) -> int | None:
    model = Customer if fact == "customer" else Order
    model_field = model._meta.get_field("name" if fact == "customer" else fact)
    return model_field.max_length if isinstance(model_field, models.CharField) else None


def _yes(text: str) -> bool:
    try:
        return {"ya": True, "tidak": False}[text.casefold()]
    except KeyError:
        raise BadInput(f"Isi dengan ya atau tidak, bukan {_quoted(text)}.", "contract") from None


def _instant(fact: str, text: str, calendar: WorkingCalendar) -> tuple[datetime, bool]:
    """The instant that a date stands for, and whether it has an hour."""
    match = DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        part = {name: int(value) for name, value in match.groupdict().items() if value}
        day = date(*(part.get(name) or part[f"{name}2"] for name in "ymd"))
        clock_time = time(part.get("hour", 0), part.get("minute", 0))
    except (ValueError, KeyError):
        raise BadInput(
            f"{_quoted(text)} bukan tanggal yang dikenal. Contoh yang benar:"
            " 2026-03-31, 2026-03-31 14:05, 31/03/2026, atau 31/03/2026 14:05.",
            fact,
        ) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadInput(f"Tahun {day.year} di luar {FIRST_YEAR} sampai {LAST_YEAR}.", fact)
    if "hour" in part:
        return datetime.combine(day, clock_time, WIB), True
    return clock.instant_of_date(fact, day, calendar), False


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"
