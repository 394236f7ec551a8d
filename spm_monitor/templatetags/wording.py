"""The words of `spm_monitor.wording` as template filters; what is missing stays empty."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from spm_monitor import wording

register = template.Library()
BREAK = SafeString("/<wbr>")  # a line may end after it


def _unless_empty(say: Callable[[Any], str]) -> Callable[[Any], str]:
    def filtered(value: Any) -> str:
        return "" if value is None or value == "" else say(value)

    return filtered


for _say in (
    wording.date_id, wording.weekday_date_id, wording.short_date_id,
    wording.short_weekday_date_id, wording.time_id,
    wording.instant_id, wording.minutes_id, wording.rupiah, wording.name_id,
):  # fmt: skip
    register.filter(_say.__name__, _unless_empty(_say))


@register.filter
def breakable(value: Any) -> str:
    """A text that may go on in the next line after a slash: "Lingkungan/Pencemaran"."""
    return format_html_join(BREAK, "{}", ((part,) for part in str(value).split("/")))


@register.simple_tag
@cache
def order_state(state: str) -> str:
    """A state as rows of a long table show it: the same few again and again, so rendered once."""
    return render_to_string("partials/order_state.html", {"state": state})
