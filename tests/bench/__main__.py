"""`make bench`: the table of README's "Speed". Ratios only mean something on a quiet machine.

    python -m tests.bench [sweep] [pages] [letters] [dues]

measures all, or the parts named. A missed goal is a finding; only what breaks ends non-zero.
BENCH=full adds a million orders to the sweep.
"""

import os
import sys
import time
from collections.abc import Callable

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
django.setup()

from django.utils import timezone  # noqa: E402

from tests.bench import databases, dues, letters, pages, sweeping  # noqa: E402
from tests.bench.measuring import Row  # noqa: E402

SMALL, LARGE, HUGE = "10k", "100k", "1M"
SIZES = {SMALL: 10_000, LARGE: 100_000, HUGE: 1_000_000}
HEAD = "| work | yardstick in the same run | ratio (ours : yardstick) | goal | |"
RULE = "|---|---|---|---|---|"


def main() -> None:
    """Seed, measure, print."""
    now = timezone.now()
    parts: dict[str, Callable[[], list[Row]]] = {
        "sweep": lambda: sweeping.rows(SMALL, LARGE, now, rounds=9),
        "pages": lambda: pages.rows(SMALL, LARGE, rounds=25),
        "letters": lambda: letters.rows(rounds=30),
        "dues": lambda: dues.rows(LARGE, now, rounds=15),
    }
    sizes = [SMALL, LARGE]
    if os.environ.get("BENCH") == "full":
        sizes.append(HUGE)
        parts["a million"] = lambda: sweeping.huge(SMALL, HUGE, now)
    said("the office", lambda: databases.found_office(now))
    for name in sizes:
        said(f"{name} orders", lambda: databases.make(name, SIZES[name], now))  # noqa: B023
    rows: list[Row] = []
    for part in [name for name in parts if name in sys.argv[1:]] or list(parts):
        said(part, lambda: rows.extend(parts[part]()))  # noqa: B023
    print(HEAD, RULE, *rows, sep="\n")


def said(what: str, act: Callable[[], object]) -> None:
    """Do it, and say on the side how long it took."""
    begun = time.monotonic()
    act()
    print(f"{what}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
