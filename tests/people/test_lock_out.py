"""Who guesses passwords waits; who only forgot one does not wait long (FAULTS D18)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from kompensasi.demo.people import PASSWORD
from kompensasi.people import actions
from kompensasi.people.models import User
from tests.conftest import MONDAY, person, signed_in

pytestmark = pytest.mark.django_db
LIMIT = 10
NEW = "gerimis-di-tepi-musi"


@pytest.fixture(autouse=True)
def _counted(settings):
    settings.AXES_ENABLED = True


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sari() -> User:
    return User.objects.create_user("sari", PASSWORD, full_name="Sari Dewi")


def sign_in(username: str, password: str, address: str = "10.0.0.1") -> int:
    data = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post("/masuk/", data).status_code


def fail(username: str, times: int, **more: str) -> list[int]:
    return [sign_in(username, f"salah-{n}", **more) for n in range(times)]


@pytest.mark.parametrize("username", ["sari", "tidak.ada"])
def test_the_tenth_wrong_password_locks_whether_the_account_exists_or_not(sari, username):
    assert fail(username, LIMIT) == [200] * (LIMIT - 1) + [429]
    assert sign_in(username, PASSWORD) == 429


def test_the_page_says_when_to_try_again_and_who_helps(sari):
    fail("sari", LIMIT)

    answer = Client(REMOTE_ADDR="10.0.0.1").post(
        "/masuk/", {"username": "sari", "password": PASSWORD}
    )

    page = answer.content.decode()
    assert answer["Retry-After"] == "900"
    assert "Tunggu 15 menit, lalu masuk lagi." in page
    assert "Administrator balai dapat membuat kata sandi sementara" in page
    assert "sari" not in page


def test_nobody_is_kept_out_elsewhere_or_for_good(sari, clock):
    """A stranger who guesses on must not keep the head of the office out."""
    fail("sari", LIMIT)
    assert sign_in("sari", PASSWORD, address="10.0.0.2") == 302

    clock.shift(timedelta(minutes=14))
    assert fail("sari", 3) == [429] * 3
    clock.shift(timedelta(minutes=1, seconds=1))
    assert sign_in("sari", PASSWORD) == 302


def test_others_at_the_same_address_go_on(sari):
    fail("tidak.ada", LIMIT)

    assert sign_in("sari", PASSWORD) == 302


def test_a_right_password_forgets_the_wrong_ones(sari):
    fail("sari", LIMIT - 1)
    assert sign_in("sari", PASSWORD) == 302

    assert fail("sari", LIMIT - 1) == [200] * (LIMIT - 1)


def test_a_new_temporary_password_ends_the_wait(sari):
    fail("sari", LIMIT)

    password = actions.reset_password(account=sari, by=person("admin"), now=MONDAY)

    assert sign_in("sari", password) == 302


def test_without_the_lock_one_may_guess_on(sari, settings):
    """The control: it is the lock that stops guessing, not something else."""
    settings.AXES_ENABLED = False

    assert fail("sari", LIMIT + 2) == [200] * (LIMIT + 2)


def test_a_password_given_in_the_admin_ends_the_wait_too(sari):
    fail("sari", LIMIT)
    page = f"/admin/people/user/{sari.pk}/change/"
    client = signed_in("admin")
    form = client.get(page).context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}

    given = data | {"new_password": NEW, "is_active": "on"}
    assert client.post(page, given).status_code == 302

    assert sign_in("sari", NEW) == 302


@pytest.mark.parametrize("name", ["a" * 300, "\N{GRINNING FACE}" * 100])
def test_a_name_that_no_account_can_have_is_refused_in_words(name):
    """Longer than the row that counts failures holds: a fault on PostgreSQL."""
    client = Client(raise_request_exception=False)

    assert client.post("/masuk/", {"username": name, "password": "x"}).status_code == 200
