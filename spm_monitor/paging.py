"""Keyset paging, newest first: as fast on the last page as on the first, and no COUNT."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

SIZE = 25


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows of a page and the addresses of its neighbours (None where there is none)."""

    rows: list[Any] = field(default_factory=list)
    newer_url: str | None = None
    older_url: str | None = None


def page_of(rows: QuerySet, request: HttpRequest, *, size: int = SIZE) -> Page:
    """The page that the address asks for, rows in descending order of their primary key.

    `setelah=ID` are the rows older than that one, `sebelum=ID` those newer.
    """
    older_than, newer_than = (_number(request, name) for name in ("setelah", "sebelum"))
    if newer_than is not None:
        found = list(rows.filter(pk__gt=newer_than).order_by("pk")[: size + 1])
        more_newer, shown = len(found) > size, found[:size][::-1]
        return _page(request, shown, newer=more_newer, older=True)
    if older_than is not None:
        rows = rows.filter(pk__lt=older_than)
    found = list(rows.order_by("-pk")[: size + 1])
    return _page(request, found[:size], newer=older_than is not None, older=len(found) > size)


def _page(request: HttpRequest, rows: list[Any], *, newer: bool, older: bool) -> Page:
    return Page(
        rows=rows,
        newer_url=_address(request, sebelum=rows[0].pk) if newer and rows else None,
        older_url=_address(request, setelah=rows[-1].pk) if older and rows else None,
    )


def _address(request: HttpRequest, **cursor: int) -> str:
    query = request.GET.copy()
    for name in ("setelah", "sebelum"):
        query.pop(name, None)
    query.update({name: str(value) for name, value in cursor.items()})
    return f"?{query.urlencode()}"


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
