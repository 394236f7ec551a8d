"""What several tests of cases begin with."""

from datetime import timedelta

import pytest

from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from kompensasi.sop.models import Revision
from tests.cases.held import at_ten, office  # noqa: F401  # fixtures
from tests.cases.ways import Walk
from tests.conftest import MONDAY, TODAY, late_order


@pytest.fixture(params=["a", "b"], ids=["reading A", "reading B"])
def reading(request) -> str:
    """The revision that new cases follow."""
    if request.param == "b":
        Revision.objects.filter(code="21-bipa-5-b").update(in_force_from=TODAY - timedelta(days=1))
    return request.param


@pytest.fixture
def late(mug) -> Walk:
    """The case of an open order whose promised day passed five days ago."""
    late_order(target_at=MONDAY - timedelta(days=5))
    sweep(MONDAY)
    return Walk(Case.objects.get(), MONDAY)
