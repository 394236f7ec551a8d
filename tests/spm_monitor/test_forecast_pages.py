"""The forecast on an order's page, and the page that scores the forecasts of past orders."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from kompensasi.people.models import User
from spm_monitor import actions, clock, forecast_pages
from tests.conftest import MONDAY, make_order, person, signed_in
from tests.settings_pages import queries, text
from tests.spm_monitor.test_forecasting import BEGUN, ended, experience, under_way

pytestmark = pytest.mark.django_db
SCORES = "/laporan/prakiraan/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def past(rows: int, service: str = "UJI-ANEKA") -> None:
    """So many orders, one a week, that took four of the ten days promised; each tenth fifteen."""
    for number in range(rows):
        begun = BEGUN - timedelta(weeks=rows - number)
        ended(f"{service}-{number}", 15 if number % 10 == 9 else 4, begun=begun, service=service)


# --- an order's page --------------------------------------------------------------------------


def test_the_page_of_an_order_says_what_experience_lets_expect():
    experience()
    page = text(signed_in("kasi.pjt").get(f"/pesanan/{under_way().pk}/"))
    assert "Prakiraan dari pengalaman Biasanya selesai 1 Des 2026" in page
    assert "Perkiraan seksi Belum dicatat." in page


@pytest.mark.parametrize(
    "facts",
    [{"started_at": None, "due_at": None}, {"ready_at": MONDAY}, {"paused_since": MONDAY}],
)
def test_the_page_of_an_order_without_a_forecast_is_silent(facts):
    page = text(signed_in("kasi.pjt").get(f"/pesanan/{under_way(**facts).pk}/"))
    assert "Prakiraan" not in page


def test_the_sections_estimates_stand_below_newest_first_and_five_at_most():
    order = under_way()
    pj = person("pj.uji")
    for days in range(1, 8):
        now = MONDAY + timedelta(minutes=days)
        actions.record_estimate(order=order, at=MONDAY + timedelta(days=days), by=pj, now=now)
    page = text(signed_in("kasi.pjt").get(f"/pesanan/{order.pk}/"))
    card = page.split("Perkiraan seksi")[1].split("Kontak pelanggan")[0]
    dates = re.findall(r"(\d+) Nov 2026 08.00 WIB Dicatat 23 Nov 2026 08.0(\d) WIB", card)
    assert dates == [("30", "7"), ("29", "6"), ("28", "5"), ("27", "4"), ("26", "3")]


def test_an_estimate_that_no_journal_tells_of_is_shown_all_the_same():
    order = under_way(estimate_at=MONDAY + timedelta(days=1))
    page = text(signed_in("kasi.pjt").get(f"/pesanan/{order.pk}/"))
    assert "Perkiraan seksi 24 Nov 2026 08.00 WIB" in page


# --- the scores -------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["kasi.pjt", "kepala", "auditor", "petugas"])
def test_whoever_reads_orders_of_the_office_sees_the_scores_of_all(username):
    past(40)
    past(10, "KAL")
    page = text(signed_in(username).get(SCORES))
    assert "Semua layanan" in page
    assert "Pengujian Aneka Komoditi 32 12% 0,1" in page
    assert "Kalibrasi 2 50%" in page


def test_a_section_sees_its_own():
    past(40)
    past(10, "KAL")
    page = text(signed_in("kasi.kal").get(SCORES))
    assert "Kalibrasi 2 50%" in page
    assert "Pengujian Aneka" not in page


def test_it_is_closed_to_who_may_not_read_orders():
    stranger = Client()
    stranger.force_login(User.objects.create_user("tamu", full_name="Tamu"))
    for client in (stranger, signed_in("plh.kepala")):
        assert client.get(SCORES).status_code == 403
    assert Client().get(SCORES).status_code == 302


def test_few_forecasts_are_said_to_be_few():
    past(20)
    page = text(signed_in("kepala").get(SCORES))
    assert "Baru 14 prakiraan yang dinilai. Di bawah 30" in page
    past(40, "KAL")
    assert "prakiraan yang dinilai. Di bawah" not in text(signed_in("kepala").get(SCORES))


def test_without_results_there_is_nothing_to_score():
    make_order()
    assert "Belum ada prakiraan yang dapat dinilai." in text(signed_in("kepala").get(SCORES))


def test_the_numbers_are_written_as_people_here_write_them():
    past(40)
    page = text(signed_in("kepala").get(SCORES))
    assert "Pengujian Aneka Komoditi 32 12% 0,1" in page


def test_only_so_many_are_replayed(monkeypatch):
    past(20)
    assert "Pengujian Aneka Komoditi 12" in text(signed_in("kepala").get(SCORES))
    monkeypatch.setattr(forecast_pages, "MOST", 18)
    page = text(signed_in("kepala").get(SCORES))
    assert "Dihitung dari 18 pesanan terakhir yang selesai." in page
    assert "Pengujian Aneka Komoditi 9" in page


def test_it_costs_the_same_queries_however_many_orders_there_are():
    past(10)
    client = signed_in("kepala")
    few = queries(client, SCORES)
    past(40, "KAL")
    assert queries(client, SCORES) == few <= 8


def test_replay_and_page_of_an_order_say_the_same():
    """The chance of an order's first instant, by either way."""
    experience()
    order = under_way()
    calendar = clock.current_calendar()
    page = text(signed_in("kepala").get(f"/pesanan/{order.pk}/"))
    assert "sekitar 1 dari 5" in page  # 2 of 12
    order.ready_at = calendar.due_after_days(MONDAY, 6)
    order.save()
    with time_machine.travel(MONDAY + timedelta(days=30), tick=False):
        answer = signed_in("kepala").get(SCORES)
    total = answer.context["tables"][0]["rows"][0]["moment"]
    assert total.forecast.total == pytest.approx((2 / 12) ** 2)
    assert total.days.total == 0
