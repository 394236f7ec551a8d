"""May this person do this to this order now? Asked of the person, who answers by post.

This package knows no posts. The user model (`settings.AUTH_USER_MODEL`) answers
`capacity_for(permission, section_id, at)` with the appointment that gives the right, or None.
"""

from datetime import datetime
from typing import Any

from spm_monitor.models import Order
from spm_monitor.refusals import NotYours


def require(by: Any, permission: str, order: Order, *, at: datetime) -> Any:
    """The appointment under which `by` may do this at this instant; NotYours otherwise."""
    capacity = by.capacity_for(permission, order.section_id, at)
    if capacity is None:
        raise NotYours(
            "Anda tidak memegang jabatan yang boleh melakukan ini"
            f" untuk pesanan {order.number} (seksi {order.section})."
        )
    return capacity


def require_office(by: Any, permission: str, *, at: datetime) -> Any:
    """The appointment by which `by` may manage this master data now; NotYours otherwise."""
    capacity = by.capacity_for(permission, None, at)
    if capacity is None:
        raise NotYours("Pengaturan ini dibuka oleh administrator.")
    return capacity
