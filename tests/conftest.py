"""One office for all tests: its base data, its demo people, and ways to act as them."""

import os
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client, override_settings

from kompensasi import base_data
from kompensasi.demo.people import seed_people
from kompensasi.people.models import User
from kompensasi.souvenirs.models import Item, SouvenirClass
from spm_monitor.models import Customer, Order, Service
from spm_monitor.workdays import WIB

# Playwright's loop makes Django refuse its own synchronous database calls in the same thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=WIB)  # an ordinary working morning
TODAY = MONDAY.date()
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.hookimpl(trylast=True)  # after the shuffling, whose order within a file stays
def pytest_collection_modifyitems(items):
    """Files that wait for processes and browsers begin first, then the longest: no core idles."""
    tests = Counter(item.path for item in items)
    waiting = {
        item.path
        for item in items
        if item.get_closest_marker("process") or item.get_closest_marker("browser")
    }
    items.sort(key=lambda item: (item.path not in waiting, -tests[item.path], item.path))


@pytest.fixture(autouse=True)
def _quick_and_plain(settings, tmp_path):
    """Passwords hashed quickly, static files unhashed, uploads apart, demo people at work."""
    settings.PASSWORD_HASHERS = [QUICK_HASHER]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.DEMO = True  # the people of the tests are the demo's
    settings.AXES_ENABLED = False  # tests sign in often; those of the lock turn it on
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The office's rows, written once for each test database."""
    # WhiteNoise wants a folder that is there, also where a session's server begins before a test.
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=[QUICK_HASHER]):
        found_office()


@pytest.fixture(autouse=True)
def _office(request, _quick_and_plain):
    """Base data and people wherever a test has a database; a flush by an earlier test is mended."""
    wants = {"db", "transactional_db", "live_server", "office"} & set(request.fixturenames)
    if not wants and request.node.get_closest_marker("django_db") is None:
        return
    marker = request.node.get_closest_marker("django_db")
    committed = "live_server" in wants or "transactional_db" in wants
    committed = committed or bool(marker and marker.kwargs.get("transaction"))
    request.getfixturevalue("transactional_db" if committed else "db")
    found_office()


def found_office() -> None:
    """Base data and demo people, where they are missing."""
    if not User.objects.exists():
        base_data.load()
        seed_people(TODAY)


@pytest.fixture
def now() -> datetime:
    """An ordinary working morning: Monday 23 November 2026, 08.00 WIB."""
    return MONDAY


def person(username: str) -> User:
    """A demo person, fresh from the database."""
    return User.objects.get(username=username)


def signed_in(username: str) -> Client:
    """A client as a demo person."""
    client = Client()
    client.force_login(person(username))
    return client


@pytest.fixture
def mug(db) -> Item:
    """Ten mugs in the cupboard."""
    return Item.objects.create(
        name="Mug", souvenir_class=SouvenirClass.objects.first(), on_hand=10, unit_cost=25000
    )


def make_order(number: str = "UJI-1", service: str = "UJI-ANEKA", **facts) -> Order:
    """An order as rows, without an act: for tests of what comes after."""
    row = Service.objects.get(code=service)
    facts = {
        "customer": Customer.objects.get_or_create(name=f"PT {number}")[0],
        "contact_name": "Bagian Mutu",
        "received_at": MONDAY - timedelta(days=40),
    } | facts
    return Order.objects.create(number=number, service=row, section=row.section, **facts)


def late_order(number: str = "UJI-1", *, by_days: int = 5, **facts) -> Order:
    """An open order whose due passed some days before MONDAY."""
    return make_order(number, due_at=MONDAY - timedelta(days=by_days), **facts)


def day(text: str) -> date:
    """A date from `YYYY-MM-DD`."""
    return date.fromisoformat(text)
