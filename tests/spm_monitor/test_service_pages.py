"""The administrator's pages of services and their promises."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from spm_monitor import actions, clock, service_pages
from spm_monitor.models import Customer, JournalEntry, Order, Section, Service, SpmStandard
from spm_monitor.refusals import NotYours
from tests.conftest import MONDAY, TODAY, make_order, person, signed_in
from tests.settings_pages import EVERYBODY_ELSE, queries, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PDF = b"%PDF-1.4\n% SK\n%%EOF\n"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def office() -> Client:
    return signed_in("admin")


@pytest.fixture
def kal() -> Service:
    return Service.objects.get(code="KAL")


def promise(office: Client, service: Service, **facts):
    data = {"days": 7, "unit": "working", "valid_from": "2026-12-01", "decree": "SK 9/2026",
            "waits_for_documents": "on"} | facts  # fmt: skip
    return office.post(reverse("standard-new", args=[service.pk]), data)


# --- whose ------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", EVERYBODY_ELSE)
def test_they_are_closed_to_everybody_else(username, kal):
    client = signed_in(username)

    for name, *args in (
        ("services",), ("service-new",), ("service", kal.pk), ("service-edit", kal.pk),
        ("standard-new", kal.pk), ("standard-scan", kal.standards.get().pk),
        ("standard-apply", kal.standards.get().pk),
    ):  # fmt: skip
        assert client.get(reverse(name, args=args)).status_code == 403, name
    assert promise(client, kal).status_code == 403
    with pytest.raises(NotYours):
        service_pages.add_standard(
            standard=SpmStandard(service=kal), scan=None, by=person(username), now=MONDAY
        )
    assert kal.standards.count() == 1


# --- services ---------------------------------------------------------------------------------


def test_the_list_shows_the_promise_of_today(office, kal):
    SpmStandard.objects.create(
        service=kal, days=4, valid_from=TODAY + timedelta(days=1), decree="SK nanti"
    )
    Service.objects.create(code="BARU", name="Halal", section=kal.section)

    page = text(office.get(reverse("services")))

    assert "Kalibrasi KAL Kalibrasi 5 hari kerja sejak 1 Jan 2010" in page
    assert "SK nanti" not in page
    assert "Halal BARU Kalibrasi Belum ada" in page


def test_a_list_costs_the_same_queries_however_long(office, kal):
    few = [queries(office, reverse("services")), queries(office, reverse("service", args=[kal.pk]))]
    for number in range(20):
        row = Service.objects.create(code=f"S{number}", name=f"S {number}", section=kal.section)
        for service in (row, kal):
            SpmStandard.objects.create(
                service=service, days=1, valid_from=TODAY + timedelta(days=number + 1)
            )

    assert few == [
        queries(office, reverse("services")), queries(office, reverse("service", args=[kal.pk])),
    ]  # fmt: skip


def test_a_new_service_is_offered_and_on_record(office):
    data = {"name": "Halal", "code": "HALAL", "section": Section.objects.first().pk, "active": "on"}

    assert office.post(reverse("service-new"), data).url == reverse("services")

    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.after["code"], entry.capacity) == (
        "service.added", "HALAL", "Administrator",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"code": "KAL"}, "Kode ini sudah dipakai."),
        ({"code": "dua kata"}, "Tulis dengan huruf, angka, garis bawah, atau tanda hubung saja."),
        ({"name": ""}, "Isi nama."),
        ({"section": "999"}, "Pilihan ini tidak ada lagi. Pilih yang lain."),
    ],
)
def test_a_service_that_cannot_be_is_refused_in_words(office, facts, sentence):
    data = {"name": "Halal", "code": "HALAL", "section": Section.objects.first().pk} | facts

    answer = office.post(reverse("service-new"), data)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not JournalEntry.objects.exists()


def test_the_code_of_a_service_stays(office, kal):
    data = {"name": "Kalibrasi alat", "code": "LAIN", "section": kal.section_id, "active": "on"}
    office.post(reverse("service-edit", args=[kal.pk]), data)

    kal.refresh_from_db()
    assert (kal.code, kal.name) == ("KAL", "Kalibrasi alat")
    assert JournalEntry.objects.get().after == {"name": "Kalibrasi alat"}


# --- promises ---------------------------------------------------------------------------------


def test_a_new_promise_counts_from_its_day(office, kal):
    promise(office, kal)

    assert kal.standard_on(date(2026, 11, 30)).days == 5
    assert kal.standard_on(date(2026, 12, 1)).days == 7
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.after["decree"]) == ("spmstandard.added", "SK 9/2026")


def test_its_form_begins_with_the_promise_in_force(office, kal):
    form = office.get(reverse("standard-new", args=[kal.pk])).context["form"]

    assert form.initial["days"] == 5
    assert not form.initial["decree"]


def test_orders_that_started_keep_their_promise(office, kal):
    order = actions.enter_order(
        facts={
            "number": "K-1", "service": kal, "customer": make_order("X").customer,
            "received_at": MONDAY, "documents_at": MONDAY, "paid_at": MONDAY,
        },
        by=person("petugas"), now=MONDAY,
    )  # fmt: skip
    due = order.due_at

    answer = promise(office, kal, valid_from="2026-11-23")

    page = text(office.get(answer.url))
    assert "1 pesanan yang mulai sejak tanggal itu tetap memakai janji lamanya." in page
    order.refresh_from_db()
    assert (order.due_at, order.standard.days) == (due, 5)
    assert "0 pesanan Berlaku" in page
    assert "1 pesanan Diganti" in page


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"days": "0"}, "Janji paling sedikit 1 hari."),
        ({"days": "-3"}, "Janji (jumlah hari) paling sedikit 0."),
        ({"days": ""}, "Isi janji (jumlah hari)."),
        ({"decree": ""}, "Isi nomor keputusan."),
        ({"valid_from": "2010-01-01"}, "Sejak tanggal itu SPM-nya sudah 5 hari kerja"),
        ({"valid_from": "besok"}, "Tulis tanggal seperti 24/11/2026."),
        ({"scan": SimpleUploadedFile("sk.pdf", b"MZ")}, "Berkas harus PDF, JPG, atau PNG"),
    ],
)
def test_a_promise_that_cannot_be_is_refused_in_words(office, kal, facts, sentence):
    answer = promise(office, kal, **facts)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert kal.standards.count() == 1
    assert not JournalEntry.objects.exists()


def test_the_scan_of_the_decree_is_kept_and_read_by_the_administrator(office, kal):
    promise(office, kal, scan=SimpleUploadedFile("sk.pdf", PDF))

    standard = kal.standards.get(days=7)
    answer = office.get(reverse("standard-scan", args=[standard.pk]))
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert (
        office.get(reverse("standard-scan", args=[kal.standards.get(days=5).pk])).status_code == 404
    )
    assert JournalEntry.objects.get().after["scan_sha256"] == standard.scan_sha256


def test_in_the_technical_tool_too_a_used_promise_stays(office, kal):
    standard = kal.standards.get()
    make_order("K-1", "KAL", standard=standard)
    url = reverse("admin:spm_monitor_spmstandard_change", args=[standard.pk])
    form = office.get(url).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in shown.items() if value is not None}

    answer = office.post(url, data | {"valid_from": "01/01/2010", "days": 9})

    assert "Pesanan sudah dimulai dengan SPM ini, jadi isinya tetap." in text(answer)
    standard.refresh_from_db()
    assert standard.days == 5


# --- recalculation (FAULTS C13) -----------------------------------------------------------------


def started(number: str, kal: Service, **facts):
    """A calibration that started this morning, due in five working days."""
    begun = {"received_at": MONDAY, "documents_at": MONDAY, "paid_at": MONDAY}
    customer = Customer.objects.get_or_create(name="PT Uji")[0]
    return actions.enter_order(
        facts=begun | {"number": number, "service": kal, "customer": customer} | facts,
        by=person("petugas"), now=MONDAY,
    )  # fmt: skip


def test_orders_keep_the_promise_they_started_under_until_somebody_recalculates(office, kal):
    """C13: nothing moves by a new row alone; then just what was shown, in one recorded act."""
    order = started("K-1", kal)
    promised = started("K-2", kal, target_at=MONDAY + timedelta(days=9))
    ended = started("K-3", kal)
    actions.record_ready(order=ended, at=MONDAY, by=person("kasi.pjt"), now=MONDAY, capacity="x")
    dues = {each.pk: each.due_at for each in (order, promised, ended)}
    promise(office, kal, valid_from="2026-11-20", days=7)
    assert {each.pk: each.due_at for each in Order.objects.all()} == dues
    newest = kal.standards.latest("valid_from")
    url = reverse("standard-apply", args=[newest.pk])

    shown = office.post(url, {"reason": "Keputusan berlaku surut"})
    assert [move.order.number for move, _ in shown.context["rows"]] == ["K-1"]
    assert {each.pk: each.due_at for each in Order.objects.all()} == dues
    kept = office.post(url, {"reason": "Keputusan berlaku surut", "seen": shown.context["seen"]})

    assert kept.status_code == 302
    order.refresh_from_db()
    assert (order.standard, order.due_at) == (newest, MONDAY.replace(month=12, day=2, hour=16))
    assert Order.objects.get(pk=promised.pk).due_at == dues[promised.pk]
    assert Order.objects.get(pk=ended.pk).due_at == dues[ended.pk]
    verbs = list(JournalEntry.objects.order_by("seq").values_list("verb", flat=True))[-2:]
    assert verbs == ["spmstandard.applied", "order.rescheduled"]
    assert order.due_changes.get().cause.endswith("Keputusan berlaku surut")


def test_c13_control_a_promise_that_was_not_frozen_would_follow_the_new_row(office, kal):
    order = started("K-1", kal)
    promise(office, kal, valid_from="2026-11-20", days=7)
    order = Order.objects.get(pk=order.pk)
    kept = clock.schedule(order, clock.current_calendar()).due_at
    order.standard = None
    assert kept == order.due_at != clock.schedule(order, clock.current_calendar()).due_at


def test_orders_that_started_before_a_promise_is_in_force_are_not_looked_at(office, kal):
    started("K-1", kal)
    promise(office, kal, valid_from="2026-11-24", days=7)
    newest = kal.standards.latest("valid_from")
    with time_machine.travel(MONDAY + timedelta(days=2), tick=False):
        office = signed_in("admin")
        answer = office.post(reverse("standard-apply", args=[newest.pk]), {"reason": "x"})
    assert answer.status_code == 302
    assert not Order.objects.get().due_changes.exists()


def test_what_was_shown_and_changed_since_is_shown_again(office, kal):
    started("K-1", kal)
    promise(office, kal, valid_from="2026-11-20", days=7)
    url = reverse("standard-apply", args=[kal.standards.latest("valid_from").pk])
    seen = office.post(url, {"reason": "x"}).context["seen"]
    order = Order.objects.get()
    actions.record_ready(order=order, at=MONDAY, by=person("kasi.pjt"), now=MONDAY, capacity="x")
    started("K-4", kal)
    again = office.post(url, {"reason": "x", "seen": seen})
    assert again.status_code == 200
    assert again.context["again"]
    assert not JournalEntry.objects.filter(verb="spmstandard.applied").exists()


def test_a_recalculation_asks_why(office, kal):
    answer = office.post(reverse("standard-apply", args=[kal.standards.get().pk]), {"reason": ""})
    assert answer.status_code == 422
    assert "Isi alasan target yang sudah dijanjikan dihitung ulang." in text(answer)
    for username in EVERYBODY_ELSE:
        with pytest.raises(NotYours):
            service_pages.apply_standard(
                standard=kal.standards.get(), reason="x", seen="", by=person(username), now=MONDAY
            )
