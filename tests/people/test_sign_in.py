"""Signing in and out, and one's own password."""

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from kompensasi.demo.people import PASSWORD, PEOPLE
from kompensasi.people.models import User
from spm_monitor import journal
from spm_monitor.models import JournalEntry, Order
from tests.conftest import late_order, person, signed_in

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


# --- what was typed when the session had ended --------------------------------------------------


def _ended(username: str, address: str, sent: dict[str, str], came_from: str):
    """A form is opened, the session ends, the form is sent. The client and the answer."""
    client = signed_in(username)
    html = client.get(came_from).content.decode()
    typist = str(person(username).pk)
    assert f'name="typist" value="{typist}"' in html
    Session.objects.all().delete()
    response = client.post(
        address, sent | {"typist": typist}, headers={"Referer": f"http://testserver{came_from}"}
    )
    return client, response


def _back(client: Client, response, username: str):
    return client.post(
        response["Location"], {"username": username, "password": "kompensasi"}, follow=True
    )


def test_the_sign_in_page_says_that_what_was_typed_is_kept():
    client, response = _ended("petugas", "/pesanan/baru/", {"note": "Titip"}, "/pesanan/baru/")
    kept = "Sesi Anda berakhir. Masuk kembali; isian Anda masih tersimpan."
    assert kept in client.get(response["Location"]).content.decode()
    assert kept not in Client().get("/masuk/?next=/pesanan/").content.decode()


def test_an_order_typed_when_the_session_had_ended_stands_in_its_form_again():
    sent = {"number": "UJI-77", "received_at": "2026-11-20T09:00", "note": "Titip resepsionis"}
    client, response = _ended("petugas", "/pesanan/baru/", sent, "/pesanan/baru/")
    page = _back(client, response, "petugas")
    assert page.status_code == 200
    form = page.context["form"]
    assert {name: form[name].value() for name in sent} == sent
    assert "Isian Anda yang belum dikirim" not in page.content.decode()
    assert "Titip resepsionis" not in client.get("/pesanan/baru/").content.decode(), "once"
    assert not Order.objects.exists()


def test_a_change_typed_when_the_session_had_ended_is_still_a_change():
    order = late_order(note="Lama")
    address = f"/pesanan/{order.pk}/ubah/"
    sent = {"note": "Baru", "initial-note": "Lama", "number": order.number}
    client, response = _ended("petugas", address, sent, address)
    form = _back(client, response, "petugas").context["form"]
    assert form["note"].value() == "Baru"
    assert "note" in form.changed_data


def test_any_other_page_shows_what_was_typed_to_be_copied_once():
    order = late_order()
    page_of_order = f"/pesanan/{order.pk}/"
    sent = {"at": "2026-11-20T09:00", "reason": "Sampel <b>ditarik</b>", "new_password": "r4hasia"}
    client, response = _ended("petugas", f"{page_of_order}dibatalkan/", sent, page_of_order)
    html = _back(client, response, "petugas").content.decode()
    assert "Isian Anda yang belum dikirim" in html
    assert "Sampel &lt;b&gt;ditarik&lt;/b&gt;" in html
    assert "r4hasia" not in html
    assert "Isian Anda yang belum dikirim" not in client.get(page_of_order).content.decode()


def test_the_next_person_at_the_desk_sees_nothing_of_it():
    order = late_order()
    address = f"/pesanan/{order.pk}/"
    client, response = _ended("petugas", f"{address}dibatalkan/", {"reason": "Rahasia A"}, address)
    assert "Rahasia A" not in _back(client, response, "kasi.pjt").content.decode()


def test_an_address_that_only_takes_posts_is_a_page_with_a_way_back():
    order = late_order()
    response = signed_in("petugas").get(f"/pesanan/{order.pk}/dibayar/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "Halaman ini tidak dapat dibuka langsung" in response.content.decode()
