"""A refusal raised anywhere becomes a page with its sentence; the address of a request is noted."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spm_monitor import files, journal
from spm_monitor.refusals import Refused

logger = logging.getLogger(__name__)
ALTERED = "Berkas ini tidak sama dengan yang disimpan, atau hilang. Hubungi administrator."


class RefusalMiddleware:
    """Shows `Refused` as 403, 409 or 422 with its own sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the journal know from which address this request's acts come."""
        token = journal.origin.set(request.META.get("REMOTE_ADDR", "") or "")
        try:
            response = self.get_response(request)
            if response.status_code == 405 and request.accepts("text/html"):
                return _not_to_be_opened(request, response)
            return response
        finally:
            journal.origin.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal, or of a file that is not what was kept; else Django's."""
        if isinstance(exception, files.Altered):
            logger.error("kept file is missing or altered: %s", exception)
            return render(request, "409.html", {"sentence": ALTERED}, status=409)
        if not isinstance(exception, Refused):
            return None
        template = "403.html" if exception.status == 403 else "409.html"
        context = {"sentence": exception.sentence}
        return render(request, template, context, status=exception.status)


def _not_to_be_opened(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Django's empty answer as a page."""
    page = render(request, "405.html", status=405)
    page["Allow"] = response["Allow"]
    return page
