"""The order file as a table: what stands in which line and column, before its meaning is asked.

A reader knows one kind of file (CSV here, XLSX in `order_workbook`) and yields the cells of each
line; the columns are the same for all.
"""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from spm_monitor.order_workbook import is_workbook, read_workbook
from spm_monitor.refusals import BadInput
from spm_monitor.wording import thousands

# Column of the file: fact of the order.
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
# A row to show how one is filled in; no service has this code, so it is never taken for an order.
EXAMPLE = {
    "nomor": "CONTOH-001",
    "pelanggan": "PT Contoh Sejahtera",
    "alamat": "Jalan Contoh 1, Palembang",
    "kontak": "Ibu Contoh",
    "telepon": "081200000000",
    "surel": "contoh@contoh.id",
    "layanan": "KODE-LAYANAN",
    "sampel": "Beras, 2 kg",
    "diterima": "2026-03-31 09:00",
    "dokumen_lengkap": "2026-03-31 09:00",
    "dibayar": "2026-04-01",
    "spk": "tidak",
    "keterangan": "Hapus baris contoh ini",
}
REQUIRED = ("nomor", "pelanggan", "layanan", "diterima")

Cells = dict[str, str]
Lines = Iterator[tuple[int, "list[str] | BadInput"]]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file's rows by column, before anybody asks what they mean."""

    columns: tuple[str, ...]
    """The known ones that the file has."""
    unknown: tuple[str, ...]
    rows: tuple[tuple[int, "Cells | BadInput"], ...]
    """Line and cells of each row that is not blank, or why it cannot be read."""
    notices: tuple[str, ...]
    """What the reader of the result should know of the file."""


def read_table(
    content: bytes, *, most: int | None = None, fields: Collection[str] = FIELDS.keys(),
    required: Collection[str] = REQUIRED,
) -> Table:  # fmt: skip
    """The rows of a file by column. BadInput when it is no such file or lacks a column.

    most: how many rows it may have. fields: the columns known, those of orders by default;
    required: of these, those that must be there.
    """
    lines: Lines
    notices: tuple[str, ...] = ()
    if is_workbook(content):
        found, notices = read_workbook(content)
        lines = iter(found)
    else:
        lines = _csv_lines(content, fields)
    _, header = next(lines, (1, []))
    if isinstance(header, BadInput):
        raise header
    names = [_column(cell) for cell in header]
    if not any(names):
        raise BadInput("Baris pertama berkas ini kosong; di sana harus ada judul kolom.")
    missing = [column for column in required if column not in names]
    if missing:
        raise BadInput(
            f"Kolom wajib tidak ada: {', '.join(missing)}."
            " Tidak ada yang dibaca; judul kolom harus di baris pertama."
        )
    twice = sorted({name for name in names if name in fields and names.count(name) > 1})
    if twice:
        raise BadInput(f"Kolom berulang: {', '.join(twice)}. Tidak ada yang dibaca.")
    read = ((line, _cells(names, cells, fields)) for line, cells in lines)
    rows = tuple((line, cells) for line, cells in read if cells)
    if most is not None and len(rows) > most:
        raise BadInput(
            f"Berkas ini berisi {thousands(len(rows))} baris pesanan; paling banyak"
            f" {thousands(most)}. Bagi menjadi beberapa berkas."
        )
    return Table(
        columns=tuple(name for name in names if name in fields),
        unknown=tuple(
            cell.strip() for cell, name in zip(header, names, strict=True)
            if name and name not in fields
        ),
        rows=rows,
        notices=notices,
    )  # fmt: skip


def _column(heading: str) -> str:
    return "_".join(heading.casefold().split())


def _cells(
    names: list[str], cells: "list[str] | BadInput", fields: Collection[str]
) -> "Cells | BadInput | None":
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
    return {name: cell for name, cell in zip(names, filled, strict=False) if name in fields}


def _csv_lines(content: bytes, fields: Collection[str]) -> Lines:
    """The cells of each line of a CSV file in UTF-8, with the line on which they begin."""
    if not content.strip():
        raise BadInput("Berkas ini kosong.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in content:  # no text at all: a damaged workbook, or text as Windows keeps it
            raise BadInput(
                "Berkas ini bukan CSV UTF-8, dan bukan lembar kerja XLSX yang utuh."
                " Simpan sekali lagi sebagai .xlsx atau CSV UTF-8, lalu impor."
            ) from error
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"Berkas ini bukan UTF-8 (baris {line}). Simpan sebagai CSV UTF-8, lalu impor lagi."
        ) from error
    lines = io.StringIO(text, newline="").readlines()
    delimiter = max(",;", key=lambda mark: _known_columns(lines, mark, fields))
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


def _known_columns(lines: list[str], delimiter: str, fields: Collection[str]) -> int:
    try:
        header = next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error:
        return 0
    return sum(_column(cell) in fields for cell in header)
