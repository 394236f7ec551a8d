"""The whole story by pages alone, told to whatever hands work the page."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from kompensasi.cases.models import Case, Ending
from kompensasi.souvenirs.models import Item, SouvenirClass
from spm_monitor import files
from spm_monitor.workdays import to_wib
from tests.browser.hands import Hands
from tests.cases.walking import PAPER

HEADER = "nomor;pelanggan;alamat;kontak;telepon;surel;layanan;sampel;diterima;target\n"
UPLOAD = {"name": "bukti.pdf", "mimeType": "application/pdf", "buffer": PAPER}


def begin(folder: Path) -> None:
    """One order whose promise passed five days ago, read from a file; three mugs; the sweep."""
    today = to_wib(timezone.now()).date()
    received, target = today - timedelta(days=30), today - timedelta(days=5)
    file = folder / "pesanan.csv"
    file.write_text(
        f"{HEADER}0412/UJI/2026;PT Musi Jaya;Jl. Merdeka 1, Palembang;Ibu Sari;0711-1;"
        f"sari@musi.example;UJI-ANEKA;air sungai;{received};{target}\n"
    )
    call_command("import_orders", str(file))
    Item.objects.create(
        name="Mug", souvenir_class=SouvenirClass.objects.first(), on_hand=3, unit_cost=25000
    )
    call_command("flag_overruns")


def turn(staff: Hands, username: str, title: str) -> None:
    """Sign in as a person, and take the task that waits on "Tugas saya"."""
    staff.sit(username)
    staff.open("/")
    staff.follow("Kerjakan")
    expect(staff.page.get_by_role("heading", level=1)).to_have_text(title)


def send(staff: Hands, button: str, following: str) -> None:
    """Press the button; the case page says whose turn it is now."""
    staff.press(button)
    expect(staff.page.get_by_role("status")).to_contain_text(following)


def tell(staff: Hands, customer: Hands) -> None:
    """An order imported from the office's file is past its promise.

    The sweep flagged it and opened a case. Kasi PJT monitors it; the PJ Teknis of the testing
    section confirms that it is stuck and names the cause; Kasi PJT tells the customer; the
    section's head reports; the Kepala Balai instructs, on his own screen; Kasi PJT drafts the
    letter and puts a mug aside; the section's head approves the draft; the Kepala Balai signs, and
    the letter has its number. Kasi PJT uploads the signed sheet and sends it. The customer, who has
    no account, opens the link, reads the letter and says that it arrived.
    """
    page = staff.page
    turn(staff, "kasi.pjt", "Monitoring SPM")
    staff.choose("Pengerjaan")
    send(staff, "Simpan hasil monitoring", "langkah 2: Penanggung Jawab Teknis Pengujian")

    turn(staff, "pj.uji", "Konfirmasi proses layanan")
    expect(page.get_by_role("button", name="Berjalan, dalam SPM")).to_have_count(0)
    send(staff, "Ada kendala", "langkah 4")
    turn(staff, "pj.uji", "Menginformasikan kendala")
    staff.choose("Kerusakan alat")
    staff.fill("Uraian kendala", "Lampu katoda alat AAS putus.")
    later = to_wib(timezone.now()) + timedelta(days=9)
    staff.fill_instant("Perkiraan selesai yang baru", later.replace(hour=16, minute=0))
    send(staff, "Kirim kendala", "langkah 5: Kasi PJT")

    turn(staff, "kasi.pjt", "Menginformasikan hasil monitoring")
    expect(page.get_by_text("di luar SPM").first).to_be_visible()
    staff.choose("Telepon")
    send(staff, "Simpan hasil evaluasi", "langkah 6: Kepala Seksi Pengujian")

    turn(staff, "kasi.uji", "Melaporkan kendala")
    send(staff, "Kirim laporan", "langkah 7: Kepala Balai")

    staff.sit("kepala")
    staff.follow(re.compile("Persetujuan"))
    send(staff, "Instruksikan surat dan souvenir", "langkah 8")

    turn(staff, "kasi.pjt", "Menyusun konsep surat dan menyiapkan souvenir")
    expect(page.get_by_label("Isi surat")).to_have_value(re.compile("0412/UJI/2026"))
    send(staff, "Kirim konsep surat", "langkah 9: Kepala Seksi Pengujian")

    turn(staff, "kasi.uji", "Mengevaluasi dan menyetujui konsep surat")
    expect(page.get_by_text("Yth. PT Musi Jaya")).to_be_visible()
    send(staff, "Setujui konsep", "langkah 10: Kepala Balai")

    staff.sit("kepala")
    staff.follow(re.compile("Persetujuan"))
    staff.choose("Saya telah membaca surat ini")
    staff.choose("Saya memahami bahwa surat langsung bernomor")
    send(staff, "Tanda tangani surat", "langkah 11: Kasi PJT")

    turn(staff, "kasi.pjt", "Mengirim surat dan souvenir")
    staff.upload("Pindaian surat bertanda tangan", UPLOAD)
    staff.choose("Kurir")
    staff.fill("Nama kurir atau pengantar", "Pos Indonesia")
    staff.fill("Nomor resi", "P2611230001")
    send(staff, "Catat pengiriman", "langkah 12: Pelanggan")
    link = page.locator("a[href*='/lacak/']").get_attribute("href") or ""

    customer.open(link[link.index("/lacak/") :])
    expect(customer.page.get_by_role("link", name="Buka surat")).to_be_visible()
    customer.fill("Nama Anda", "Ibu Sari")
    customer.press("Saya sudah menerima")
    expect(customer.page.get_by_text("Penerimaan oleh Ibu Sari tercatat")).to_be_visible()


def is_on_record() -> None:
    """The case ended well, its letter is numbered and kept, and a mug is gone."""
    case = Case.objects.get()
    assert case.ending == Ending.COMPENSATED
    letter = case.letters.get()
    assert letter.number.startswith("B/1/BSKJI/")
    kept = files.read(letter.pdf, letter.pdf_sha256)
    assert letter.number in PdfReader(BytesIO(kept)).pages[0].extract_text()
    assert Item.objects.get().on_hand == 2
