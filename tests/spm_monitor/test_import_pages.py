"""The import as pages: a file is looked at, then taken; who may, and what is refused."""

import csv
import io
import os
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kompensasi.people.models import Appointment, Post, User
from spm_monitor import actions, import_pages, importing, journal, waiting
from spm_monitor.models import DueChange, JournalEntry, Order, Section
from spm_monitor.order_file import FIELDS
from spm_monitor.wording import instant_id
from tests.conftest import MONDAY, person, signed_in
from tests.spm_monitor.test_order_pages import entered, everything, text_of

pytestmark = pytest.mark.django_db

URL = "/pesanan/impor/"
START = "2026-11-20 09:00"


@pytest.fixture(autouse=True)
def _monday(settings: Any, tmp_path: Path):
    """Monday 23 November 2026 at 08.00 WIB, with a place of its own for what waits."""
    settings.DATA_DIR = tmp_path / "data"
    with time_machine.travel(MONDAY, tick=False):
        yield


def row(number: str, **cells: str) -> dict[str, str]:
    given = {"pelanggan": "PT Musi Karet", "layanan": "UJI-ANEKA", "diterima": START}
    return {"nomor": number} | given | cells


def csv_of(*rows: dict[str, str]) -> bytes:
    columns = list(dict.fromkeys(column for cells in rows for column in cells))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def xlsx_of(*rows: dict[str, str]) -> bytes:
    book = openpyxl.Workbook()
    for cells in csv.reader(io.StringIO(csv_of(*rows).decode())):
        book.worksheets[0].append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(client: Client, content: bytes, name: str = "pesanan.csv") -> Any:
    return client.post(URL, {"file": SimpleUploadedFile(name, content)})


def confirm(client: Client, preview: Any) -> Any:
    """Press the button of a preview."""
    found = re.search(r'name="seen" value="([^"]+)"', preview.content.decode())
    assert found, text_of(preview)
    return client.post(URL, {"seen": found[1]})


def waiting_files() -> list[Path]:
    return [path for path in waiting._folder().glob("*") if path.is_file()]


def counts(response: Any) -> str:
    return str(response.context["result"])


# --- the journey --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_a_file_is_looked_at_and_then_its_good_rows_are_taken(make: Any) -> None:
    known = entered("UJI-1")
    entered("UJI-2")
    client = signed_in("petugas")
    assert "Impor pesanan" in text_of(client.get("/pesanan/"))
    assert client.get(URL).status_code == 200
    content = make(
        row("UJI-1", target="2026-12-24 15:00"),
        row("UJI-2", diterima=""),
        row("UJI-3", pelanggan="CV Baru", target="2026-11-20 16:00"),
        row("UJI-4", layanan="TAK-ADA"),
        row("UJI-5", selesai="entah"),
    )
    before = everything()

    preview = send(client, content)
    assert preview.status_code == 200
    assert counts(preview) == "dibuat 1, diperbarui 1, tidak berubah 1, ditolak 2"
    said = text_of(preview)
    for words in (
        "Belum ada yang disimpan.", "Impor 2 baris", "Baris 5 layanan Layanan “TAK-ADA”",
        "Baris 6 selesai “entah” bukan tanggal", "1 pesanan belum selesai dan sudah melewati",
    ):  # fmt: skip
        assert words in said
    assert f"UJI-1 {instant_id(known.due_at)} 24 Des 2026 15.00 WIB" in said
    assert everything() == before
    assert len(waiting_files()) == 1

    done = confirm(client, preview)
    assert done.status_code == 200
    assert counts(done) == counts(preview)
    assert "Baris yang baik sudah disimpan." in text_of(done)
    assert waiting_files() == []
    assert [order.number for order in Order.objects.order_by("pk")] == ["UJI-1", "UJI-2", "UJI-3"]
    assert DueChange.objects.get().by == person("petugas")
    entry = JournalEntry.objects.filter(verb="order.entered").last()
    assert (entry.actor, entry.capacity) == (person("petugas"), "Petugas Loket")
    assert journal.first_broken() is None

    again = send(client, content)
    assert counts(again) == "dibuat 0, diperbarui 0, tidak berubah 3, ditolak 2"
    assert "Tidak ada yang perlu disimpan." in text_of(again)
    assert b'name="seen"' not in again.content


