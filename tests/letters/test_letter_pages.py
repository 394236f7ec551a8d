"""The register of letters, and the files: whose they are, and that they are what was signed."""

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from kompensasi.letters import actions, register, views
from kompensasi.letters.models import Letter, Letterhead
from kompensasi.letters.register import PAGE
from kompensasi.letters.views import ALTERED, SCAN_ALTERED
from kompensasi.people.models import Appointment, Post, User
from spm_monitor import journal
from spm_monitor.models import Customer, Section
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
WORDS = {
    "subject": "Permohonan Maaf",
    "addressee": "Pimpinan PT Uji",
    "address": "Palembang",
    "body": "Kami memohon maaf.\n\nTerima kasih.",
}


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY):
        yield


def capacity(username: str) -> Appointment:
    return person(username).appointments_on(MONDAY)[0]


def draft(section: str = "uji", **words: str) -> Letter:
    """A letter with one version, unsigned."""
    letter = Letter.objects.create(
        customer=Customer.objects.get_or_create(name="PT Uji")[0],
        section=Section.objects.get(code=section),
        created_at=MONDAY,
    )
    with journal.act():
        actions.write_version(
            letter=letter,
            words=WORDS | words,
            by=person("kasi.pjt"),
            capacity=capacity("kasi.pjt"),
            now=MONDAY,
        )
    return letter


def signed(section: str = "uji", at=MONDAY, **words: str) -> Letter:
    """A letter that went through review and signing, its PDF a real one."""
    return approve_and_sign(draft(section, **words), at)


def approve_and_sign(letter: Letter, at=MONDAY) -> Letter:
    """Steps 9 and 10 of a draft, without their pages."""
    with journal.act():
        actions.review(
            version=letter.version,
            approved=True,
            note="",
            by=person("kasi.uji"),
            capacity=capacity("kasi.uji"),
            now=at,
        )
        actions.sign(letter=letter, by=person("kepala"), capacity=capacity("kepala"), now=at)
    return letter


def in_the_book(count: int, *, after: int = 0) -> None:
    """Many signed letters as rows, the files of none."""
    head = {"signed_by": person("kepala"), "signed_as": capacity("kepala")}
    for number in range(after + 1, after + count + 1):
        at = MONDAY + timedelta(minutes=number)
        letter = draft(addressee=f"Pimpinan PT {number:03d}")
        Letter.objects.filter(pk=letter.pk).update(
            **head, number=f"B/{number:03d}/X", dated=at.date(), signed_at=at,
            pdf="surat/x.pdf", pdf_sha256="0" * 64, pdf_size=1,
        )  # fmt: skip


def type_number(letter: Letter, number: str, username: str = "agenda") -> None:
    """As the agenda clerk does on the register."""
    actions.type_number(letter=letter, number=number, by=person(username), now=MONDAY)


def squeezed(answer) -> str:
    """A page with single blanks."""
    return " ".join(answer.content.decode().split())


def text(content: bytes) -> str:
    return PdfReader(io.BytesIO(content)).pages[0].extract_text()


# --- register ---------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["kasi.pjt", "petugas", "agenda", "kepala", "auditor"])
def test_the_register_is_open_to_those_who_keep_it(username):
    number = str(signed().number)

    page = signed_in(username).get("/surat/").content.decode()

    assert number in page
    assert "23 Nov 2026" in page
    assert "Pimpinan PT Uji" in page
    assert "Sah, belum dikirim" in page
    assert "Kepala Balai" in page


@pytest.mark.parametrize("username", ["pj.uji", "kasi.uji", "admin", "plh.kepala"])
def test_to_others_it_is_closed_in_words(username):
    answer = signed_in(username).get("/surat/")

    assert answer.status_code == 403
    assert "Agenda surat tidak terbuka bagi jabatan Anda." in answer.content.decode()


def test_a_draft_is_not_in_the_register():
    draft()

    assert (
        "Belum ada surat yang ditandatangani."
        in signed_in("agenda").get("/surat/").content.decode()
    )


def test_the_register_says_what_became_of_each_letter():
    with journal.act():
        actions.void(
            letter=signed(), reason="Target berubah.", by=None, capacity="Sistem", now=MONDAY
        )
        actions.mark_sent(letter=signed(), now=MONDAY)

    page = " ".join(signed_in("agenda").get("/surat/").content.decode().split())

    assert "Batal</span><small>Target berubah.</small>" in page
    assert "Sah, dikirim</span><small>23 Nov 2026 08.00 WIB</small>" in page


def test_a_number_that_was_made_void_stays_in_the_register():
    letter = signed()
    with journal.act():
        actions.void(letter=letter, reason="Batal.", by=None, capacity="Sistem", now=MONDAY)

    assert str(letter.number) in signed_in("agenda").get("/surat/").content.decode()


