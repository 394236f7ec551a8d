"""What the pages of every day ask of the database: little, and no more when there is more to show.

Eight queries a list, twelve a dashboard, with a case at each step of each section and with many.
"""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kompensasi.cases.models import Case, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.demo.people import PEOPLE
from kompensasi.letters.models import Letter, LetterReview, LetterVersion
from kompensasi.people.models import Appointment
from kompensasi.sop.models import RevisionStep
from kompensasi.souvenirs.models import Dispatch, Item, Movement, Receipt, Reservation
from spm_monitor.models import Customer, Order, Service
from tests.conftest import MONDAY, person, signed_in

pytestmark = pytest.mark.django_db

LIST, DASHBOARD = 8, 12
FEW, MANY = 36, 200
LISTS = {
    "/pesanan/": "kasi.pjt",
    "/pesanan/?keadaan=overdue&q=Banyak": "kasi.uji",
    "/kasus/": "kasi.pjt",
    "/kasus/?keadaan=berjalan": "kepala",
    "/kasus/?q=Banyak": "auditor",
    "/surat/": "agenda",
    "/souvenir/": "petugas",
}
EVERYBODY = [one.username for one in PEOPLE if not one.expired]


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def fill(upto: int) -> None:
    """So many late orders with a case each, spread over steps and sections; letters, movements."""
    rows = range(Order.objects.count(), upto)
    services = list(Service.objects.filter(code__in=("UJI-ANEKA", "KAL", "SERT-MUTU")))
    customers = Customer.objects.bulk_create(Customer(name=f"PT Banyak {n}") for n in rows)
    Order.objects.bulk_create(
        Order(
            number=f"B-{n}", customer=customer, service=services[n % 3],
            section=services[n % 3].section, received_at=MONDAY - timedelta(days=40),
            due_at=MONDAY - timedelta(days=5),
        )
        for n, customer in zip(rows, customers, strict=True)
    )  # fmt: skip
    sweep(MONDAY)
    new = Case.objects.filter(order__customer__in=customers).select_related("order").order_by("pk")
    steps = {row.number: row for row in RevisionStep.objects.filter(revision=new[0].revision)}
    for n, case in zip(rows, new, strict=True):  # nobody of interest finished the steps before
        at = n // len(services) % len(steps) + 1
        Visit.objects.filter(case=case).update(row=steps[at])
        _letter(case, at)
    _stock(customers)


def _letter(case: Case, at: int) -> None:
    """A draft that waits at step 9; a numbered letter from step 11 on, sent at 12."""
    if at < 9:
        return
    kepala, number = person("kepala"), f"B/{case.pk}/BANYAK"
    capacity = Appointment.objects.get(user=kepala)
    signed = {
        "number": number, "number_key": number.lower(), "dated": MONDAY.date(),
        "signed_at": MONDAY, "signed_by": kepala, "signed_as": capacity,
        "pdf_sha256": "0" * 64, "pdf_size": 1,
    } if at > 10 else {}  # fmt: skip
    letter = Letter.objects.create(
        customer=case.order.customer, section=case.order.section, created_at=MONDAY,
        sent_at=MONDAY if at == 12 else None, **signed,
    )  # fmt: skip
    version = LetterVersion.objects.create(
        letter=letter, version=1, subject="Maaf", addressee="PT Banyak", body="Isi",
        sha256="0" * 64, written_by=kepala, written_as=capacity, written_at=MONDAY,
    )  # fmt: skip
    LetterReview.objects.create(
        version=version, sha256="0" * 64, approved=True, by=kepala, at=MONDAY
    )
    case.case_letters.create(letter=letter, variant="expected", due_at=MONDAY)


def _stock(customers: list[Customer]) -> None:
    item, petugas = Item.objects.get(name="Mug"), person("petugas")
    for number, customer in enumerate(customers):
        gone = Reservation.objects.create(
            item=item, customer=customer, reserved_at=MONDAY, left_at=MONDAY
        )
        Movement.objects.create(
            item=item, kind=Movement.Kind.OUT, quantity=1, at=MONDAY, by=petugas, reservation=gone
        )
        sent = Dispatch.objects.create(
            customer=customer, reservation=gone, way=Dispatch.Way.BY_HAND, courier="Budi",
            sent_at=MONDAY, by=petugas,
        )  # fmt: skip
        if number % 2:
            Receipt.objects.create(dispatch=sent, result=Receipt.Result.REFUSED, at=MONDAY)


def asked(client: Client, url: str) -> list[str]:
    """The queries of a page, when nothing of it is new to the process."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200, url
    return [query["sql"] for query in queries]


def test_every_list_and_dashboard_keeps_its_budget_however_much_there_is(mug):
    pages = [(url, who, LIST) for url, who in LISTS.items()]
    pages += [("/", who, DASHBOARD) for who in EVERYBODY]
    clients = {who: signed_in(who) for _, who, _ in pages}
    fill(FEW)
    before = {(url, who): len(asked(clients[who], url)) for url, who, _ in pages}
    fill(MANY)
    over = {}
    for url, who, budget in pages:
        queries = asked(clients[who], url)
        if len(queries) > budget or len(queries) != before[url, who]:
            over[url, who] = (before[url, who], len(queries), *queries)
    assert not over
    assert Case.objects.count() == MANY


def test_a_list_never_counts_the_table(mug):
    fill(FEW)
    for url, who in LISTS.items():
        table = "spm_monitor_order" if "pesanan" in url else "cases_case"
        counting = [q for q in asked(signed_in(who), url) if "COUNT(" in q and table in q]
        assert not counting, url
