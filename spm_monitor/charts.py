"""Charts as SVG drawn on the server: shapes and classes alone, since pages allow no inline style.

A chart never stands alone: the page has its numbers as a table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 190  # of the drawing, in its own units
TOP, FLOOR = 30, 162  # where a full column begins, and where all end


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of two parts, the lower one first."""

    label: str
    x: float
    width: float
    lower_y: float
    lower_height: float
    upper_y: float
    upper_height: float
    total: int

    @property
    def middle(self) -> float:
        """Where its label and number stand."""
        return self.x + self.width / 2

    @property
    def number_y(self) -> float:
        """Just above it."""
        return self.upper_y - 6


def columns(parts: Sequence[tuple[str, int, int]]) -> list[Column]:
    """A column for each (label, lower, upper), the highest as high as the chart."""
    most = max((lower + upper for _, lower, upper in parts), default=0) or 1
    step = WIDTH / max(len(parts), 1)
    scale = (FLOOR - TOP) / most
    drawn = []
    for i, (label, lower, upper) in enumerate(parts):
        lower_y = FLOOR - lower * scale
        drawn.append(
            Column(
                label=label, x=round(i * step + step * 0.18, 1), width=round(step * 0.64, 1),
                lower_y=round(lower_y, 1), lower_height=round(lower * scale, 1),
                upper_y=round(lower_y - upper * scale, 1), upper_height=round(upper * scale, 1),
                total=lower + upper,
            )
        )  # fmt: skip
    return drawn
