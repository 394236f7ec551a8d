"""Number, date, signature block and file come in one act, or not at all (DOMAIN 6, step 10)."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from kompensasi.cases.sweep import sweep
from kompensasi.letters import actions as letters
from kompensasi.people.models import Appointment, Post, User
from spm_monitor import files, journal
from spm_monitor.models import Order
from spm_monitor.refusals import NotNow
from spm_monitor.sequences import Sequence
from tests.cases.walking import do_step, open_visit, walk
from tests.conftest import MONDAY, TODAY, late_order, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """Some hours after the morning on which the letter was approved."""
    return MONDAY + timedelta(hours=6)


@pytest.fixture
def case(mug):
    """A case whose approved letter waits for its signature."""
    order = late_order()
    sweep(MONDAY)
    case = order.cases.get()
    walk(case, 10, MONDAY)
    return case


def media(settings) -> list[Path]:
    folder = Path(settings.MEDIA_ROOT) / "surat"
    return list(folder.iterdir()) if folder.exists() else []


def test_the_signed_letter_is_one_page_with_its_number(case, now):
    do_step(case, now)
    letter = case.letters.get()
    assert (letter.signer_capacity, letter.dated) == ("Kepala Balai", TODAY)
    assert letter.pdf_size == len(files.read(letter.pdf, letter.pdf_sha256))


def test_a_plh_signs_as_plh(case, now):
    plh = User.objects.create_user("plh", full_name="Plh. (contoh)", nip="0" * 18, is_demo=True)
    Appointment.objects.filter(user=person("kepala")).update(ends_on=TODAY.replace(day=1))
    Appointment.objects.create(
        user=plh, post=Post.objects.get(code="kepala_balai"), kind=Appointment.Kind.PLH,
        order_number="SP-1", order_date=TODAY, starts_on=TODAY, ends_on=TODAY,
    )  # fmt: skip
    do_step(case, now)
    letter = case.letters.get()
    assert letter.signer_capacity == "Plh. Kepala Balai"
    assert letter.signed_by == plh


def test_nobody_signs_without_the_nip_that_stands_below_the_name(case, now):
    User.objects.filter(username="kepala").update(nip="")
    answer = do_step(case, now)
    assert answer.status_code == 409
    assert "NIP Anda belum tercatat" in answer.content.decode()
    assert case.letters.get().number is None


@pytest.mark.parametrize("breaks", ["kompensasi.letters.pdf.render", "spm_monitor.files.keep"])
def test_a_failure_leaves_neither_number_nor_file(case, now, settings, monkeypatch, breaks):
    def broken(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(breaks, broken)
    with pytest.raises(OSError, match="no space"):
        do_step(case, now)
    letter = case.letters.get()
    assert (letter.number, letter.pdf, letter.signed_at) == (None, "", None)
    assert not Sequence.objects.filter(key=f"letter:{TODAY.year}").exists()
    assert not media(settings)
    assert open_visit(case).step == 10
    monkeypatch.undo()
    do_step(case, now)
    assert case.letters.get().number.startswith("B/1/")


def test_a_failure_after_the_file_was_written_removes_it(case, now, settings, monkeypatch):
    def broken(*args, **kwargs):
        if args[0] == "letter.signed":
            raise RuntimeError("stopped")

    monkeypatch.setattr(journal, "record", broken)
    with pytest.raises(RuntimeError, match="stopped"):
        do_step(case, now)
    assert not media(settings)


def test_a_text_changed_after_its_approval_cannot_be_signed(case, now):
    version = case.letters.get().version
    version.body += "\n\nJuga ini."
    version.save()
    response = do_step(case, now)
    assert response.status_code == 409
    assert "belum disetujui" in response.content.decode()
    assert case.letters.get().number is None


def test_a_letter_whose_dates_no_longer_fit_can_only_be_returned(case, now):
    order = Order.objects.get()
    order.estimate_at = order.estimate_at.replace(hour=9)
    order.save()
    with time_machine.travel(now, tick=False):
        client = signed_in("kepala")
        page = client.get(f"/kasus/{case.pk}/langkah/10/").content.decode()
    assert "Tanggal pada surat tidak sama lagi" in page
    assert "Tanda tangani surat</button>" not in page
    assert do_step(case, now, outcome="sign").status_code == 409
    assert do_step(case, now, outcome="return", note="Sesuaikan tanggalnya.").status_code == 302
    assert open_visit(case).step == 8
    walk(case, None, now)
    assert case.letters.get().versions.count() == 2


def test_a_signed_file_that_was_altered_is_not_served(case, now, settings):
    do_step(case, now)
    letter = case.letters.get()
    path = Path(settings.MEDIA_ROOT) / letter.pdf
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(files.Altered):
        files.read(letter.pdf, letter.pdf_sha256)
    assert signed_in("kepala").get(f"/surat/{letter.pk}.pdf").status_code == 409


def test_the_signed_letters_words_are_never_written_again(case, now):
    do_step(case, now)
    letter = case.letters.get()
    with journal.act(), pytest.raises(NotNow):
        letters.write_version(
            letter=letter, words={}, by=person("kepala"),
            capacity=person("kepala").appointments_on(now)[0], now=now,
        )  # fmt: skip