# --- what happens between look and word ---------------------------------------------------------


def test_a_result_that_no_longer_holds_is_shown_anew_instead_of_taken() -> None:
    order = entered("UJI-1")
    client = signed_in("petugas")
    preview = send(client, csv_of(row("UJI-1", target="2026-12-24"), row("UJI-2")))
    actions.record_ready(order=order, at=MONDAY, by=person("kasi.pjt"), now=MONDAY)
    actions.change_order(
        order=order, facts={"target_at": MONDAY + timedelta(days=3)}, by=person("petugas"),
        now=MONDAY,
    )  # fmt: skip
    before = everything()
    second = confirm(client, preview)
    assert second.status_code == 409
    assert "Pesanan berubah sejak pemeriksaan tadi" in text_of(second)
    assert "UJI-1 26 Nov 2026 08.00 WIB" in text_of(second)
    assert everything() == before
    assert confirm(client, second).status_code == 200
    assert Order.objects.count() == 2


def test_what_a_row_overwrites_is_part_of_what_was_seen() -> None:
    order = entered("UJI-1", sample="Karet")
    client = signed_in("petugas")
    preview = send(client, csv_of(row("UJI-1", sampel="Beras")))
    Order.objects.filter(pk=order.pk).update(sample="Kopi")  # a due or a count would not tell
    assert confirm(client, preview).status_code == 409


def test_pressing_twice_takes_once() -> None:
    client = signed_in("petugas")
    preview = send(client, csv_of(row("UJI-1")))
    assert confirm(client, preview).status_code == 200
    before = everything()
    second = confirm(client, preview)
    assert (second.status_code, everything()) == (409, before)
    assert "Berkas ini sudah diimpor" in text_of(second)


def test_of_two_at_once_only_one_takes_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("petugas")
    preview = send(client, csv_of(row("UJI-1")))
    monkeypatch.setattr(waiting, "claim", lambda person_id: False)  # the other was quicker
    assert confirm(client, preview).status_code == 409
    assert not Order.objects.exists()


def test_the_word_of_one_is_not_the_word_of_another() -> None:
    preview = send(signed_in("petugas"), csv_of(row("UJI-1")))
    assert confirm(signed_in("kasi.pjt"), preview).status_code == 409
    assert not Order.objects.exists()


def test_a_second_file_replaces_the_first_and_its_word() -> None:
    client = signed_in("petugas")
    first = send(client, csv_of(row("UJI-1")))
    send(client, csv_of(row("UJI-2")))
    assert len(waiting_files()) == 1
    assert confirm(client, first).status_code == 409
    assert not Order.objects.exists()


def test_what_nobody_comes_back_for_goes_after_a_day() -> None:
    send(signed_in("petugas"), csv_of(row("UJI-1")))
    path = waiting_files()[0]
    assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0
    old = time.time() - timedelta(days=1, minutes=1).total_seconds()
    os.utime(path, (old, old))
    send(signed_in("kasi.pjt"), csv_of(row("UJI-2")))
    assert [p.name for p in waiting_files()] == [str(person("kasi.pjt").pk)]


def test_a_row_that_cannot_be_taken_after_all_is_told_and_the_others_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entered("UJI-9")
    real = importing._known_orders
    monkeypatch.setattr(  # somebody enters UJI-9 when the file has been judged
        importing, "_known_orders",
        lambda table: {n: o for n, o in real(table).items() if n != "UJI-9"},
    )  # fmt: skip
    client = signed_in("petugas")
    rows = [row("UJI-8", pelanggan="CV A"), row("UJI-9", pelanggan="CV B"), row("UJI-10")]
    done = confirm(client, send(client, csv_of(*rows)))
    assert counts(done) == "dibuat 2, diperbarui 0, tidak berubah 0, ditolak 1"
    assert "Baris 3 nomor Pesanan atau pelanggan ini baru saja dicatat" in text_of(done)
    assert set(Order.objects.values_list("number", "customer__name")) == {
        ("UJI-8", "CV A"), ("UJI-9", "PT Musi Karet"), ("UJI-10", "PT Musi Karet"),
    }  # fmt: skip
    assert not Order.objects.filter(customer__name="CV B").exists()
    assert journal.first_broken() is None


