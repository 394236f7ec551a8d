"""Links to the slips of a case, for whichever page shows it."""

from typing import Any

from django import template
from django.utils import timezone

from kompensasi.cases.models import Case
from kompensasi.cases.slips import offered

register = template.Library()


@register.inclusion_tag("cases/_slips.html", takes_context=True)
def slips(context: dict[str, Any], case: Case) -> dict[str, Any]:
    """The slips that the signed-in person may print of a case now."""
    return {"case": case, "slips": offered(case, context["request"].user, timezone.now())}
