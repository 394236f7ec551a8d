"""Orders from a file of rows: header first, columns in any order, times in WIB.

What a file's cells mean is the same for all kinds of file (`order_file`). Each good row is an act
of its own, a bad one is rejected with line, column and reason and touches nothing. An empty cell
never erases anything, and a known order is judged as it would stand afterwards.
"""

import re
import unicodedata
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, models, transaction

from spm_monitor import actions, clock, journal
from spm_monitor.actions import Facts
from spm_monitor.models import Customer, Order, Service
from spm_monitor.order_file import FIELDS, REQUIRED, Cells, Table, read_table
from spm_monitor.refusals import BadInput, Refused
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR, WIB, WorkingCalendar, to_wib

COLUMNS = {fact: column for column, fact in FIELDS.items()}
SAME_AS_RECEIVED = ("dokumen_lengkap", "dibayar")  # when the whole column is missing
WITHDRAWN_REASON = "menurut berkas impor"
CAUSE = "impor berkas"

DATE = re.compile(
    r"(?:(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
    r"|(?P<d2>[0-9]{2})/(?P<m2>[0-9]{2})/(?P<y2>[0-9]{4}))"
    r"(?: (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}))?"
)
CHUNK = 500


class Rejected(NamedTuple):
    """A row that was not taken."""

    line: int
    """Line of the file on which the row begins; the header's is 1."""
    column: str | None
    reason: str

    def __str__(self) -> str:
        column = f", kolom {self.column}" if self.column else ""
        return f"baris {self.line}{column}: {self.reason}"