# --- who ----------------------------------------------------------------------------------------

ADDRESSES = (URL, f"{URL}pesanan.csv", f"{URL}pesanan.xlsx")


@pytest.mark.parametrize(
    "username", ["pj.uji", "kasi.uji", "kepala", "agenda", "auditor", "admin", "plh.kepala"]
)
def test_who_may_not_enter_orders_may_not_import_them(username: str) -> None:
    client = signed_in(username)
    for address in ADDRESSES:
        assert client.get(address).status_code == 403, address
    for answer in (send(client, csv_of(row("UJI-1"))), client.post(URL, {"seen": "x"})):
        assert answer.status_code == 403
    assert (waiting_files(), Order.objects.exists()) == ([], False)
    if username != "plh.kepala":
        assert "Impor pesanan" not in text_of(client.get("/pesanan/"))


def test_a_stranger_signs_in_first() -> None:
    for address in ADDRESSES:
        assert Client().get(address).status_code == 302


def test_one_right_without_the_other_is_not_enough() -> None:
    Post.objects.get(code="petugas").permissions.remove(
        Permission.objects.get(codename="import_order")
    )
    assert signed_in("petugas").get(URL).status_code == 403
    assert signed_in("kasi.pjt").get(URL).status_code == 200


def test_a_person_imports_only_into_sections_whose_orders_that_person_enters() -> None:
    theirs = Permission.objects.filter(codename__in=["enter_order", "import_order"])
    Post.objects.get(code="pj_teknis").permissions.add(*theirs)
    entered("KAL-1", "KAL")
    entered("UJI-1")
    client = signed_in("pj.uji")
    assert "SERT-MUTU" not in text_of(client.get(URL))
    rows = [
        row("UJI-1", sampel="Beras"), row("UJI-2"), row("KAL-1", layanan="", sampel="Timbangan"),
        row("KAL-2", layanan="KAL"), row("UJI-1b", layanan="uji-aneka"),
    ]  # fmt: skip
    done = confirm(client, send(client, csv_of(*rows)))
    assert counts(done) == "dibuat 2, diperbarui 1, tidak berubah 0, ditolak 2"
    assert [(r.line, r.column) for r in done.context["result"].rejected] == [
        (4, "layanan"), (5, "layanan"),
    ]  # fmt: skip
    assert "Anda tidak mencatat pesanan seksi Kalibrasi." in text_of(done)
    assert set(Order.objects.values_list("number", flat=True)) == {
        "KAL-1", "UJI-1", "UJI-2", "UJI-1b",
    }  # fmt: skip


def test_each_row_asks_for_both_rights_in_its_own_section() -> None:
    for post, right in (("pj_teknis", "enter_order"), ("kepala_seksi", "import_order")):
        Post.objects.get(code=post).permissions.add(Permission.objects.get(codename=right))
    Appointment.objects.create(
        user=person("pj.uji"), post=Post.objects.get(code="kepala_seksi"),
        section=Section.objects.get(code="kal"), order_number="SP-1",
        kind=Appointment.Kind.PLH, order_date=MONDAY.date(), starts_on=MONDAY.date(),
    )  # fmt: skip
    preview = send(signed_in("pj.uji"), csv_of(row("UJI-1"), row("KAL-1", layanan="KAL")))
    assert [r.column for r in preview.context["result"].rejected] == ["layanan", "layanan"]


