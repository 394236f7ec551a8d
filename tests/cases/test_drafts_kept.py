"""Nothing typed is lost: drafts on the server, an ended session, a sign-in in another tab."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from kompensasi.cases.models import Case, SavedAnswers
from kompensasi.cases.sweep import sweep
from tests.cases.test_hands import appoint
from tests.cases.walking import do_step, step_url, walk
from tests.conftest import late_order, person, signed_in

pytestmark = pytest.mark.django_db
WORDS = "Lampu katoda putus; suku cadang dipesan 🙂 <b>tebal</b>"


@pytest.fixture
def case(now) -> Case:
    late_order()
    sweep(now)
    found = Case.objects.get()
    walk(found, 4, now)
    return found


@pytest.fixture(autouse=True)
def _at(now):
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


def body(**more) -> dict[str, str]:
    return {"asset": "AAS", "story": WORDS, "typist": str(person("pj.uji").pk)} | more


def form_of(client: Client, case: Case):
    page = client.get(step_url(case, 4))
    return page, page.context["step_form"]


def test_a_draft_is_there_when_the_page_is_opened_again(case):
    client = signed_in("pj.uji")
    assert client.post(step_url(case, 4), body(save="1")).status_code == 302
    page, form = form_of(signed_in("pj.uji"), case)
    assert form["story"].value() == WORDS
    html = page.content.decode()
    assert "Draf Anda, tersimpan pukul 09.00 WIB. Belum dikirim." in html
    assert "<b>tebal</b>" not in html


def test_saving_by_the_pages_script_answers_with_the_time_alone(case):
    response = signed_in("pj.uji").post(
        step_url(case, 4), body(save="1"), headers={"X-Requested-With": "fetch"}
    )
    assert response.json() == {"saved": "Draf tersimpan 09.00 WIB"}


def test_the_newest_draft_counts_and_a_wrong_answer_may_be_kept(case):
    client = signed_in("pj.uji")
    client.post(step_url(case, 4), body(save="1"))
    client.post(step_url(case, 4), body(save="1", story="Baru.", estimate_at="besok", cause="999"))
    _, form = form_of(client, case)
    assert (form["story"].value(), form["estimate_at"].value()) == ("Baru.", "besok")
    assert SavedAnswers.objects.count() == 1


def test_a_draft_is_gone_when_the_step_is_done(case, now):
    signed_in("pj.uji").post(step_url(case, 4), body(save="1"))
    do_step(case, now + timedelta(hours=1))
    assert not SavedAnswers.objects.exists()


@pytest.mark.parametrize("username", ["kasi.uji", "petugas", "auditor", "kepala"])
def test_who_may_not_fill_in_the_step_keeps_no_draft(case, username):
    response = signed_in(username).post(step_url(case, 4), body(save="1"))
    assert response.status_code == 403
    assert not SavedAnswers.objects.exists()


def test_a_draft_is_not_shown_to_another_holder_of_the_post(case):
    signed_in("pj.uji").post(step_url(case, 4), body(save="1"))
    appoint("pj.kal", "pj_teknis", "uji")
    _, form = form_of(signed_in("pj.kal"), case)
    assert form["story"].value() != WORDS


def test_a_draft_that_is_far_too_long_is_refused(case):
    response = signed_in("pj.uji").post(step_url(case, 4), body(save="1", story="x" * 50_000))
    assert response.status_code == 422
    assert not SavedAnswers.objects.exists()


def test_a_draft_for_a_step_that_somebody_finished_is_shown_not_kept(case, now):
    client = signed_in("pj.uji")
    visit = client.get(step_url(case, 4)).context["visit"]
    do_step(case, now + timedelta(hours=1))
    response = client.post(step_url(case, 4), body(save="1", visit=str(visit.pk)))
    assert response.status_code == 409
    assert "suku cadang dipesan" in response.content.decode()
    assert not SavedAnswers.objects.exists()


def test_what_is_declared_before_signing_is_never_filled_in_beforehand(case, now, mug):
    walk(case, 10, now)
    head, told = signed_in("kepala"), {"read": "on", "final": "on"}
    response = head.post(step_url(case, 10), told | {"save": "1"})
    assert response.status_code == 409
    assert not SavedAnswers.objects.exists()
    Session.objects.all().delete()
    told |= {"outcome": "sign", "typist": str(person("kepala").pk)}
    page = sign_in(head, "kepala", head.post(step_url(case, 10), told))
    assert page.request["PATH_INFO"] == step_url(case, 10)
    assert not page.context["step_form"]["read"].value()
    assert "Simpan draf" not in page.content.decode()


# --- the session ended -------------------------------------------------------------------------


def sign_in(client: Client, username: str, response):
    return client.post(
        response["Location"], {"username": username, "password": "kompensasi"}, follow=True
    )


def test_a_post_after_the_session_ended_is_in_the_form_after_signing_in(case):
    """D16: 0 characters lost."""
    client = signed_in("pj.uji")
    Session.objects.all().delete()
    response = client.post(step_url(case, 4), body(outcome="inform"))
    assert response.status_code == 302
    assert response["Location"].startswith("/masuk/")
    page = sign_in(client, "pj.uji", response)
    assert page.request["PATH_INFO"] == step_url(case, 4)
    assert page.context["step_form"]["story"].value() == WORDS
    assert "Isian Anda belum dikirim" in page.content.decode()
    again = client.get(step_url(case, 4))
    assert again.context["step_form"]["story"].value() != WORDS, "once"


def test_what_one_person_typed_is_not_shown_to_the_next_at_the_same_desk(case):
    client = signed_in("pj.uji")
    Session.objects.all().delete()
    response = client.post(step_url(case, 4), body(outcome="inform"))
    page = sign_in(client, "kasi.uji", response)
    assert "suku cadang dipesan" not in page.content.decode()


def test_a_step_that_was_finished_meanwhile_shows_what_was_typed(case, now):
    client = signed_in("pj.uji")
    Session.objects.all().delete()
    response = client.post(step_url(case, 4), body(outcome="inform"))
    do_step(case, now + timedelta(hours=1))
    page = sign_in(client, "pj.uji", response)
    html = page.content.decode()
    assert "Isian Anda yang belum dikirim" in html
    assert "suku cadang dipesan" in html


def test_a_password_is_never_kept(client):
    client.post("/akun/sandi/", {"old_password": "rahasia-lama", "new_password1": "x"})
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert "rahasia-lama" not in str(kept)


# --- the form's secret changed -----------------------------------------------------------------


def test_a_sign_in_in_another_tab_loses_nothing(case):
    """D17: the secret of the open form is an old one; the form comes back with its text."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("pj.uji"))
    response = client.post(
        step_url(case, 4), body(outcome="inform", csrfmiddlewaretoken="a" * 64),
        headers={"Origin": "http://testserver", "Referer": f"http://testserver{step_url(case, 4)}"},
    )  # fmt: skip
    assert (response.status_code, response["Location"]) == (303, step_url(case, 4))
    _, form = form_of(client, case)
    assert form["story"].value() == WORDS


def test_another_sites_post_puts_no_words_into_our_form(case):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("pj.uji"))
    response = client.post(
        step_url(case, 4), body(outcome="inform"), headers={"Origin": "https://jahat.example"}
    )
    assert response.status_code == 403
    _, form = form_of(client, case)
    assert form["story"].value() != WORDS


def test_a_draft_with_a_character_no_database_keeps_is_kept_without_it(case):
    signed_in("pj.uji").post(step_url(case, 4), body(save="1", story="a\x00b"))
    _, form = form_of(signed_in("pj.uji"), case)
    assert form["story"].value() == "ab"
