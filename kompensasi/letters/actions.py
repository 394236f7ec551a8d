"""What happens to a letter: a version written, reviewed, signed, sent, or made void.

Each is called inside the act of the step that does it, by somebody whose right the step checked.
"""

import hashlib
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from kompensasi.letters import numbering, patterns, pdf, sheets
from kompensasi.letters.models import Letter, Letterhead, LetterReview, LetterVersion
from kompensasi.people.models import Appointment, User
from spm_monitor import files, journal
from spm_monitor.refusals import BadInput, NotNow, NotYours
from spm_monitor.wording import date_id
from spm_monitor.workdays import to_wib


def text_hash(version: LetterVersion) -> str:
    """SHA-256 of a version's words: what an approval binds."""
    words = [version.subject, version.addressee, version.address, version.body]
    if version.copies:  # letters of the time before copies keep their hash
        words.append(version.copies)
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def write_version(
    *, letter: Letter, words: dict[str, str], by: User, capacity: Appointment, now: datetime
) -> LetterVersion:
    """Write the next version of a draft (its form has seen that it fits on one sheet).

    words: subject, addressee, address, body, copies.
    """
    if letter.signed_at is not None:
        raise NotNow("Surat sudah ditandatangani; teksnya tidak berubah lagi.")
    newest = letter.versions.order_by("-version").values_list("version", flat=True).first() or 0
    version = LetterVersion(
        letter=letter, version=newest + 1, written_by=by, written_as=capacity, written_at=now,
        **words,
    )  # fmt: skip
    version.sha256 = text_hash(version)
    version.save()
    journal.record(
        "letter.written", letter, by=by, capacity=capacity, now=now,
        after={"version": version.version, "sha256": version.sha256},
    )  # fmt: skip
    return version


def review(
    *, version: LetterVersion, approved: bool, note: str, by: User, capacity: Appointment,
    now: datetime,
) -> LetterReview:  # fmt: skip
    """Approve a version, or return it with a note; the hash of its text is bound."""
    verdict = LetterReview.objects.create(
        version=version, sha256=text_hash(version), approved=approved, note=note, by=by, at=now
    )
    journal.record(
        "letter.approved" if approved else "letter.returned", version.letter,
        by=by, capacity=capacity, now=now, note=note,
        after={"version": version.version, "sha256": verdict.sha256},
    )  # fmt: skip
    return verdict


def approved_version(letter: Letter) -> LetterVersion:
    """The newest version, when its newest review approved this very text; NotNow otherwise."""
    version = letter.version
    verdict = version.reviews.order_by("-pk").first()
    if verdict is None or not verdict.approved or verdict.sha256 != text_hash(version):
        raise NotNow("Teks surat ini belum disetujui. Kembalikan untuk diperbaiki.")
    return version


def sign(*, letter: Letter, by: User, capacity: Appointment, now: datetime) -> None:
    """Give the approved text number, date and signature block, and keep its final PDF.

    All in the transaction of the signing: a failure leaves neither number nor file.
    """
    version = approved_version(letter)
    day = to_wib(now).date()
    letterhead = Letterhead.objects.on(day)
    if letterhead is None:
        raise NotNow("Kop surat untuk tanggal ini belum ada. Minta administrator mengisinya.")
    if not by.nip:
        raise NotNow(
            "NIP Anda belum tercatat, padahal dicetak di bawah tanda tangan. Minta administrator"
            " mengisinya di Pengaturan, Akun."
        )
    letter.dated, letter.signed_at, letter.signed_by, letter.signed_as = day, now, by, capacity
    letter.signer_name, letter.signer_nip = by.full_name, by.nip
    letter.signer_capacity = capacity.title(day)
    letter.number = numbering.take_number(letter, letterhead, day)
    try:
        content = pdf.render(sheets.signed_sheet(version))
    except pdf.LetterError as error:
        raise NotNow(str(error)) from error
    kept = files.keep("surat", content)
    letter.pdf, letter.pdf_sha256, letter.pdf_size = kept.name, kept.sha256, kept.size
    letter.save()
    journal.record(
        "letter.signed", letter, by=by, capacity=capacity, now=now,
        after={"number": letter.number, "dated": day, "sha256": kept.sha256},
    )  # fmt: skip


def attach_scan(
    *, letter: Letter, scan: UploadedFile, by: User, capacity: Appointment, now: datetime
) -> None:
    """Keep the scan of the sheet that was signed by hand."""
    kept = files.keep_upload("pindaian", scan)
    letter.scan, letter.scan_sha256 = kept.name, kept.sha256
    letter.save(update_fields=["scan", "scan_sha256"])
    journal.record(
        "letter.scanned", letter, by=by, capacity=capacity, now=now,
        after={"sha256": kept.sha256},
    )  # fmt: skip


def mark_sent(*, letter: Letter, now: datetime) -> None:
    """The letter left for the customer for the first time; from now on it stays."""
    if letter.sent_at is None:
        letter.sent_at = now
        letter.save(update_fields=["sent_at"])


def void(*, letter: Letter, reason: str, by: Any, capacity: Any, now: datetime) -> None:
    """An unsent letter is not to be used: it keeps number and file, and says why.

    One that was never signed gives back the number that was typed for it.
    """
    usable = Letter.objects.filter(pk=letter.pk, voided_at__isnull=True, sent_at__isnull=True)
    if usable.update(voided_at=now, void_reason=reason) != 1:
        letter.refresh_from_db()
        if letter.voided_at is None:
            raise NotNow("Surat sudah dikirim dan tidak dapat dibatalkan.")
        return
    Letter.objects.filter(pk=letter.pk, signed_at__isnull=True).update(
        typed_number="", number_key=None
    )
    letter.refresh_from_db()
    journal.record("letter.voided", letter, by=by, capacity=capacity, now=now, note=reason)


def type_number(*, letter: Letter, number: str, by: User, now: datetime) -> None:
    """Hold a number of the book for a letter that waits for its signature; "" lets it go again.

    It is used in the act of signing, and by no other letter: neither typed nor counted.
    Raises NotYours, NotNow, BadInput.
    """
    number = patterns.tidy(number)
    with journal.act():
        capacity = by.capacity_for("letters.type_number", letter.section_id, now)
        if capacity is None:
            raise NotYours("Nomor surat diketik oleh petugas agenda.")
        if number and (sentence := patterns.typed_flaw(number)):
            raise BadInput(sentence, "number")
        waiting = Letter.objects.waiting().select_for_update().filter(pk=letter.pk)
        before = waiting.values_list("typed_number", flat=True).first()
        if before is None:
            raise NotNow("Surat ini sudah bernomor atau batal; nomornya tidak berubah lagi.")
        # Before it is held: whoever signs holds the counter first, too.
        numbering.refuse_used_place(letter, number, to_wib(now).date())
        _hold(letter, number)
        journal.record(
            "letter.number_typed", letter, by=by, capacity=capacity, now=now,
            before={"number": before}, after={"number": number},
        )  # fmt: skip


def _hold(letter: Letter, number: str) -> None:
    key = patterns.key_of(number) or None
    try:
        with transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(typed_number=number, number_key=key)
    except IntegrityError:
        other = Letter.objects.filter(number_key=key).first()
        said = (
            f"sudah dipakai surat tanggal {date_id(other.dated)}" if other and other.dated
            else "sudah diketik untuk surat lain yang menunggu tanda tangan"
        )  # fmt: skip
        raise BadInput(f"Nomor {number} {said}.", "number") from None
