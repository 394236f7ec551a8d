"""Tembusan: proposed by the template, decided by the drafter, bound by the approval, printed."""

import hashlib
import io
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from pypdf import PdfReader

from kompensasi.cases.sweep import sweep
from kompensasi.letters import actions, drafting
from kompensasi.letters.models import LetterTemplate, LetterVersion
from spm_monitor import files
from tests.cases.walking import do_step, open_visit, walk
from tests.conftest import MONDAY, late_order, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """Some hours after the morning on which the letter was instructed."""
    return MONDAY + timedelta(hours=6)


@pytest.fixture
def case(mug):
    """A case whose letter is to be drafted."""
    order = late_order()
    sweep(MONDAY)
    case = order.cases.get()
    walk(case, 8, MONDAY)
    return case


def printed(case) -> str:
    letter = case.letters.get()
    reader = PdfReader(io.BytesIO(files.read(letter.pdf, letter.pdf_sha256)))
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


def test_without_copies_nothing_is_printed(case, now):
    walk(case, 11, now)
    assert "Tembusan" not in printed(case)


def test_the_templates_copies_are_proposed_and_printed(case, now):
    LetterTemplate.objects.update(copies="Kepala BSKJI\n\n  Kepala Seksi  Pengujian ")
    walk(case, 11, now)
    assert case.letters.get().version.copies == "Kepala BSKJI\nKepala Seksi Pengujian"
    assert printed(case).endswith("Tembusan: 1. Kepala BSKJI 2. Kepala Seksi Pengujian")


def test_the_drafters_copies_stay_when_the_letter_comes_back(case, now):
    do_step(case, now, copies="Kepala BSKJI")
    LetterTemplate.objects.update(copies="Lain")
    with time_machine.travel(now):
        read = signed_in("kasi.uji").get(f"/kasus/{case.pk}/langkah/9/").content.decode()
    assert "Tembusan:<br>Kepala BSKJI" in read
    do_step(case, now, outcome="return", note="Perbaiki.")
    with time_machine.travel(now):
        page = signed_in("kasi.pjt").get(f"/kasus/{case.pk}/langkah/8/")
    assert page.context["step_form"]["copies"].value() == "Kepala BSKJI"


@pytest.mark.parametrize(
    ("copies", "sentence"),
    [
        ("Satu\n" * 6, "Tembusan paling banyak 5 baris. Sekarang 6."),
        ("x" * 121, "Satu baris tembusan paling banyak 120 huruf. Sekarang 121."),
    ],
)
def test_more_than_a_sheet_has_room_for_is_refused(case, now, copies, sentence):
    answer = do_step(case, now, copies=copies)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert open_visit(case).step == 8
    template = LetterTemplate.objects.first()
    template.copies = copies
    with pytest.raises(ValidationError, match=sentence):
        template.full_clean()


def test_an_approval_binds_the_copies(case, now):
    do_step(case, now, copies="Kepala BSKJI")
    do_step(case, now)
    LetterVersion.objects.update(copies="Kepala BSKJI\nOrang lain")
    answer = do_step(case, now)
    assert answer.status_code == 409
    assert "belum disetujui" in answer.content.decode()


def test_the_hash_of_a_text_without_copies_is_the_one_it_always_had():
    version = LetterVersion(subject="Hal", addressee="PT A", address="", body="Isi.")
    old = hashlib.sha256(b"Hal\x1fPT A\x1f\x1fIsi.").hexdigest()
    assert actions.text_hash(version) == old
    version.copies = "Kepala BSKJI"
    assert actions.text_hash(version) != old


def test_a_list_of_copies_has_no_empty_lines():
    assert drafting.copy_lines(" A \r\n\r\n B  C\n") == ("A", "B C")
    assert drafting.copies_flaw("") == ""
