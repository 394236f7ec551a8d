"""The demo shows a case at every step, whatever the hour it is made."""

from datetime import datetime

import pytest
import time_machine
from django.core.management import call_command

from kompensasi.cases.models import Case, Ending, Visit
from spm_monitor import clock, journal
from spm_monitor.models import Order
from spm_monitor.workdays import WIB

pytestmark = pytest.mark.django_db

HOURS = {
    "a working morning": datetime(2026, 11, 24, 10, 20, tzinfo=WIB),
    "just after midnight": datetime(2026, 11, 23, 0, 5, tzinfo=WIB),
    "a Sunday": datetime(2026, 11, 22, 15, 0, tzinfo=WIB),
    "after a long holiday": datetime(2026, 3, 25, 8, 0, tzinfo=WIB),
}


@pytest.mark.parametrize("hour", HOURS)
def test_there_is_a_case_at_every_step(hour):
    now = HOURS[hour]
    with time_machine.travel(now, tick=False):
        call_command("seed_demo")
    standing = Visit.objects.filter(finished_at=None).values_list("row__number", flat=True)
    assert sorted(standing) == list(range(1, 13))
    assert set(Case.objects.exclude(ending="").values_list("ending", flat=True)) == {
        Ending.COMPENSATED
    }
    assert Order.objects.count() == 40
    near = clock.near_limit(now, clock.current_calendar())
    states = {order.state(now=now, near=near) for order in Order.objects.all()}
    assert states == set(Order.State)
    assert not Visit.objects.filter(finished_at__gt=now).exists()
    assert journal.first_broken() is None


def test_a_second_seeding_adds_nothing():
    call_command("seed_demo", "--orders", "3")
    call_command("seed_demo", "--if-empty")
    call_command("seed_demo")
    assert Order.objects.count() == 3
