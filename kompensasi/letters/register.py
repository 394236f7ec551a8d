"""The register of letters by year, on screen and on paper, and the numbers typed into it."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from kompensasi.letters import actions
from kompensasi.letters.models import Letter, Letterhead, LetterQuerySet, LetterReview
from kompensasi.letters.views import MOST_SHEETS, sheets_to_sign
from kompensasi.people.requests import StaffRequest
from spm_monitor.models import Section
from spm_monitor.refusals import BadInput, NotYours
from spm_monitor.workdays import to_wib

PAGE = 25
MOST_WAITING = 50  # letters without a number that are listed above the register
CLOSED = "Agenda surat tidak terbuka bagi jabatan Anda."


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A number that was refused: what the clerk typed for which letter, and why not."""

    letter: int
    number: str
    sentence: str


@require_safe
def register(request: StaffRequest) -> HttpResponse:
    """The letters that were given a number, newest first; `?cetak=1`: a year's, to be printed."""
    now = timezone.now()
    if request.GET.get("cetak") == "1":
        return _printed(request, now)
    return _page(request, now)


@require_POST
def type_number(request: StaffRequest, pk: int) -> HttpResponse:
    """The agenda clerk's number for a letter that waits for its signature."""
    now = timezone.now()
    letter = Letter.objects.filter(pk=pk).first()
    sections = request.user.sections_for("letters.view_letter", now)
    if letter is None or not (sections is None or letter.section_id in sections):
        raise Http404
    number = request.POST.get("number", "")
    try:
        actions.type_number(letter=letter, number=number, by=request.user, now=now)
    except BadInput as refusal:
        typed = Typed(letter=pk, number=number[:200], sentence=refusal.sentence)
        return _page(request, now, typed=typed, status=422)
    if number.strip():
        messages.success(request, "Nomor disimpan. Surat memakainya saat ditandatangani.")
    else:
        messages.success(request, "Nomor dilepas. Surat mendapat nomor urut saat ditandatangani.")
    return redirect("letters")


def _page(
    request: StaffRequest, now: datetime, *, typed: Typed | None = None, status: int = 200
) -> HttpResponse:
    letters, year, page = _readable(request, now), _year(request), _page_number(request)
    years = [day.year for day in letters.dates("dated", "year", order="DESC")]
    shown = letters.filter(dated__year=year) if year else letters
    rows = shown.with_words().select_related("section").order_by("-signed_at", "-pk")
    found = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    to_sign = sheets_to_sign(request.user, now).count()
    context = {
        "letters": found[:PAGE],
        "page": page,
        "year": year,
        "years": years,
        "waiting": _waiting(request, now),
        "typed": typed,
        "may_void": request.user.capacity_for("letters.void_letter", None, now) is not None,
        "to_sign": to_sign,
        "to_sign_now": min(to_sign, MOST_SHEETS),
        "newer_url": _address(year, page - 1) if page > 1 else "",
        "older_url": _address(year, page + 1) if found[PAGE:] else "",
    }
    return render(request, "letters/register.html", context, status=status)


def _printed(request: StaffRequest, now: datetime) -> HttpResponse:
    today = to_wib(now).date()
    year = _year(request) or today.year
    letters = _readable(request, now).filter(dated__year=year).with_words()
    letterhead = Letterhead.objects.on(today)
    sections = request.user.sections_for("letters.see_register", now)
    context = {
        "letters": letters.select_related("section").order_by("signed_at", "pk"),
        "year": year,
        "unit": letterhead.unit if letterhead else "",
        "now": now,
        "sections": [] if sections is None else Section.objects.filter(pk__in=sections),
    }
    return render(request, "letters/register_print.html", context)


def _readable(request: StaffRequest, now: datetime) -> LetterQuerySet:
    """The numbered letters of the reader's section, or all; NotYours where there is no right."""
    if request.user.capacity_for("letters.see_register", None, now) is None:
        raise NotYours(CLOSED)
    sections = request.user.sections_for("letters.see_register", now)
    return Letter.objects.in_register().of_sections(sections)


def _waiting(request: StaffRequest, now: datetime) -> list[Letter]:
    """The letters without a number that this person may type one for, the longest waiting first."""
    sections = request.user.sections_for("letters.type_number", now)
    if sections is not None and not sections:
        return []
    reviews = LetterReview.objects.filter(version__letter=OuterRef("pk")).order_by("-pk")
    letters = Letter.objects.waiting().of_sections(sections).with_words()
    letters = letters.annotate(approved=Subquery(reviews.values("approved")[:1]))
    return list(letters.select_related("section").order_by("created_at", "pk")[:MOST_WAITING])


def _address(year: int | None, page: int) -> str:
    asked = ({"tahun": year} if year else {}) | ({"halaman": page} if page > 1 else {})
    return reverse("letters") + (f"?{urlencode(asked)}" if asked else "")


def _year(request: StaffRequest) -> int | None:
    text = request.GET.get("tahun", "")
    return int(text) if re.fullmatch(r"[12][0-9]{3}", text) else None


def _page_number(request: StaffRequest) -> int:
    text = request.GET.get("halaman", "")
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,6}", text) else 1
