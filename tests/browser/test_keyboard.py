"""Whoever has no mouse does all the work: Tab, Enter, the space bar, arrows and typing alone."""

import pytest
from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.hands import Keys

pytestmark = [
    pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240),
]  # fmt: skip


@pytest.fixture
def staff(page, live_server) -> Keys:
    return Keys(page, live_server.url)


def test_a_case_goes_from_its_first_step_to_its_end(staff, new_context, live_server, tmp_path):
    """Each stop of the focus on the way is in sight, has a ring, and lies under nothing."""
    journey.begin(tmp_path)
    customer = Keys(new_context().new_page(), live_server.url)
    journey.tell(staff, customer)
    journey.is_on_record()
    assert not staff.faults | customer.faults, "\n".join(sorted(staff.faults | customer.faults))


def test_shift_and_tab_lead_back(staff):
    staff.open("/masuk/")
    name, password = (staff.page.get_by_label(each, exact=True)
                      for each in ("Nama pengguna", "Kata sandi"))  # fmt: skip
    expect(name).to_be_focused()
    staff.reach(password)
    staff.page.keyboard.press("Shift+Tab")
    expect(name).to_be_focused()


def test_the_first_stop_leads_past_the_navigation(staff):
    staff.sit("kasi.pjt")
    staff.open("/pesanan/")
    staff.page.keyboard.press("Tab")
    skip = staff.page.get_by_role("link", name="Langsung ke isi")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    staff.page.keyboard.press("Enter")
    expect(staff.page.locator("main")).to_be_focused()
    staff.page.keyboard.press("Tab")
    assert staff.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_menu_opens_is_gone_through_and_closes(staff):
    staff.sit("kasi.pjt")
    staff.unfold("menu-akun")
    password = staff.page.get_by_role("link", name="Ganti kata sandi")
    staff.reach(password)
    expect(password).to_be_focused()
    staff.reach(staff.page.get_by_role("button", name="Keluar"))
    assert not staff.faults
    staff.page.keyboard.press("Escape")
    expect(staff.page.locator("#menu-akun")).to_be_hidden()
    expect(staff.page.locator("[popovertarget=menu-akun]")).to_be_focused()


def test_what_is_wrong_with_a_form_takes_the_focus(staff, tmp_path):
    """The summary is heard at once, and leads to the field."""
    journey.begin(tmp_path)
    journey.turn(staff, "kasi.pjt", "Monitoring SPM")
    staff.press("Simpan hasil monitoring")
    expect(staff.page.locator("#ringkasan-kesalahan")).to_be_focused()
    assert staff.page.title().startswith("Kesalahan: ")
    staff.follow("Pilih tahap pekerjaan.")
    expect(staff.page.locator("input[name=stage]").first).to_be_focused()
    assert not staff.faults


def test_a_stop_without_a_ring_or_out_of_sight_is_noticed(staff):
    staff.open("/masuk/")
    name = staff.page.get_by_label("Nama pengguna")
    name.evaluate("(each) => { each.style.outline = 'none'; }")
    password = staff.page.get_by_label("Kata sandi", exact=True)
    staff.reach(password)
    assert [fault for fault in staff.faults if "has no ring" in fault]
    staff.faults.clear()
    name.evaluate("(each) => { each.style.outline = '3px solid #e3b04b'; }")
    staff.page.keyboard.press("Shift+Tab")
    staff.reach(name, password)
    assert [fault for fault in staff.faults if "has a pale ring" in fault]
    staff.faults.clear()
    staff.page.evaluate(
        """() => {
          const sheet = document.createElement("div");
          sheet.style.cssText = "position: fixed; inset: 0; background: white";
          document.body.append(sheet);
        }"""
    )
    staff.page.keyboard.press("Shift+Tab")
    staff.reach(password)
    assert [fault for fault in staff.faults if "is under" in fault]