@dataclass(kw_only=True)
class Result:
    """What became of a file's rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    """What the reader of the result should know although nothing was refused for it."""

    def __str__(self) -> str:
        return (
            f"dibuat {self.created}, diperbarui {self.updated},"
            f" tidak berubah {self.unchanged}, ditolak {len(self.rejected)}"
        )


def import_orders(
    content: bytes, *, now: datetime, by: Any, capacity: Any, dry_run: bool = False
) -> Result:
    """Take the good rows of a file, name the bad ones. BadInput when nothing can be read.

    capacity: what `by` acts as (None and a text: the system); the caller has asked for the right.
    dry_run: the same result, nothing written.
    """
    table = read_table(content)
    with transaction.atomic() if dry_run else nullcontext():
        result = _Import(table, now=now, by=by, capacity=capacity).run()
        if dry_run:
            transaction.set_rollback(True)
    return result


# --- the file ---------------------------------------------------------------------------------


class _Import:
    """One run over one file: what it looked up once, and the result so far."""

    def __init__(self, table: Table, *, now: datetime, by: Any, capacity: Any) -> None:
        self.table, self.now, self.by, self.capacity = table, now, by, capacity
        self.calendar = clock.current_calendar()
        self.services = {
            service.code.casefold(): service
            for service in Service.objects.select_related("section").order_by("-code")
        }
        self.customers = {_same(c.name): c for c in Customer.objects.order_by("-pk")}
        self.orders = _known_orders(table)
        self.years: set[int] = set()
        self.result = Result()

    def run(self) -> Result:
        """Take row after row."""
        first_lines: dict[str, int] = {}
        for line, cells in self.table.rows:
            try:
                if isinstance(cells, BadInput):
                    raise cells
                number = _text("number", cells["nomor"])
                if not number:
                    raise BadInput("Kolom wajib ini kosong.", "number")
                first = first_lines.setdefault(number, line)
                if first != line:
                    raise BadInput(f"Nomor {number} sudah ada di baris {first}.", "number")
                self._take(cells, self.orders.get(number))
            except Refused as refusal:
                fact = getattr(refusal, "field", None)
                column = COLUMNS.get(fact) if fact else None
                self.result.rejected.append(Rejected(line, column, refusal.sentence))
        self.result.notices = self._notices()
        return self.result

    def _take(self, cells: Cells, known: Order | None) -> None:
        facts, without_hour = self._facts(cells, known)
        try:
            if known is None:
                self._enter(facts, without_hour)
            else:
                self._change(known, facts, without_hour)
        except OverflowError as error:
            raise BadInput(
                "Target tidak dapat dihitung dari jam kerja yang tercatat;"
                " periksa jam kerja, atau isi kolom target."
            ) from error
        except IntegrityError as error:
            raise BadInput(
                "Pesanan atau pelanggan ini baru saja dicatat orang lain; impor berkas ini lagi.",
                "number",
            ) from error

    def _enter(self, facts: Facts, without_hour: set[str]) -> None:
        with journal.act():
            self._enter_customer(facts)
            order = actions.enter_order(
                facts=facts, by=self.by, now=self.now, capacity=self.capacity,
                without_hour=without_hour, calendar=self.calendar,
            )  # fmt: skip
        self.result.created += 1
        self._remember(order)

    def _change(self, order: Order, facts: Facts, without_hour: set[str]) -> None:
        kept = clock.kept_without_hour(order, self.calendar) - facts.keys()
        after = copy(order)
        for name, value in facts.items():
            setattr(after, name, value)
        actions.check_facts(after, self.now, without_hour | kept)
        if all(getattr(order, name) == value for name, value in facts.items()):
            self.result.unchanged += 1
            return
        with journal.act():
            self._enter_customer(facts)
            actions.change_order(
                order=order, facts=facts, by=self.by, now=self.now, capacity=self.capacity,
                cause=CAUSE, without_hour=without_hour | kept, calendar=self.calendar,
            )  # fmt: skip
        self.result.updated += 1
        self._remember(order)

    def _enter_customer(self, facts: Facts) -> None:
        customer = facts.get("customer")
        if customer is not None and customer.pk is None:
            customer.save(force_insert=True)
            journal.record(
                "customer.entered", customer, by=self.by, capacity=self.capacity, now=self.now,
                after={"name": customer.name},
            )  # fmt: skip

    def _remember(self, order: Order) -> None:
        """What a row that was taken means for the later ones."""
        self.customers.setdefault(_same(order.customer.name), order.customer)
        if order.target_at is None and order.started_at and order.due_at:
            first, last = to_wib(order.started_at).year, to_wib(order.due_at).year
            self.years.update(range(first, last + 1))

    def _notices(self) -> list[str]:
        notices = []
        if not self.table.rows:
            notices.append("Berkas ini tidak berisi baris pesanan.")
        if self.table.unknown:
            notices.append(f"Kolom yang tidak dikenal diabaikan: {', '.join(self.table.unknown)}.")
        notices += [
            f"Hari libur tahun {year} belum tercatat; target dihitung dengan akhir pekan saja."
            for year in sorted(self.years)
            if not self.calendar.has_year(year)
        ]
        return notices

    # --- the cells ----------------------------------------------------------------------------

    def _facts(self, cells: Cells, known: Order | None) -> tuple[Facts, set[str]]:
        """What a row says, and which of its dates have no hour."""
        facts: Facts = {}
        without_hour: set[str] = set()
        for column, fact in FIELDS.items():
            text = _text(fact, cells.get(column, ""))
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
            if column not in self.table.columns and "received_at" in facts:
                fact = FIELDS[column]
                # Of a known order only a date that was taken for granted follows.
                if known is None or getattr(known, fact) == known.received_at:
                    facts[fact] = facts["received_at"]
        if "withdrawn_at" in facts and not (known and known.withdrawn_reason):
            facts["withdrawn_reason"] = WITHDRAWN_REASON
        return facts, without_hour

    def _customer(self, name: str, known: Order | None) -> Customer:
        """Whom the name means; a new one, not yet saved, when we know none."""
        if known is not None and _same(known.customer.name) == _same(name):
            return known.customer
        return self.customers.get(_same(name)) or Customer(name=name)

    def _service(self, code: str) -> Service:
        try:
            return self.services[code.casefold()]
        except KeyError:
            known = ", ".join(sorted(service.code for service in self.services.values()))
            raise BadInput(
                f"Layanan {_quoted(code)} tidak dikenal. Yang ada: {known}.", "service"
            ) from None


def _known_orders(table: Table) -> dict[str, Order]:
    """The orders that the file speaks of and we have, by number."""
    read = [cells for _, cells in table.rows if isinstance(cells, dict)]
    numbers = [" ".join(cells["nomor"].split()) for cells in read]
    orders: dict[str, Order] = {}
    for begin in range(0, len(numbers), CHUNK):
        found = Order.objects.select_related("customer", "service").filter(
            number__in=numbers[begin : begin + CHUNK]
        )
        orders |= {order.number: order for order in found}
    return orders


def _same(name: str) -> str:
    """Equal for names that differ only in case and white space."""
    return " ".join(name.casefold().split())


def _text(fact: str, cell: str) -> str:
    """A cell without superfluous white space, if its field can keep it."""
    text = " ".join(cell.split())
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
