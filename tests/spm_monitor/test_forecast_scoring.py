"""The past replayed: each forecast knows what was known that day, and meets what came of it."""

from datetime import datetime, timedelta

import pytest

from spm_monitor import forecast_scoring
from spm_monitor.forecast_scoring import Past, scores
from spm_monitor.forecast_words import verdict
from spm_monitor.pauses import of_dates
from tests.conftest import day
from tests.spm_monitor.test_workdays import PLAIN, wib

pytestmark = pytest.mark.once
LONG_AGO, BEGUN = wib("2026-01-05 09:00"), wib("2026-03-02 09:00")  # Mondays
PROMISED = 4


def past(days: int, start: datetime = LONG_AGO, *, service: int = 1, **facts) -> Past:
    """An order that took so many working days of the four promised."""
    due, ready = (PLAIN.due_after_days(start, n) for n in (PROMISED, days))
    row = {"service": service, "start": start, "due": due, "ready": ready, "estimate": None}
    return Past(**row | facts)


EIGHT = [past(days) for days in (2, 2, 2, 2, 2, 2, 5, 5)]  # all at once: none knows of another


def test_a_small_example_by_hand():
    """One order after eight, of which two were late.

    On its start 8 results: chance and base rate (2 + 1) / (8 + 2); likely 2 days. On the third day
    it is compared with the two late ones: chance (2 + 1) / (2 + 2), likely 5 days. It takes 5 of
    the 4 promised; the section said 3.
    """
    last = past(5, BEGUN, estimate=PLAIN.due_after_days(BEGUN, 3))
    total = scores([*EIGHT, last], PLAIN).total
    start, half = total.at_start, total.halfway
    assert (start.late.n, start.late.value) == (1, 1)
    assert [start.forecast.value, start.base.value] == pytest.approx([0.49, 0.49])
    assert (start.days.value, start.norm.value, start.estimate.value) == (3, 1, 2)
    assert half.late.n == 1
    assert [half.forecast.value, half.base.value] == pytest.approx([0.0625, 0.49])
    assert (half.days.value, half.norm.value, half.estimate.value) == (0, 1, 2)


def test_under_eight_results_nothing_is_scored():
    found = scores([*EIGHT[:7], past(5, BEGUN)], PLAIN)
    assert found.total.at_start.late.n == 0
    assert not found.services


@pytest.mark.parametrize(("before", "scored"), [(timedelta(0), 0), (timedelta(minutes=1), 1)])
def test_a_result_is_known_after_its_instant_not_at_it(before, scored):
    eighth = past(2, ready=BEGUN - before)
    found = scores([*EIGHT[:7], eighth, past(2, BEGUN)], PLAIN)
    assert found.total.at_start.late.n == scored


def test_what_comes_later_changes_no_forecast_before_it():
    one = past(5, BEGUN)
    later = [past(9, BEGUN + timedelta(days=70)) for _ in range(9)]
    alone, with_later = scores([*EIGHT, one], PLAIN), scores([*EIGHT, one, *later], PLAIN)
    added = with_later.total.at_start.forecast.total - alone.total.at_start.forecast.total
    # nine more forecasts on their start, knowing three late of nine
    assert added == pytest.approx(9 * (4 / 11 - 1) ** 2)


def test_what_ended_in_its_first_half_is_forecast_once():
    found = scores([*EIGHT, past(2, BEGUN)], PLAIN)
    assert (found.total.at_start.late.n, found.total.halfway.late.n) == (1, 0)


def test_a_paused_morning_has_no_forecast():
    pause = (of_dates(day("2026-03-05"), day("2026-03-06")),)
    due = PLAIN.due_after_days(BEGUN, PROMISED + 2)
    counts = []
    for spans in (pause, (of_dates(day("2026-03-06"), day("2026-03-09")),)):
        total = scores([*EIGHT, past(8, BEGUN, spans=spans, due=due)], PLAIN).total
        counts.append((total.at_start.late.n, total.halfway.late.n))
    assert counts == [(1, 0), (1, 1)]


def test_services_learn_apart_and_are_summed():
    orders = [*EIGHT, past(5, BEGUN), past(5, BEGUN, service=2)]
    orders += [past(2, service=2) for _ in range(8)]
    found = scores(orders, PLAIN)
    assert found.services.keys() == {1, 2}
    assert found.services[2].at_start.forecast.value == pytest.approx((1 / 10 - 1) ** 2)
    assert found.total.at_start.late.n == 2
    # none of service 2 was as slow: the chance is 9 of 10, and no day is foretold
    assert found.services[2].halfway.forecast.value == pytest.approx(0.01)
    assert found.services[2].halfway.days.n == 0


def test_old_results_are_forgotten(monkeypatch):
    monkeypatch.setattr(forecast_scoring, "NEWEST", 8)
    newer = [past(2, BEGUN - timedelta(days=14)) for _ in range(8)]
    found = scores([past(5) for _ in range(8)] + newer + [past(2, BEGUN)], PLAIN)
    last = found.total.at_start
    # newer ones know eight late of eight, the last one none of the newest eight, but all sixteen
    assert last.forecast.total == pytest.approx(8 * (9 / 10) ** 2 + (1 / 10) ** 2)
    assert last.base.total == pytest.approx(8 * (9 / 10) ** 2 + (9 / 18) ** 2)


def test_the_verdict_in_words():
    score = scores([*EIGHT, past(5, BEGUN)], PLAIN).total
    assert [verdict(score.at_start), verdict(score.halfway)] == [
        "Kemungkinan di luar SPM: prakiraan setepat angka dasar."
        " Hari selesai: prakiraan kalah tepat dari target.",
        "Kemungkinan di luar SPM: prakiraan lebih tepat daripada angka dasar."
        " Hari selesai: prakiraan lebih tepat daripada target.",
    ]
    nobody_as_slow = scores([*[past(2)] * 8, past(5, BEGUN)], PLAIN).total
    assert verdict(nobody_as_slow.halfway).endswith("Hari selesai: belum dapat dinilai.")
