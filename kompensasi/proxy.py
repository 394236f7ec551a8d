"""Who is at the other end, when a proxy of ours stands before the web."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse


class ClientAddress:
    """Makes REMOTE_ADDR the client's address instead of the proxy's, for the journal and axes.

    The last entry of X-Forwarded-For is the one that our proxy wrote; those before it come from
    the client, who may claim what he likes. Without BEHIND_PROXY the header is never read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.BEHIND_PROXY:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Keep the proxy's own address where the header names none."""
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        with suppress(ValueError):
            request.META["REMOTE_ADDR"] = str(ip_address(told))
        return self.get_response(request)
