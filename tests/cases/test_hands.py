"""Who has a step in hand: taken, given back, handed over, delegated, prepared; who is missing."""

from datetime import timedelta

import pytest
import time_machine

from kompensasi.cases import assigning, inbox
from kompensasi.cases.models import Case, SavedAnswers, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.people.models import Appointment, Post, User
from spm_monitor import journal
from spm_monitor.models import JournalEntry, Section
from tests.cases.walking import do_step, open_visit, step_url, walk
from tests.conftest import TODAY, late_order, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def appoint(username: str, post: str, section: str = "") -> Appointment:
    return Appointment.objects.create(
        user=person(username), post=Post.objects.get(code=post),
        section=Section.objects.get(code=section) if section else None,
        order_number="SP-1", order_date=TODAY, starts_on=TODAY, kind=Appointment.Kind.PLH,
    )  # fmt: skip


@pytest.fixture
def case(now) -> Case:
    late_order()
    sweep(now)
    return Case.objects.get()


@pytest.fixture
def at(now):
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield now + timedelta(hours=1)


def hand(case: Case, username: str, **body):
    visit = open_visit(case)
    url = f"{step_url(case, visit.step)}pegang/"
    return signed_in(username).post(url, body)


def key(username: str) -> int:
    return person(username).pk


def test_who_takes_a_step_keeps_the_other_holder_of_the_post_from_it(case, now, at):
    walk(case, 2, now)
    appoint("pj.kal", "pj_teknis", "uji")
    assert hand(case, "pj.uji", to=key("pj.uji")).status_code == 302
    refused = signed_in("pj.kal").get(step_url(case, 2))
    assert refused.status_code == 409
    assert "sedang dipegang PJ Teknis Pengujian" in refused.content.decode()
    body = {"outcome": "obstacle"}
    assert signed_in("pj.kal").post(step_url(case, 2), body).status_code == 409
    assert open_visit(case).step == 2
    assert do_step(case, at).status_code == 302
    assert journal.first_broken() is None


def test_a_step_that_is_given_back_is_everybodys_again(case, now, at):
    walk(case, 2, now)
    appoint("pj.kal", "pj_teknis", "uji")
    hand(case, "pj.uji", to=key("pj.uji"))
    assert hand(case, "pj.uji").status_code == 302
    assert signed_in("pj.kal").get(step_url(case, 2)).status_code == 200


def test_taking_over_needs_a_reason_and_is_on_record(case, now, at):
    walk(case, 2, now)
    appoint("pj.kal", "pj_teknis", "uji")
    hand(case, "pj.uji", to=key("pj.uji"))
    refused = hand(case, "pj.kal", to=key("pj.kal"))
    assert refused.status_code == 422
    assert "Isi alasan mengambil alih" in refused.content.decode()
    assert hand(case, "pj.kal", to=key("pj.kal"), reason="Sedang dinas luar.").status_code == 302
    entry = JournalEntry.objects.filter(verb="step.assigned").last()
    assert (entry.note, entry.after["to"]) == ("Sedang dinas luar.", person("pj.kal").full_name)
    assert signed_in("pj.uji").get(step_url(case, 2)).status_code == 409


def test_a_hand_whose_appointment_ended_holds_nothing(case, now, at):
    walk(case, 2, now)
    late = appoint("pj.kal", "pj_teknis", "uji")
    hand(case, "pj.kal", to=key("pj.kal"))
    Appointment.objects.filter(pk=late.pk).update(
        ends_on=TODAY - timedelta(days=1), starts_on="2026-01-01"
    )
    assert signed_in("pj.uji").get(step_url(case, 2)).status_code == 200
    assert do_step(case, at).status_code == 302


@pytest.mark.parametrize("username", ["kasi.uji", "pj.kal", "petugas", "kepala", "admin"])
def test_nobody_else_puts_a_step_into_a_hand(case, now, at, username):
    walk(case, 2, now)
    assert hand(case, username, to=key(username)).status_code in (403, 404)
    assert Visit.objects.filter(assigned_to__isnull=False).count() == 0


