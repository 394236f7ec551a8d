"""What was typed into a form whose post could not be taken: the session had ended, or a sign-in in
another tab changed the form's secret. It waits in the session for the same page (FAULTS D16, D17).
"""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

KEY = "unsent"
SECRET = ("password", "sandi", "csrf")
BUTTONS = {"visit", "outcome", "save", "preview", "next"}  # and what else is not typed
LONGEST = 40_000  # characters; more than any form of ours takes
STILL_THERE = "Isian Anda belum dikirim dan masih ada di bawah. Periksa, lalu kirim lagi."


def keep(request: HttpRequest) -> None:
    """Keep the texts of a post for when its page is opened again; no password, no file."""
    posted = typed(request)
    if posted and sum(len(text) for texts in posted.values() for text in texts) <= LONGEST:
        request.session[KEY] = {"path": urlsplit(page_of(request)).path, "posted": posted}


def typed(request: HttpRequest) -> dict[str, list[str]]:
    """The texts of a post: name to list, without any secret."""
    return {
        name: texts
        for name, texts in request.POST.lists()
        if not any(word in name.lower() for word in SECRET)
    }


def readable(posted: dict[str, list[str]]) -> list[str]:
    """What of a post's texts a person wrote, without what only machines read."""
    return [
        text
        for name, texts in posted.items()
        if not name.startswith(("initial-", "_")) and name not in BUTTONS
        for text in texts
        if text.strip() and not text.isdigit()
    ]


def page_of(request: HttpRequest) -> str:
    """The page of ours that a post came from; the address it went to when that is not told."""
    told = urlsplit(request.headers.get("Referer", ""))
    if told.netloc == request.get_host():
        return f"{told.path}?{told.query}" if told.query else told.path
    return request.get_full_path()


def take(request: HttpRequest) -> dict[str, Any]:
    """The texts kept for this page and this person, once: name to list; {} without any.

    A form says in `typist` who filled it in: the next person at the same desk does not get it.
    A page that does not ask for them shows them to be copied (`left_over`).
    """
    posted = _kept(request)
    if posted:
        messages.info(request, STILL_THERE)
    return posted


def _kept(request: HttpRequest) -> dict[str, Any]:
    kept = request.session.get(KEY)
    if not kept or kept["path"] != request.path:
        return {}
    del request.session[KEY]
    posted: dict[str, Any] = kept["posted"]
    if set(posted.pop("typist", ())) != {str(request.user.pk)}:
        return {}
    return posted


def left_over(request: HttpRequest) -> list[str]:
    """The texts that no form of this page took back, without what only machines read."""
    user = getattr(request, "user", None)  # none on a request that was refused at the door
    if user is None or user.is_anonymous:
        return []
    return readable(_kept(request))


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends who is not signed in to the sign-in page; what was typed waits behind it."""

    def process_request(self, request: HttpRequest) -> None:
        """A view may ask `request.unsent()`, wherever in the product it stands."""
        request.unsent = partial(take, request)  # type: ignore[attr-defined]

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """The way to the sign-in page; after a post, back to the page it came from."""
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        keep(request)
        return redirect_to_login(page_of(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose secret is not the browser's: opened again with its text if it was our own page.

    Another site's post shows the refusal alone, so that nobody can put words into our forms.
    """
    if not _from_our_own_page(request):
        return render(request, "403_csrf.html", status=403)
    keep(request)
    answer = HttpResponseRedirect(page_of(request))
    answer.status_code = 303
    return answer


def _from_our_own_page(request: HttpRequest) -> bool:
    told = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(told).netloc == request.get_host()
