"""When an order passes its due, one row says so. Written once, consumed by whoever cares."""

from datetime import datetime
from functools import cache

from django.db import connection, transaction
from django.utils import timezone

from spm_monitor.models import Order, Overrun


def flag_overruns(now: datetime) -> int:
    """Write an overrun row for each order that is late and has none; returns how many.

    One set-based statement writes the rows; another notes on the orders that it was done, which
    keeps the index that is read first as small as the work that is left. Safe to run twice and
    at once: the row is unique, so a second writer waits for the first and then finds it.
    """
    at = connection.ops.adapt_datetimefield_value(now)
    look, write, note = _statements(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(look, [at])
        if cursor.fetchone() is None:
            return 0
        with transaction.atomic():
            cursor.execute(write, [at, at])
            flagged = cursor.rowcount
            if flagged:
                cursor.execute(note, [at, at])
        return flagged


@cache
def _statements(vendor: str) -> tuple[str, str, str]:
    """Look, write, note; put together once, since that takes longer than to find nothing.

    Each says the whole condition of the index, and so reads nothing else; the order in which the
    first one looks keeps PostgreSQL from hoping to find one sooner by reading the table.
    """
    overruns, orders = (connection.ops.quote_name(m._meta.db_table) for m in (Overrun, Order))
    late = Order.objects.late(timezone.now()).filter(flagged_due_at__isnull=True).order_by()
    unflagged = late.values("id", "due_at").query.sql_with_params()[0]
    condition = unflagged.partition(" WHERE ")[2]
    if connection.features.has_select_for_update_skip_locked:
        # One that somebody is changing is left to the next sweep.
        unflagged = f"{unflagged} {connection.ops.for_update_sql(skip_locked=True)}"
    return (
        f"SELECT 1 FROM {orders} WHERE {condition} ORDER BY due_at LIMIT 1",  # noqa: S608
        f"INSERT INTO {overruns} (order_id, due_at, flagged_at)"  # noqa: S608
        f" SELECT late.id, late.due_at, %s FROM ({unflagged}) AS late WHERE true"
        " ON CONFLICT DO NOTHING",
        f"UPDATE {orders} SET flagged_due_at = due_at WHERE {condition}"  # noqa: S608
        f" AND id IN (SELECT order_id FROM {overruns}"
        " WHERE flagged_at = %s AND corrected_at IS NULL AND answered_at IS NULL)",
    )
