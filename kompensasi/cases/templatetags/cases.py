"""What an order's page says of compensation; the order itself knows nothing of it."""

from typing import Any

from django import template
from django.utils import timezone

from kompensasi.cases import opening
from kompensasi.cases.models import Case
from spm_monitor.models import Order

register = template.Library()


@register.inclusion_tag("orders/_case_actions.html", takes_context=True)
def case_actions(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """The order's cases this person may read, and whether one may be opened by hand."""
    user, now = context["request"].user, timezone.now()
    return {
        "csrf_token": context.get("csrf_token"),
        "order": order,
        "cases": list(Case.objects.visible_to(user, now).filter(order=order)),
        "may_open": opening.opening_refusal(order, user, now) is None,
    }
