"""What a person sees when something of ours breaks: what is safe, what to do, what to quote."""

import logging
import secrets
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string

from kompensasi.people import unsent

logger = logging.getLogger(__name__)
RETRY_SECONDS = 60  # by then a restarted database answers again


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an exception that nobody expected, with the number under which it is logged.

    503 when the database cannot be used, else 500. Django calls this with the exception in hand.
    The page asks no database, and shows what was typed, so that it can be copied.
    """
    incident = secrets.token_hex(3).upper()
    logger.error("incident %s: %s %s", incident, request.method, request.path, exc_info=True)
    away = isinstance(sys.exception(), OperationalError | InterfaceError)
    told = {"incident": incident, "sent": request.method == "POST", "texts": _typed(request)}
    page = render_to_string("503.html" if away else "500.html", told)
    if not away:
        return HttpResponse(page, status=500)
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def _typed(request: HttpRequest) -> list[str]:
    """What a person typed into the form of this request, as far as it can be read."""
    if request.method != "POST":
        return []
    try:
        return unsent.readable(unsent.typed(request))
    except (OSError, SuspiciousOperation, MultiPartParserError):
        return []


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """The page for who failed to sign in too often, whether the account exists or not."""
    wait = settings.AXES_COOLOFF_TIME
    context = {"minutes": int(wait.total_seconds() // 60)}
    page = render(request, "429.html", context, status=429)
    page["Retry-After"] = str(int(wait.total_seconds()))
    return page