def test_an_order_is_not_moved_into_a_section_that_is_not_theirs() -> None:
    theirs = Permission.objects.filter(codename__in=["enter_order", "import_order"])
    Post.objects.get(code="pj_teknis").permissions.add(*theirs)
    entered("UJI-1")
    preview = send(signed_in("pj.uji"), csv_of(row("UJI-1", layanan="KAL")))
    assert [r.column for r in preview.context["result"].rejected] == ["layanan"]


def test_who_loses_the_post_meanwhile_takes_nothing() -> None:
    client = signed_in("petugas")
    preview = send(client, csv_of(row("UJI-1")))
    User.objects.get(username="petugas").appointments.update(
        ends_on=MONDAY.date() - timedelta(days=1)
    )
    assert confirm(client, preview).status_code == 403
    assert not Order.objects.exists()


def test_without_its_token_a_post_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("petugas"))
    assert send(client, csv_of(row("UJI-1"))).status_code == 403
    assert waiting_files() == []


# --- what cannot be read ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("kosong.csv", b"", "Berkas ini kosong."),
        ("spasi.csv", b" \n", "Berkas ini kosong."),
        ("besar.csv", b"x" * (11 * 1024 * 1024), "Berkas paling besar 10 MB. Berkas ini 11 MB."),
        ("surat.pdf", b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n", "Berkas harus CSV atau XLSX."),
        ("surat.xlsx", b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n", "Berkas harus CSV atau XLSX."),
        ("lama.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "mungkin .xls yang lama"),
        ("rusak.xlsx", b"PK\x03\x04" + bytes(600), "bukan lembar kerja XLSX yang utuh"),
        ("judul.csv", b"nomor,pelanggan\nU-1,PT A\n", "Kolom wajib tidak ada: layanan, diterima."),
        ("latin.csv", "nomor\nKarét".encode("latin-1"), "bukan UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_comes_back_with_a_sentence(
    name: str, content: bytes, words: str
) -> None:
    response = send(signed_in("petugas"), content, name)
    assert response.status_code == 422
    assert text_of(response).count(words) == 2  # in the summary and at the field
    assert waiting_files() == []


def test_no_file_at_all_is_asked_for() -> None:
    response = signed_in("petugas").post(URL, {})
    assert response.status_code == 422
    assert "Pilih berkas CSV atau XLSX." in text_of(response)


def test_too_many_rows_are_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_pages, "MOST_ROWS", 2)
    client = signed_in("petugas")
    assert send(client, csv_of(row("U-1"), row("U-2"))).status_code == 200
    response = send(client, csv_of(row("U-1"), row("U-2"), row("U-3")))
    assert response.status_code == 422
    assert "berisi 3 baris pesanan; paling banyak 2." in text_of(response)


def test_of_many_rejected_rows_the_first_are_shown() -> None:
    rows = [row(f"U-{i}", selesai="entah") for i in range(203)]
    response = send(signed_in("petugas"), csv_of(*rows))
    said = text_of(response)
    assert "Baris 201 selesai" in said
    assert "Baris 202 selesai" not in said
    assert "Dan 3 baris lagi." in said


def test_what_a_file_says_is_shown_as_text() -> None:
    response = send(signed_in("petugas"), csv_of(row("<b>U</b>", selesai="<script>"), row("U-2")))
    assert b"<script>" not in response.content
    assert "“<script>” bukan tanggal" in text_of(response).replace("&lt;", "<")


# --- files to fill in ---------------------------------------------------------------------------


def test_the_files_to_fill_in_have_every_column_and_an_example_that_is_no_order() -> None:
    client = signed_in("petugas")
    as_csv, as_xlsx = client.get(ADDRESSES[1]), client.get(ADDRESSES[2])
    header = as_csv.content.decode("utf-8-sig").splitlines()[0]
    assert header.split(";") == list(FIELDS)
    for answer, name in ((as_csv, "pesanan.csv"), (as_xlsx, "pesanan.xlsx")):
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        preview = send(client, answer.content, name)
        assert counts(preview) == "dibuat 0, diperbarui 0, tidak berubah 0, ditolak 1"
        assert "Layanan “KODE-LAYANAN” tidak dikenal. Yang ada: KAL," in text_of(preview)
