"""Orders from a file of rows: header first, columns in any order, times in WIB.

A reader knows one kind of file and yields the cells of each line; what the cells mean is the same
for all kinds. Each good row is an act of its own, a bad one is rejected with line, column and
reason and touches nothing. An empty cell never erases anything, and a known order is judged as it
would stand afterwards.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
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
from spm_monitor.refusals import BadInput, Refused
from spm_monitor.workdays import FIRST_YEAR, LAST_YEAR, WIB, WorkingCalendar, to_wib

FIELDS = {
    "nomor": "number",
    "pelanggan": "customer",
    "alamat": "address",
    "kontak": "contact_name",
    "telepon": "phone",
    "surel": "email",
    "layanan": "service",
    "sampel": "sample",
    "diterima": "received_at",
    "dokumen_lengkap": "documents_at",
    "dibayar": "paid_at",
    "spk": "contract",
    "target": "target_at",
    "perkiraan": "estimate_at",
    "selesai": "ready_at",
    "diserahkan": "handed_over_at",
    "dibatalkan": "withdrawn_at",
    "keterangan": "note",
}
COLUMNS = {fact: column for column, fact in FIELDS.items()}
REQUIRED = ("nomor", "pelanggan", "layanan", "diterima")
SAME_AS_RECEIVED = ("dokumen_lengkap", "dibayar")  # when the whole column is missing
WITHDRAWN_REASON = "menurut berkas impor"
CAUSE = "impor berkas"

DATE = re.compile(
    r"(?:(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
    r"|(?P<d2>[0-9]{2})/(?P<m2>[0-9]{2})/(?P<y2>[0-9]{4}))"
    r"(?: (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}))?"
)
CHUNK = 500

Cells = dict[str, str]
Lines = Iterator[tuple[int, "list[str] | BadInput"]]


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


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file's rows by column, before anybody asks what they mean."""

    columns: tuple[str, ...]
    """The known ones that the file has."""
    unknown: tuple[str, ...]
    rows: tuple[tuple[int, "Cells | BadInput"], ...]
    """Line and cells of each row that is not blank, or why it cannot be read."""


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


def read_table(content: bytes) -> Table:
    """The rows of a file by column. BadInput when it is no such file or lacks a column."""
    lines = _csv_lines(content)
    _, header = next(lines, (1, []))
    if isinstance(header, BadInput):
        raise header
    names = [_column(cell) for cell in header]
    if not any(names):
        raise BadInput("Baris pertama berkas ini kosong; di sana harus ada judul kolom.")
    missing = [column for column in REQUIRED if column not in names]
    if missing:
        raise BadInput(f"Kolom wajib tidak ada: {', '.join(missing)}. Tidak ada yang dibaca.")
    twice = sorted({name for name in names if name in FIELDS and names.count(name) > 1})
    if twice:
        raise BadInput(f"Kolom berulang: {', '.join(twice)}. Tidak ada yang dibaca.")
    rows = ((line, _cells(names, cells)) for line, cells in lines)
    return Table(
        columns=tuple(name for name in names if name in FIELDS),
        unknown=tuple(
            cell.strip() for cell, name in zip(header, names, strict=True)
            if name and name not in FIELDS
        ),
        rows=tuple((line, cells) for line, cells in rows if cells),
    )  # fmt: skip


def _column(heading: str) -> str:
    return "_".join(heading.casefold().split())


def _cells(names: list[str], cells: "list[str] | BadInput") -> "Cells | BadInput | None":
    """The cells of the known columns; None of a blank row."""
    if isinstance(cells, BadInput):
        return cells
    if not any(cell.strip() for cell in cells):
        return None
    if any(cell.strip() for cell in cells[len(names) :]):
        return BadInput(
            f"Baris ini berisi {len(cells)} sel, padahal judul kolom hanya {len(names)};"
            " beri tanda kutip pada isi yang memuat pemisah kolom."
        )
    filled = cells + [""] * (len(names) - len(cells))
    return {name: cell for name, cell in zip(names, filled, strict=False) if name in FIELDS}


def _csv_lines(content: bytes) -> Lines:
    """The cells of each line of a CSV file in UTF-8, with the line on which they begin."""
    if not content.strip():
        raise BadInput("Berkas ini kosong.")
    if content.startswith(b"PK\x03\x04"):
        raise BadInput("Berkas ini bukan CSV. Simpan lembar kerja sebagai CSV UTF-8, lalu impor.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"Berkas ini bukan UTF-8 (baris {line}). Simpan sebagai CSV UTF-8, lalu impor lagi."
        ) from error
    lines = io.StringIO(text, newline="").readlines()
    delimiter = max(",;", key=lambda mark: _known_columns(lines, mark))
    at = 0
    while at < len(lines):
        # After a line that cannot be read a new reader begins with the next one, so that a
        # forgotten quotation mark does not swallow the rest of the file.
        reader = csv.reader(
            (lines[i] for i in range(at, len(lines))),
            delimiter=delimiter,
            strict=True,
        )
        begins = at
        try:
            for cells in reader:
                yield begins + 1, cells
                begins = at + reader.line_num
            return
        except csv.Error:
            reason = "tanda kutipnya tidak berpasangan, atau sebuah sel terlalu panjang"
            yield begins + 1, BadInput(f"Baris ini tidak terbaca: {reason}.")
            at = begins + 1


def _known_columns(lines: list[str], delimiter: str) -> int:
    try:
        header = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error:
        return 0
    return sum(_column(cell) in FIELDS for cell in header)


# --- the rows ---------------------------------------------------------------------------------


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
