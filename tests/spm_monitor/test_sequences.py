"""Numbers without gap or double; what happens at once is in `tests/test_races.py`."""

from contextlib import suppress

import pytest
from django.db import transaction

from spm_monitor.models import Sequence
from spm_monitor.sequences import take

pytestmark = pytest.mark.django_db


def test_numbers_follow_each_other_from_one():
    assert [take("a") for _ in range(3)] == [1, 2, 3]


def test_each_key_counts_by_itself():
    assert [take("case:2026"), take("case:2027"), take("case:2026")] == [1, 1, 2]


def test_a_start_counts_when_it_is_higher_and_never_goes_back():
    """An office may begin in mid-year, and find later that the paper book was further."""
    assert [take("a", start=41), take("a", start=7), take("a")] == [41, 42, 43]
    assert [take("a", start=90), take("a")] == [90, 91]


def test_several_are_taken_at_once_and_the_first_is_told():
    assert take("a", count=5) == 1
    assert take("a") == 6
    assert take("b", count=2, start=10) == 10
    assert take("b") == 12


def test_a_rollback_gives_the_numbers_back():
    take("a")
    with suppress(ZeroDivisionError), transaction.atomic():
        take("a", count=10)
        1 / 0  # noqa: B018
    assert take("a") == 2


def test_a_rollback_of_the_first_forgets_the_key():
    with suppress(ZeroDivisionError), transaction.atomic():
        take("a", start=41)
        1 / 0  # noqa: B018
    assert not Sequence.objects.exists()
    assert take("a") == 1
