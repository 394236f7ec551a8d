"""The register on paper: every letter of the year on A4 landscape, no row cut, no navigation."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from kompensasi.letters.models import Letter, LetterVersion
from spm_monitor.models import Customer, Section
from spm_monitor.workdays import to_wib
from tests.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LETTERS = 60
REASON = "Target selesai berubah karena dokumen pelanggan baru lengkap kemudian."


def year_of_letters() -> None:
    """So many signed letters of this year as rows; every tenth is void."""
    now = timezone.now()
    kepala = person("kepala")
    facts = {
        "customer": Customer.objects.create(name="PT Buku"), "section": Section.objects.first(),
        "created_at": now, "dated": to_wib(now).date(), "signed_by": kepala,
        "signed_as": kepala.appointments_on(now)[0], "signer_name": "Kepala Balai (contoh)",
        "signer_capacity": "Kepala Balai", "pdf_sha256": "0" * 64, "pdf_size": 1,
    }  # fmt: skip
    letters = Letter.objects.bulk_create(
        Letter(
            **facts, number=f"B/{n:03d}/BSKJI/BSPJI-Palembang/SM.02/XI/2026",
            signed_at=now + timedelta(seconds=n), voided_at=now if n % 10 == 0 else None,
            void_reason=REASON if n % 10 == 0 else "",
        )
        for n in range(1, LETTERS + 1)
    )  # fmt: skip
    LetterVersion.objects.bulk_create(
        LetterVersion(
            letter=letter, version=1, addressee="Pimpinan PT Karet Nusantara Sejahtera Abadi",
            subject="Permohonan Maaf atas Keterlambatan Penyelesaian Layanan", written_by=kepala,
            written_as=facts["signed_as"], written_at=now,
        )
        for letter in letters
    )  # fmt: skip


def test_the_register_is_printed_whole(desk):
    year_of_letters()
    page = desk.sit("agenda")
    page.goto(f"{desk.address}/surat/")
    with page.expect_navigation():  # printed before, it is the page that one leaves
        page.get_by_role("link", name="Cetak agenda tahun ini").click()

    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages

    texts = [" ".join(sheet.extract_text().split()) for sheet in sheets]
    assert all(sheet.mediabox.width > sheet.mediabox.height for sheet in sheets)
    rows = [n for text in texts for n in re.findall(r"B/(\d{3})/BSKJI", text)]
    assert rows == [f"{n:03d}" for n in range(1, LETTERS + 1)]
    # A row that were cut would leave its reason on another sheet than its number.
    for text in texts:
        assert text.count(REASON) == len(re.findall(r"B/\d\d0/", text))
        assert "Nomor surat Tanggal Kepada (hal)" in text
    assert "BALAI STANDARDISASI DAN PELAYANAN JASA INDUSTRI PALEMBANG" in texts[0]
    assert not any("Tugas saya" in text or "Kembali ke agenda" in text for text in texts)