def test_the_register_is_paged_newest_first():
    in_the_book(PAGE + 2)
    client = signed_in("agenda")

    first, second = client.get("/surat/"), client.get("/surat/?halaman=2")

    assert [letter.number for letter in first.context["letters"]] == [
        f"B/{number:03d}/X" for number in range(PAGE + 2, 2, -1)
    ]
    assert [letter.number for letter in second.context["letters"]] == ["B/002/X", "B/001/X"]
    assert (first.context["newer_url"], first.context["older_url"]) == ("", "/surat/?halaman=2")
    assert (second.context["newer_url"], second.context["older_url"]) == ("/surat/", "")


@pytest.mark.parametrize("asked", ["0", "-1", "x", "9" * 20, "2.5", ""])
def test_a_page_that_cannot_be_is_the_first(asked):
    signed()

    assert signed_in("agenda").get("/surat/", {"halaman": asked}).context["page"] == 1


def test_a_page_beyond_the_last_leads_back():
    page = signed_in("agenda").get("/surat/?halaman=9").content.decode()

    assert "Tidak ada surat lagi di halaman ini." in page
    assert 'href="/surat/"' in page


@pytest.mark.parametrize("address", ["/surat/", "/surat/?cetak=1"])
def test_the_register_costs_the_same_queries_however_long(address):
    client = signed_in("agenda")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    in_the_book(2)
    draft()
    client.get(address)
    few = cost()
    in_the_book(PAGE, after=2)
    draft()
    assert cost() == few


def test_the_register_says_whether_a_number_was_typed_and_who_signed_as_what():
    letter = draft()
    type_number(letter, "B/7/SM/2026")
    approve_and_sign(letter)
    signed()

    page = squeezed(signed_in("agenda").get("/surat/"))

    assert "B/7/SM/2026<span" in page
    assert "</a><small>dari buku agenda</small>" in page
    assert "<small>nomor urut</small>" in page
    assert "<small>Kepala Balai</small>" in page


def test_the_register_shows_the_year_that_is_asked_for():
    new_year = datetime(2026, 12, 31, 23, 59, 59, tzinfo=WIB)
    old, new = signed(at=new_year), signed(at=new_year + timedelta(seconds=2))
    client = signed_in("agenda")

    assert [letter.pk for letter in client.get("/surat/?tahun=2026").context["letters"]] == [old.pk]
    assert [letter.pk for letter in client.get("/surat/?tahun=2027").context["letters"]] == [new.pk]
    assert client.get("/surat/").context["years"] == [2027, 2026]
    assert "Tidak ada surat bernomor pada tahun ini." in squeezed(client.get("/surat/?tahun=2020"))
    assert len(client.get("/surat/?tahun=x").context["letters"]) == 2


def test_pages_of_a_year_stay_in_it():
    in_the_book(PAGE + 1)
    first = signed_in("agenda").get("/surat/?tahun=2026")
    assert first.context["older_url"] == "/surat/?tahun=2026&halaman=2"


def test_the_printed_register_holds_the_whole_year_in_the_order_of_signing():
    in_the_book(PAGE + 2)
    with journal.act():
        actions.void(
            letter=Letter.objects.get(number="B/003/X"), reason="Salah alamat.", by=None,
            capacity="Sistem", now=MONDAY,
        )  # fmt: skip

    answer = signed_in("agenda").get("/surat/?cetak=1&tahun=2026")

    page = squeezed(answer)
    numbers = [letter.number for letter in answer.context["letters"]]
    assert numbers == [f"B/{number:03d}/X" for number in range(1, PAGE + 3)]
    assert "BALAI STANDARDISASI DAN PELAYANAN JASA INDUSTRI PALEMBANG" in page
    assert f"Periode 1 Januari–31 Desember 2026. {PAGE + 2} surat. Dicetak 23 Nov 2026" in page
    assert "Batal<small>Salah alamat.</small>" in page


def test_the_printed_register_of_a_section_says_so():
    signed("uji")
    kal = signed("kal")
    Post.objects.get(code="kepala_seksi").permissions.add(
        *Post.objects.get(code="agenda").permissions.filter(codename="see_register")
    )

    answer = signed_in("kasi.kal").get("/surat/?cetak=1")

    assert [letter.pk for letter in answer.context["letters"]] == [kal.pk]
    assert "Desember 2026, seksi Kalibrasi. 1 surat." in squeezed(answer)
    assert signed_in("pj.uji").get("/surat/?cetak=1").status_code == 403


def test_who_keeps_the_register_of_a_section_sees_that_section_alone():
    uji, kal = signed("uji"), signed("kal")
    Post.objects.get(code="kepala_seksi").permissions.add(
        *Post.objects.get(code="agenda").permissions.filter(codename="see_register")
    )

    page = signed_in("kasi.kal").get("/surat/").content.decode()

    assert str(kal.number) in page
    assert str(uji.number) not in page


