"""A refusal raised anywhere becomes a page with its sentence; the address of a request is noted."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spm_monitor import journal
from spm_monitor.refusals import Refused


class RefusalMiddleware:
    """Shows `Refused` as 403, 409 or 422 with its own sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the journal know from which address this request's acts come."""
        token = journal.origin.set(request.META.get("REMOTE_ADDR", "") or "")
        try:
            return self.get_response(request)
        finally:
            journal.origin.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal; anything else is Django's."""
        if not isinstance(exception, Refused):
            return None
        template = "403.html" if exception.status == 403 else "409.html"
        context = {"sentence": exception.sentence}
        return render(request, template, context, status=exception.status)
