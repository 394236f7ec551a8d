"""The files of letters as they were kept, one by one or all that wait for a signature."""

import logging
import re
from datetime import datetime
from io import BytesIO

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from pypdf import PdfWriter

from kompensasi.letters import pdf, sheets
from kompensasi.letters.models import Letter, LetterQuerySet
from kompensasi.people.models import User
from kompensasi.people.requests import StaffRequest
from spm_monitor import files
from spm_monitor.refusals import NotNow

MOST_SHEETS = 100  # printed at once
ALTERED = "Berkas surat {number} tidak sama dengan yang ditandatangani. Hubungi administrator."
SCAN_ALTERED = "Pindaian surat ini tidak sama dengan yang diunggah. Hubungi administrator."
NO_PDF = "Surat ini belum dapat dicetak. {reason}"

logger = logging.getLogger(__name__)


@require_safe
def letter_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """A signed letter as it was kept; a draft as it would look if signed today, marked KONSEP."""
    now = timezone.now()
    letter = _readable(request, pk, now)
    if letter.signed_at is None:
        content, name = _draft(letter, now), f"konsep-surat-{letter.pk}.pdf"
    else:
        content, name = _kept(letter), f"{_file_name(letter)}.pdf"
    return files.answer(content, files.PDF, name, framed=True)


@require_safe
def letters_to_sign(request: StaffRequest) -> HttpResponse:
    """All sheets that wait for a signature by hand, the oldest first, in one PDF to print."""
    letters = list(sheets_to_sign(request.user, timezone.now())[:MOST_SHEETS])
    if not letters:
        raise NotNow("Tidak ada surat yang menunggu tanda tangan basah.")
    merged = PdfWriter()
    for letter in letters:
        merged.append(BytesIO(_kept(letter)), import_outline=False)
    content = BytesIO()
    merged.write(content)
    return files.answer(content.getvalue(), files.PDF, "surat-menunggu-tanda-tangan.pdf")


def sheets_to_sign(user: User, now: datetime) -> LetterQuerySet:
    """The numbered sheets within a reader's reach whose signed paper is not scanned yet."""
    sections = user.sections_for("letters.view_letter", now)
    return Letter.objects.awaiting_ink().of_sections(sections).order_by("signed_at", "pk")


@require_safe
def letter_scan(request: StaffRequest, pk: int) -> HttpResponse:
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
    return files.answer(
        content, files.content_type(letter.scan), f"{_file_name(letter)}-pindaian.{suffix}"
    )


def _readable(request: StaffRequest, pk: int, now: datetime) -> Letter:
    """The letter, if it is of a section this person may read letters of; else as if not there."""
    letter = Letter.objects.filter(pk=pk).first()
    section_id = letter.section_id if letter else None
    if letter is None or not request.user.capacity_for("letters.view_letter", section_id, now):
        raise Http404
    return letter


def _kept(letter: Letter) -> bytes:
    """The sheet as it was signed; NotNow when the file is not that any more."""
    try:
        return files.read(letter.pdf, letter.pdf_sha256)
    except files.Altered:
        logger.exception("the kept file of letter %s is not what was signed", letter.pk)
        raise NotNow(ALTERED.format(number=letter.number)) from None


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
