"""`first_admin`: a new office begins without any account and without any known password."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from kompensasi.people.models import Appointment, Post, User
from spm_monitor import journal
from spm_monitor.models import JournalEntry

pytestmark = pytest.mark.django_db
HINT = "manage.py first_admin"
NEW = "gerimis-di-tepi-musi"


@pytest.fixture(autouse=True)
def _new_office(settings):
    """Base data, no account, no demo."""
    settings.DEMO = False
    Appointment.objects.all().delete()
    User.objects.all().delete()


def first_admin(capsys, username: str = "sari", *more: str) -> str:
    """Run the command; the one-time password it printed."""
    call_command("first_admin", username, *(more or ("--name", "Sari Dewi")))
    return re.search(r"Kata sandi sekali pakai: (\S+)\n", capsys.readouterr().out)[1]


def sign_in(password: str, username: str = "sari") -> Client:
    client = Client()
    client.post("/masuk/", {"username": username, "password": password})
    return client


def opens_settings(client: Client) -> bool:
    return client.get("/pengaturan/").status_code == 200


def test_the_first_administrator_signs_in_once_and_must_choose_an_own_password(capsys):
    password = first_admin(capsys)

    client = sign_in(password)
    assert client.get("/pengaturan/")["Location"] == "/akun/sandi/"
    own = {"old_password": password, "new_password1": NEW, "new_password2": NEW}
    client.post("/akun/sandi/", own)

    assert opens_settings(client)
    assert opens_settings(sign_in(NEW))
    assert not opens_settings(sign_in(password))


def test_no_two_passwords_are_the_same_and_none_is_kept(capsys):
    password = first_admin(capsys)
    assert len(password) == 19
    assert password not in str(list(JournalEntry.objects.values_list("after", "note")))
    assert first_admin(capsys, "sari", "--new-password") != password


def test_the_system_is_on_record_as_who_made_it(capsys):
    first_admin(capsys)
    made = JournalEntry.objects.order_by("seq")
    assert [(e.verb, e.actor, e.capacity) for e in made] == [
        ("user.added", None, "Sistem"),
        ("appointment.added", None, "Sistem"),
    ]
    assert made[0].after["username"] == "sari"
    assert journal.first_broken() is None


def test_a_second_one_is_refused_and_told_the_way(capsys):
    first_admin(capsys)
    with pytest.raises(CommandError, match=r"Sudah ada administrator: sari \(Sari Dewi\)") as said:
        call_command("first_admin", "budi", name="Budi")
    assert "first_admin sari --new-password" in str(said.value)
    assert list(User.objects.values_list("username", flat=True)) == ["sari"]


def test_who_let_the_first_password_expire_gets_another(capsys):
    password = first_admin(capsys)
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert sign_in(password).get("/sop/").status_code == 302
        assert sign_in(first_admin(capsys, "sari", "--new-password")).get("/")["Location"] == (
            "/akun/sandi/"
        )
    assert JournalEntry.objects.latest("seq").verb == "user.password_reset"


def test_a_new_password_is_for_administrators_alone(capsys):
    first_admin(capsys)
    User.objects.create_user("budi", NEW, full_name="Budi")
    with pytest.raises(CommandError, match=r"budi bukan administrator.*Yang ada: sari"):
        call_command("first_admin", "budi", new_password=True)
    assert User.objects.get(username="budi").check_password(NEW)


def test_an_administrator_who_may_come_in_no_more_is_none(capsys):
    first_admin(capsys)
    User.objects.update(is_active=False)
    password = first_admin(capsys, "budi", "--name", "Budi")
    assert sign_in(password, "budi").get("/pengaturan/")["Location"] == "/akun/sandi/"


@pytest.mark.parametrize(
    ("username", "name", "said"),
    [("", "Sari", "nama pengguna"), ("sari", "", "nama lengkap"), ("s" * 61, "Sari", "61")],
)
def test_a_name_is_held_to_the_rules_of_the_page(username, name, said):
    with pytest.raises(CommandError, match=f"(?i){said}"):
        call_command("first_admin", username, name=name)
    assert not User.objects.exists()


def test_an_office_without_base_data_is_told_what_to_do_first(capsys):
    for post in Post.objects.all():
        post.permissions.clear()
    with pytest.raises(CommandError, match=r"manage\.py setup"):
        call_command("first_admin", "sari", name="Sari")
    assert not User.objects.exists()


def test_the_sign_in_page_of_a_new_office_says_how_to_begin(client, capsys):
    assert HINT in client.get("/masuk/").content.decode()
    first_admin(capsys)
    assert HINT not in client.get("/masuk/").content.decode()
