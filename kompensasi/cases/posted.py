"""Tells one post from another."""

import hashlib
from typing import Any

from django.http import HttpRequest


def posted_digest(request: HttpRequest) -> str:
    """SHA-256 of what was posted: the same post again (double click, F5) has the same."""
    texts = [
        (name, values)
        for name, values in sorted(request.POST.lists())
        if name != "csrfmiddlewaretoken"
    ]
    files: Any = request.FILES
    uploads = sorted((name, upload.name, upload.size) for name, upload in files.items())
    return hashlib.sha256(repr((texts, uploads)).encode()).hexdigest()
