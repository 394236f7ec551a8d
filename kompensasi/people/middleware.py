"""Who signed in with a temporary password chooses an own one before anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

OPEN = {"password_change", "password_change_done", "logout"}


class OwnPasswordFirst:
    """Leads to the page of one's own password, whatever was asked for; pages for all stay open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing to do before the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """A detour while the password is temporary."""
        if not getattr(view, "login_required", True):
            return None
        if getattr(request.user, "temporary_until", None) is None:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in OPEN:
            return None
        return redirect("password_change")
