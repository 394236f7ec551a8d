"""Orders from a file of rows: header first, columns in any order, times in WIB.

First all rows are judged, which writes nothing and is all that a preview or a dry run needs; then
the good ones are taken. A bad row is named with line, column and reason and touches nothing. An
empty cell never erases anything, and a known order is judged as it would stand afterwards.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError

from spm_monitor import actions, clock, journal
from spm_monitor.actions import Facts
from spm_monitor.models import Customer, Order, Section, Service
from spm_monitor.order_file import FIELDS, Cells, Table, read_table
from spm_monitor.order_rows import Reader, same, text_of
from spm_monitor.refusals import BadInput, Refused
from spm_monitor.wording import instant_id
from spm_monitor.workdays import WorkingCalendar, to_wib

COLUMNS = {fact: column for column, fact in FIELDS.items()}
ENTER, IMPORT = "spm_monitor.enter_order", "spm_monitor.import_order"
CAUSE = "impor berkas"
CHUNK = 500
TOGETHER = 100  # new orders that are one act: a commit each would be most of the work
NOT_COMPUTED = (
    "Target tidak dapat dihitung dari jam kerja yang tercatat;"
    " periksa jam kerja, atau isi kolom target."
)
MEANWHILE = "Pesanan atau pelanggan ini baru saja dicatat orang lain; impor berkas ini lagi."


class Rejected(NamedTuple):
    """A row that was not taken."""

    line: int
    """Line of the file on which the row begins; the header's is 1."""
    column: str | None
    reason: str

    def __str__(self) -> str:
        column = f", kolom {self.column}" if self.column else ""
        return f"baris {self.line}{column}: {self.reason}"


class Moved(NamedTuple):
    """The due of a known order moves."""

    number: str
    old: datetime | None
    new: datetime | None

    def __str__(self) -> str:
        was, becomes = (instant_id(due) if due else "belum ada" for due in (self.old, self.new))
        return f"target {self.number}: {was} → {becomes}"