@pytest.mark.parametrize("to", ["kasi.uji", "petugas", "pj.kal"])
def test_a_step_is_not_put_into_a_hand_that_may_not_do_it(case, now, at, to):
    walk(case, 2, now)
    response = hand(case, "pj.uji", to=key(to))
    assert response.status_code == 422
    assert Visit.objects.filter(assigned_to__isnull=False).count() == 0


def test_of_two_who_take_a_step_at_once_one_is_told(case, now, monkeypatch):
    walk(case, 2, now)
    appoint("pj.kal", "pj_teknis", "uji")
    visit = Visit.objects.get(finished_at=None)
    real = assigning.right_to_assign

    def meanwhile(*args):
        Visit.objects.filter(pk=visit.pk).update(
            assigned_to=person("pj.kal"), assigned_as=Appointment.objects.first(), assigned_at=now
        )
        return real(*args)

    monkeypatch.setattr(assigning, "right_to_assign", meanwhile)
    with pytest.raises(assigning.NotNow, match="baru saja berubah tangan"):
        assigning.assign(visit=visit, to=person("pj.uji"), reason="", by=person("pj.uji"), now=now)


# --- prepared, delegated -----------------------------------------------------------------------


def test_the_front_desk_prepares_and_the_kasi_pjt_sends(case, now, at, mug):
    walk(case, 5, now)
    url = step_url(case, 5)
    desk, head = signed_in("petugas"), signed_in("kasi.pjt")
    opened = desk.get(url)
    assert opened.status_code == 200
    assert 'name="outcome"' not in opened.content.decode()
    assert open_visit(case).opened_at is None, "who prepares is not whose turn it is"
    own, to_prepare = desk.get("/").content.decode().split("Dapat Anda siapkan")
    assert "Tidak ada tugas." in own
    assert "Siapkan<" in to_prepare
    assert "Kerjakan" not in own + to_prepare, "its button is not that of a turn"
    typed = {"channel": "whatsapp", "told_to": "Bapak Karto", "message": "Kami kabarkan."}
    assert desk.post(url, typed | {"save": "1"}).status_code == 302
    assert desk.post(url, typed | {"outcome": "informed"}).status_code == 403
    html = head.get(url).content.decode()
    assert "Disiapkan oleh Petugas Loket" in html
    assert "Bapak Karto" in html
    assert do_step(case, at, told_to="Bapak Karto").status_code == 302
    assert not SavedAnswers.objects.exists(), "sent, so no draft is left"


def test_only_steps_that_may_be_delegated_are(case, now, at, mug):
    assert hand(case, "kasi.pjt", to=key("petugas")).status_code == 422, "step 1 may not"
    walk(case, 5, now)
    assert hand(case, "kasi.pjt", to=key("petugas")).status_code == 302
    desk = signed_in("petugas")
    assert "Langkah 5" in desk.get("/").content.decode()
    assert 'name="outcome"' in desk.get(step_url(case, 5)).content.decode()
    body = {
        "channel": "phone", "told_to": "Bagian Mutu", "told_at": at.strftime("%Y-%m-%dT%H:%M"),
        "message": "Kami kabarkan.", "outcome": "informed",
    }  # fmt: skip
    assert desk.post(step_url(case, 5), body).status_code == 302
    visit = case.visits.get(row__number=5)
    assert visit.finished_by == person("petugas")
    assert visit.finished_capacity == "Petugas Loket, atas delegasi Plt. Kasi PJT"
    assert visit.finished_as.post.code == "petugas"


def test_a_delegation_can_be_taken_back(case, now, at):
    walk(case, 5, now)
    hand(case, "kasi.pjt", to=key("petugas"))
    assert hand(case, "kasi.pjt", reason="Saya kerjakan sendiri.").status_code == 302
    assert signed_in("petugas").post(step_url(case, 5), {"outcome": "informed"}).status_code == 403


def test_the_tasks_of_who_prepares_cost_the_same_for_many(now, at, django_assert_max_num_queries):
    for number in range(8):
        late_order(f"UJI-{number}")
    sweep(now)
    user = person("petugas")
    with django_assert_max_num_queries(9):
        assert len(inbox.tasks_of(user, at).to_prepare) == 8


