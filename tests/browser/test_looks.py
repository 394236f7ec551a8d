"""What comes out of the pages on paper."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pypdf import PdfReader

from kompensasi.cases.customer_link import customer_url
from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from spm_monitor.models import Customer, Order
from tests.conftest import make_order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def long_orders(count: int = 20) -> None:
    """Late orders of a customer and a service with long names."""
    late = timezone.now() - timedelta(days=5)
    customer = Customer.objects.create(name="Koperasi Tani Banyuasin Sejahtera")
    for n in range(1, count + 1):
        make_order(f"{n:04}/UJI-LINGKUNGAN/2026", "UJI-LINGKUNGAN", due_at=late, customer=customer)


def sheets_of(page: Page) -> list[str]:
    """The words of each printed sheet."""
    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    return [" ".join(sheet.extract_text().split()) for sheet in sheets]


def test_a_list_on_paper_has_its_headings_on_each_sheet(desk):
    long_orders()
    page = desk.sit("kasi.pjt")
    page.goto(f"{desk.address}/pesanan/")
    sheets = sheets_of(page)
    assert len(sheets) > 1
    for sheet in sheets:
        assert "Nomor Pelanggan Layanan" in sheet
        assert "Nomor, pelanggan, atau sampel" not in sheet
        assert "Tugas saya" not in sheet
    assert "Dicetak" in sheets[0]


def test_a_case_on_paper_keeps_the_customers_secret(desk):
    """Whoever finds the sheet must not be able to speak for the customer."""
    long_orders(1)
    sweep(timezone.now())
    case = Case.objects.get()
    page = desk.sit("kasi.pjt")
    page.goto(f"{desk.address}/kasus/{case.pk}/")
    link = customer_url(case)
    assert link in page.inner_text("main")
    text = "".join("".join(sheets_of(page)).split())
    assert "".join(Order.objects.get().number.split()) in text
    assert link.split("/lacak/")[1][:16] not in text
    assert "Tugassaya" not in text
    assert "Kerjakanlangkah" not in text
