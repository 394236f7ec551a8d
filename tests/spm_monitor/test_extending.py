"""A later date that the customer agreed to: once, on record, and the SPM goes by the first."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from spm_monitor import actions, extending
from spm_monitor.models import Extension, JournalEntry, Order
from spm_monitor.refusals import BadInput, NotNow, NotYours
from tests.conftest import MONDAY, make_order, person, signed_in

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(days=9)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def order() -> Order:
    return make_order(due_at=MONDAY - timedelta(days=1))


def consent() -> SimpleUploadedFile:
    return SimpleUploadedFile("surel.pdf", b"%PDF-1.4\n% setuju\n%%EOF\n", "application/pdf")


def agree(order: Order, until=LATER, username: str = "petugas") -> Extension:
    return extending.agree(
        order=order, until=until, consent=consent(), by=person(username), now=MONDAY
    )


def test_it_moves_no_due_and_excuses_no_lateness(order):
    due = order.due_at
    agree(order)
    order.refresh_from_db()
    assert (order.due_at, order.late(MONDAY)) == (due, True)
    assert sweep(MONDAY).opened == 1
    assert JournalEntry.objects.filter(verb="order.extended", subject_id=order.pk).exists()


def test_staff_and_customer_read_both_dates(order):
    sweep(MONDAY)
    agree(order)
    page = signed_in("auditor").get(reverse("order", args=[order.pk])).content.decode()
    assert "Perpanjangan disepakati sampai <strong>2 Des 2026 08.00 WIB" in page
    url = reverse("track", args=[token_of(Case.objects.get())])
    html = signed_in("auditor").get(url).content.decode()
    assert "Kami janjikan selesai" in html
    assert "Disepakati bersama Anda</dt><dd>2 Desember 2026" in html


def test_once_only(order):
    agree(order)
    with pytest.raises(NotNow, match="hanya sekali"):
        agree(order, LATER + timedelta(days=1))


@pytest.mark.parametrize("until", [MONDAY - timedelta(days=1), MONDAY])
def test_it_is_later_than_the_due_and_now(order, until):
    with pytest.raises(BadInput, match="Isi waktu setelah 23 Nov 2026") as refused:
        agree(order, until)
    assert refused.value.field == "until"
    assert not Extension.objects.exists()


def test_nothing_is_extended_that_has_no_due_or_has_ended(order):
    with pytest.raises(NotNow, match="belum memiliki target"):
        agree(make_order("UJI-2"))
    actions.record_ready(order=order, at=MONDAY, by=person("kasi.uji"), now=MONDAY)
    with pytest.raises(NotNow, match="sudah berakhir"):
        agree(order)


@pytest.mark.parametrize("username", ["kasi.uji", "kepala", "auditor", "admin"])
def test_who_does_not_enter_orders_agrees_to_nothing(order, username):
    with pytest.raises(NotYours):
        agree(order, username=username)
    assert signed_in(username).get(reverse("extension-new", args=[order.pk])).status_code == 403


def test_the_page_asks_for_date_and_consent(order):
    client, url = signed_in("petugas"), reverse("extension-new", args=[order.pk])
    empty = client.post(url, {"note": "Telepon 20 November."})
    html = empty.content.decode()
    assert empty.status_code == 422
    assert "Isi tanggal yang disepakati." in html
    assert "Unggah persetujuan tertulis dari pelanggan." in html
    assert "Telepon 20 November." in html
    done = client.post(url, {"until": "2026-12-02T16:00", "consent": consent()}, follow=True)
    assert "Perpanjangan sampai Rabu, 2 Desember 2026 16.00 WIB dicatat." in done.content.decode()
    kept = client.get(reverse("extension-consent", args=[order.pk]))
    assert kept.content == consent().read()
    assert signed_in("kasi.kal").get(kept.request["PATH_INFO"]).status_code == 404
