"""Where scripts are off, by an office's policy or an old browser, all the work can be done."""

import pytest
from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.hands import Hands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hands(new_context, live_server):
    """Makes hands at a browser of their own, without scripts."""

    def make() -> Hands:
        context = new_context(java_script_enabled=False)
        return Hands(context.new_page(), live_server.url)

    return make


def test_a_case_goes_from_its_first_step_to_its_end(hands, tmp_path):
    journey.begin(tmp_path)
    journey.tell(hands(), hands())
    journey.is_on_record()


def test_on_a_phone_the_menus_open_too(hands):
    staff = hands()
    staff.page.set_viewport_size({"width": 360, "height": 700})
    staff.sit("kasi.pjt")
    staff.unfold("navigasi")
    staff.follow("Pesanan")
    expect(staff.page.get_by_role("heading", level=1)).to_have_text("Pesanan")
    staff.unfold("menu-akun")
    staff.press("Keluar")
    expect(staff.page.get_by_label("Nama pengguna")).to_be_visible()


def test_no_control_is_shown_that_only_a_script_would_work(hands):
    """A button that does nothing is worse than none; ours are hidden until a script shows them."""
    staff = hands()
    staff.open("/masuk/")
    expect(staff.page.get_by_role("button", name="Tampilkan")).to_have_count(0)
    staff.sit("kasi.pjt")
    staff.open("/sop/")
    expect(staff.page.get_by_role("button", name="Cetak")).to_have_count(0)
