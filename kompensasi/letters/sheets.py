"""A letter's rows as the sheet that is printed."""

from datetime import datetime

from kompensasi.letters import pdf
from kompensasi.letters.drafting import copy_lines, paragraphs
from kompensasi.letters.models import Letterhead, LetterVersion
from spm_monitor.refusals import NotNow
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

NATURE = "Biasa"
ATTACHMENTS = "-"


def draft_sheet(version: LetterVersion, now: datetime) -> pdf.Sheet:
    """A version as it would look if signed today: marked KONSEP, without date.

    It bears a number only when one was typed for it.
    """
    letterhead = Letterhead.objects.on(to_wib(now).date())
    if letterhead is None:
        raise NotNow("Kop surat untuk tanggal ini belum ada. Minta administrator mengisinya.")
    typed = version.letter.typed_number if version.letter_id else ""
    return _sheet(version, letterhead, draft=True, number=typed or None)


def signed_sheet(version: LetterVersion) -> pdf.Sheet:
    """The approved version with the number, date and signature block its letter was given."""
    letter = version.letter
    if letter.dated is None:
        raise ValueError(f"letter {letter.pk} is not signed")
    letterhead = Letterhead.objects.on(letter.dated)
    return _sheet(
        version, letterhead, draft=False, number=letter.number, dated=date_id(letter.dated),
        signature=pdf.Signature(
            capacity=f"{letter.signer_capacity},", name=letter.signer_name, nip=letter.signer_nip
        ),
    )  # fmt: skip


def _sheet(
    version: LetterVersion, letterhead: Letterhead, *, draft: bool, number: str | None = None,
    dated: str | None = None, signature: pdf.Signature | None = None,
) -> pdf.Sheet:  # fmt: skip
    return pdf.Sheet(
        letterhead=printed(letterhead),
        number=number,
        nature=NATURE,
        attachments=ATTACHMENTS,
        subject=version.subject,
        place=letterhead.place,
        dated=dated,
        addressee=version.addressee,
        address=version.address,
        paragraphs=paragraphs(version.body),
        signature=signature,
        copies=copy_lines(version.copies),
        draft=draft,
    )  # fmt: skip


def printed(letterhead: Letterhead) -> pdf.Letterhead:
    """The lines of a letterhead, as every sheet of the office begins."""
    return pdf.Letterhead(
        ministry=letterhead.ministry, agency=letterhead.agency, unit=letterhead.unit,
        address=letterhead.address, contact=letterhead.contact,
    )  # fmt: skip
