"""Pages for when something of ours breaks: what is safe, what to do, the number to quote."""

import logging
import re

import pytest
from django.db import OperationalError
from django.test import Client

from spm_monitor import lists
from spm_monitor.models import Order
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> Client:
    """The front desk, shown the pages that Django shows to people."""
    client = signed_in("petugas")
    client.raise_request_exception = False
    return client


@pytest.fixture
def breaks(monkeypatch):
    """Lets the order list fail with an error of our choice."""

    def with_error(error: Exception) -> None:
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr(lists, "rows", fail)

    return with_error


def test_a_fault_shows_a_number_that_stands_in_the_log_and_nothing_else(clerk, breaks, caplog):
    breaks(RuntimeError("SELECT rahasia FROM pelanggan"))

    with caplog.at_level(logging.ERROR, "kompensasi.faults"):
        answer = clerk.get("/pesanan/")

    assert answer.status_code == 500
    page = answer.content.decode()
    number = re.search(r'class="code">([0-9A-F]{6})<', page)
    assert number
    assert f"incident {number[1]}: GET /pesanan/" in caplog.text
    assert "mungkin belum tersimpan" not in page  # nothing was sent
    assert "rahasia" in caplog.text  # the log has what happened beside the number
    for leak in ("rahasia", "RuntimeError", "Traceback"):
        assert leak not in page
    assert "Yang sudah tersimpan sebelumnya tetap aman." in page


ORDER = {
    "number": "UJI-77", "customer_name": "PT Gerimis Musi", "service": "1",
    "note": "Contoh tiba dalam kotak pendingin.",
}  # fmt: skip


@pytest.fixture
def away(monkeypatch):
    """The database closes the door before it is known who asks."""

    def fail(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)


def test_what_was_typed_is_shown_to_be_copied_when_the_database_is_away(clerk, away):
    """FAULTS C1: nothing is saved, and nothing typed is lost."""
    answer = clerk.post("/pesanan/baru/", ORDER | {"password": "jangan-tampil"})

    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    page = answer.content.decode()
    assert "Basis data sedang tidak menjawab." in page
    assert "Contoh tiba dalam kotak pendingin." in page
    assert "PT Gerimis Musi" in page
    assert "jangan-tampil" not in page
    assert "mungkin belum tersimpan" in page
    assert not Order.objects.exists()


def test_a_database_that_goes_away_in_the_middle_of_a_page_is_said_too(clerk, breaks):
    breaks(OperationalError("the database is shutting down"))

    assert clerk.get("/pesanan/").status_code == 503


def test_the_pages_of_faults_ask_the_database_nothing(clerk, away, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert clerk.get("/pesanan/").status_code == 503


def test_a_post_that_cannot_be_read_breaks_no_page_of_faults(clerk, away):
    answer = clerk.post("/pesanan/baru/", b"--x", content_type="multipart/form-data")

    assert answer.status_code == 503


def test_a_strange_host_is_told_so_in_indonesian(client):
    client.raise_request_exception = False

    answer = client.get("/masuk/", headers={"Host": "jahat.example"})

    assert answer.status_code == 400
    assert "Permintaan tidak terbaca" in answer.content.decode()
