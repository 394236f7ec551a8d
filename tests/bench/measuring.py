"""Ratios: what we do beside its yardstick, turn by turn, so that a busy machine slows both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table."""

    work: str
    yardstick: str
    result: str
    goal: str
    met: bool
    """Whether the goal was met; a missed one is a finding, not a failure."""

    def __str__(self) -> str:
        return (
            f"| {self.work} | {self.yardstick} | {self.result} | {self.goal}"
            f" | {'met' if self.met else '**missed**'} |"
        )


@dataclass
class Pair:
    """Seconds that the yardstick and that we took, and what is told of them."""

    yardstick: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return statistics.median(self.ours) / statistics.median(self.yardstick)

    def __str__(self) -> str:
        ours, theirs = statistics.median(self.ours), statistics.median(self.yardstick)
        return f"{self.ratio:.2f} × ({milliseconds(ours)} : {milliseconds(theirs)})"


def milliseconds(seconds: float) -> str:
    """ "0.85 ms", "12 ms", "1,240 ms"."""
    thousandths = seconds * 1000
    return f"{thousandths:.2f} ms" if thousandths < 10 else f"{thousandths:,.0f} ms"


def interleaved(
    yardstick: Callable[[], float], ours: Callable[[], float], *, rounds: int, warm: int = 1
) -> Pair:
    """Run both in turn; the first `warm` rounds do not count. Each returns its own seconds."""
    pair = Pair()
    for number in range(warm + rounds):
        theirs, our = yardstick(), ours()
        if number >= warm:
            pair.yardstick.append(theirs)
            pair.ours.append(our)
    return pair


def timed(act: Callable[[], object]) -> float:
    """The seconds it took."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def at_most(work: str, yardstick: str, pair: Pair, limit: float) -> Row:
    """A row whose ratio has an upper limit."""
    return Row(
        work=work, yardstick=yardstick, result=str(pair), goal=f"≤ {limit:g} ×",
        met=pair.ratio <= limit,
    )  # fmt: skip
