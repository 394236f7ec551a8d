"""A night that was missed, a clock that jumps back: nothing is counted by how often one looked.

FAULTS C10; lite-api counts days in a nightly job, and a missed night makes it wrong for ever.
"""

from datetime import timedelta

import pytest
import time_machine

from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from kompensasi.cases.watching import watch
from spm_monitor import actions, clock, journal, lists
from spm_monitor.models import JournalEntry, Order, Overrun, Reminder
from tests.conftest import MONDAY, late_order, make_order, person, signed_in
from tests.settings_pages import text

pytestmark = pytest.mark.django_db

NIGHT = timedelta(days=1)
HOUR = timedelta(hours=1)


def seen(order: Order, now) -> tuple[str, int, int | None]:
    """State, days late and days left of an order, as a page shows them at an instant."""
    order.refresh_from_db()
    calendar = clock.current_calendar()
    state = order.state(now=now, near=clock.near_limit(now, calendar))
    return str(state), clock.days_late(order, now), clock.days_left(order, now, calendar)


def test_lite_api_a_missed_night_makes_no_number_wrong():
    """Two orders alike, one swept each night and one never, are the same on every day."""
    due = MONDAY + timedelta(days=2)
    watched, forgotten = (make_order(f"N-{n}", due_at=due) for n in (1, 2))
    for night in range(8):
        now = MONDAY + night * NIGHT
        if night % 3 == 0:  # beat was away in the other nights
            sweep(now)
        assert seen(watched, now) == seen(forgotten, now)
    states = [seen(watched, MONDAY + n * NIGHT)[0] for n in (0, 2, 3)]
    assert states == ["near", "near", "overdue"]
    assert Overrun.objects.count() == 2, "each once, however many nights were missed"


def test_c10_after_a_clock_that_jumped_back_nothing_is_written_twice():
    make_order("C-1", due_at=MONDAY + 3 * HOUR)
    late_order("C-2")
    later = MONDAY + 5 * HOUR
    sweep(later)
    watch(later)
    before = (Overrun.objects.count(), Case.objects.count(), Reminder.objects.count())
    for now in (later - HOUR, later):
        sweep(now)
        watch(now)
    assert (Overrun.objects.count(), Case.objects.count(), Reminder.objects.count()) == before


def test_c10_the_journal_goes_by_its_sequence_not_by_the_clock():
    order = make_order("C-1", due_at=MONDAY + NIGHT)
    for now, day in ((MONDAY + HOUR, 3), (MONDAY, 4)):  # the second one on a clock set back
        with time_machine.travel(now, tick=False):
            actions.record_estimate(
                order=order, at=MONDAY + day * NIGHT, by=person("pj.uji"), now=now
            )
    entries = list(JournalEntry.objects.filter(verb="order.estimate").order_by("seq"))
    assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)
    assert entries[1].at < entries[0].at
    assert journal.first_broken() is None
    newest = lists.entries_of(order)[0]
    assert newest.seq == entries[1].seq


def test_c10_a_page_counts_from_one_instant_and_shows_no_negative_number():
    order = make_order("C-1", due_at=MONDAY + 2 * HOUR)
    for now in (MONDAY, MONDAY + 3 * HOUR, MONDAY + 1 * HOUR):
        with time_machine.travel(now, tick=False):
            page = text(signed_in("kasi.pjt").get(f"/pesanan/{order.pk}/"))
        assert " -1 " not in page
        assert ("Terlampaui" in page) == (now > MONDAY + 2 * HOUR)
