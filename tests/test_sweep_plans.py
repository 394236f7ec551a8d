"""How PostgreSQL finds what a sweep asks for: by its partial indexes, never by reading a table."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kompensasi.cases.sweep import sweep
from spm_monitor import bulk
from spm_monitor.models import Customer, Order, Service
from tests.conftest import MONDAY, day

pytestmark = [pytest.mark.django_db, pytest.mark.postgres_only]

TABLES = ("spm_monitor_order", "spm_monitor_overrun")  # what grows with every year
PAST = MONDAY - timedelta(days=5)


def enter(count: int, **facts: Any) -> None:
    """So many orders in one statement."""
    service = Service.objects.get(code="UJI-ANEKA")
    customer, _ = Customer.objects.get_or_create(name="PT Banyak")
    first = Order.objects.count()
    same = {
        "customer_id": customer.pk, "service_id": service.pk, "section_id": service.section_id,
        "received_at": MONDAY - timedelta(days=40),
    } | facts  # fmt: skip
    bulk.insert(Order, [same | {"number": f"B-{first + i}"} for i in range(count)])


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def read_whole() -> dict[str, str]:
    """The tables that a statement of a sweep reads from end to end, with that statement."""
    with CaptureQueriesContext(connection) as queries:
        sweep(MONDAY + timedelta(minutes=5))
    found = {}
    with connection.cursor() as cursor:
        for sql in (query["sql"] for query in queries):
            if sql.startswith(("SELECT", "INSERT", "UPDATE")):
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
                found |= {t: f"{sql}\n{plan}" for t in TABLES if f"Seq Scan on {t}" in plan}
    return found


def test_a_sweep_reads_no_table_from_end_to_end(settings):
    """Orders are on their way, have their case, or ended before go-live and are waived."""
    settings.GO_LIVE = day("2026-11-20")
    enter(1000, due_at=PAST - timedelta(days=9), ready_at=PAST)
    enter(300, due_at=PAST)
    enter(5000, due_at=MONDAY + timedelta(days=9))
    swept = sweep(MONDAY)
    assert (swept.flagged, swept.opened) == (1300, 300)
    analyze()
    assert read_whole() == {}, "with nothing to do"

    settings.GO_LIVE = None
    sweep(MONDAY)
    enter(50, due_at=PAST)
    analyze()
    assert "spm_monitor_order" not in read_whole(), "with work"

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX order_unflagged_due")
    assert "spm_monitor_order" in read_whole(), "control: this looks where the index was"
