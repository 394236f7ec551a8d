"""Orders against their promised time. Knows nothing of compensation."""

from spm_monitor.journal import JournalEntry, JournalHead
from spm_monitor.models.calendar import Holiday, OfficeHours, OfficeSegment
from spm_monitor.models.monitoring import MonitoringRound, MonitoringRow, ObstacleCause
from spm_monitor.models.orders import Customer, DueChange, Extension, Order, Overrun, Pause
from spm_monitor.models.services import Section, Service, SpmStandard, with_example_standard
from spm_monitor.models.watching import Reminder, WatchRules
from spm_monitor.pulse import Pulse
from spm_monitor.sequences import Sequence

__all__ = [
    "Customer",
    "DueChange",
    "Extension",
    "Holiday",
    "JournalEntry",
    "JournalHead",
    "MonitoringRound",
    "MonitoringRow",
    "ObstacleCause",
    "OfficeHours",
    "OfficeSegment",
    "Order",
    "Overrun",
    "Pause",
    "Pulse",
    "Reminder",
    "Section",
    "Sequence",
    "Service",
    "SpmStandard",
    "WatchRules",
    "with_example_standard",
]
