"""A real installation with something of the demo in it says so, wherever its keeper looks."""

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from kompensasi.people.models import Appointment, User

pytestmark = pytest.mark.django_db
TOLD = "Basis data ini berisi contoh (13 akun contoh)"


@pytest.fixture(autouse=True)
def _real(settings):
    settings.DEMO = False
    settings.PUBLIC_URL, settings.HTTPS = "https://kompensasi.example", True


def of_ours() -> set[str]:
    """The checks of ours that fail in a deployment."""
    return {
        message.id
        for message in run_checks(include_deployment_checks=True)
        if message.id.startswith("kompensasi.")
    }


def without_people() -> None:
    Appointment.objects.all().delete()
    User.objects.all().delete()


def test_demo_people_fail_the_check_and_their_absence_passes_it():
    assert of_ours() == {"kompensasi.E002"}
    without_people()
    assert of_ours() == set()


def test_the_demo_switch_itself_fails_the_check(settings):
    settings.DEMO = True
    assert of_ours() == {"kompensasi.E001"}


def test_an_address_that_is_not_encrypted_fails_the_check(settings):
    without_people()
    settings.PUBLIC_URL, settings.HTTPS = "http://kompensasi.example", False
    assert of_ours() == {"kompensasi.E003"}


@pytest.mark.parametrize(
    ("sender", "faults"),
    [("kompensasi@localhost", {"kompensasi.E004"}), ("balai", {"kompensasi.E004"}),
     ("Balai <spm@balai.example>", set())],
)  # fmt: skip
def test_mail_has_a_sender_where_it_is_on(settings, sender, faults):
    without_people()
    settings.DEFAULT_FROM_EMAIL = sender
    assert of_ours() == set()
    settings.EMAIL_HOST = "mail.balai.example"
    assert of_ours() == faults


def test_setup_says_that_the_demo_is_left(capsys, settings):
    call_command("setup", no_static=True)
    assert TOLD in capsys.readouterr().err
    settings.DEMO = True
    call_command("setup", no_static=True)
    assert capsys.readouterr().err == ""


def test_no_administrator_is_made_on_top_of_the_demo():
    with pytest.raises(CommandError, match="13 akun contoh"):
        call_command("first_admin", "sari", name="Sari")
    assert not User.objects.filter(username="sari").exists()


def test_no_demo_is_put_into_an_office_in_service(settings):
    without_people()
    with pytest.raises(CommandError, match="adalah pemasangan untuk dipakai"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_no_demo_is_put_on_top_of_an_office(settings):
    settings.HTTPS = False
    without_people()
    User.objects.create_user("sari", full_name="Sari")
    with pytest.raises(CommandError, match="bukan contoh"):
        call_command("seed_demo")
    assert User.objects.count() == 1
