"""Letterheads and templates from a date on: added, corrected while no signed letter has them."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from kompensasi.letters import drafting, patterns, pdf, sheets
from kompensasi.letters.models import Letter, Letterhead, LetterTemplate, LetterVersion
from spm_monitor import journal, master_data, rights
from spm_monitor.refusals import BadInput, NotNow
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib

# What the sample letter says of an order that there is not.
SAMPLE = {
    "nomor_pesanan": "0001/CONTOH/2026",
    "tanggal_pesanan": "2 November 2026",
    "layanan": "Pengujian Aneka Komoditi",
    "sampel_kalimat": " untuk contoh uji 1 kg",
    "target_selesai": "23 November 2026",
    "tanggal_baru": "3 Desember 2026",
    "hari_terlambat": "10",
    "sebab": "kerusakan alat uji",
    "kontak": "Telp. (0711) 000000",
}
ADDRESSEE = "Direktur PT Contoh Karet Sumatera"
Dated = Letterhead | LetterTemplate


def save_letterhead(*, letterhead: Letterhead, by: Any, now: datetime) -> None:
    """Add a letterhead or correct an unused one; letters keep the one they were signed under."""
    with journal.act():
        may_write(letterhead, by, now)
        refuse_under_signed_letters(letterhead)
        template = LetterTemplate.objects.on(to_wib(now).date())
        if template is not None:
            prove(letterhead, template, now)
        master_data.save(letterhead, right=_right(letterhead), by=by, now=now)


def save_template(*, template: LetterTemplate, by: Any, now: datetime) -> None:
    """Add the wording of a variant or correct an unused one; what was written stays as it is."""
    with journal.act():
        may_write(template, by, now)
        letterhead = Letterhead.objects.on(to_wib(now).date())
        if letterhead is not None:
            prove(letterhead, template, now)
        master_data.save(template, right=_right(template), by=by, now=now)


def may_write(row: Dated, by: Any, now: datetime) -> None:
    """Refuse who may not, and to change a row under which a letter was signed (NotNow)."""
    rights.require_office(by, _right(row), at=now)
    if row.pk and in_use(type(row)._base_manager.get(pk=row.pk)):
        raise NotNow(
            "Sudah ada surat yang ditandatangani dengan ini, jadi isinya tetap."
            " Tambahkan yang baru, yang berlaku sejak tanggal lain."
        )


def in_use(row: Dated) -> bool:
    """Whether a letter was signed under a letterhead, or written from a template and signed."""
    return letters_under(row).exists()


def letters_under(row: Dated) -> QuerySet[Letter]:
    """The signed letters of the time in which a row counts."""
    others: QuerySet = Letterhead.objects.all()
    if isinstance(row, LetterTemplate):
        others = LetterTemplate.objects.filter(variant=row.variant)
    later = others.filter(valid_from__gt=row.valid_from).order_by("valid_from")
    after: date | None = later.values_list("valid_from", flat=True).first()
    signed = Letter.objects.filter(signed_at__isnull=False)
    if isinstance(row, Letterhead):
        signed = signed.filter(dated__gte=row.valid_from)
        return signed.filter(dated__lt=after) if after else signed
    written = LetterVersion.objects.filter(written_at__date__gte=row.valid_from)
    if after:
        written = written.filter(written_at__date__lt=after)
    return signed.filter(versions__in=written)


def refuse_under_signed_letters(letterhead: Letterhead) -> None:
    """A letterhead does not come to count for days on which letters were signed under another."""
    newest = Letter.objects.filter(dated__gte=letterhead.valid_from).order_by("-dated").first()
    if newest is not None and newest.dated is not None:
        raise BadInput(
            f"Surat bertanggal {date_id(newest.dated)} sudah ditandatangani."
            " Isi tanggal sesudahnya.",
            "valid_from",
        )


def prove(letterhead: Letterhead, template: LetterTemplate, now: datetime) -> bytes:
    """The sample letter under both, as PDF; BadInput when it does not fit one sheet."""
    try:
        return pdf.render(sample(letterhead, template, now))
    except pdf.LetterError as error:
        raise BadInput(str(error)) from error


def sample(letterhead: Letterhead, template: LetterTemplate, now: datetime) -> pdf.Sheet:
    """A letter about an order that there is not, marked KONSEP, with a number as it would look."""
    today = to_wib(now).date()
    facts = SAMPLE | {"souvenir": template.souvenir_sentence}
    return pdf.Sheet(
        letterhead=sheets.printed(letterhead),
        number=example_number(letterhead, today),
        nature=sheets.NATURE,
        attachments=sheets.ATTACHMENTS,
        subject=template.subject,
        place=letterhead.place,
        dated=date_id(today),
        addressee=ADDRESSEE,
        address="",
        paragraphs=drafting.paragraphs(drafting.fill(template.body, facts)),
        signature=None,
        copies=drafting.copy_lines(template.copies),
        draft=True,
    )


def example_number(letterhead: Letterhead, day: date) -> str:
    """A number of a letterhead's pattern: that of the 12th letter of the year."""
    return patterns.number_text(letterhead, 12, day)


def _right(row: Dated) -> str:
    return f"letters.{'change' if row.pk else 'add'}_{row._meta.model_name}"
