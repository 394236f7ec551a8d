"""Signing in and out, and one's own password."""

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from kompensasi.demo.people import PASSWORD, PEOPLE
from kompensasi.people.models import User
from spm_monitor import journal
from spm_monitor.models import JournalEntry
from tests.conftest import person, signed_in

pytestmark = pytest.mark.django_db
NO_MATCH = "Nama pengguna atau kata sandi tidak cocok. Periksa keduanya."
NEW = "gerimis-di-tepi-musi"


@pytest.fixture
def sari() -> User:
    """An account of the office itself, without any post."""
    return User.objects.create_user("sari", PASSWORD, full_name="Sari Dewi")


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str):
    data = {"username": username, "password": password, **more}
    return client.post("/masuk/", data)


def test_the_page_is_for_everybody_and_in_indonesian(client):
    page = client.get("/masuk/").content.decode()

    assert '<html lang="id">' in page
    assert "Nama pengguna" in page
    assert "Kata sandi" in page
    assert "Lupa kata sandi? Hubungi administrator balai." in page


def test_a_password_that_fits_leads_to_the_dashboard(client, sari):
    answer = sign_in(client, "sari")

    assert answer.status_code == 302
    assert answer.url == "/"
    assert get_user(client) == sari


def test_signing_in_leads_where_one_was_going(client, sari):
    asked = client.get("/sop/")

    assert asked.url == "/masuk/?next=/sop/"
    assert (
        "Masuk dahulu untuk membuka halaman yang Anda tuju."
        in client.get(asked.url).content.decode()
    )
    assert sign_in(client, "sari", next="/sop/").url == "/sop/"


@pytest.mark.parametrize(
    "elsewhere", ["//jahat.example/", "https://jahat.example/", "javascript:1"]
)
def test_signing_in_never_leads_to_another_site(client, sari, elsewhere):
    assert sign_in(client, "sari", next=elsewhere).url == "/"


def test_a_wrong_name_a_wrong_password_and_a_closed_account_are_told_the_same(client, sari):
    User.objects.create_user("lama", PASSWORD, full_name="Lama", is_active=False)

    for username, password in (("sari", "ru5ak"), ("tidak.ada", PASSWORD), ("lama", PASSWORD)):
        page = sign_in(client, username, password).content.decode()
        assert NO_MATCH in page
        assert "<title>Kesalahan: Masuk" in page
        assert "ru5ak" not in page
    assert not get_user(client).is_authenticated


def test_empty_fields_say_what_to_fill(client):
    page = sign_in(client, "", "").content.decode()

    assert page.count("Isi nama pengguna") == 2  # in the summary and at the field
    assert page.count("Isi kata sandi") == 2


def test_an_account_without_a_password_lets_nobody_in(client):
    User.objects.create_user("baru", full_name="Baru")

    for guess in ("", "None", "!", PASSWORD):
        assert sign_in(client, "baru", guess).status_code == 200


def test_a_new_session_begins_at_signing_in(client, sari):
    client.get("/masuk/")
    client.session["mark"] = 1
    before = client.session.session_key

    sign_in(client, "sari")

    assert client.session.session_key != before


def test_who_is_signed_in_is_led_on(client, sari):
    client.force_login(sari)

    assert client.get("/masuk/").url == "/"


# --- demo people ------------------------------------------------------------------------------


def test_a_demo_shows_its_people_with_what_they_are(client):
    accounts = client.get("/masuk/").context["demo_accounts"]

    assert {username for username, _ in accounts} == {someone.username for someone in PEOPLE}
    said = dict(accounts)
    assert said["kasi.pjt"] == "Plt. Kasi PJT"
    assert said["kasi.kal"] == "Kepala Seksi Kalibrasi"
    assert said["plh.kepala"] == "Plh. Kepala Balai, penugasan tidak berlaku"


def test_demo_people_sign_in_by_one_button(client):
    page = client.get("/masuk/").content.decode()

    assert '<button type="submit" name="username" value="kepala">' in page
    assert sign_in(client, "kepala").url == "/"


