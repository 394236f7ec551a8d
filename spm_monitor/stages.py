"""Which stage of an order used how many of its days, beside how the promise was meant to be spent.

Intake is the counter's, work and report are the section's (DOMAIN 3: 1 + 12 + 2 days). Days count
as the SPM counts them, so the stages add up to the days of the whole order.
"""

from dataclasses import dataclass
from datetime import datetime

from spm_monitor import pauses
from spm_monitor.forecasting import days_taken
from spm_monitor.models import MonitoringRow, Order
from spm_monitor.workdays import WorkingCalendar, to_wib

COUNTER = "Pengembangan Jasa Teknik"
Kind = MonitoringRow.Stage


@dataclass(frozen=True, kw_only=True)
class StageUsed:
    """One stage of an order."""

    name: str
    section: str
    norm: int
    used: int | None
    """Working days, paused ones not counted; None before it began."""
    ended_at: datetime | None

    @property
    def over(self) -> int:
        """Days more than were meant for it; 0 while it keeps to them."""
        return max(0, (self.used or 0) - self.norm)


def stages_of(
    order: Order, spans: pauses.Spans, now: datetime, calendar: WorkingCalendar
) -> list[StageUsed]:
    """The three stages of an order under a divided promise that has started; else none.

    spans: its pauses, merged; one that goes on is taken to last until now.
    """
    norms = order.standard.stage_days if order.standard else None
    start = order.started_at
    if norms is None or start is None:
        return []
    closed = pauses.ended(spans, now)
    end = order.ready_at or order.withdrawn_at
    begun_on, day = to_wib(start).date(), to_wib(now).date()
    today = calendar.working_days_between(begun_on, day)
    today -= pauses.paused_days(begun_on, day, closed, calendar)
    ends = [order.work_began_at, order.report_began_at, end]
    found, before, begun = [], 0, True
    for kind, norm, ended_at in zip(
        (Kind.INTAKE, Kind.WORK, Kind.REPORT), norms, ends, strict=True
    ):
        used = None
        if begun:
            over = ended_at or end
            total = days_taken(start, max(over, start), closed, calendar) if over else today
            used, before = max(0, total - before), max(before, total)
        section = COUNTER if kind == Kind.INTAKE else order.section.name
        found.append(
            StageUsed(
                name=str(kind.label), section=section, norm=norm, used=used, ended_at=ended_at
            )
        )
        begun = begun and ended_at is not None
    return found