# --- the PDF ----------------------------------------------------------------------------------


def test_a_signed_letter_is_served_as_it_was_kept(settings):
    letter = signed()

    answer = signed_in("agenda").get(f"/surat/{letter.pk}.pdf")

    assert answer.status_code == 200
    assert answer.content == (Path(settings.MEDIA_ROOT) / letter.pdf).read_bytes()
    assert str(letter.number) in text(answer.content).replace("\n", "")


def test_the_answer_says_how_it_may_be_used():
    letter = signed()

    answer = signed_in("agenda").get(f"/surat/{letter.pk}.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        'inline; filename="surat-B-1-BSKJI-BSPJI-Palembang-SM.02-XI-2026.pdf"'
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Cache-Control"] == "private, no-store"


def test_the_pages_themselves_may_not_be_framed():
    assert signed_in("agenda").get("/surat/")["X-Frame-Options"] == "DENY"


def test_a_name_that_is_no_file_name_is_made_one():
    letter = signed()
    Letter.objects.filter(pk=letter.pk).update(number='../B"7"\r\nSet-Cookie: x=1/é')

    answer = signed_in("agenda").get(f"/surat/{letter.pk}.pdf")

    assert answer["Content-Disposition"] == 'inline; filename="surat-B-7-Set-Cookie-x-1.pdf"'


@pytest.mark.parametrize("damage", [b"", b"%PDF-1.7\nlain", None])
def test_a_file_that_is_not_what_was_signed_is_not_shown(settings, damage, caplog):
    letter = signed()
    kept = Path(settings.MEDIA_ROOT) / letter.pdf
    kept.unlink() if damage is None else kept.write_bytes(damage)

    answer = signed_in("agenda").get(f"/surat/{letter.pk}.pdf")

    assert answer.status_code == 409
    assert ALTERED.format(number=letter.number) in answer.content.decode()
    assert f"letter {letter.pk} " in caplog.text


def test_a_draft_is_shown_as_it_would_look_today_and_marked():
    letter = draft()

    answer = signed_in("kasi.uji").get(f"/surat/{letter.pk}.pdf")

    assert answer["Content-Disposition"] == f'inline; filename="konsep-surat-{letter.pk}.pdf"'
    said = text(answer.content)
    assert "KONSEP" in said
    assert "nomor diberikan saat ditandatangani" in " ".join(said.split())


def test_a_draft_shows_its_newest_version():
    letter = draft()
    with journal.act():
        actions.write_version(
            letter=letter, words=WORDS | {"body": "Teks kedua."}, by=person("kasi.pjt"),
            capacity=capacity("kasi.pjt"), now=MONDAY,
        )  # fmt: skip

    assert "Teks kedua." in text(signed_in("kasi.uji").get(f"/surat/{letter.pk}.pdf").content)


def test_a_draft_that_fits_on_no_sheet_says_so():
    letter = draft(body="kata " * 900)

    answer = signed_in("kasi.uji").get(f"/surat/{letter.pk}.pdf")

    assert answer.status_code == 409
    assert "Surat tidak muat pada satu halaman A4." in answer.content.decode()


def test_without_a_letterhead_no_draft_is_shown():
    letter = draft()
    Letterhead.objects.all().delete()

    answer = signed_in("kasi.uji").get(f"/surat/{letter.pk}.pdf")

    assert answer.status_code == 409
    assert "Kop surat untuk tanggal ini belum ada." in answer.content.decode()


# --- all that wait for ink ---------------------------------------------------------------------
TO_SIGN = "/surat/menunggu-tanda-tangan.pdf"


def pages(answer) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]


def scanned(letter: Letter) -> Letter:
    with journal.act():
        actions.attach_scan(
            letter=letter, scan=SimpleUploadedFile("x.pdf", PNG), by=person("kasi.pjt"),
            capacity=capacity("kasi.pjt"), now=MONDAY,
        )  # fmt: skip
    return letter


def test_all_sheets_that_wait_for_ink_are_one_pdf_the_oldest_first():
    later = signed(at=MONDAY + timedelta(hours=1), addressee="PT Kedua")
    signed(addressee="PT Pertama")
    draft(addressee="PT Konsep")
    scanned(signed(addressee="PT Sudah"))
    gone, sent = signed(addressee="PT Batal"), signed(addressee="PT Terkirim")
    with journal.act():
        actions.void(letter=gone, reason="Batal.", by=None, capacity="Sistem", now=MONDAY)
        actions.mark_sent(letter=sent, now=MONDAY)

    answer = signed_in("agenda").get(TO_SIGN)

    first, second = pages(answer)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-store"
    assert "PT Pertama" in first
    assert "PT Kedua" in second
    assert str(later.number) in second.replace("\n", "")
    page = squeezed(signed_in("agenda").get("/surat/"))
    assert "Cetak 2 surat untuk ditandatangani" in page