# --- vacant ------------------------------------------------------------------------------------


def test_a_case_that_waits_for_a_vacant_post_says_since_when_and_the_administrator_sees_it(
    case, now, at
):
    walk(case, 2, now)
    post = Post.objects.get(code="pj_teknis")
    held = Appointment.objects.filter(post=post, section__code="uji")
    held.update(starts_on="2020-01-01", ends_on="2026-10-31")
    told = "Penanggung Jawab Teknis Pengujian kosong sejak 1 November 2026."
    for url in (f"/kasus/{case.pk}/", step_url(case, 2)):
        assert told in signed_in("kasi.uji").get(url).content.decode()
    html = signed_in("admin").get("/").content.decode()
    assert told in html
    assert "1 kasus menunggu." in html
    assert told not in signed_in("kasi.uji").get("/").content.decode()
    appoint("kasi.uji", "pj_teknis", "uji")
    assert told not in signed_in("admin").get("/").content.decode()
    assert do_step(case, at).status_code == 302


def test_a_post_that_was_never_filled_says_so(case, now, at):
    walk(case, 2, now)
    Appointment.objects.filter(post__code="pj_teknis", section__code="uji").delete()
    html = signed_in("admin").get("/").content.decode()
    assert "Penanggung Jawab Teknis Pengujian kosong dan belum pernah diisi." in html


def test_a_post_whose_holder_s_account_was_closed_says_so(case, now, at):
    walk(case, 2, now)
    User.objects.filter(username="pj.uji").update(is_active=False)
    told = "Penanggung Jawab Teknis Pengujian kosong: akun pemegangnya ditutup."
    assert told in signed_in("admin").get("/").content.decode()
    assert told in signed_in("kasi.uji").get(f"/kasus/{case.pk}/").content.decode()


def test_a_post_whose_holder_was_stopped_says_since_when(case, now, at):
    walk(case, 2, now)
    held = Appointment.objects.filter(post__code="pj_teknis", section__code="uji")
    held.update(ends_on=TODAY, revoked_at=now)
    told = "Penanggung Jawab Teknis Pengujian kosong sejak 23 November 2026."
    assert told in signed_in("admin").get("/").content.decode()


# --- waiting and working -----------------------------------------------------------------------


def test_the_time_until_somebody_looked_is_told_apart_from_the_work(case, now):
    with time_machine.travel(now + timedelta(minutes=20), tick=False):
        signed_in("kasi.pjt").get(step_url(case, 1))
    with time_machine.travel(now + timedelta(minutes=25), tick=False):
        html = signed_in("kasi.pjt").get(f"/kasus/{case.pk}/").content.decode()
    assert "25 menit dari 30 menit" in html
    assert "20 menit belum dibuka" in html


def test_a_delegation_ends_with_the_appointment_of_who_gave_it(case, now, at):
    walk(case, 5, now)
    hand(case, "kasi.pjt", to=key("petugas"))
    Appointment.objects.filter(user=person("kasi.pjt")).update(
        starts_on="2026-01-01", ends_on=TODAY - timedelta(days=1)
    )
    desk = signed_in("petugas")
    assert desk.post(step_url(case, 5), {"outcome": "informed"}).status_code == 403
    assert "Kerjakan" not in desk.get("/").content.decode().split("Dapat Anda siapkan")[0]


def test_ones_own_draft_does_not_hide_what_was_prepared(case, now, at):
    walk(case, 5, now)
    head, desk = signed_in("kasi.pjt"), signed_in("petugas")
    head.post(step_url(case, 5), {"told_to": "Saya", "save": "1"})
    desk.post(step_url(case, 5), {"told_to": "Loket", "save": "1"})
    page = head.get(step_url(case, 5))
    assert page.context["step_form"]["told_to"].value() == "Saya"
    other = SavedAnswers.objects.get(by=person("petugas")).pk
    assert f'<a href="?draf={other}">Pakai draf itu</a>' in page.content.decode()
    page = head.get(f"{step_url(case, 5)}?draf={other}")
    assert page.context["step_form"]["told_to"].value() == "Loket"
