"""The order file, rule by rule."""

import csv
import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from spm_monitor import actions, importing, journal
from spm_monitor.importing import Result, import_orders
from spm_monitor.models import (
    Customer,
    DueChange,
    Holiday,
    JournalEntry,
    OfficeHours,
    Order,
    Overrun,
    Section,
    Service,
    SpmStandard,
)
from spm_monitor.refusals import BadInput
from spm_monitor.workdays import WIB
from tests.spm_monitor.edge_orders import SERVICES, as_csv, edge_orders

NOW = datetime(2026, 3, 31, 10, 0, 20, tzinfo=WIB)  # a Tuesday

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def office(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own office: hours, a holiday, services UJI (5 days, since 2026) and the edge file's."""
    monkeypatch.setattr(actions, "_followers", lambda: ())
    for model in (SpmStandard, Service, Holiday, OfficeHours):
        model._default_manager.all().delete()
    hours = OfficeHours.objects.create(name="biasa", valid_from=date(2020, 1, 1))
    for weekday in range(5):
        friday = weekday == 4
        noon, closing = (time(11, 30), time(16, 30)) if friday else (time(12), time(16))
        hours.segments.create(weekday=weekday, opens=time(7, 30), closes=noon)
        hours.segments.create(weekday=weekday, opens=time(13), closes=closing)
    Holiday.objects.create(date=date(2026, 3, 19), name="Nyepi")
    section = Section.objects.create(code="berkas", name="Seksi berkas")
    for code in ("UJI", *SERVICES):
        Service.objects.create(code=code, name=code, section=section)
    SpmStandard.objects.create(
        service=Service.objects.get(code="UJI"), valid_from=date(2026, 1, 1), days=5, decree="SK 1"
    )


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=WIB)


def row(nomor: str = "U-1", /, **cells: str) -> dict[str, str]:
    start = "2026-03-02 09:00"
    return {
        "nomor": nomor, "pelanggan": "PT Sungai Musi", "layanan": "UJI", "diterima": start,
        "dokumen_lengkap": start, "dibayar": start,
    } | cells  # fmt: skip


def without(cells: dict[str, str], *columns: str) -> dict[str, str]:
    return {column: cell for column, cell in cells.items() if column not in columns}