def test_when_none_waits_for_ink_it_says_so():
    answer = signed_in("agenda").get(TO_SIGN)

    assert answer.status_code == 409
    assert "Tidak ada surat yang menunggu tanda tangan basah." in answer.content.decode()
    assert TO_SIGN not in signed_in("agenda").get("/surat/").content.decode()


def test_ink_is_asked_for_within_the_readers_reach():
    signed("uji", addressee="PT Uji")
    signed("kal", addressee="PT Kal")

    assert len(pages(signed_in("kasi.pjt").get(TO_SIGN))) == 2
    [page] = pages(signed_in("kasi.kal").get(TO_SIGN))
    assert "PT Kal" in page
    assert signed_in("plh.kepala").get(TO_SIGN).status_code == 409


def test_an_altered_sheet_is_named_and_none_is_printed(settings):
    signed()
    altered = signed()
    kept = Path(settings.MEDIA_ROOT) / altered.pdf
    kept.write_bytes(kept.read_bytes() + b" ")

    answer = signed_in("agenda").get(TO_SIGN)

    assert answer.status_code == 409
    assert ALTERED.format(number=altered.number) in answer.content.decode()


def test_a_great_pile_is_printed_in_parts(monkeypatch):
    for module in (views, register):
        monkeypatch.setattr(module, "MOST_SHEETS", 2)
    for _ in range(3):
        signed()

    assert len(pages(signed_in("agenda").get(TO_SIGN))) == 2
    assert "Cetak 2 dari 3 surat" in squeezed(signed_in("agenda").get("/surat/"))


# --- whose ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("kasi.uji", 200), ("pj.uji", 200), ("kasi.kal", 404), ("pj.kal", 404),
        ("kasi.pjt", 200), ("petugas", 200), ("kepala", 200), ("agenda", 200), ("auditor", 200),
        ("admin", 200), ("plh.kepala", 404),
    ],
)  # fmt: skip
def test_a_letter_of_another_section_is_not_there(username, status):
    letter = signed()
    Letter.objects.filter(pk=letter.pk).update(scan=letter.pdf, scan_sha256=letter.pdf_sha256)

    for path in (f"/surat/{letter.pk}.pdf", f"/surat/{letter.pk}/pindaian/"):
        assert signed_in(username).get(path).status_code == status


def test_an_account_without_a_post_and_a_stranger_get_nothing(client):
    letter = signed()
    nobody = User.objects.create_user("tanpa.jabatan", full_name="Tanpa Jabatan")

    assert client.get(f"/surat/{letter.pk}.pdf").url == f"/masuk/?next=/surat/{letter.pk}.pdf"
    client.force_login(nobody)
    assert client.get(f"/surat/{letter.pk}.pdf").status_code == 404


def test_a_letter_that_is_not_there_looks_like_one_of_another_section():
    theirs = signed()
    client = signed_in("kasi.kal")

    missing, foreign = client.get("/surat/999999.pdf"), client.get(f"/surat/{theirs.pk}.pdf")

    assert missing.status_code == foreign.status_code == 404
    assert len(missing.content) == len(foreign.content)


def test_nothing_is_changed_by_a_letter_s_address():
    letter = signed()

    for path in ("/surat/", f"/surat/{letter.pk}.pdf", f"/surat/{letter.pk}/pindaian/"):
        assert signed_in("agenda").post(path).status_code == 405


# --- the scan ---------------------------------------------------------------------------------


def test_a_scan_is_served_as_what_it_is():
    letter = signed()
    with journal.act():
        actions.attach_scan(
            letter=letter, scan=SimpleUploadedFile("x.pdf", PNG), by=person("kasi.pjt"),
            capacity=capacity("kasi.pjt"), now=MONDAY,
        )  # fmt: skip

    answer = signed_in("agenda").get(f"/surat/{letter.pk}/pindaian/")

    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].endswith('-XI-2026-pindaian.png"')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert ">Pindaian<" in signed_in("agenda").get("/surat/").content.decode()


def test_a_letter_without_a_scan_has_none():
    letter = signed()

    assert signed_in("agenda").get(f"/surat/{letter.pk}/pindaian/").status_code == 404


def test_an_altered_scan_is_not_shown(settings):
    letter = signed()
    with journal.act():
        actions.attach_scan(
            letter=letter, scan=SimpleUploadedFile("x.png", PNG), by=person("kasi.pjt"),
            capacity=capacity("kasi.pjt"), now=MONDAY,
        )  # fmt: skip
    (Path(settings.MEDIA_ROOT) / letter.scan).write_bytes(PNG + b"!")

    answer = signed_in("agenda").get(f"/surat/{letter.pk}/pindaian/")

    assert answer.status_code == 409
    assert SCAN_ALTERED in answer.content.decode()
