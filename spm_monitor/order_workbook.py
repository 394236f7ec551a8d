"""The order file as an Excel workbook: the cells of its first sheet, as the CSV would have them.

A workbook is a zip from somebody else: what it would unpack to is asked before it is read.
"""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from spm_monitor.refusals import BadInput

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LARGEST_UNPACKED = 32 * 1024 * 1024
MOST_PARTS = 1000
MOST_TAGS = 3_000_000  # of XML; each costs time: 5,000 orders have about 400,000
MOST_LINES = 100_000
MOST_COLUMNS = 100
UNREADABLE = (
    "Berkas ini bukan lembar kerja XLSX yang utuh."
    " Simpan sekali lagi sebagai .xlsx atau CSV UTF-8, lalu impor."
)
TOO_MUCH = (
    "Isi lembar kerja ini terlalu banyak."
    " Hapus lembar dan gambar lain, atau bagi menjadi beberapa berkas."
)
BROKEN = (
    zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError,
    RuntimeError,  # packed in a way that Excel never does
)  # fmt: skip
# What a formula left that nobody calculated, beside Excel's own "#N/A" and so on.
NOT_CALCULATED = "#RUMUS"


def is_workbook(content: bytes) -> bool:
    """Whether the content begins as Excel's files do, the old kind too."""
    return content.startswith((ZIP, OLE))


def read_workbook(content: bytes) -> tuple[list[tuple[int, list[str]]], tuple[str, ...]]:
    """Line and cells of each row of the first sheet, and what the reader should know of it.

    BadInput when it is no workbook, protected, or more than we care to unpack.
    """
    _check(content)
    try:
        with warnings.catch_warnings():  # of styles and extensions that say nothing of the cells
            warnings.simplefilter("ignore")
            return _first_sheet(content)
    except BadInput:
        raise
    except Exception as error:  # whatever a broken workbook makes its reader stumble over
        raise BadInput(UNREADABLE) from error


def _check(content: bytes) -> None:
    if content.startswith(OLE) and ENCRYPTED in content:
        raise BadInput("Berkas ini dilindungi kata sandi. Simpan tanpa kata sandi, lalu impor.")
    if content.startswith(OLE):
        raise BadInput(
            "Berkas ini bukan XLSX, mungkin .xls yang lama. Simpan sebagai .xlsx, lalu impor."
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise BadInput("Berkas ini dilindungi kata sandi. Simpan tanpa kata sandi, lalu impor.")
        # The directory is to be trusted: no part is unpacked beyond the length it names there.
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise BadInput(TOO_MUCH)
        if sum(archive.read(part).count(b"<") for part in parts) > MOST_TAGS:
            raise BadInput(TOO_MUCH)
    except BROKEN as error:
        raise BadInput(UNREADABLE) from error


def _first_sheet(content: bytes) -> tuple[list[tuple[int, list[str]]], tuple[str, ...]]:
    rows, names = _rows(content, results=False)
    lines: list[tuple[int, list[str]]] = []
    formulas = False
    for line, cells in enumerate(rows, 1):
        if line > MOST_LINES:
            raise BadInput(
                f"Lembar kerja ini lebih dari {MOST_LINES:,} baris.".replace(",", ".")
                + " Hapus baris kosong di bawah data, atau bagi menjadi beberapa berkas."
            )
        formulas = formulas or any(cell.data_type == "f" for cell in cells)
        lines.append((line, [_text(cell) for cell in cells]))
    if formulas:  # only now is it worth to read once more, for what they gave
        results, _ = _rows(content, results=True)
        pairs = zip(lines, results, strict=True)
        lines = [(line, _calculated(texts, cells)) for (line, texts), cells in pairs]
    others = names[1:]
    notice = f"Hanya lembar pertama ({names[0]}) yang dibaca, dari {len(names)} lembar."
    return lines, (notice,) if others else ()


def _rows(content: bytes, *, results: bool) -> tuple[Iterator[Any], list[str]]:
    """The rows of cells of the first sheet, and the names of all; formulas or their results."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=results)
    if not book.worksheets:
        raise BadInput("Berkas ini tidak memiliki lembar kerja.")
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # some programs write them wrong
    names = [sheet.title for sheet in book.worksheets]
    return sheet.iter_rows(max_col=MOST_COLUMNS), names


def _calculated(texts: list[str], cells: Any) -> list[str]:
    return [
        (_text(cell) if cell.value is not None else NOT_CALCULATED) if text == NOT_CALCULATED
        else text
        for text, cell in zip(texts, cells, strict=True)
    ]  # fmt: skip


def _text(cell: Any) -> str:
    """A cell as a CSV would have it: dates as `YYYY-MM-DD[ HH:MM]`, numbers without ".0"."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return NOT_CALCULATED
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, datetime):
        return _date(value)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, int | float):
        text = f"{value:.15g}"  # as many digits as Excel keeps
        if re.fullmatch("0+", cell.number_format) and text.isdigit():
            return text.zfill(len(cell.number_format))
        return f"{value:.0f}" if float(value).is_integer() else text
    return str(value)


def _date(value: datetime) -> str:
    """An Excel date. Midnight is how Excel keeps a date that was given without an hour."""
    value = (value + timedelta(milliseconds=500)).replace(microsecond=0)  # it counts in fractions
    if (value.hour, value.minute, value.second) == (0, 0, 0):
        return f"{value:%Y-%m-%d}"
    return f"{value:%Y-%m-%d %H:%M}"


def workbook_of(rows: list[list[str]]) -> bytes:
    """A workbook with these rows, header first, all of it text so that nothing loses its zeros."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title, sheet.freeze_panes = "Pesanan", "A2"
    for row in rows:
        sheet.append(row)
    for index, heading in enumerate(rows[0], 1):
        column = sheet.column_dimensions[get_column_letter(index)]
        column.number_format, column.width = "@", max(14, len(heading) + 4)
        for line in range(1, len(rows) + 1):
            sheet.cell(line, index).number_format = "@"
        sheet.cell(1, index).font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
