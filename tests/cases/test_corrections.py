"""A mistake in a finished step is corrected by its actor, on record, until the letter is signed."""

from datetime import timedelta

import pytest
import time_machine

from kompensasi.cases.models import Case, Correction
from kompensasi.cases.steps import STEPS
from kompensasi.cases.sweep import sweep
from kompensasi.letters import pdf
from kompensasi.souvenirs.models import Dispatch
from spm_monitor import journal
from tests.cases.walking import PAPER, TYPED, do_step, step_url, walk
from tests.conftest import late_order, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]
WHY = "Salah ketik."


@pytest.fixture
def case(now, mug, monkeypatch) -> Case:
    monkeypatch.setattr(pdf, "render", lambda sheet: PAPER)
    late_order()
    sweep(now)
    return Case.objects.get()


@pytest.fixture(autouse=True)
def _at(now):
    with time_machine.travel(now + timedelta(hours=3), tick=False):
        yield


def url(case: Case, step: int) -> str:
    return f"/kasus/{case.pk}/koreksi/{case.visits.filter(row__number=step).last().pk}/"


def filled(case: Case, step: int, username: str) -> dict:
    form = signed_in(username).get(url(case, step)).context["form"]
    values = {bound.html_name: bound.value() for bound in form}
    return {
        name: value.strftime(TYPED) if hasattr(value, "strftime") else getattr(value, "pk", value)
        for name, value in values.items()
    }


def test_a_wrong_word_is_mended_and_what_it_said_stays_on_record(case, now):
    walk(case, 6, now)
    body = filled(case, 5, "kasi.pjt") | {"told_to": "Ibu Ratna", "reason": WHY}
    assert signed_in("kasi.pjt").post(url(case, 5), body).status_code == 302
    visit = case.visits.get(row__number=5)
    assert visit.informed.told_to == "Ibu Ratna"
    made = Correction.objects.get()
    assert (made.label, made.old, made.new) == ("kepada", "Bagian Mutu", "Ibu Ratna")
    assert (made.reason, str(made.capacity)) == (WHY, "Plt. Kasi PJT")
    html = signed_in("auditor").get(step_url(case, 5)).content.decode()
    assert "Semula: Bagian Mutu" in html
    assert "Menjadi: Ibu Ratna" in html
    assert (
        "Isian langkah 5 dikoreksi"
        in signed_in("auditor").get(f"/kasus/{case.pk}/").content.decode()
    )
    assert journal.first_broken() is None


@pytest.mark.parametrize(
    ("step", "who", "field", "value"),
    [
        (1, "kasi.pjt", "stage", "report"),
        (4, "pj.uji", "story", "Uraian yang benar."),
        (6, "kasi.uji", "proposal", "Usul yang benar."),
        (7, "kepala", "instruction", "Instruksi yang benar."),
    ],
)  # fmt: skip
def test_each_step_that_records_something_can_be_mended_by_its_actor(
    case, now, step, who, field, value
):
    walk(case, 8, now)
    body = filled(case, step, who) | {field: value, "reason": WHY}
    assert signed_in(who).post(url(case, step), body).status_code == 302
    assert Correction.objects.get().field == field
    assert STEPS[step].corrects


@pytest.mark.parametrize("username", ["pj.uji", "kasi.uji", "petugas", "admin", "auditor"])
def test_nobody_but_its_actor_corrects_a_step(case, now, username):
    walk(case, 6, now)
    response = signed_in(username).post(url(case, 5), {"told_to": "X", "reason": WHY})
    assert response.status_code == 403
    assert not Correction.objects.exists()


def test_once_signed_only_the_dispatch_is_corrected(case, now):
    at = walk(case, 12, now)
    for step, who in ((4, "pj.uji"), (5, "kasi.pjt"), (7, "kepala")):
        response = signed_in(who).get(url(case, step))
        assert response.status_code == 409
        assert "Surat sudah ditandatangani" in response.content.decode()
    do_step(case, at)
    body = filled(case, 11, "kasi.pjt") | {"tracking_number": "JNE-77", "reason": WHY}
    assert signed_in("kasi.pjt").post(url(case, 11), body).status_code == 302
    assert Dispatch.objects.get().tracking_number == "JNE-77"
    assert Correction.objects.get().old == "P2611230001"


@pytest.mark.parametrize("step", [2, 8, 9, 10])
def test_decisions_and_drafts_are_not_corrected(case, now, step):
    walk(case, 11, now)
    who = {2: "pj.uji", 8: "kasi.pjt", 9: "kasi.uji", 10: "kepala"}[step]
    assert signed_in(who).get(url(case, step)).status_code == 409


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": ""}, "Isi alasannya."),
        ({"told_to": ""}, "Isi siapa yang diberi tahu."),
        ({"told_at": "2030-01-01T10:00"}, "Isi waktu yang tidak setelah"),
        ({}, "Tidak ada isian yang berubah."),
    ],
)
def test_a_correction_that_cannot_be_is_refused_with_the_text_kept(case, now, change, sentence):
    walk(case, 6, now)
    body = filled(case, 5, "kasi.pjt") | {"reason": WHY} | change
    response = signed_in("kasi.pjt").post(url(case, 5), body)
    assert response.status_code == 422
    html = response.content.decode()
    assert "<title>Kesalahan: " in html
    assert sentence in html.split('id="ringkasan-kesalahan"')[1].split("</div>")[0]
    assert not Correction.objects.exists()


def test_a_step_that_is_still_open_is_not_corrected(case, now):
    walk(case, 5, now)
    assert signed_in("kasi.pjt").get(url(case, 5)).status_code == 409


def test_a_courier_keeps_its_tracking_number(case, now):
    walk(case, 12, now)
    body = filled(case, 11, "kasi.pjt") | {"tracking_number": "", "reason": WHY}
    response = signed_in("kasi.pjt").post(url(case, 11), body)
    assert response.status_code == 422
    assert "Isi nomor resi kurir." in response.content.decode()


def test_nothing_is_sent_after_it_was_received(case, now):
    walk(case, None, now)
    late = (now + timedelta(hours=2, minutes=59)).strftime(TYPED)
    body = filled(case, 11, "kasi.pjt") | {"sent_at": late, "reason": WHY}
    response = signed_in("kasi.pjt").post(url(case, 11), body)
    assert response.status_code == 422
    assert "Waktu kirim tidak boleh setelah diterima" in response.content.decode()


def test_who_took_the_result_is_mended_on_the_order_too(now, mug):
    order = late_order(ready_at=now - timedelta(days=1))
    sweep(now)
    case = Case.objects.get()
    walk(case, 4, now)
    body = filled(case, 3, "kasi.pjt") | {"received_by": "Bapak Amir", "reason": WHY}
    assert signed_in("kasi.pjt").post(url(case, 3), body).status_code == 302
    order.refresh_from_db()
    assert order.handed_over_to == "Bapak Amir"


def test_who_judges_or_signs_sees_what_was_corrected_after_the_letter_was_written(case, now):
    walk(case, 10, now)
    page = signed_in("kepala").get("/persetujuan/").content.decode()
    assert "dikoreksi setelah surat ini ditulis" not in page
    body = filled(case, 4, "pj.uji") | {"story": "Uraian yang benar.", "reason": WHY}
    signed_in("pj.uji").post(url(case, 4), body)
    for page in ("/persetujuan/", step_url(case, 10)):
        html = signed_in("kepala").get(page).content.decode()
        assert "dikoreksi setelah surat ini ditulis" in html
        assert "Uraian yang benar." in html
