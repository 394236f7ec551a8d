"""Whose address is on record, with a proxy before the web and without."""

import pytest
from django.test import Client

from spm_monitor.models import JournalEntry
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
PROXY, CLIENT = "172.18.0.5", "192.168.1.77"
NEW = "gerimis-di-tepi-musi"


def address_on_record(client: Client, **headers: str) -> str:
    """An act over the web: the address that the journal keeps of it."""
    words = {"old_password": "kompensasi", "new_password1": NEW, "new_password2": NEW}
    answer = client.post("/akun/sandi/", words, REMOTE_ADDR=PROXY, headers=headers)
    assert answer.status_code == 302, answer.content.decode()
    return JournalEntry.objects.latest("seq").address


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (CLIENT, CLIENT),
        (f"10.9.9.9, {CLIENT}", CLIENT),  # what the client claims stands first
        ("fd00::1", "fd00::1"),
        ("", PROXY),
        ("unknown", PROXY),
        (f"{CLIENT}, ", PROXY),
    ],
)
def test_behind_a_proxy_the_last_address_it_tells_is_the_clients(settings, told, kept):
    settings.BEHIND_PROXY = True
    assert address_on_record(signed_in("kepala"), x_forwarded_for=told) == kept


def test_without_a_proxy_nobody_can_claim_an_address():
    assert address_on_record(signed_in("kepala"), x_forwarded_for=CLIENT) == PROXY
