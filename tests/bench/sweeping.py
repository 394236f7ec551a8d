"""The sweep beside one bare statement that writes a flag, a case and an entry for each order."""

import gc
import tracemalloc
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from kompensasi.cases.models import Case, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.sop.models import Revision
from spm_monitor.models import JournalEntry, Order, Overrun
from spm_monitor.workdays import to_wib
from tests.bench import databases
from tests.bench.measuring import Row, at_most, interleaved, timed
from tests.bench.seed import NEWLY_LATE, sweep_at

YARDSTICK = "one bare statement (UPDATE … RETURNING, two INSERT … SELECT)"
BARE = f"""
WITH late AS (
    UPDATE {Order._meta.db_table} SET flagged_due_at = due_at
    WHERE flagged_due_at IS NULL AND due_at < %(now)s
      AND (withdrawn_at IS NULL OR withdrawn_at > due_at)
      AND (ready_at IS NULL OR ready_at > due_at)
    RETURNING id, due_at
), opened AS (
    INSERT INTO {Case._meta.db_table} (number, order_id, revision_id, opened_at, opening,
        tracking_code, no_gift_reason, ending, ending_note)
    SELECT 'KMP-' || id, id, %(revision)s, %(now)s, 'late', 'bare' || id, '', '', '' FROM late
    RETURNING id, number, order_id
)
INSERT INTO {JournalEntry._meta.db_table} (seq, at, capacity, address, verb, subject, subject_id,
    before, after, note, previous, digest)
SELECT (SELECT coalesce(max(seq), 0) FROM {JournalEntry._meta.db_table})
    + row_number() OVER (ORDER BY id), %(now)s, 'Sistem', '', 'case.opened', 'cases.case', id,
    '{{}}', jsonb_build_object('number', number, 'order', order_id, 'opening', 'late'), '',
    repeat('0', 64), repeat('0', 64)
FROM opened
"""


def rows(small: str, large: str, now: datetime, *, rounds: int) -> list[Row]:
    """A thousand newly late, and nothing to do, in the larger database; both beside the smaller."""
    late = sweep_at(now)
    databases.use(large)
    databases.settled()
    full = interleaved(lambda: _clean(_bare, late), lambda: _clean(_ours, late), rounds=rounds)
    idle = interleaved(
        lambda: _bare(now, finds=0), lambda: _ours(now, finds=0), rounds=rounds * 4, warm=4
    )
    return [
        at_most(f"sweep: {NEWLY_LATE:,} newly late of {large}", YARDSTICK, full, 2),
        at_most("sweep with nothing to do", "the same statement, finding nothing", idle, 3),
        growth(small, large, now, rounds=rounds, limit=2.5),
        held(small, large, now),
    ]


def growth(small: str, large: str, now: datetime, *, rounds: int, limit: float) -> Row:
    """The same thousand in a database of another size."""
    late = sweep_at(now)

    def at(name: str) -> Callable[[], float]:
        def swept() -> float:
            databases.use(name)
            return _clean(_ours, late)

        return swept

    pair = interleaved(at(small), at(large), rounds=rounds)
    return at_most(f"the same of {large}", f"of {small}", pair, limit)


def huge(small: str, large: str, now: datetime) -> list[Row]:
    """A million orders beside ten thousand: time and memory."""
    databases.use(large)
    databases.settled()
    return [growth(small, large, now, rounds=5, limit=2.5), held(small, large, now)]


def held(small: str, large: str, now: datetime) -> Row:
    """What a sweep keeps in memory, however many orders it does not look at."""
    more = memory(large, now) - memory(small, now)
    return Row(
        work=f"memory of the sweep of {large}", yardstick=f"of {small}",
        result=f"{more:+.1f} MB", goal="≤ + 10 MB", met=more <= 10,
    )  # fmt: skip


def memory(name: str, now: datetime) -> float:
    """Megabytes that Python holds at most in a sweep of the thousand."""
    databases.use(name)
    _ours(sweep_at(now))
    gc.collect()
    tracemalloc.start()
    try:
        _ours(sweep_at(now))
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _clean(act: Callable[[datetime], float], now: datetime) -> float:
    """Without the dead rows that the round before left behind when it was taken back."""
    with connection.cursor() as cursor:
        for model in (Order, Overrun, Case, Visit, JournalEntry):
            cursor.execute(f"VACUUM {model._meta.db_table}")
    return act(now)


def _undone(act: Callable[[], int], finds: int) -> float:
    """The seconds of an act whose writes are taken back; it must have found what there is."""
    found = []
    with transaction.atomic():
        seconds = timed(lambda: found.append(act()))
        transaction.set_rollback(True)
    if found != [finds]:
        raise RuntimeError(f"found {found}, not {finds}")
    return seconds


def _bare(now: datetime, finds: int = NEWLY_LATE) -> float:
    revision = Revision.in_force(to_wib(now).date()).pk

    def act() -> int:
        with connection.cursor() as cursor:
            cursor.execute(BARE, {"now": now, "revision": revision})
            return int(cursor.rowcount)

    return _undone(act, finds)


def _ours(now: datetime, finds: int = NEWLY_LATE) -> float:
    def act() -> int:
        swept = sweep(now)
        if swept.flagged != swept.opened:
            raise RuntimeError(str(swept))
        return swept.opened

    return _undone(act, finds)