def test_the_list_of_demo_people_costs_no_query_a_person(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get("/masuk/")


def test_demo_people_cannot_sign_in_where_there_is_no_demo(client, settings):
    settings.DEMO = False

    page = sign_in(client, "kepala").content.decode()

    assert NO_MATCH in page
    assert "Akun contoh" not in page
    assert "DATA CONTOH" not in page
    assert "kasi.pjt" not in page


def test_a_demo_person_s_session_ends_with_the_demo(settings):
    client = signed_in("kepala")
    assert client.get("/sop/").status_code == 200

    settings.DEMO = False

    assert client.get("/sop/")["Location"] == "/masuk/?next=/sop/"


# --- out --------------------------------------------------------------------------------------


def test_signing_out_ends_the_session(sari):
    client = Client()
    client.force_login(sari)

    assert client.post("/keluar/")["Location"] == "/masuk/"
    assert client.get("/sop/").status_code == 302


def test_a_link_signs_nobody_out(sari):
    client = Client()
    client.force_login(sari)

    assert client.get("/keluar/")["Location"] == "/"
    assert get_user(client) == sari


def test_signing_out_twice_does_not_ask_to_sign_in_first(client):
    assert client.post("/keluar/").url == "/masuk/"


def test_a_closed_account_is_out_at_the_next_request(sari):
    client = Client()
    client.force_login(sari)
    User.objects.filter(pk=sari.pk).update(is_active=False)

    assert client.get("/sop/").status_code == 302


# --- own password -----------------------------------------------------------------------------


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str | None = None):
    data = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return client.post("/akun/sandi/", data)


def test_a_new_password_counts_and_other_devices_are_signed_out(sari):
    here, elsewhere = Client(), Client()
    here.force_login(sari)
    elsewhere.force_login(sari)

    answer = change(here)

    assert answer.url == reverse("password_change_done")
    assert "Kata sandi diganti" in here.get(answer.url).content.decode()
    assert not get_user(elsewhere).is_authenticated
    assert sign_in(Client(), "sari").status_code == 200
    assert sign_in(Client(), "sari", NEW).status_code == 302


def test_a_change_of_password_is_on_record_without_the_password(sari):
    client = Client()
    client.force_login(sari)

    change(client)

    entry = JournalEntry.objects.get(verb="user.password_changed")
    assert (entry.actor, entry.subject_id, entry.capacity) == (sari, sari.pk, "Pemilik akun")
    assert entry.before == entry.after == {}
    assert journal.first_broken() is None


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("salah", NEW, NEW, "Kata sandi lama tidak cocok. Ketik sekali lagi."),
        (PASSWORD, NEW, NEW + "x", "Kedua kata sandi baru tidak sama. Ketik ulang keduanya."),
        (PASSWORD, "pendek", "pendek", "terlalu pendek. Harus mengandung setidaknya 10 karakter."),
        (PASSWORD, "password123", "password123", "Kata sandi ini terlalu umum."),
    ],
)
def test_a_password_that_cannot_be_is_refused_in_words(sari, old, new, again, sentence):
    client = Client()
    client.force_login(sari)

    page = change(client, old, new, again)

    assert page.status_code == 200
    assert page.content.decode().count(sentence) == 2  # in the summary and at the field
    assert "<title>Kesalahan: Ganti kata sandi" in page.content.decode()
    assert not JournalEntry.objects.exists()


def test_the_rules_for_passwords_are_said_before_one_types(sari, settings):
    client = Client()
    client.force_login(sari)

    page = client.get("/akun/sandi/").content.decode()

    assert "Paling sedikit 10 huruf, angka, atau tanda." in page
    rules = {rule["NAME"].rpartition(".")[2]: rule for rule in settings.AUTH_PASSWORD_VALIDATORS}
    assert rules["MinimumLengthValidator"]["OPTIONS"] == {"min_length": 10}  # as the sentence says


def test_nobody_changes_a_password_without_signing_in(client):
    assert change(client).url == "/masuk/?next=/akun/sandi/"
    assert person("kepala").check_password(PASSWORD)
