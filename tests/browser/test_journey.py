"""The whole story, in a real browser, by pages alone."""

import pytest

from tests.browser import journey
from tests.browser.hands import Hands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_late_order_reaches_an_acknowledged_apology(page, live_server, new_context, tmp_path):
    journey.begin(tmp_path)
    customer = Hands(new_context().new_page(), live_server.url)
    journey.tell(Hands(page, live_server.url), customer)
    journey.is_on_record()
