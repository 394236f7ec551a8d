"""The whole story, in a real browser, by pages alone."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from kompensasi.cases.models import Case, Ending
from kompensasi.souvenirs.models import Item, SouvenirClass
from spm_monitor import files
from spm_monitor.workdays import to_wib
from tests.cases.walking import PAPER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEADER = "nomor;pelanggan;alamat;kontak;telepon;surel;layanan;sampel;diterima;target\n"
UPLOAD = {"name": "bukti.pdf", "mimeType": "application/pdf", "buffer": PAPER}


@pytest.fixture
def imported(tmp_path):
    """A file of one order whose promise passed five days ago, read by the command."""
    today = to_wib(timezone.now()).date()
    received, target = today - timedelta(days=30), today - timedelta(days=5)
    file = tmp_path / "pesanan.csv"
    file.write_text(
        f"{HEADER}0412/UJI/2026;PT Musi Jaya;Jl. Merdeka 1, Palembang;Ibu Sari;0711-1;"
        f"sari@musi.example;UJI-ANEKA;air sungai;{received};{target}\n"
    )
    call_command("import_orders", str(file))


def turn(desk, username: str, title: str) -> Page:
    """Sign in as a person, and take the task that waits on "Tugas saya"."""
    page = desk.sit(username)
    page.goto(desk.address)
    page.get_by_role("link", name="Kerjakan").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    return page


def send(page: Page, button: str, following: str) -> None:
    """Press the button; the case page says whose turn it is now."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(following)


def test_a_late_order_reaches_an_acknowledged_apology(desk, imported, browser):
    """An order imported from the office's file is past its promise.

    The sweep flags it and opens a case. Kasi PJT monitors it; the PJ Teknis of the testing section
    confirms that it is stuck and names the cause; Kasi PJT tells the customer; the section's head
    reports; the Kepala Balai instructs, on his own screen; Kasi PJT drafts the letter and puts a
    mug aside; the section's head approves the draft; the Kepala Balai signs, and the letter has its
    number. Kasi PJT uploads the signed sheet and sends it. The customer, who has no account, opens
    the link, reads the letter and says that it arrived.
    """
    Item.objects.create(
        name="Mug", souvenir_class=SouvenirClass.objects.first(), on_hand=3, unit_cost=25000
    )
    call_command("flag_overruns")

    page = turn(desk, "kasi.pjt", "Monitoring SPM")
    page.get_by_label("Pengerjaan").check()
    send(page, "Simpan hasil monitoring", "langkah 2: Penanggung Jawab Teknis Pengujian")

    page = turn(desk, "pj.uji", "Konfirmasi proses layanan")
    expect(page.get_by_role("button", name="Berjalan, dalam SPM")).to_have_count(0)
    send(page, "Ada kendala", "langkah 4")
    page = turn(desk, "pj.uji", "Menginformasikan kendala")
    page.get_by_label("Kerusakan alat").check()
    page.get_by_label("Uraian kendala").fill("Lampu katoda alat AAS putus.")
    later = to_wib(timezone.now()) + timedelta(days=9)
    page.get_by_label("Perkiraan selesai yang baru").fill(f"{later:%Y-%m-%dT16:00}")
    send(page, "Kirim kendala", "langkah 5: Kasi PJT")

    page = turn(desk, "kasi.pjt", "Menginformasikan hasil monitoring")
    expect(page.get_by_text("di luar SPM").first).to_be_visible()
    page.get_by_label("Telepon").check()
    send(page, "Simpan hasil evaluasi", "langkah 6: Kepala Seksi Pengujian")

    page = turn(desk, "kasi.uji", "Melaporkan kendala")
    send(page, "Kirim laporan", "langkah 7: Kepala Balai")

    page = desk.sit("kepala")
    page.get_by_role("link", name=re.compile("Persetujuan")).click()
    send(page, "Instruksikan surat dan souvenir", "langkah 8")

    page = turn(desk, "kasi.pjt", "Menyusun konsep surat dan menyiapkan souvenir")
    expect(page.get_by_label("Isi surat")).to_have_value(re.compile("0412/UJI/2026"))
    send(page, "Kirim konsep surat", "langkah 9: Kepala Seksi Pengujian")

    page = turn(desk, "kasi.uji", "Mengevaluasi dan menyetujui konsep surat")
    expect(page.get_by_text("Yth. PT Musi Jaya")).to_be_visible()
    send(page, "Setujui konsep", "langkah 10: Kepala Balai")

    page = desk.sit("kepala")
    page.get_by_role("link", name=re.compile("Persetujuan")).click()
    page.get_by_label("Saya telah membaca surat ini").check()
    page.get_by_label("Saya memahami bahwa surat langsung bernomor").check()
    send(page, "Tanda tangani surat", "langkah 11: Kasi PJT")

    page = turn(desk, "kasi.pjt", "Mengirim surat dan souvenir")
    page.get_by_label("Pindaian surat bertanda tangan").set_input_files(files=[UPLOAD])
    page.get_by_label("Kurir", exact=True).check()
    page.get_by_label("Nama kurir atau pengantar").fill("Pos Indonesia")
    page.get_by_label("Nomor resi").fill("P2611230001")
    send(page, "Catat pengiriman", "langkah 12: Pelanggan")
    link = page.locator("a[href*='/lacak/']").get_attribute("href")

    customer = browser.new_page()
    customer.goto(desk.address + link[link.index("/lacak/") :])
    expect(customer.get_by_role("link", name="Buka surat")).to_be_visible()
    customer.get_by_label("Nama Anda").fill("Ibu Sari")
    customer.get_by_role("button", name="Saya sudah menerima").click()
    expect(customer.get_by_text("Penerimaan oleh Ibu Sari tercatat")).to_be_visible()

    case = Case.objects.get()
    assert case.ending == Ending.COMPENSATED
    letter = case.letters.get()
    assert letter.number.startswith("B/1/BSKJI/")
    kept = files.read(letter.pdf, letter.pdf_sha256)
    assert letter.number in PdfReader(BytesIO(kept)).pages[0].extract_text()
    assert Item.objects.get().on_hand == 2
