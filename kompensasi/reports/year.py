"""What is told of a year, gathered once for page, workbook and sheet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from kompensasi.letters.models import LetterReview
from spm_monitor import clock, figures
from spm_monitor.figures import Cause, Ended, Tally
from spm_monitor.models.orders import OrderQuerySet
from spm_monitor.workdays import to_wib


@dataclass(frozen=True, kw_only=True)
class YearInFigures:
    """A year of those orders that somebody may read."""

    year: int
    orders: list[Ended]
    total: Tally
    months: list[Tally]
    services: list[Tally]
    sections: list[Tally]
    causes: list[Cause]
    returned: list[tuple[str, int]]
    """Section, and how many drafts of letters came back to be mended."""

    @property
    def few(self) -> bool:
        """Whether there are so few orders that shares say little."""
        return self.total.ended < figures.FEW

    @property
    def lost_days(self) -> int:
        """Days late of all late orders together."""
        return sum(cause.lost_days for cause in self.causes)


def figures_of(
    year: int, orders: OrderQuerySet, sections: Collection[int] | None, now: datetime
) -> YearInFigures:
    """The figures of a year. orders: those that may be read; sections: theirs, None for all.

    Four queries, whatever their number.
    """
    ended = figures.ended_in(year, orders)
    today = to_wib(now)
    return YearInFigures(
        year=year,
        orders=ended,
        total=figures.tally("Semua", ended),
        months=figures.by_month(ended, today.month if year == today.year else 12),
        services=figures.by_name(ended, lambda order: order.service),
        sections=figures.by_name(ended, lambda order: order.section),
        causes=figures.by_cause(ended),
        returned=returned_drafts(year, sections),
    )


def returned_drafts(year: int, sections: Collection[int] | None) -> list[tuple[str, int]]:
    """How many drafts were returned at steps 9 and 10 in a year, by section; one query."""
    begin, end = clock.day_start(date(year, 1, 1)), clock.day_start(date(year + 1, 1, 1))
    found = LetterReview.objects.filter(approved=False, at__gte=begin, at__lt=end)
    if sections is not None:
        found = found.filter(version__letter__section__in=sections)
    name = "version__letter__section__name"
    return list(found.order_by(name).values_list(name).annotate(times=Count("pk")))
