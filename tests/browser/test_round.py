"""A monitoring round over the demo's orders by keyboard alone: filled, closed, printed."""

from io import BytesIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from spm_monitor.models import MonitoringRound, Order
from tests.browser.hands import Keys

pytestmark = [
    pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240),
]  # fmt: skip

MOST_STOPS = 8  # of Tab in a row: sixty rows in half an hour leave thirty seconds for each


def test_a_round_is_filled_by_keyboard_frozen_and_printed(page, live_server):
    call_command("seed_demo")
    staff = Keys(page, live_server.url)
    staff.sit("kasi.pjt")
    staff.open("/monitoring/")
    staff.press("Mulai putaran")
    open_orders = set(Order.objects.open().values_list("number", flat=True))
    late = set(Order.objects.open().late(timezone.now()).values_list("number", flat=True))
    expect(page.locator(".round-row")).to_have_count(len(open_orders))

    pressed = fill(staff, late)
    staff.press("Simpan dan periksa penutupan")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tutup putaran?")
    staff.press("Tutup putaran")

    expect(page.get_by_role("status").first).to_contain_text("ditutup. Isinya tidak berubah lagi.")
    assert not staff.faults, "\n".join(sorted(staff.faults))
    assert max(pressed[1:]) <= MOST_STOPS, pressed
    round = MonitoringRound.objects.get()
    assert {row["number"] for row in round.sheet["rows"]} == open_orders
    assert {r["number"] for r in round.sheet["rows"] if r["state"] == "Ada kendala"} == late
    printed(page.pdf(prefer_css_page_size=True), open_orders, round)


def fill(staff: Keys, late: set[str]) -> list[int]:
    """Each row in its order; how many times Tab was pressed in each."""
    pressed = []
    for row in staff.page.locator(".round-row").all():
        number, keys = row.locator("a strong").inner_text(), staff.page.keyboard
        before = staff.stops
        staff.reach(row.locator("[name$=-state]"))
        keys.press("k" if number in late else "b")
        if number in late:
            staff.reach(row.locator("[name$=-at]"))
            keys.press("Control+a")
            keys.type("+3")
            staff.reach(row.locator("[name$=-cause]"))
            keys.press("ArrowDown")
            staff.reach(row.locator("[name$=-story]"))
            keys.type("Suku cadang belum datang")
        pressed.append(staff.stops - before)
    return pressed


def printed(pdf: bytes, orders: set[str], round: MonitoringRound) -> None:
    """A4 landscape, every row, who signs, the seals, and nothing of the page around it."""
    sheets = PdfReader(BytesIO(pdf)).pages
    texts = ["".join(sheet.extract_text().split()) for sheet in sheets]
    assert all(sheet.mediabox.width > sheet.mediabox.height for sheet in sheets)
    whole = "".join(texts)
    assert all(number in whole for number in orders)
    assert f"FormMonitoringSPM{round.number}" in texts[0]
    assert round.sheet_sha256 in texts[-1]
    assert "Plt.KasiPJT," in texts[-1]
    assert "UnduhXLSX" not in whole
    assert "Tugassaya" not in whole
