"""The order file as XLSX: each reading rule that is another one than the CSV's."""

import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from spm_monitor.importing import Result
from spm_monitor.models import Order
from spm_monitor.order_file import EXAMPLE, FIELDS
from spm_monitor.order_workbook import LARGEST_UNPACKED, MOST_LINES, MOST_TAGS, workbook_of
from spm_monitor.refusals import BadInput
from spm_monitor.workdays import WIB
from tests.spm_monitor.edge_orders import as_csv, edge_orders
from tests.spm_monitor.test_importing import at, everything, file_of, read, row
from tests.spm_monitor.test_importing import office as office

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def book_of(*rows: dict[str, Any], sheets: tuple[str, ...] = ()) -> openpyxl.Workbook:
    columns = list(dict.fromkeys(column for cells in rows for column in cells))
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Pesanan"
    sheet.append(columns)
    for cells in rows:
        sheet.append([cells.get(column) for column in columns])
    for title in sheets:
        book.create_sheet(title).append(["apa", "saja"])
    return book


def content_of(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def take(*rows: dict[str, Any]) -> Result:
    return read(content_of(book_of(*rows)))


def taken(*rows: dict[str, Any]) -> Order:
    """The order of the last row, after a workbook without a rejected row."""
    assert take(*rows).rejected == []
    return Order.objects.get(number=str(rows[-1]["nomor"]))


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def raw_book(rows: str, *, before: str = "", head: str = "") -> bytes:
    """A workbook whose sheet has these rows of XML, as programs other than Excel write them."""
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/s.xml" ContentType="{types}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="b" Type="{OFFICE}/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": f'{head}<worksheet xmlns="{MAIN}">{before}'
        f"<sheetData>{rows}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def raw_row(line: int, *cells: str) -> str:
    """A row of XML; a cell that is not XML itself is text."""
    xml = (c if c.startswith("<") else f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in cells)
    return f'<row r="{line}">{"".join(xml)}</row>'


HEADER = raw_row(1, "nomor", "pelanggan", "layanan", "diterima", "keterangan")


def failing(content: bytes) -> str:
    """Why nothing of it is read, and nothing is."""
    before = everything()
    with pytest.raises(BadInput) as refused:
        read(content)
    assert everything() == before
    return refused.value.sentence


# --- the same as CSV ----------------------------------------------------------------------------


def as_cell(text: str) -> Any:
    """A date as Excel keeps it, anything else as text; so is an hour that is midnight itself."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text or None
    if len(text) == len("2026-03-31"):
        return found.date()
    return text if found.time() == time(0) else found


@pytest.mark.parametrize("native", [False, True], ids=["text", "Excel dates"])
def test_the_same_data_as_csv_and_as_workbook_give_the_same_orders(native: bool) -> None:
    edges = [cells for cells, _ in edge_orders(52)]
    plain = [
        row(
            f"V-{i}", target=target, selesai="2026-03-05", diserahkan="2026-03-05", keterangan="a;b"
        )
        for i, target in enumerate(["2026-03-05", "2026-03-06 09:15", "", "entah"])
    ]
    as_text = [read(as_csv(edges)), read(file_of(*plain))]
    for rows, before in zip((edges, plain), as_text, strict=True):
        cells = [{k: as_cell(v) if native else v or None for k, v in r.items()} for r in rows]
        result = take(*cells)
        assert (result.created, result.updated) == (0, 0)
        assert (result.unchanged, result.rejected) == (before.created, before.rejected)
        assert before.created


def test_the_command_takes_a_workbook(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "pesanan.xlsx"
    path.write_bytes(content_of(book_of(row())))
    call_command("import_orders", str(path))
    assert capsys.readouterr().out == "dibuat 1, diperbarui 0, tidak berubah 0, ditolak 0\n"


# --- cells --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "target"),
    [
        (date(2026, 3, 12), at(12, 16)),  # closing time
        (datetime(2026, 3, 13), at(13, 16, 30)),  # a date in a cell that could show an hour
        (datetime(2026, 3, 12, 14, 5), at(12, 14, 5)),
        (datetime(2026, 3, 12, 14, 4, 59, 999700), at(12, 14, 5)),  # how Excel keeps 14:05
        ("12/03/2026 14:05", at(12, 14, 5)),
        ("2026-03-12", at(12, 16)),
    ],
)  # fmt: skip
def test_an_excel_date_has_an_hour_when_it_has_one(cell: Any, target: datetime) -> None:
    assert taken(row(target=cell)).target_at == target


def test_an_excel_date_without_an_hour_is_compared_by_date() -> None:
    order = taken(row() | {"diterima": datetime(2026, 3, 2, 20), "selesai": date(2026, 3, 2)})
    assert (order.received_at, order.ready_at) == (at(2, 20), at(2, 16))


def test_the_dates_of_a_mac_are_the_same_dates() -> None:
    book = book_of(row() | {"target": datetime(2026, 3, 12, 9, 30)})
    book.epoch = CALENDAR_MAC_1904
    assert read(content_of(book)).rejected == []
    assert Order.objects.get().target_at == at(12, 9, 30)


@pytest.mark.parametrize("cell", [46086, 46086.5, True, time(9, 0), timedelta(hours=9)])
def test_what_is_no_excel_date_is_no_date(cell: Any) -> None:
    result = take(row(), row("U-2") | {"target": cell})
    assert [(r.line, r.column) for r in result.rejected] == [(3, "target")]
    assert "bukan tanggal yang dikenal" in result.rejected[0].reason


def test_numbers_in_columns_of_text_are_text() -> None:
    order = taken(
        row() | {"nomor": 123, "telepon": 81234567890.0, "sampel": 2.5, "alamat": 0.1 + 0.2}
    )
    assert (order.number, order.phone, order.sample) == ("123", "81234567890", "2.5")
    assert order.address == "0.3"


def test_a_number_keeps_the_zeros_its_cell_shows() -> None:
    book = book_of(row() | {"nomor": 45, "telepon": 812})
    book.worksheets[0]["A2"].number_format = "00000"
    read(content_of(book))
    assert (Order.objects.get().number, Order.objects.get().phone) == ("00045", "812")


@pytest.mark.parametrize(
    ("cell", "contract"), [(True, True), (False, False), ("ya", True), ("Tidak", False)]
)
def test_a_yes_is_a_word_or_a_tick(cell: Any, contract: bool) -> None:
    assert taken(row() | {"spk": cell}).contract is contract


def test_a_formula_stands_for_what_it_gave() -> None:
    content = raw_book(
        HEADER
        + raw_row(2, '<c t="str"><f>"U"&amp;"-1"</f><v>U-1</v></c>', "PT A", "UJI",
                  "<c><f>1+1</f><v>46083</v></c>", '<c t="str"><f>X</f><v></v></c>')
        + raw_row(3, "U-2", '<c><f>1+1</f></c>', "UJI", "2026-03-02")
        + raw_row(4, "U-3", '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "UJI", "2026-03-02")
        + raw_row(5, "U-4", "PT A", "UJI", "2026-03-02", '<c t="e"><v>#N/A</v></c>')
        + raw_row(6, "U-5", "PT A", "UJI", "2026-03-02", '<c><f>1+1</f><v>2</v></c>')
    )  # fmt: skip
    result = read(content)
    assert [(r.line, r.column, r.reason[:14]) for r in result.rejected] == [
        (2, "diterima", "“46083” bukan "),  # a number without a date's format is a number
        (3, "pelanggan", "Isinya #RUMUS:"),
        (4, "pelanggan", "Isinya #DIV/0!"),
        (5, "keterangan", "Isinya #N/A: r"),
    ]
    assert Order.objects.get().note == "2"


def test_a_failed_formula_in_a_csv_is_no_customer_either() -> None:
    assert [r.column for r in read(file_of(row(pelanggan="#N/A"))).rejected] == ["pelanggan"]


# --- sheets -------------------------------------------------------------------------------------


def test_the_first_sheet_is_read_and_the_others_are_told_of() -> None:
    result = read(content_of(book_of(row(), sheets=("Layanan", "Arsip"))))
    assert result.created == 1
    assert result.notices == ["Hanya lembar pertama (Pesanan) yang dibaca, dari 3 lembar."]


def test_line_is_the_line_of_the_sheet_though_rows_are_missing_or_blank() -> None:
    content = raw_book(
        HEADER + raw_row(2, "", " ") + raw_row(7, "U-1", "PT A", "TAK-ADA", "2026-03-02")
        + raw_row(9, "U-2", "PT A", "UJI", "2026-03-02") + raw_row(500, "") + '<row r="900"/>'
    )  # fmt: skip
    result = read(content)
    assert ([r.line for r in result.rejected], result.created) == ([7], 1)


def test_wrong_dimensions_do_not_hide_rows() -> None:
    rows = HEADER + raw_row(2, "U-1", "PT A", "UJI", "2026-03-02")
    assert read(raw_book(rows, before='<dimension ref="A1:A1"/>')).created == 1


def test_remarks_beside_the_table_are_ignored() -> None:
    cells = ["U-1", "PT A", "UJI", "2026-03-02", "", "", "periksa lagi"]
    assert read(raw_book(HEADER + raw_row(2, *cells))).created == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "Baris pertama berkas ini kosong"),
        (raw_row(3, "nomor", "pelanggan", "layanan", "diterima"), "Baris pertama berkas ini"),
        (raw_row(1, "Daftar pesanan 2026") + raw_row(2, "nomor"), "harus di baris pertama"),
        (raw_row(1, "nomor", "pelanggan", "diterima"), "Kolom wajib tidak ada: layanan."),
        (HEADER + raw_row(MOST_LINES + 1, "U-1"), "lebih dari 100.000 baris"),
        (HEADER + raw_row(10**15, "U-1"), "lebih dari 100.000 baris"),
    ],
    ids=["empty", "header below", "title above", "column missing", "far below", "absurdly far"],
)  # fmt: skip
def test_a_sheet_that_cannot_be_read_says_why(rows: str, words: str) -> None:
    assert words in failing(raw_book(rows))


# --- hostile and broken files -------------------------------------------------------------------


def zip_of(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (OLE, "mungkin .xls yang lama"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "kata sandi"),
        (b"PK\x03\x04" + bytes(500), "bukan lembar kerja XLSX yang utuh"),
        (zip_of(word=b"<document/>"), "bukan lembar kerja XLSX yang utuh"),
        (raw_book(HEADER)[:-40], "bukan lembar kerja XLSX yang utuh"),
        (raw_book(HEADER + "<row><c>"), "bukan lembar kerja XLSX yang utuh"),
        (zip_of(bomb=bytes(LARGEST_UNPACKED + 1)), "terlalu banyak"),
        (raw_book(HEADER + "<c/>" * (MOST_TAGS + 1)), "terlalu banyak"),
        (zip_of(**{f"p{i}": b"" for i in range(1001)}), "terlalu banyak"),
        (
            raw_book(
                raw_row(1, "&l9;"), head=f'<!DOCTYPE w [<!ENTITY l0 "{"ha" * 50}">{LAUGHS}]>'
            ),
            "bukan lembar kerja XLSX yang utuh",
        ),
    ],
    ids=[
        "xls", "password", "no zip", "docx", "cut off", "broken XML", "bomb", "tags", "parts",
        "laughs",
    ],
)  # fmt: skip
def test_a_file_that_is_no_sound_workbook_says_what_to_do(content: bytes, words: str) -> None:
    assert words in failing(content)


def test_a_part_that_lies_about_its_length_is_not_unpacked_beyond_it() -> None:
    sound = raw_book(HEADER + raw_row(2, "U-1", "PT A", "UJI", "2026-03-02", "x" * 5000))
    sheet = next(
        p for p in zipfile.ZipFile(io.BytesIO(sound)).infolist() if p.filename == "xl/s.xml"
    )
    lying = sound.replace(sheet.file_size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != sound
    assert "bukan lembar kerja XLSX yang utuh" in failing(lying)


def test_a_zip_with_a_password_is_said_to_have_one() -> None:
    sound = bytearray(raw_book(HEADER))
    directory = sound.index(b"PK\x01\x02")
    sound[directory + 8] |= 1
    assert "kata sandi" in failing(bytes(sound))


# --- the file to fill in ------------------------------------------------------------------------


def test_the_empty_workbook_has_all_columns_and_its_example_is_no_order() -> None:
    content = workbook_of([list(FIELDS), [EXAMPLE.get(name, "") for name in FIELDS]])
    result = read(content)
    assert result.notices == []
    assert [(r.line, r.column) for r in result.rejected] == [(2, "layanan")]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(FIELDS)
    sheet["G2"], sheet["A3"] = "UJI", "U-3"  # filled in, it is taken
    assert read(content_of(sheet.parent)).created == 1
    order = Order.objects.get()
    assert (order.phone, order.received_at) == (
        "081200000000",
        datetime(2026, 3, 31, 9, tzinfo=WIB),
    )
