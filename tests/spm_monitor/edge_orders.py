"""A made-up order file with the edges of the real ones: odd hours, weekends, wrong and open ends.

    python -m tests.spm_monitor.edge_orders [COUNT] > orders.csv

Every target is in the past, so the fates hold at any later time.
"""

import csv
import io
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

COLUMNS = (
    "nomor", "pelanggan", "kontak", "telepon", "surel", "layanan", "diterima", "dokumen_lengkap",
    "dibayar", "spk", "target", "perkiraan", "selesai", "diserahkan", "keterangan",
)  # fmt: skip
SERVICES = ("UJI-ANEKA", "KAL", "SERT-PRODUK", "UJI-LINGKUNGAN")


@dataclass(frozen=True)
class Edge:
    """One kind of order; times are WIB of one fortnight in 2024 and move back by whole weeks."""

    name: str
    received: str
    target: str
    ready: str
    fate: str
    """in time, late, open (and overdue) or rejected."""


EDGES = tuple(
    Edge(*(part.strip() for part in line.split("|")))
    for line in """
        all within hours       | 2024-05-06 09:00 | 2024-05-13 16:00 | 2024-05-10 10:30 | in time
        before opening         | 2024-05-06 06:06 | 2024-05-14 07:06 | 2024-05-13 05:00 | in time
        late at night          | 2024-05-06 23:59 | 2024-05-14 23:59 | 2024-05-15 00:00 | late
        due on a Saturday      | 2024-05-06 08:00 | 2024-05-18 15:15 | 2024-05-18 15:14 | in time
        due on a Sunday        | 2024-05-07 08:00 | 2024-05-19 06:06 | 2024-05-20 07:30 | late
        received on a Sunday   | 2024-05-05 19:23 | 2024-05-14 20:23 | 2024-05-09 16:10 | in time
        ready before received  | 2024-05-06 06:06 | 2024-05-20 06:06 | 2024-05-06 05:00 | rejected
        ready when received    | 2024-05-06 10:00 | 2024-05-20 10:00 | 2024-05-06 10:00 | in time
        ready on the minute    | 2024-05-06 19:51 | 2024-05-17 19:51 | 2024-05-17 19:51 | in time
        ready a minute late    | 2024-05-06 19:51 | 2024-05-17 19:51 | 2024-05-17 19:52 | late
        ready weeks late       | 2024-05-06 07:30 | 2024-05-09 16:00 | 2024-07-01 09:00 | late
        due the minute it came | 2024-05-06 09:00 | 2024-05-06 09:00 |                  | open
        open                   | 2024-05-06 07:06 | 2024-05-20 07:06 |                  | open
    """.strip().splitlines()
)


def edge_orders(count: int = len(EDGES)) -> list[tuple[dict[str, str], Edge]]:
    """So many rows, each with the edge it stands for."""
    return [(_row(i, EDGES[i % len(EDGES)]), EDGES[i % len(EDGES)]) for i in range(count)]


def as_csv(rows: list[dict[str, str]]) -> bytes:
    """The rows as a file; line 2 is the first."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _row(i: int, edge: Edge) -> dict[str, str]:
    weeks = i // len(EDGES)
    received, target, ready = (_back(at, weeks) for at in (edge.received, edge.target, edge.ready))
    return dict.fromkeys(COLUMNS, "") | {
        "nomor": f"tepi-{i + 1:05}",
        "pelanggan": f"Pemohon {i + 1:05}",
        "layanan": SERVICES[i % len(SERVICES)],
        "diterima": received,
        "dokumen_lengkap": received,
        "dibayar": received,
        "target": target,
        "perkiraan": target,
        "selesai": ready,
        "keterangan": edge.name,
    }


def _back(at: str, weeks: int) -> str:
    return f"{datetime.fromisoformat(at) - timedelta(weeks=weeks):%Y-%m-%d %H:%M}" if at else ""


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else len(EDGES)
    sys.stdout.write(as_csv([row for row, _ in edge_orders(count)]).decode())
