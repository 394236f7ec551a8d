"""When an order passes its due, one row says so. Written once, consumed by whoever cares."""

from datetime import datetime

from django.db import connection, transaction

from spm_monitor.models import Order, Overrun


def flag_overruns(now: datetime) -> int:
    """Write an overrun row for each order that is late and has none; returns how many.

    One set-based statement writes the rows; a second notes on the orders that it was done, which
    keeps the index that the first one reads as small as the work that is left. Safe to run twice
    and at once: the row is unique, so a second writer waits for the first and then finds it.
    """
    overruns, orders = (connection.ops.quote_name(m._meta.db_table) for m in (Overrun, Order))
    at = connection.ops.adapt_datetimefield_value(now)
    with transaction.atomic(), connection.cursor() as cursor:
        sql, params = _unflagged(now).query.sql_with_params()
        cursor.execute(
            f"INSERT INTO {overruns} (order_id, due_at, flagged_at)"  # noqa: S608
            f" SELECT late.id, late.due_at, %s FROM ({sql}) AS late WHERE true"
            " ON CONFLICT DO NOTHING",
            [at, *params],
        )
        flagged = cursor.rowcount
        if flagged:
            cursor.execute(
                f"UPDATE {orders} SET flagged_due_at = due_at"  # noqa: S608
                f" WHERE flagged_due_at IS NULL AND id IN (SELECT order_id FROM {overruns}"
                " WHERE flagged_at = %s AND corrected_at IS NULL)",
                [at],
            )
    return flagged


def _unflagged(now: datetime):
    """Late orders without their row; one that somebody is changing is left to the next sweep."""
    late = Order.objects.late(now).filter(flagged_due_at__isnull=True).values("id", "due_at")
    if connection.features.has_select_for_update_skip_locked:
        late = late.select_for_update(skip_locked=True)
    return late