@dataclass(kw_only=True)
class Result:
    """What became of a file's rows, or would."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    overdue: int = 0
    """Open orders whose due has passed, by what this file says of them."""
    notices: list[str] = field(default_factory=list)
    """What the reader of the result should know although nothing was refused for it."""

    def __str__(self) -> str:
        return (
            f"dibuat {self.created}, diperbarui {self.updated},"
            f" tidak berubah {self.unchanged}, ditolak {len(self.rejected)}"
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """A good row: what it says, and the order as it is (None: new) and as it would be."""

    line: int
    facts: Facts
    without_hour: set[str]
    known: Order | None
    after: Order
    capacity: Any

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Each fact that it changes: name, old, new."""
        pairs = ((name, getattr(self.known, name, None), new) for name, new in self.facts.items())
        return [(name, str(old), str(new)) for name, old, new in pairs if old != new]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a file would do: the rows that would be written, and the result as it would be."""

    rows: list[Row]
    result: Result
    calendar: WorkingCalendar

    @property
    def digest(self) -> str:
        """Equal for two judgements that would do the same."""
        writes = [(row.line, row.after.number, row.changes, row.after.due_at) for row in self.rows]
        return hashlib.sha256(repr((writes, self.result)).encode()).hexdigest()


def import_orders(
    content: bytes, *, now: datetime, by: Any, capacity: Any, dry_run: bool = False
) -> Result:
    """Take the good rows of a file, name the bad ones. BadInput when nothing can be read.

    capacity: what `by` acts as (None and a text: the system); the caller has asked for the right.
    dry_run: the same result, nothing written.
    """
    judgement = judge(content, now=now, by=by, capacity=capacity)
    return judgement.result if dry_run else take(judgement, now=now, by=by)


def judge(
    content: bytes, *, now: datetime, by: Any, capacity: Any = None, most: int | None = None
) -> Judgement:
    """What a file would do. Writes nothing, waits for nobody. BadInput when it cannot be read.

    capacity: None asks for the rights of `by` in the section of each row. most: rows at most.
    """
    return _Judge(read_table(content, most=most), now=now, by=by, capacity=capacity).run()


# --- judging ----------------------------------------------------------------------------------


class _Judge:
    """One look at one file: what it looked up once, and the judgement so far."""

    def __init__(self, table: Table, *, now: datetime, by: Any, capacity: Any) -> None:
        self.table, self.now, self.by, self.capacity = table, now, by, capacity
        self.calendar = clock.current_calendar()
        services = Service.objects.select_related("section").prefetch_related("standards")
        self.reader = Reader(
            columns=table.columns, calendar=self.calendar,
            services={row.code.casefold(): row for row in services.order_by("-code")},
            customers={same(row.name): row for row in Customer.objects.order_by("-pk")},
        )  # fmt: skip
        self.orders = _known_orders(table)
        self.capacities: dict[int, Any] = {}
        self.years: set[int] = set()
        self.rows: list[Row] = []
        self.result = Result()

    def run(self) -> Judgement:
        """Look at row after row."""
        first_lines: dict[str, int] = {}
        for line, cells in self.table.rows:
            try:
                if isinstance(cells, BadInput):
                    raise cells
                number = text_of("number", cells["nomor"])
                if not number:
                    raise BadInput("Kolom wajib ini kosong.", "number")
                first = first_lines.setdefault(number, line)
                if first != line:
                    raise BadInput(f"Nomor {number} sudah ada di baris {first}.", "number")
                row = self._row(line, cells, self.orders.get(number))
            except (Refused, OverflowError) as refusal:
                self.result.rejected.append(_rejected(line, refusal))
            else:
                self._count(row)
        self.result.notices = self._notices()
        return Judgement(rows=self.rows, result=self.result, calendar=self.calendar)

    def _row(self, line: int, cells: Cells, known: Order | None) -> Row:
        facts, without_hour = self.reader.facts(cells, known)
        capacity = self._capacity(known.section if known else facts["service"].section)
        if known is not None:
            without_hour |= clock.kept_without_hour(known, self.calendar) - facts.keys()
        after = actions.supposed(
            known, facts, now=self.now, calendar=self.calendar, without_hour=without_hour
        )
        if known is not None and after.section_id != known.section_id:
            self._capacity(after.section)
        return Row(
            line=line, facts=facts, without_hour=without_hour, known=known, after=after,
            capacity=capacity,
        )  # fmt: skip

    def _capacity(self, section: Section) -> Any:
        """What `by` acts as there: one imports only what one may enter."""
        if self.capacity is not None:
            return self.capacity
        if section.pk not in self.capacities:
            both = [self.by.capacity_for(right, section.pk, self.now) for right in (IMPORT, ENTER)]
            self.capacities[section.pk] = both[1] if all(both) else None
        capacity = self.capacities[section.pk]
        if capacity is None:
            raise BadInput(f"Anda tidak mencatat pesanan seksi {section}.", "service")
        return capacity

    def _count(self, row: Row) -> None:
        """A good row into the result, and what it means for the later ones."""
        if row.known is None:
            self.result.created += 1
        elif row.changes:
            self.result.updated += 1
        else:
            self.result.unchanged += 1
            return
        after = row.after
        self.rows.append(row)
        self.reader.customers.setdefault(same(after.customer.name), after.customer)
        if row.known is not None and row.known.due_at != after.due_at:
            self.result.moved.append(Moved(after.number, row.known.due_at, after.due_at))
        if not after.ended and after.late(self.now):
            self.result.overdue += 1
        if after.target_at is None and after.started_at and after.due_at:
            first, last = to_wib(after.started_at).year, to_wib(after.due_at).year
            self.years.update(range(first, last + 1))

    def _notices(self) -> list[str]:
        notices = list(self.table.notices)
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


def _known_orders(table: Table) -> dict[str, Order]:
    """The orders that the file speaks of and we have, by number."""
    read = [cells for _, cells in table.rows if isinstance(cells, dict)]
    numbers = [" ".join(cells["nomor"].split()) for cells in read]
    numbers = [number for number in numbers if "\0" not in number]  # PostgreSQL cannot be asked
    known = Order.objects.select_related("customer", "service", "section", "standard")
    known = known.prefetch_related("service__standards")
    orders: dict[str, Order] = {}
    for begin in range(0, len(numbers), CHUNK):
        found = known.filter(number__in=numbers[begin : begin + CHUNK])
        orders |= {order.number: order for order in found}
    return orders


def _rejected(line: int, refusal: Exception) -> Rejected:
    if isinstance(refusal, IntegrityError):
        return Rejected(line, "nomor", MEANWHILE)
    if not isinstance(refusal, Refused):
        return Rejected(line, None, NOT_COMPUTED)
    return Rejected(line, COLUMNS.get(getattr(refusal, "field", None) or ""), refusal.sentence)


# --- taking -----------------------------------------------------------------------------------

REFUSALS = (Refused, OverflowError, IntegrityError)


def take(judgement: Judgement, *, now: datetime, by: Any) -> Result:
    """Write the good rows and say what really happened.

    New orders are written some at a time, one by one where some cannot be. Each known order is an
    act of its own: what follows from its change may lock more than the order.
    """
    new = [row for row in judgement.rows if row.known is None]
    known = [row for row in judgement.rows if row.known is not None]
    taken: list[Row] = []
    refused: list[Rejected] = []

    def write(rows: list[Row]) -> bool:
        try:
            _write(rows, now=now, by=by, calendar=judgement.calendar)
        except REFUSALS as refusal:
            if len(rows) == 1:
                refused.append(_rejected(rows[0].line, refusal))
            return False
        taken.extend(rows)
        return True

    for begin in range(0, len(new), TOGETHER):
        together = new[begin : begin + TOGETHER]
        if len(together) == 1 or not write(together):
            for row in together:
                write([row])
    for row in known:
        write([row])
    if not refused:
        return judgement.result
    numbers = {row.after.number for row in taken}
    return replace(
        judgement.result,
        created=sum(row.known is None for row in taken),
        updated=sum(row.known is not None for row in taken),
        rejected=sorted([*judgement.result.rejected, *refused]),
        moved=[moved for moved in judgement.result.moved if moved.number in numbers],
    )


def _write(rows: list[Row], *, now: datetime, by: Any, calendar: WorkingCalendar) -> None:
    """Write rows as one act: all of them or none.

    In the order of their keys, so that two imports at once wait for each other only one way.
    """
    customers = {id(c): c for row in rows if (c := row.facts.get("customer")) and c.pk is None}
    try:
        with journal.act():
            for customer in sorted(customers.values(), key=lambda customer: customer.name):
                customer.save(force_insert=True)
                journal.record(
                    "customer.entered", customer, by=by, capacity=rows[0].capacity, now=now,
                    after={"name": customer.name},
                )  # fmt: skip
            for row in sorted(rows, key=lambda row: row.after.number):
                _write_order(row, now=now, by=by, calendar=calendar)
    except BaseException:
        for customer in customers.values():  # who was not kept after all
            customer.pk = None
        raise


def _write_order(row: Row, *, now: datetime, by: Any, calendar: WorkingCalendar) -> None:
    if row.known is None:
        actions.enter_order(
            facts=row.facts, by=by, now=now, capacity=row.capacity,
            without_hour=row.without_hour, calendar=calendar,
        )  # fmt: skip
    else:
        actions.change_order(
            order=row.known, facts=row.facts, by=by, now=now, capacity=row.capacity,
            cause=CAUSE, without_hour=row.without_hour, calendar=calendar,
        )  # fmt: skip
