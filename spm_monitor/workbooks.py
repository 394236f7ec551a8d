"""Tables as an XLSX workbook in which no text becomes a formula (FAULTS D12)."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝")
NARROWEST, WIDEST = 10, 48  # characters of a column
Row = Sequence[Any]


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would calculate, made one that it shows; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{value}" if value.startswith(STARTS_A_FORMULA) else value


def workbook(sheets: Iterable[tuple[str, Row, Iterable[Row]]]) -> bytes:
    """A workbook of (title, headings, rows), its headings bold and always in view."""
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    for title, headings, rows in sheets:
        sheet: Any = book.create_sheet(title)
        sheet.append([harmless(heading) for heading in headings])
        for row in rows:
            sheet.append([harmless(value) for value in row])
        _lay_out(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lay_out(sheet: Any) -> None:
    sheet.freeze_panes = "A2"
    for index, column in enumerate(sheet.iter_cols(), 1):
        longest = max(len(str(cell.value or "")) for cell in column)
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = min(max(longest + 2, NARROWEST), WIDEST)
        for cell in column:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        column[0].font = Font(bold=True)
