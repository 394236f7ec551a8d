"""The promises that come with the product are examples, and say so until the office has its own."""

import html

import pytest
import time_machine

from kompensasi.base_data import read
from kompensasi.cases import summary
from spm_monitor import actions
from spm_monitor.models import Order, SpmStandard, with_example_standard
from tests.conftest import MONDAY, TODAY, make_order, person, signed_in

pytestmark = pytest.mark.django_db
DECREED = "Keputusan Kepala Balai nomor 7/2026"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def started() -> Order:
    """An order that began under the service's promise of its day."""
    order = make_order(received_at=MONDAY)
    by = person("kasi.pjt")
    actions.record_documents(order=order, at=MONDAY, by=by, now=MONDAY)
    actions.record_paid(order=order, at=MONDAY, by=by, now=MONDAY)
    order.refresh_from_db()
    return order


def shown(username: str, url: str) -> str:
    answer = signed_in(username).get(url)
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def decree() -> None:
    SpmStandard.objects.update(decree=DECREED)


def test_the_base_data_promises_by_way_of_example():
    assert len(with_example_standard(TODAY)) == len(read("organisation")["services"])
    decree()
    assert with_example_standard(TODAY) == []


@pytest.mark.parametrize(
    ("username", "url"),
    [("admin", "/pengaturan/"), ("admin", "/pengaturan/layanan/"), ("petugas", "/pesanan/impor/")],
)
def test_who_sets_up_and_who_imports_are_told(username, url):
    said = "Ganti dengan keputusan balai" if url.endswith("layanan/") else "memakai SPM contoh"
    assert said in shown(username, url)
    decree()
    assert said not in shown(username, url)


def test_an_order_says_that_its_promise_is_an_example(started):
    url = f"/pesanan/{started.pk}/"
    assert "SPM layanan ini masih contoh" in shown("petugas", url)
    decree()
    assert "masih contoh" not in shown("petugas", url)


def test_who_instructs_and_signs_reads_what_the_due_rests_on(started):
    assert dict(summary.evaluation(started, MONDAY))["Dasar target"] == (
        f"{started.standard}, SPM contoh: minta administrator mengisi SPM balai"
    )
    decree()
    started = Order.objects.get()
    assert dict(summary.evaluation(started, MONDAY))["Dasar target"] == (
        f"{started.standard}, {DECREED}"
    )


def test_a_promise_made_to_the_customer_rests_on_itself():
    order = make_order(target_at=MONDAY, due_at=MONDAY)
    assert dict(summary.evaluation(order, MONDAY))["Dasar target"] == "dijanjikan kepada pelanggan"
