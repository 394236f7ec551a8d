"""The administrator's pages of people: accounts and their passwords, appointments, titles."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from kompensasi.cases import permissions
from kompensasi.people import actions
from kompensasi.people.models import Appointment, Post, PostTitle, User
from spm_monitor import journal
from spm_monitor.models import JournalEntry, Section
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.conftest import MONDAY, TODAY, person, signed_in
from tests.settings_pages import EVERYBODY_ELSE, queries, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OWN = "gerimis-di-tepi-musi"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def office() -> Client:
    """The administrator at the desk."""
    return signed_in("admin")


@pytest.fixture
def sari() -> User:
    return User.objects.create_user("sari", OWN, full_name="Sari Dewi")


def shown_password(answer) -> str:
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return re.search(r'<strong class="code">([^<]+)</strong>', answer.content.decode())[1]


def sign_in(username: str, password: str) -> Client:
    client = Client()
    client.post("/masuk/", {"username": username, "password": password})
    return client


# --- whose ------------------------------------------------------------------------------------

PAGES = ("settings", "accounts", "account-new", "appointments", "appointment-new", "posts")


@pytest.mark.parametrize("username", EVERYBODY_ELSE)
def test_they_are_closed_to_everybody_else(username, sari):
    client = signed_in(username)
    appointment = person("petugas").appointments.get()
    urls = [reverse(name) for name in PAGES]
    urls += [reverse("account", args=[sari.pk]), reverse("appointment", args=[appointment.pk])]
    urls += [reverse("post-title", args=[appointment.post_id])]

    for url in urls:
        assert client.get(url).status_code == 403, url
    for url in [*urls[2:], reverse("account-reset", args=[sari.pk])]:
        assert client.post(url, {"full_name": "X"}).status_code in (403, 405), url
    assert not JournalEntry.objects.exists()


def test_the_actions_ask_for_the_right_too(sari):
    kepala = person("kepala")
    sari.full_name = "Ratu"
    appointment = person("petugas").appointments.get()

    for act in (
        lambda: actions.add_account(account=User(username="x"), by=kepala, now=MONDAY),
        lambda: actions.change_account(account=sari, by=kepala, now=MONDAY),
        lambda: actions.reset_password(account=sari, by=kepala, now=MONDAY),
        lambda: actions.end_appointment(appointment=appointment, on=TODAY, by=kepala, now=MONDAY),
        lambda: actions.call_off(appointment=appointment, by=kepala, now=MONDAY),
        lambda: actions.revoke(appointment=appointment, reason="x", by=kepala, now=MONDAY),
        lambda: actions.appoint(appointment=seat(sari, "petugas"), by=kepala, now=MONDAY),
        lambda: actions.add_title(title=PostTitle(), by=kepala, now=MONDAY),
    ):
        with pytest.raises(NotYours):
            act()
    assert not JournalEntry.objects.exists()
    assert User.objects.get(pk=sari.pk).check_password(OWN)


def test_who_administers_only_accounts_sees_only_those(sari):
    post = Post.objects.get(code="agenda")
    post.permissions.set(
        Post.objects.get(code="admin").permissions.filter(
            codename__in=("administer", "view_user", "change_user")
        )
    )
    client = signed_in("agenda")

    assert re.findall(
        r'href="(/pengaturan/\w+/)"', client.get("/pengaturan/").content.decode()
    ) == ["/pengaturan/akun/"]
    assert client.get(reverse("appointments")).status_code == 403
    assert client.get(reverse("account-new")).status_code == 403


# --- accounts ---------------------------------------------------------------------------------


def test_accounts_are_listed_with_their_posts(office, sari):
    page = text(office.get(reverse("accounts")))

    assert "Plt. Kasi PJT" in page
    assert re.search(r"Sari Dewi sari tidak ada belum pernah Aktif", page)
    assert "Plh. Kepala Balai" not in page.replace("Plh. Kepala Balai (contoh)", "")  # expired


@pytest.mark.parametrize("name", ["accounts", "appointments", "posts"])
def test_a_list_costs_the_same_queries_however_long(office, name):
    few = queries(office, reverse(name))
    for number in range(30):
        user = User.objects.create_user(f"u{number}", full_name=f"U {number}")
        seat(user, "petugas").save()

    assert queries(office, reverse(name)) == few


def new_account(office: Client, **facts):
    data = {"full_name": "Budi Santoso", "username": "budi", "nip": "", "email": ""} | facts
    return office.post(reverse("account-new"), data)


def test_a_new_account_signs_in_with_the_password_shown_and_must_replace_it(office):
    password = shown_password(new_account(office, nip="198001012005011001"))

    client = sign_in("budi", password)
    assert client.get("/sop/").headers["Location"] == "/akun/sandi/"
    assert client.post("/pesanan/baru/", {}).headers["Location"] == "/akun/sandi/"
    assert "Kata sandi Anda sementara." in text(client.get("/akun/sandi/"))

    fields = {"old_password": password, "new_password1": password, "new_password2": password}
    assert "Pilih kata sandi yang lain dari yang lama." in text(client.post("/akun/sandi/", fields))
    fields |= {"new_password1": OWN, "new_password2": OWN}
    assert client.post("/akun/sandi/", fields).status_code == 302
    assert client.get("/sop/").status_code == 200
    assert sign_in("budi", OWN).get("/sop/").status_code == 200


def test_pages_for_all_and_the_way_out_stay_open(office):
    client = sign_in("budi", shown_password(new_account(office)))

    assert client.get("/lacak/tidak-ada/").status_code == 404
    assert client.post("/keluar/").headers["Location"] == "/masuk/"


def test_a_temporary_password_ends_after_three_days(office, moment):
    password = shown_password(new_account(office))

    moment.move_to(MONDAY + 3 * DAY - timedelta(seconds=1))
    client = sign_in("budi", password)
    assert get_user(client).is_authenticated
    moment.move_to(MONDAY + 3 * DAY)
    assert not get_user(client).is_authenticated
    assert not get_user(sign_in("budi", password)).is_authenticated


def test_a_new_account_is_on_record_without_its_password(office):
    password = shown_password(new_account(office, email="budi@contoh.id"))

    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.actor, entry.capacity) == (
        "user.added", person("admin"), "Administrator",
    )  # fmt: skip
    assert entry.after["username"] == "budi"
    assert entry.after["password"] == "(tidak dicatat)"
    assert password not in str(entry.after)
    assert journal.first_broken() is None


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"nip": "123"}, "NIP terdiri dari 18 angka."),
        ({"username": "kepala"}, "Nama ini terpakai."),
        ({"username": " "}, "Isi nama pengguna."),
        ({"full_name": ""}, "Isi nama lengkap."),
        ({"email": "budi"}, "Tulis surel seperti nama@contoh.id."),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_what_was_typed_stays(office, facts, sentence):
    answer = new_account(office, **{"nip": "198001012005011001"} | facts)

    assert answer.status_code == 422
    assert text(answer).count(sentence) == 2  # in the summary and at the field
    assert 'value="Budi Santoso"' in answer.content.decode() or not facts.get("full_name", "x")
    assert not User.objects.filter(full_name="Budi Santoso").exists()


def test_a_reset_ends_every_session_and_the_old_password(office, sari):
    at_home = sign_in("sari", OWN)

    password = shown_password(office.post(reverse("account-reset", args=[sari.pk])))

    assert not get_user(at_home).is_authenticated
    assert not get_user(sign_in("sari", OWN)).is_authenticated
    assert sign_in("sari", password).get("/").headers["Location"] == "/akun/sandi/"
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.subject_id) == ("user.password_reset", sari.pk)
    assert password not in str(entry.after)


def test_no_two_passwords_are_alike(sari):
    seen = {actions.give_temporary_password(sari, MONDAY) for _ in range(20)}

    assert len(seen) == 20
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password) for password in seen)


def test_one_s_own_password_is_not_reset_here(office):
    with pytest.raises(NotNow):
        actions.reset_password(account=person("admin"), by=person("admin"), now=MONDAY)

    own = office.get(reverse("account", args=[person("admin").pk]))
    assert "Buat kata sandi sementara" not in text(own)


def change(office: Client, account: User, **facts):
    data = {"full_name": account.full_name, "username": account.username, "nip": account.nip,
            "email": account.email, "is_active": "on"} | facts  # fmt: skip
    data = {name: value for name, value in data.items() if value is not None}
    return office.post(reverse("account", args=[account.pk]), data)


def test_an_account_that_is_closed_is_out_everywhere_and_for_good(office, sari):
    at_home = sign_in("sari", OWN)

    assert change(office, sari, is_active=None).url == reverse("accounts")
    assert not get_user(at_home).is_authenticated

    change(office, sari)
    assert not get_user(at_home).is_authenticated  # an old session does not come back to life
    assert not get_user(sign_in("sari", OWN)).is_authenticated
    password = shown_password(office.post(reverse("account-reset", args=[sari.pk])))
    assert get_user(sign_in("sari", password)).is_authenticated


def test_a_closed_account_gets_no_password(office, sari):
    change(office, sari, is_active=None)
    sari.refresh_from_db()

    with pytest.raises(NotNow, match="Buka dahulu akunnya"):
        actions.reset_password(account=sari, by=person("admin"), now=MONDAY)


def test_what_changed_is_on_record_and_nothing_else(office, sari):
    change(office, sari, full_name="Sari Dewi, S.T.")

    entry = JournalEntry.objects.get()
    assert entry.verb == "user.changed"
    assert entry.before == {"full_name": "Sari Dewi"}
    assert entry.after == {"full_name": "Sari Dewi, S.T."}


def test_nobody_closes_the_own_account(office):
    answer = change(office, person("admin"), is_active=None)

    assert answer.status_code == 422
    assert "Anda tidak dapat menutup akun Anda sendiri. Minta administrator lain." in text(answer)
    assert person("admin").is_active


def test_two_administrators_may_be_closed_down_to_one(office, sari):
    seat(sari, "admin").save()

    assert change(office, sari, is_active=None).status_code == 302


# --- appointments -----------------------------------------------------------------------------


def seat(user: User, post: str, *, section: str = "", **facts) -> Appointment:
    """An appointment that is not saved."""
    facts = {"order_number": "SP-7", "order_date": TODAY, "starts_on": TODAY} | facts
    return Appointment(
        user=user,
        post=Post.objects.get(code=post),
        section=Section.objects.get(code=section) if section else None,
        **facts,
    )


def appoint(office: Client, who: User, post: str, **facts):
    data = {
        "user": who.pk, "post": Post.objects.get(code=post).pk, "kind": 1, "section": "",
        "order_number": "SP-7/2026", "order_date": "2026-11-20", "starts_on": "2026-11-23",
        "ends_on": "",
    } | facts  # fmt: skip
    return office.post(reverse("appointment-new"), data)


def test_an_appointment_gives_its_rights_at_once_and_is_on_record(office, sari):
    answer = appoint(office, sari, "kepala_balai", kind=3, ends_on="2026-11-27")

    assert answer.url == reverse("appointments")
    assert person("sari").has_perm("letters.see_register")
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.after["ends_on"]) == ("appointment.added", "2026-11-27")
    page = office.get(reverse("appointments"))
    assert re.search(r"Plh. Kepala Balai Sari Dewi SP-7/2026 20 Nov 2026", text(page))
    assert "Berakhir dalam 4 hari" in text(page)


@pytest.mark.parametrize(
    ("post", "facts", "sentence"),
    [
        ("kepala_balai", {}, "pemegang definitif pada masa itu: Kepala Balai (contoh), sejak 1"),
        ("kepala_seksi", {"section": "kal"}, "itu: Kepala Seksi Kalibrasi (contoh), sejak"),
        ("kepala_seksi", {"kind": 2}, "Pilih seksi untuk jabatan ini."),
        ("petugas", {"section": "uji"}, "Jabatan ini berlaku untuk seluruh balai."),
        ("petugas", {"ends_on": "2026-11-22"}, "Isi tanggal yang tidak sebelum 23 November 2026."),
        ("petugas", {"starts_on": "besok"}, "Tulis tanggal seperti 24/11/2026."),
        ("petugas", {"order_number": ""}, "Isi nomor surat perintah."),
        ("petugas", {"user": ""}, "Pilih pengguna."),
        ("pelanggan", {}, "Pilihan ini tidak ada lagi. Pilih yang lain."),
    ],
)
def test_an_impossible_appointment_is_refused_in_words(office, sari, post, facts, sentence):
    if facts.get("section"):
        facts = facts | {"section": Section.objects.get(code=facts["section"]).pk}

    answer = appoint(office, sari, post, **facts)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not sari.appointments.exists()
    assert not JournalEntry.objects.exists()


def test_the_same_person_is_not_appointed_twice(office, sari):
    appoint(office, sari, "petugas")

    answer = appoint(office, sari, "petugas", starts_on="2027-01-01")

    assert "Orang ini sudah memegangnya sejak 23 November 2026." in text(answer)
    assert sari.appointments.count() == 1


def test_a_closed_account_is_not_offered(office, sari):
    sari.is_active = False
    sari.save()

    assert appoint(office, sari, "petugas").status_code == 422


def test_two_heads_are_refused_also_when_the_form_saw_none(sari):
    """What the form checked before somebody else was quicker is looked at again under the lock."""
    with pytest.raises(BadInput, match="pemegang definitif"):
        actions.appoint(appointment=seat(sari, "kepala_balai"), by=person("admin"), now=MONDAY)
    assert not sari.appointments.exists()


def end(office: Client, appointment: Appointment, day: str):
    return office.post(reverse("appointment", args=[appointment.pk]), {"ends_on": day})


def test_an_appointment_ends_when_it_is_said(office, sari):
    appointment = seat(sari, "agenda", starts_on=date(2026, 1, 1))
    appointment.save()

    assert end(office, appointment, "2026-11-22").status_code == 302

    assert not person("sari").has_perm("letters.see_register")
    entry = JournalEntry.objects.get()
    assert (entry.before, entry.after) == ({"ends_on": None}, {"ends_on": "2026-11-22"})


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026-11-21", "Isi 22 November 2026 atau sesudahnya"),
        ("", "Isi sampai kapan penugasan ini berlaku."),
    ],
)
def test_an_end_that_cannot_be_is_refused(office, sari, day, sentence):
    appointment = seat(sari, "agenda", starts_on=date(2026, 1, 1))
    appointment.save()

    answer = end(office, appointment, day)

    assert answer.status_code == 422
    assert sentence in text(answer)
    appointment.refresh_from_db()
    assert appointment.ends_on is None


def test_no_end_before_the_beginning(office, sari):
    appointment = seat(sari, "agenda", starts_on=date(2026, 12, 1))
    appointment.save()

    assert "Isi tanggal yang tidak sebelum 1 Desember 2026." in text(
        end(office, appointment, "2026-11-30")
    )


def test_an_end_is_not_moved_into_the_time_of_the_next_head(office, sari):
    old = person("kepala").appointments.get()
    Appointment.objects.filter(pk=old.pk).update(ends_on=TODAY)
    seat(sari, "kepala_balai", starts_on=TODAY + DAY).save()

    answer = end(office, old, "2026-12-31")

    assert answer.status_code == 422
    assert "pemegang definitif pada masa itu: Sari Dewi" in text(answer)


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-23", "2027-06-30"])
def test_the_last_administrator_cannot_be_ended(office, day):
    appointment = person("admin").appointments.get()

    answer = end(office, appointment, day)

    assert answer.status_code == 422
    assert "tidak ada lagi administrator dengan akun yang aktif." in text(answer)
    appointment.refresh_from_db()
    assert appointment.ends_on is None
    assert not JournalEntry.objects.exists()


def test_an_administrator_who_has_a_successor_can(office, sari):
    seat(sari, "admin").save()

    assert end(office, person("admin").appointments.get(), "2026-11-22").status_code == 302
    assert office.get(reverse("settings")).status_code == 403


def test_a_successor_whose_account_is_closed_is_none(office, sari):
    sari.is_active = False
    sari.save()
    seat(sari, "admin").save()

    assert end(office, person("admin").appointments.get(), "2026-11-22").status_code == 422


def test_what_has_not_begun_can_be_called_off(office, sari):
    coming = seat(sari, "petugas", starts_on=TODAY + DAY)
    coming.save()

    office.post(reverse("appointment-call-off", args=[coming.pk]))

    assert not sari.appointments.exists()
    assert JournalEntry.objects.get().before["order_number"] == "SP-7"


def test_what_has_begun_stays_on_record(office, sari):
    begun = seat(sari, "petugas")
    begun.save()

    answer = office.post(reverse("appointment-call-off", args=[begun.pk]))

    assert answer.status_code == 409
    assert sari.appointments.exists()


def revoke(office: Client, appointment: Appointment, reason: str = "Salah orang"):
    return office.post(reverse("appointment-revoke", args=[appointment.pk]), {"reason": reason})


def test_what_began_today_is_stopped_at_once_with_its_reason(office, sari, moment):
    appoint(office, sari, "agenda")
    appointment = sari.appointments.get()
    moment.move_to(MONDAY + timedelta(hours=2))
    assert "Hentikan penugasan" in text(office.get(reverse("appointment", args=[appointment.pk])))
    assert "Isi alasan penugasan ini dihentikan." in text(revoke(office, appointment, " "))
    assert person("sari").has_perm("letters.see_register")

    assert "dihentikan 23 Nov 2026 10.00 WIB." in text(office.get(revoke(office, appointment).url))

    assert not person("sari").has_perm("letters.see_register")
    assert person("sari").appointments_on(MONDAY + timedelta(hours=1)) == [appointment]
    at_once, before = (
        permissions.holders_of(appointment.post, None, MONDAY + timedelta(hours=hours))
        for hours in (2, 1)
    )
    assert appointment not in at_once
    assert appointment in before
    entry = JournalEntry.objects.latest("seq")
    assert (entry.verb, entry.note) == ("appointment.revoked", "Salah orang")
    assert entry.after["ends_on"] == "2026-11-23"
    assert revoke(office, appointment).status_code == 409
    rows = office.get(reverse("appointments"), {"masa": "berakhir"}).context["rows"]
    assert {"appointment": appointment, "tone": "idle", "words": "Dihentikan"} in rows
    assert appoint(office, sari, "agenda", order_number="SP-8").status_code == 302  # the right one


def test_the_last_administrator_is_not_stopped(office):
    appointment = person("admin").appointments.get()

    assert revoke(office, appointment).status_code == 422
    appointment.refresh_from_db()
    assert (appointment.ends_on, appointment.revoked_at) == (None, None)


def test_what_is_over_does_not_come_back_under_its_old_order(office, sari):
    over = seat(sari, "agenda", starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
    stopped = seat(sari, "petugas", ends_on=TODAY, revoked_at=MONDAY)
    for appointment in (over, stopped):
        appointment.save()

        answer = end(office, appointment, "2026-12-31")

        assert answer.status_code == 422
        assert "Catat penugasan baru dengan surat perintahnya." in text(answer)
    assert not person("sari").appointments_on(MONDAY)


@pytest.mark.parametrize(
    "facts", [{"starts_on": "1026-11-23"}, {"order_date": "0026-11-20"}, {"ends_on": "9999-12-31"}]
)
def test_a_date_that_can_only_be_a_slip_is_refused(office, sari, facts):
    assert "Isi tanggal dari tahun 2000 sampai 2099." in text(
        appoint(office, sari, "admin", **facts)
    )
    assert "Isi tanggal dari tahun 2000 sampai 2099." in text(
        end(office, person("admin").appointments.get(), "9999-12-31")
    )


@pytest.mark.parametrize("kind", [2, 3])
def test_nobody_stands_in_for_himself(office, kind):
    answer = appoint(office, person("kepala"), "kepala_balai", kind=kind)

    assert answer.status_code == 422
    assert "Orang ini sudah memegangnya sejak" in text(answer)
    section = Section.objects.get(code="uji").pk  # another section's post is another's
    assert appoint(office, person("kasi.kal"), "kepala_seksi", kind=kind, section=section).url


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("", {"Kini", "Segera", "Kelak"}),
        ("segera", {"Segera"}),
        ("akan-datang", {"Datang"}),
        ("berakhir", {"Lama"}),
        ("'; drop", {"Kini", "Segera", "Kelak"}),
    ],
)
def test_the_list_shows_a_time_of_one_s_choice(office, asked, seen):
    for name, starts_in, ends_in in (
        ("Kini", 0, None), ("Segera", 0, 14), ("Kelak", 0, 15), ("Datang", 1, None),
        ("Lama", -9, -1),
    ):  # fmt: skip
        user = User.objects.create_user(name.lower(), full_name=name)
        ends_on = None if ends_in is None else TODAY + ends_in * DAY
        seat(user, "petugas", starts_on=TODAY + starts_in * DAY, ends_on=ends_on).save()

    rows = office.get(reverse("appointments"), {"masa": asked}).context["rows"]

    names = {row["appointment"].user.full_name for row in rows}
    assert names & {"Kini", "Segera", "Kelak", "Datang", "Lama"} == seen


def test_the_index_announces_what_ends_soon(office, sari):
    assert "berakhir dalam 14 hari" not in text(office.get("/pengaturan/"))

    seat(sari, "petugas", ends_on=TODAY + 3 * DAY).save()

    assert "1 penugasan berakhir dalam 14 hari." in text(office.get("/pengaturan/"))


# --- posts ------------------------------------------------------------------------------------


def test_each_post_shows_its_holder_or_since_when_it_is_vacant(office):
    Appointment.objects.filter(user=person("kepala")).update(ends_on=date(2026, 10, 31))
    Appointment.objects.filter(user=person("agenda")).delete()
    User.objects.filter(username="pj.kal").update(is_active=False)

    page = text(office.get(reverse("posts")))

    assert re.search(r"Kepala Balai satu pemegang definitif kosong sejak 14 November 2026", page)
    assert "Petugas Agenda kosong dan belum pernah diisi Petugas" in page
    assert "Kalibrasi kosong: akun pemegangnya ditutup" in page
    assert "Kasi PJT (contoh), Plt." in page


def test_a_new_title_counts_from_its_day_and_is_on_record(office):
    post = Post.objects.get(code="kepala_seksi")
    url = reverse("post-title", args=[post.pk])

    office.post(url, {"title": "Ketua Tim", "valid_from": "2027-01-01"})

    post = Post.objects.get(pk=post.pk)
    assert post.title(date(2026, 12, 31)) == "Kepala Seksi"
    assert post.title(date(2027, 1, 1)) == "Ketua Tim"
    assert JournalEntry.objects.get().verb == "posttitle.added"

    again = office.post(url, {"title": "Ketua", "valid_from": "2027-01-01"})
    assert again.status_code == 422
    assert "Sejak tanggal itu sebutannya sudah Ketua Tim." in text(again)
