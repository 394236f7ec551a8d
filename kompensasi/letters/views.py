"""The register of signed letters, and their files as they were kept."""

import logging
import re
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from kompensasi.letters import pdf, sheets
from kompensasi.letters.models import Letter, LetterVersion
from spm_monitor import files
from spm_monitor.refusals import NotNow, NotYours

PAGE = 25
ALTERED = "Berkas surat ini tidak sama dengan yang ditandatangani. Hubungi administrator."
SCAN_ALTERED = "Pindaian surat ini tidak sama dengan yang diunggah. Hubungi administrator."
NO_PDF = "Surat ini belum dapat dicetak. {reason}"

logger = logging.getLogger(__name__)


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The letters that were given a number, newest first; of the reader's section, or all."""
    user: Any = request.user
    now = timezone.now()
    if user.capacity_for("letters.see_register", None, now) is None:
        raise NotYours("Agenda surat tidak terbuka bagi jabatan Anda.")
    letters = Letter.objects.filter(signed_at__isnull=False).select_related("section")
    sections = user.sections_for("letters.see_register", now)
    if sections is not None:
        letters = letters.filter(section_id__in=sections)
    newest = LetterVersion.objects.filter(letter=OuterRef("pk")).order_by("-version")
    letters = letters.annotate(addressee=Subquery(newest.values("addressee")[:1]))
    page = _page_number(request)
    found = list(letters[(page - 1) * PAGE : page * PAGE + 1])
    return render(
        request,
        "letters/register.html",
        {
            "letters": found[:PAGE],
            "page": page,
            "newer_url": f"{reverse('letters')}?halaman={page - 1}" if page > 1 else "",
            "older_url": f"{reverse('letters')}?halaman={page + 1}" if found[PAGE:] else "",
        },
    )


@xframe_options_sameorigin
@require_safe
def letter_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """A signed letter as it was kept; a draft as it would look if signed today, marked KONSEP."""
    now = timezone.now()
    letter = _readable(request, pk, now)
    if letter.signed_at is None:
        return _file(_draft(letter, now), "application/pdf", f"konsep-surat-{letter.pk}.pdf")
    try:
        content = files.read(letter.pdf, letter.pdf_sha256)
    except files.Altered:
        logger.exception("the kept file of letter %s is not what was signed", letter.pk)
        raise NotNow(ALTERED) from None
    return _file(content, "application/pdf", f"{_file_name(letter)}.pdf")


@require_safe
def letter_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan of the sheet that was signed by hand."""
    letter = _readable(request, pk, timezone.now())
    if not letter.scan:
        raise Http404
    try:
        content = files.read(letter.scan, letter.scan_sha256)
    except files.Altered:
        logger.exception("the kept scan of letter %s is not what was uploaded", letter.pk)
        raise NotNow(SCAN_ALTERED) from None
    suffix = letter.scan.rpartition(".")[2]
    return _file(
        content, files.content_type(letter.scan), f"{_file_name(letter)}-pindaian.{suffix}"
    )


def _readable(request: HttpRequest, pk: int, now: datetime) -> Letter:
    """The letter, if it is of a section this person may read letters of; else as if not there."""
    letter = Letter.objects.filter(pk=pk).first()
    user: Any = request.user
    if letter is None or user.capacity_for("letters.view_letter", letter.section_id, now) is None:
        raise Http404
    return letter


def _draft(letter: Letter, now: datetime) -> bytes:
    version = letter.versions.order_by("-version").first()
    if version is None:
        raise Http404
    try:
        return pdf.render(sheets.draft_sheet(version, now))
    except pdf.LetterError as error:
        raise NotNow(NO_PDF.format(reason=error)) from error


def _file_name(letter: Letter) -> str:
    """ "surat-B-12-BSKJI-XI-2026": the number, in letters that every system takes in a name."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", letter.number or str(letter.pk))
    return f"surat-{plain.strip('-.')}"


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": content_disposition_header(False, name) or "inline",
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("halaman", "")
    return max(1, int(text)) if re.fullmatch(r"[0-9]{1,6}", text) else 1