def file_of(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    columns = list(dict.fromkeys(column for cells in rows for column in cells))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def take(*rows: dict[str, str], dry_run: bool = False) -> Result:
    return read(file_of(*rows), dry_run=dry_run)


def read(content: bytes, *, dry_run: bool = False) -> Result:
    return import_orders(content, now=NOW, by=None, capacity="Impor berkas", dry_run=dry_run)


def taken(*rows: dict[str, str]) -> Order:
    """The order of the last row, after a file without a rejected row."""
    result = take(*rows)
    assert result.rejected == []
    return Order.objects.get(number=rows[-1]["nomor"])


def rejection(*rows: dict[str, str]) -> tuple[str | None, str]:
    """Column and reason of the only rejected row, which is the last and of which nothing stays."""
    before = everything()
    result = take(*rows)
    assert [rejected.line for rejected in result.rejected] == [len(rows) + 1]
    if len(rows) == 1:
        assert everything() == before
    return result.rejected[0].column, result.rejected[0].reason


def everything() -> dict[str, list[Any]]:
    """All rows of all tables."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
    }


# --- what a file is -----------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_file_has_commas_or_semicolons_with_or_without_a_bom(delimiter: str, bom: bytes) -> None:
    cells = row(keterangan="satu, dua; tiga")
    assert read(bom + file_of(cells, delimiter=delimiter)).created == 1
    assert Order.objects.get().note == "satu, dua; tiga"


def test_columns_stand_in_any_order_and_in_any_case() -> None:
    cells = {heading.upper().replace("_", " "): cell for heading, cell in row().items()}
    assert take(dict(reversed(cells.items()))).created == 1
    assert Order.objects.get().documents_at == at(2, 9)


def test_unknown_columns_are_ignored_with_a_notice() -> None:
    result = take(row(Warna="merah", PIC="Ani"))
    assert (result.created, result.notices) == (
        1, ["Kolom yang tidak dikenal diabaikan: Warna, PIC."],
    )  # fmt: skip


def test_every_column_goes_to_its_field() -> None:
    order = taken(
        row(
            alamat="Jl. Merdeka 1", kontak="Ani", telepon="0711 1", surel="ani@contoh.id",
            sampel="Beras", spk="ya", target="2026-03-20 09:15", perkiraan="2026-03-21",
            selesai="2026-03-20 09:16", diserahkan="2026-03-20 11:00", keterangan="segera",
        )
    )  # fmt: skip
    assert (order.address, order.contact_name, order.phone, order.email) == (
        "Jl. Merdeka 1", "Ani", "0711 1", "ani@contoh.id",
    )  # fmt: skip
    assert (order.sample, order.contract, order.note) == ("Beras", True, "segera")
    assert (order.service.code, order.section.code) == ("UJI", "berkas")
    assert (order.target_at, order.due_at) == (at(20, 9, 15), at(20, 9, 15))
    assert (order.estimate_at, order.ready_at) == (at(21, 16), at(20, 9, 16))
    assert (order.handed_over_at, order.late(NOW)) == (at(20, 11), True)


@pytest.mark.parametrize("column", ["nomor", "pelanggan", "layanan", "diterima"])
def test_without_a_required_column_nothing_is_read(column: str) -> None:
    with pytest.raises(BadInput, match=f"Kolom wajib tidak ada: {column}"):
        take(without(row(), column))
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "kosong"),
        (b" \r\n \n", "kosong"),
        (b"\nnomor,pelanggan\n", "Baris pertama berkas ini kosong"),
        (b"nomor,pelanggan,layanan,diterima\nU-1,PT Kar\xe9t", r"bukan UTF-8 \(baris 2"),
        ("nomor,pelanggan,layanan,diterima\n".encode("utf-16"), "bukan CSV UTF-8, dan bukan"),
        (b"\x8f\x00\x01 a damaged workbook", "bukan lembar kerja XLSX yang utuh"),
        (b"PK\x03\x04\x14\x00", "bukan lembar kerja XLSX"),
        (b"nomor,pelanggan,layanan,diterima,selesai,Selesai\n", "Kolom berulang: selesai"),
        (b'"nomor,pelanggan,layanan,diterima\nU-1', "tidak terbaca"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(content)


def test_a_file_with_only_a_header_takes_nothing_and_says_so() -> None:
    result = read(b"nomor,pelanggan,layanan,diterima\n")
    assert str(result) == "dibuat 0, diperbarui 0, tidak berubah 0, ditolak 0"
    assert result.notices == ["Berkas ini tidak berisi baris pesanan."]


def test_a_row_with_more_cells_than_the_header_is_rejected() -> None:
    content = (
        file_of(row()).rstrip() + b",lebih\r\n" + file_of(row("U-2")).splitlines()[1] + b",,\n"
    )
    result = read(content)
    assert [(r.line, r.column) for r in result.rejected] == [(2, None)]
    assert "7 sel" in result.rejected[0].reason
    assert Order.objects.get().number == "U-2"  # empty cells too many do no harm


def test_cells_missing_at_the_end_of_a_row_are_empty() -> None:
    content = b"nomor,pelanggan,layanan,diterima,dibayar,selesai\nU-1,PT A,UJI,2026-03-02\n"
    assert read(content).created == 1
    assert Order.objects.get().paid_at is None


def test_line_is_the_line_of_the_file_on_which_the_row_begins() -> None:
    lines = [
        "nomor,pelanggan,layanan,diterima,keterangan",
        'U-1,PT A,UJI,2026-03-02,"satu\ndua\ntiga"',
        "",
        ",,,,",
        "U-2,PT A,TAK-ADA,2026-03-02,",
        "U-3,PT A,UJI,2026-03-02,",
    ]
    result = read("\r\n".join(lines).encode())
    assert [r.line for r in result.rejected] == [7]
    assert result.created == 2
    assert Order.objects.get(number="U-1").note == "satu dua tiga"


def test_an_unpaired_quotation_mark_costs_its_own_line_only() -> None:
    lines = [
        "nomor,pelanggan,layanan,diterima",
        'U-1,"PT A,UJI,2026-03-02',
        "U-2,PT A,UJI,2026-03-02",
        'U-3,"PT "A" B",UJI,2026-03-02',
        'U-4,"PT ""A"" B",UJI,2026-03-02',
    ]
    result = read("\n".join(lines).encode())
    assert [r.line for r in result.rejected] == [2, 4]
    assert sorted(o.number for o in Order.objects.all()) == ["U-2", "U-4"]


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-05", at(5)),
        ("2026-03-05 14:05", at(5, 14, 5)),
        ("05/03/2026", at(5)),
        ("05/03/2026 00:00", at(5)),
        (" 2026-03-05  14:05 ", at(5, 14, 5)),
    ],
)
def test_times_are_wib_in_two_notations(text: str, instant: datetime) -> None:
    assert taken(row(diterima=text)).received_at == instant


@pytest.mark.parametrize(
    "text",
    [
        "kemarin", "2026-02-29", "31/02/2026", "2026-13-01", "03/15/2026", "2026-3-5", "5/3/26",
        "2026-03-05 24:00", "2026-03-05 9:00", "2026-03-05T09:00", "2026-03-05 09.00", "46086",
        "0000-00-00", "2026/03/05", "٢٠٢٦-٠٣-٠٥",
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["diterima", "target"])
def test_an_unreadable_date_is_rejected(column: str, text: str) -> None:
    named, reason = rejection(row(**{column: text}))
    assert named == column
    assert reason.startswith(f"“{text}” bukan tanggal yang dikenal.")


@pytest.mark.parametrize("text", ["0202-03-05", "1989-12-31 10:00", "2101-01-01"])
def test_a_date_outside_the_calendars_years_is_rejected(text: str) -> None:
    assert rejection(row(target=text)) == (
        "target", f"Tahun {int(text[:4])} di luar 1990 sampai 2100.",
    )  # fmt: skip


def test_without_an_hour_received_documents_and_payment_mean_midnight() -> None:
    order = taken(row(diterima="2026-03-02", dokumen_lengkap="2026-03-03", dibayar="04/03/2026"))
    assert (order.received_at, order.documents_at, order.paid_at) == (at(2), at(3), at(4))
    assert order.started_at == at(4)


@pytest.mark.parametrize(
    ("day", "closing"),
    [("2026-03-12", 1600), ("2026-03-13", 1630), ("2026-03-14", 1600), ("2026-03-19", 1600)],
    ids=["Thursday", "Friday", "Saturday", "holiday"],
)
def test_without_an_hour_the_other_dates_mean_closing_time(day: str, closing: int) -> None:
    instant = datetime.fromisoformat(day).replace(tzinfo=WIB) + timedelta(
        hours=closing // 100, minutes=closing % 100
    )
    order = taken(row(target=day, perkiraan=day, selesai=day, diserahkan=day))
    assert (order.target_at, order.estimate_at) == (instant, instant)
    assert (order.ready_at, order.handed_over_at) == (instant, instant)
    assert taken(row("U-2", dibatalkan=day)).withdrawn_at == instant


def test_two_dates_are_compared_by_minutes_when_both_have_an_hour() -> None:
    assert taken(row(selesai="2026-03-02 09:00"))
    assert rejection(row("U-2", selesai="2026-03-02 08:59")) == (
        "selesai", "Tanggal hasil siap tidak boleh sebelum diterima (2 Mar 2026 09.00 WIB).",
    )  # fmt: skip


def test_two_dates_are_compared_by_date_when_one_has_no_hour() -> None:
    evening = "2026-03-02 20:00"  # after closing time, which the other date stands for
    order = taken(row(diterima=evening, target="2026-03-02", selesai="2026-03-02"))
    assert (order.received_at, order.due_at, order.ready_at) == (at(2, 20), at(2, 16), at(2, 16))
    assert taken(row("U-2", selesai="2026-03-05", diserahkan="2026-03-05 08:00"))
    assert taken(row("U-3", diterima=evening, dibatalkan="2026-03-02"))
    assert rejection(row("U-4", diterima=evening, selesai="2026-03-01"))[0] == "selesai"


def test_a_kept_date_that_stands_at_its_default_instant_counts_as_having_no_hour() -> None:
    take(row(selesai="2026-03-05"))
    assert taken(row(diserahkan="2026-03-05 08:00")).handed_over_at == at(5, 8)
    take(row("U-2", selesai="2026-03-05 15:00"))
    column, _ = rejection(row(), row("U-2", diserahkan="2026-03-05 08:00"))
    assert column == "diserahkan"


def test_an_hour_that_the_file_itself_gives_is_one_even_at_closing_time() -> None:
    take(row(selesai="2026-03-05"))
    column, _ = rejection(
        row("U-0"), row(selesai="2026-03-05 16:00", diserahkan="2026-03-05 08:00")
    )
    assert column == "diserahkan"


def test_a_result_of_today_without_an_hour_is_not_in_the_future() -> None:
    order = taken(row(selesai="2026-03-31"))
    assert order.ready_at == at(31, 16)  # later than NOW, on the same date
    actions.change_order(
        order=order, facts={"note": "dicatat sesudahnya"}, by=None, now=NOW, capacity="Loket"
    )
    assert Order.objects.get().note == "dicatat sesudahnya"


# --- start, promise, due ------------------------------------------------------------------------


def test_a_missing_column_for_documents_or_payment_means_when_received() -> None:
    order = taken(without(row(), "dokumen_lengkap", "dibayar"))
    assert order.documents_at == order.paid_at == order.started_at == at(2, 9)


@pytest.mark.parametrize("column", ["dokumen_lengkap", "dibayar"])
def test_an_empty_cell_for_documents_or_payment_means_not_yet(column: str) -> None:
    order = taken(row(**{column: ""}))
    assert (order.started_at, order.due_at) == (None, None)


def test_a_contract_customer_needs_no_payment() -> None:
    assert taken(row(spk="Ya", dibayar="")).started_at == at(2, 9)
    assert taken(row("U-2", spk="tidak", dibayar="")).started_at is None
    assert taken(row("U-3", spk="", dibayar="")).started_at is None
    assert rejection(row("U-4", spk="y")) == ("spk", "Isi dengan ya atau tidak, bukan “y”.")


def test_without_a_target_the_due_is_computed() -> None:
    assert taken(row(diterima="2026-03-13", dokumen_lengkap="2026-03-13", dibayar="2026-03-13")
                 ).due_at == at(23, 16)  # fmt: skip


def test_without_a_target_a_service_needs_its_spm() -> None:
    column, reason = rejection(row(layanan="KAL"))
    assert (column, reason[:35]) == ("layanan", "Layanan KAL belum memiliki SPM yang")


@pytest.mark.parametrize("target", ["2011-12-24 07:06", "2011-12-25 23:59", "2012-01-01 00:00"])
def test_a_target_is_the_due_to_the_minute_without_spm_and_without_a_calendar(target: str) -> None:
    received = "2011-10-11 06:06"
    cells = row(
        layanan="KAL", diterima=received, dokumen_lengkap=received, dibayar="", target=target
    )
    result = take(cells)
    assert (result.created, result.notices) == (1, [])
    order = Order.objects.get()
    assert order.due_at == datetime.fromisoformat(target).replace(tzinfo=WIB)
    assert order.started_at is None


def test_a_due_in_a_year_without_holidays_is_computed_with_a_notice() -> None:
    SpmStandard.objects.update(valid_from=date(2024, 1, 1))
    start = "2024-12-30 09:00"
    result = take(row(diterima=start, dokumen_lengkap=start, dibayar=start))
    assert (result.created, result.notices) == (1, [
        f"Hari libur tahun {year} belum tercatat; target dihitung dengan akhir pekan saja."
        for year in (2024, 2025)
    ])  # fmt: skip


def test_a_due_that_no_calendar_reaches_is_rejected() -> None:
    SpmStandard.objects.update(days=32000)
    assert rejection(row())[1].startswith("Target tidak dapat dihitung")


# --- rejections ---------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["nomor", "pelanggan", "layanan", "diterima"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_required_cell_is_rejected(column: str, empty: str) -> None:
    cells = row() | {column: empty}
    assert rejection(cells) == (column, "Kolom wajib ini kosong.")


def test_an_unknown_service_is_rejected_and_the_known_ones_are_named() -> None:
    known = "KAL, SERT-PRODUK, UJI, UJI-ANEKA, UJI-LINGKUNGAN"
    assert rejection(row(layanan="UJI-X")) == (
        "layanan", f"Layanan “UJI-X” tidak dikenal. Yang ada: {known}.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"selesai": "2026-03-01"}, "selesai", "sebelum diterima"),
        ({"target": "2026-03-01"}, "target", "sebelum diterima"),
        ({"target": "2026-03-02 08:59"}, "target", "sebelum diterima"),
        ({"perkiraan": "2026-03-01"}, "perkiraan", "sebelum diterima"),
        ({"diserahkan": "2026-03-05"}, "diserahkan", "Catat dahulu kapan hasil siap"),
        ({"selesai": "2026-03-06", "diserahkan": "2026-03-05"}, "diserahkan", "sebelum hasil siap"),
        ({"selesai": "2026-04-01"}, "selesai", "setelah 31 Mar 2026"),
        ({"selesai": "2026-03-31 10:01"}, "selesai", "setelah 31 Mar 2026"),
        ({"selesai": "2026-03-30", "diserahkan": "2026-04-01"}, "diserahkan", "setelah 31 Mar"),
        ({"dibatalkan": "2026-03-05", "selesai": "2026-03-05"}, "dibatalkan", "dibatalkan"),
        ({"dibatalkan": "2026-03-01"}, "dibatalkan", "sebelum diterima"),
        ({"dibatalkan": "2026-04-01"}, "dibatalkan", "setelah 31 Mar 2026"),
        ({"keterangan": "x" * 501}, "keterangan", "Paling panjang 500 huruf; isinya 501."),
        ({"pelanggan": "x" * 201}, "pelanggan", "Paling panjang 200 huruf"),
        ({"telepon": "1" * 41}, "telepon", "Paling panjang 40 huruf"),
        ({"nomor": "1" * 61}, "nomor", "Paling panjang 60 huruf"),
        ({"nomor": "A\x00"}, "nomor", "tidak dapat disimpan"),
        ({"pelanggan": "PT\x00"}, "pelanggan", "tidak dapat disimpan"),
        ({"layanan": "UJI\x00"}, "layanan", "tidak dapat disimpan"),
        ({"diterima": "2026-11-20\x00"}, "diterima", "tidak dapat disimpan"),
        ({"alamat": "Jl.\x00Merdeka"}, "alamat", "tidak dapat disimpan"),
        ({"surel": "ani@"}, "surel", "“ani@” bukan alamat surel."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_rejected_with_its_column(
    cells: dict[str, str], column: str, words: str
) -> None:
    named, reason = rejection(row() | cells)
    assert named == column
    assert words in reason


def test_the_last_minute_of_now_is_not_the_future() -> None:
    assert taken(row(selesai="2026-03-31 10:00", diserahkan="2026-03-31 10:00"))


def test_a_number_for_the_second_time_is_rejected_and_the_first_is_taken() -> None:
    column, reason = rejection(row(sampel="pertama"), row(sampel="kedua"))
    assert (column, reason) == ("nomor", "Nomor U-1 sudah ada di baris 2.")
    assert Order.objects.get().sample == "pertama"


def test_good_rows_are_taken_though_others_are_rejected() -> None:
    result = take(row("U-1"), row("U-2", selesai="entah"), row("U-3"))
    assert str(result) == "dibuat 2, diperbarui 0, tidak berubah 0, ditolak 1"
    assert str(result.rejected[0]).startswith("baris 3, kolom selesai: “entah” bukan tanggal")
    assert journal.first_broken() is None


def test_an_order_that_somebody_enters_meanwhile_is_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take(row())
    monkeypatch.setattr(importing, "_known_orders", lambda table: {})
    column, reason = rejection(row("U-2"), row(sampel="lain"))
    assert (column, "baru saja dicatat orang lain" in reason) == ("nomor", True)


# --- customers, withdrawal ----------------------------------------------------------------------


def test_customers_are_known_by_name_whatever_its_case_and_spaces() -> None:
    Customer.objects.create(name="PT Sungai Musi")
    taken(row("U-1", pelanggan=" pt  sungai MUSI "), row("U-2"), row("U-3", pelanggan="CV Baru"),
          row("U-4", pelanggan="cv baru"))  # fmt: skip
    assert [c.name for c in Customer.objects.all()] == ["CV Baru", "PT Sungai Musi"]


def test_a_customer_is_entered_only_together_with_a_good_row() -> None:
    result = take(
        row("U-1", pelanggan="CV Baru", selesai="entah"),
        row("U-2", pelanggan="CV Baru", layanan="KAL"),  # found wanting when it is entered
        row("U-3", pelanggan="CV Baru"),
        row("U-4", pelanggan="CV Lain", layanan="KAL"),
    )
    assert (result.created, len(result.rejected)) == (1, 3)
    assert [c.name for c in Customer.objects.all()] == ["CV Baru"]
    assert [e.verb for e in JournalEntry.objects.all()] == ["customer.entered", "order.entered"]


def test_a_withdrawn_order_has_the_file_as_its_reason_unless_one_is_known() -> None:
    assert taken(row(dibatalkan="2026-03-05")).withdrawn_reason == "menurut berkas impor"
    Order.objects.update(withdrawn_reason="pelanggan pindah")
    assert taken(row(dibatalkan="2026-03-06")).withdrawn_reason == "pelanggan pindah"


# --- known orders -------------------------------------------------------------------------------


def test_a_known_number_updates() -> None:
    taken(row())
    result = take(row(selesai="2026-03-06 11:00", sampel="Beras", pelanggan="PT Lain"))
    assert str(result) == "dibuat 0, diperbarui 1, tidak berubah 0, ditolak 0"
    order = Order.objects.get()
    assert (order.ready_at, order.sample, order.customer.name) == (at(6, 11), "Beras", "PT Lain")


def test_an_empty_cell_never_erases() -> None:
    full = row(
        alamat="Jl. Merdeka 1", kontak="Ani", telepon="0711", surel="ani@contoh.id", sampel="Beras",
        spk="ya", target="2026-03-20", perkiraan="2026-03-21", selesai="2026-03-12",
        diserahkan="2026-03-13", keterangan="segera",
    )  # fmt: skip
    taken(full)
    before = everything()
    result = take(dict.fromkeys(full, "") | {"nomor": "U-1"})
    assert str(result) == "dibuat 0, diperbarui 0, tidak berubah 1, ditolak 0"
    assert everything() == before


def test_a_row_is_judged_as_it_would_stand_after_the_update() -> None:
    few = {"nomor": "U-1", "pelanggan": "", "layanan": "", "diterima": ""}
    taken(row(selesai="2026-03-06 11:00"))
    assert taken(few | {"diserahkan": "2026-03-06 11:00"}).handed_over_at == at(6, 11)
    for cells, column in [
        ({"diserahkan": "2026-03-06 10:59"}, "diserahkan"),
        ({"selesai": "2026-03-07"}, "diserahkan"),
        ({"diterima": "2026-03-07"}, "selesai"),
        ({"dibatalkan": "2026-03-07"}, "dibatalkan"),
        ({"target": "2026-03-01"}, "target"),
    ]:
        assert rejection(few | cells)[0] == column


def test_a_missing_column_says_nothing_of_what_staff_entered() -> None:
    bare = without(row(), "dokumen_lengkap", "dibayar")
    taken(bare)
    Order.objects.update(paid_at=at(4, 10))
    order = taken(bare | {"diterima": "2026-03-03 08:00"})
    assert (order.documents_at, order.paid_at) == (at(3, 8), at(4, 10))
    Order.objects.update(documents_at=None)
    assert taken(bare | {"diterima": "2026-03-03 07:00"}).documents_at is None


def test_a_moved_due_goes_to_the_history_and_to_the_journal() -> None:
    old = taken(row()).due_at
    new = taken(row(target="2026-03-20 09:15")).due_at
    change = DueChange.objects.get()
    assert (change.old, change.new, change.cause) == (old, new, "impor berkas")
    entry = JournalEntry.objects.last()
    assert entry is not None
    assert (entry.verb, entry.capacity, entry.actor) == ("order.changed", "Impor berkas", None)
    assert set(entry.after) == {"target_at", "due_at"}
    assert journal.first_broken() is None


def test_an_overrun_that_the_file_proves_wrong_is_corrected() -> None:
    order = taken(row(target="2026-03-10 16:00"))
    Overrun.objects.create(order=order, due_at=at(10, 16), flagged_at=NOW)
    Order.objects.update(flagged_due_at=order.due_at)
    assert taken(row(selesai="2026-03-10 16:00")).flagged_due_at is None
    assert Overrun.objects.get().corrected_at == NOW


def test_what_follows_an_order_hears_of_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    def hear(orders: Any, **act: Any) -> dict[int, str]:
        heard.extend(order.number for order in orders)
        return {}

    monkeypatch.setattr(actions, "_followers", lambda: (hear,))
    taken(row("U-1"), row("U-2"))
    taken(row("U-1", sampel="Beras"), row("U-2"))
    assert heard == ["U-1"]


def test_the_same_file_twice_changes_nothing(django_assert_max_num_queries: Any) -> None:
    rows = [
        *(row(f"U-{i}", pelanggan=f"PT {i % 7}") for i in range(30)),
        row("V-1", target="2026-03-14", perkiraan="2026-03-15", selesai="2026-03-31"),
        row("V-2", dibatalkan="2026-03-05", keterangan=" dua  spasi "),
        row("V-3", dokumen_lengkap="", spk="ya"),
        row("V-4", selesai="entah"),
    ]
    first = take(*rows)
    before = everything()
    with django_assert_max_num_queries(12):
        second = take(*rows)
    assert str(second) == "dibuat 0, diperbarui 0, tidak berubah 33, ditolak 1"
    assert second.rejected == first.rejected
    assert everything() == before


def test_a_dry_run_gives_the_same_result_and_writes_nothing() -> None:
    taken(row("U-1"), row("U-2"))
    rows = [
        row("U-1", target="2026-03-20"), row("U-2"), row("U-3", pelanggan="CV Baru"),
        row("U-4", pelanggan="CV Baru"), row("U-5", layanan="KAL"),
    ]  # fmt: skip
    before = everything()
    dry = take(*rows, dry_run=True)
    assert everything() == before
    assert str(dry) == "dibuat 2, diperbarui 1, tidak berubah 1, ditolak 1"
    assert take(*rows) == dry
    assert journal.first_broken() is None


# --- files like the real ones, and the command --------------------------------------------------


def test_orders_at_every_edge_have_the_fate_they_had() -> None:
    rows = edge_orders(52)
    result = read(as_csv([cells for cells, _ in rows]))
    wrong = [line for line, (_, edge) in enumerate(rows, 2) if edge.fate == "rejected"]
    assert [(r.line, r.column) for r in result.rejected] == [(line, "selesai") for line in wrong]
    assert result.created == 52 - len(wrong)
    orders = {order.number: order for order in Order.objects.all()}
    for cells, edge in rows:
        if edge.fate == "rejected":
            continue
        order = orders[cells["nomor"]]
        assert f"{order.due_at.astimezone(WIB):%Y-%m-%d %H:%M}" == cells["target"], edge
        assert order.ended == (edge.fate != "open"), edge
        assert order.late(NOW) == (edge.fate in ("late", "open")), edge


def test_the_command_prints_the_counts_and_each_rejected_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pesanan.csv"
    path.write_bytes(file_of(row("U-1"), row("U-2", diterima="", warna="merah")))
    for option in (["--dry-run"], []):
        with pytest.raises(SystemExit) as exit_:
            call_command("import_orders", str(path), *option)
        assert exit_.value.code == 1
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "dibuat 1, diperbarui 0, tidak berubah 0, ditolak 1"
        assert lines[-1] == "baris 3, kolom diterima: Kolom wajib ini kosong."
        assert ("Uji coba: tidak ada yang disimpan." in lines) == bool(option)
        assert Order.objects.exists() == (not option)
    path.write_bytes(file_of(row("U-1")))
    call_command("import_orders", str(path))
    assert capsys.readouterr().out == "dibuat 0, diperbarui 0, tidak berubah 1, ditolak 0\n"


def test_the_command_says_in_a_sentence_that_it_could_read_nothing(tmp_path: Path) -> None:
    (tmp_path / "kosong.csv").touch()
    for path, words in [
        (tmp_path / "kosong.csv", "kosong"),
        (tmp_path / "tiada.csv", "Tidak ada berkas"),
        (tmp_path, "tidak dapat dibaca"),
    ]:
        with pytest.raises(CommandError, match=words):
            call_command("import_orders", str(path))
