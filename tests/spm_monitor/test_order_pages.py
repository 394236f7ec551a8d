"""The pages of orders: who sees what, what can be entered and recorded, and what is refused."""

import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kompensasi.cases import opening
from kompensasi.people.models import User
from spm_monitor import actions, clock, flagging
from spm_monitor.forms import ACTS
from spm_monitor.models import (
    Customer,
    DueChange,
    Holiday,
    JournalEntry,
    MonitoringRow,
    ObstacleCause,
    Order,
    Service,
    SpmStandard,
)
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, make_order, person, signed_in

pytestmark = pytest.mark.django_db

READERS_OF_ALL = ("petugas", "kasi.pjt", "kepala", "agenda", "auditor", "admin")
READERS_OF_TESTING = ("kasi.uji", "pj.uji")
FRAME_QUERIES = 5  # session, person, posts, calendar and what stands around every page


@pytest.fixture(autouse=True)
def _monday():
    """Every page is opened on Monday 23 November 2026 at 08.00 WIB."""
    with time_machine.travel(MONDAY, tick=False):
        yield


def typed(instant: datetime) -> str:
    """As a date-time field sends it."""
    return instant.astimezone(WIB).strftime("%Y-%m-%dT%H:%M")


def text_of(response) -> str:
    """What the page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def tag_of(html: str, name: str) -> str:
    """The tag that has this id."""
    found = re.search(rf'<[^>]* id="{name}"[^>]*>', html)
    assert found, name
    return found[0]


def numbers(response) -> list[str]:
    """The order numbers on a page of the list, in its order."""
    return [row["order"].number for row in response.context["rows"]]


def messages_of(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def entered(number: str = "UJI-7", service: str = "UJI-ANEKA", **facts) -> Order:
    """An order that the front desk entered, started and due, unless facts say otherwise."""
    customer, _ = Customer.objects.get_or_create(name="PT Musi Karet")
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), MONDAY - timedelta(days=3))
    contact = {"contact_name": "Bu Ratna", "phone": "0812-7000", "email": "ratna@musi.example",
               "address": "Jalan Karet 5"}  # fmt: skip
    row = Service.objects.get(code=service)
    facts = begun | contact | {"number": number, "customer": customer, "service": row} | facts
    return actions.enter_order(facts=facts, by=person("petugas"), now=MONDAY)


def answers(**instead) -> dict[str, str]:
    """What the front desk types for a new order."""
    given = {
        "number": "UJI-2026-9",
        "customer": "PT Musi Karet",
        "service": str(Service.objects.get(code="UJI-ANEKA").pk),
        "sample": "Karet remah SIR 20",
        "contact_name": "Bu Ratna",
        "phone": "0812-7000",
        "received_at": "2026-11-20T09:00",
        "documents_at": "2026-11-20T09:00",
        "paid_at": "2026-11-23T07:45",
        "note": "",
    } | instead
    return {name: value for name, value in given.items() if value is not None}


def everything() -> list[tuple]:
    """All that an act on orders could write."""
    return [
        *Order.objects.order_by("pk").values_list(),
        *Customer.objects.order_by("pk").values_list(),
        *DueChange.objects.order_by("pk").values_list(),
        *JournalEntry.objects.order_by("pk").values_list("seq", "verb"),
    ]


# --- the list ---------------------------------------------------------------------------------


@pytest.mark.parametrize("username", READERS_OF_ALL)
def test_whole_office_posts_read_the_orders_of_all_sections(username):
    make_order("U-1")
    make_order("K-1", "KAL")
    assert numbers(signed_in(username).get("/pesanan/")) == ["K-1", "U-1"]


@pytest.mark.parametrize("username", READERS_OF_TESTING)
def test_a_section_reads_its_own_orders_alone(username):
    own, other = make_order("U-1"), make_order("K-1", "KAL")
    client = signed_in(username)
    assert numbers(client.get("/pesanan/")) == ["U-1"]
    assert client.get(f"/pesanan/{own.pk}/").status_code == 200
    for address in ("", "ubah/"):
        assert client.get(f"/pesanan/{other.pk}/{address}").status_code == 404
    for act in ACTS:
        assert client.post(f"/pesanan/{other.pk}/{act}/").status_code == 404


@pytest.mark.parametrize("address", ["", "baru/", "{pk}/", "{pk}/ubah/"])
def test_without_a_post_that_reads_orders_every_page_says_so(address):
    address = f"/pesanan/{address.format(pk=make_order().pk)}"
    stranger = Client()
    stranger.force_login(User.objects.create_user("tamu", full_name="Tamu"))
    for client in (stranger, signed_in("plh.kepala")):  # an expired appointment gives no right
        response = client.get(address)
        assert response.status_code == 403
        assert "UJI-1" not in text_of(response)


@pytest.mark.parametrize("address", ["", "baru/", "1/", "1/ubah/"])
def test_nobody_reads_orders_without_signing_in(address):
    response = Client().get(f"/pesanan/{address}")
    assert response.status_code == 302
    assert response["Location"].startswith("/masuk/")


@pytest.mark.parametrize("words", ["u-2", "MUSI", "sir 20", "  PT   Musi "])
def test_search_finds_number_customer_and_sample(words):
    make_order("U-1", sample="Semen")
    make_order("U-2", sample="Karet SIR 20", customer=Customer.objects.create(name="PT Musi Karet"))
    response = signed_in("petugas").get("/pesanan/", {"q": words})
    assert numbers(response) == ["U-2"]


def test_nothing_found_says_so_and_what_to_try():
    make_order("U-1")
    client = signed_in("petugas")
    page = text_of(client.get("/pesanan/", {"q": "xyz", "keadaan": "in_spm"}))
    assert "0 hasil untuk “xyz” di pesanan yang dalam SPM" in page
    assert "Cari di semua keadaan" in page
    assert "0 hasil untuk “xyz” di pesanan" in text_of(client.get("/pesanan/", {"q": "xyz"}))
    page = text_of(client.get("/pesanan/", {"keadaan": "withdrawn"}))
    assert "Tidak ada pesanan dalam keadaan ini." in page


@pytest.mark.parametrize("words", ["%", "_", "\0", "'", '"><script>alert(1)</script>', "a" * 5000])
def test_search_takes_any_text_as_text(words):
    make_order("U-1")
    response = signed_in("petugas").get("/pesanan/", {"q": words})
    assert response.status_code == 200
    assert b"<script>alert" not in response.content
    if words in "%_'":
        assert numbers(response) == []


def test_the_filter_shows_exactly_the_orders_in_that_state():
    limit = clock.near_limit(MONDAY, clock.current_calendar())
    dues = [None, MONDAY - timedelta(days=2), MONDAY, limit - timedelta(hours=1), limit]
    for i, due in enumerate(dues):
        make_order(f"open-{i}", due_at=due)
        make_order(f"ready-{i}", due_at=due, ready_at=MONDAY - timedelta(hours=1))
        make_order(f"away-{i}", due_at=due, withdrawn_at=MONDAY)
    make_order("paused", paused_since=MONDAY - timedelta(days=1))
    client = signed_in("petugas")
    by_state = {order.number: order.state(now=MONDAY, near=limit) for order in Order.objects.all()}
    for state in Order.State:
        shown = numbers(client.get("/pesanan/", {"keadaan": state}))
        assert sorted(shown) == sorted(n for n, s in by_state.items() if s == state)
        assert shown
    for no_state in ("", "lain", "' OR 1=1"):
        assert len(numbers(client.get("/pesanan/", {"keadaan": no_state}))) == len(by_state)


def test_filters_live_in_the_address_and_keep_the_search():
    make_order("U-1", due_at=MONDAY - timedelta(days=1))
    response = signed_in("petugas").get("/pesanan/", {"q": "u-1", "keadaan": "overdue"})
    chips = {chip["label"]: chip for chip in response.context["asked"].chips()}
    assert chips["Semua"]["url"] == "?q=u-1"
    assert chips["Terlampaui"] == {
        "label": "Terlampaui", "url": "?q=u-1&keadaan=overdue", "current": True
    }  # fmt: skip
    assert b'aria-current="true">Terlampaui' in response.content
    assert b'name="keadaan" value="overdue"' in response.content  # a new search stays in the state


def test_the_list_goes_on_page_after_page_and_back():
    for i in range(60):
        make_order(f"U-{i:02}")
    make_order("lain", "KAL")
    client = signed_in("kasi.uji")
    newest_first = [f"U-{i:02}" for i in reversed(range(60))]
    response = client.get("/pesanan/", {"q": "u-"})
    assert response.context["page"].newer_url is None
    seen, sizes = numbers(response), [25]
    while url := response.context["page"].older_url:
        assert url.startswith("?q=u-&setelah=")
        response = client.get(f"/pesanan/{url}")
        seen += numbers(response)
        sizes.append(len(numbers(response)))
    assert seen == newest_first
    assert sizes == [25, 25, 10]
    response = client.get(f"/pesanan/{response.context['page'].newer_url}")
    assert numbers(response) == newest_first[25:50]


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "0", ""])
def test_a_wrong_cursor_is_no_error(cursor):
    make_order()
    for name in ("setelah", "sebelum"):
        assert signed_in("petugas").get("/pesanan/", {name: cursor}).status_code == 200


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, "belum ada Belum mulai"),
        ({"due": 4}, "27 Nov 2026 08.00 WIB Dalam SPM 4 hari kerja lagi"),
        ({"due": 0.2}, "23 Nov 2026 12.48 WIB Mendekati batas Hari ini"),
        ({"due": 1}, "24 Nov 2026 08.00 WIB Mendekati batas 1 hari kerja lagi"),
        ({"due": -5}, "18 Nov 2026 08.00 WIB Terlampaui Lewat 5 hari"),
        ({"due": -5, "estimate": 3}, "Terlampaui Lewat 8 hari menurut perkiraan"),
        ({"due": 4, "estimate": 7}, "Dalam SPM 4 hari kerja lagi Perkiraan melewati target"),
        ({"due": -5, "ready": -6}, "Selesai dalam SPM"),
        ({"due": -5, "ready": -3}, "Selesai di luar SPM Lewat 2 hari"),
        ({"due": 5, "withdrawn": -1}, "Dibatalkan"),
    ],
)
def test_a_row_says_how_far_the_due_is(facts, says):
    instants = {f"{name}_at": MONDAY + timedelta(days=days) for name, days in facts.items()}
    make_order("U-1", **instants)
    page = text_of(signed_in("petugas").get("/pesanan/"))
    assert says in page[page.index("U-1") :]


def test_a_customer_named_like_markup_is_shown_as_text():
    make_order("U-1", customer=Customer.objects.create(name="<b>PT & Co</b>"))
    assert b"&lt;b&gt;PT &amp; Co&lt;/b&gt;" in signed_in("petugas").get("/pesanan/").content


def test_the_list_asks_the_database_as_often_for_fifty_orders_as_for_two():
    clock.current_calendar()  # read once a process, whenever a row changed
    counts = []
    for upto in (2, 50):
        for i in range(Order.objects.count(), upto):
            make_order(f"U-{i}", ("UJI-ANEKA", "KAL", "SERT-MUTU")[i % 3], due_at=MONDAY)
        client = signed_in("petugas")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/pesanan/").status_code == 200
        counts.append(len(queries))
        assert sum('FROM "spm_monitor_order"' in query["sql"] for query in queries) == 1
        assert not any("COUNT(*)" in query["sql"] for query in queries)
    assert counts[0] == counts[1] <= FRAME_QUERIES + 1


def test_only_who_enters_orders_is_offered_a_new_one():
    for username in (*READERS_OF_ALL, *READERS_OF_TESTING):
        offered = b"/pesanan/baru/" in signed_in(username).get("/pesanan/").content
        assert offered == (username in ("petugas", "kasi.pjt")), username


# --- entering ---------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["petugas", "kasi.pjt"])
def test_the_front_desk_enters_an_order_and_is_told_its_due(username):
    client = signed_in(username)
    opened = client.get("/pesanan/baru/")
    assert opened.status_code == 200
    assert b'value="2026-11-23T08:00"' in opened.content  # received: now, unless typed otherwise
    response = client.post("/pesanan/baru/", answers(), follow=True)
    order = Order.objects.get()
    assert response.redirect_chain == [(f"/pesanan/{order.pk}/", 302)]
    assert order.started_at == datetime(2026, 11, 23, 7, 45, tzinfo=WIB)
    assert order.due_at == datetime(2026, 12, 14, 16, 0, tzinfo=WIB)
    assert (order.section.code, order.customer.name) == ("uji", "PT Musi Karet")
    assert messages_of(response) == [
        "Pesanan UJI-2026-9 dicatat. Target selesai: Senin, 14 Desember 2026 16.00 WIB."
    ]
    verbs = JournalEntry.objects.values_list("verb", "actor__username", "capacity")
    capacity = "Petugas Loket" if username == "petugas" else "Plt. Kasi PJT"
    assert list(verbs) == [
        ("customer.entered", username, capacity), ("order.entered", username, capacity)
    ]  # fmt: skip


@pytest.mark.parametrize("username", ["kasi.uji", "pj.uji", "kepala", "agenda", "auditor", "admin"])
def test_others_enter_no_order(username):
    client, before = signed_in(username), everything()
    for response in (client.get("/pesanan/baru/"), client.post("/pesanan/baru/", answers())):
        assert response.status_code == 403
    assert everything() == before


@pytest.mark.parametrize("name", ["pt musi KARET", "  PT  Musi   Karet "])
def test_a_known_customer_is_used_again(name):
    known = Customer.objects.create(name="PT Musi Karet")
    signed_in("petugas").post("/pesanan/baru/", answers(customer=name))
    assert Order.objects.get().customer == known
    assert Customer.objects.count() == 1


def test_a_refused_order_leaves_no_customer_behind():
    client, before = signed_in("petugas"), everything()
    response = client.post("/pesanan/baru/", answers(target_at="2026-11-01T10:00"))
    assert response.status_code == 422
    assert everything() == before


def test_errors_stand_on_top_and_at_the_field_and_keep_what_was_typed():
    response = signed_in("petugas").post(
        "/pesanan/baru/",
        answers(number="", service="", received_at="besok", email="bukan surel", note="x" * 501),
    )
    assert response.status_code == 422
    html = response.content.decode()
    assert "<title>Kesalahan: Pesanan baru" in html
    for field, sentence in {
        "number": "Isi nomor pesanan.",
        "service": "Pilih layanan.",
        "received_at": "Tulis tanggal dan jam seperti 24/11/2026 15.30.",
        "email": "Tulis surel seperti nama@contoh.id.",
        "note": "Keterangan paling banyak 500 huruf. Sekarang 501.",
    }.items():
        assert f'<a href="#id_{field}">{sentence}</a>' in html
        assert text_of(response).count(sentence) == 2
        assert 'aria-invalid="true"' in tag_of(html, f"id_{field}")
        assert f"id_{field}_error" in tag_of(html, f"id_{field}")
    assert 'id="ringkasan-kesalahan" role="alert" tabindex="-1" autofocus' in html
    for kept in ("Karet remah SIR 20", "bukan surel", "PT Musi Karet", 'value="2026-11-23T07:45"'):
        assert kept in html
    assert not Order.objects.exists()


def test_a_number_belongs_to_one_order():
    make_order("UJI-2026-9")
    response = signed_in("petugas").post("/pesanan/baru/", answers(number=" UJI-2026-9 "))
    assert response.status_code == 422
    assert "Nomor UJI-2026-9 sudah dipakai pesanan lain." in text_of(response)


@pytest.mark.parametrize(
    ("field", "value"),
    [("received_at", "0001-01-01T00:00"), ("paid_at", "9999-12-31T23:59"),
     ("target_at", "2100-01-01T00:00"), ("documents_at", "1989-12-31T23:59"),
     ("received_at", "2026-02-30T10:00"), ("received_at", "120266-01-01T10:00")],
)  # fmt: skip
@pytest.mark.parametrize("button", ["save", "preview"])
def test_a_date_that_no_calendar_answers_is_said_at_its_field(field, value, button):
    response = signed_in("petugas").post("/pesanan/baru/", answers(**{field: value, button: "1"}))
    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_a_due_that_cannot_be_computed_is_said_without_an_error_page():
    SpmStandard.objects.update(days=30_000)
    response = signed_in("petugas").post("/pesanan/baru/", answers())
    assert response.status_code == 422
    assert "Target tidak dapat dihitung" in text_of(response)
    assert not Order.objects.exists()


def test_a_service_without_a_promise_in_force_asks_for_one():
    SpmStandard.objects.update(valid_from=date(2027, 1, 1))
    response = signed_in("petugas").post("/pesanan/baru/", answers())
    assert response.status_code == 422
    assert "belum memiliki SPM" in response.context["form"].errors["service"][0]


def test_a_service_no_longer_offered_cannot_be_ordered():
    Service.objects.filter(code="UJI-ANEKA").update(active=False)
    client = signed_in("petugas")
    assert "Pengujian Aneka Komoditi" not in text_of(client.get("/pesanan/baru/"))
    assert client.post("/pesanan/baru/", answers()).status_code == 422


def test_a_due_in_the_past_warns_and_does_not_block():
    long_ago = dict.fromkeys(("received_at", "documents_at", "paid_at"), "2026-08-03T09:00")
    client = signed_in("petugas")
    looked = client.post("/pesanan/baru/", answers(preview="1", **long_ago))
    assert "Target ini sudah lewat. Pesanan tetap dapat disimpan." in text_of(looked)
    response = client.post("/pesanan/baru/", answers(**long_ago), follow=True)
    assert Order.objects.get().late(MONDAY)
    assert messages_of(response)[1:] == ["Target selesainya sudah lewat."]


def test_an_order_that_waits_is_told_for_what():
    client = signed_in("petugas")
    response = client.post("/pesanan/baru/", answers(paid_at="", documents_at=""), follow=True)
    assert messages_of(response)[0].endswith(
        "Belum ada target: menunggu dokumen lengkap dan pembayaran."
    )
    assert "Waktu layanan belum mulai: menunggu dokumen lengkap dan pembayaran." in text_of(
        response
    )
    response = client.post("/pesanan/baru/", answers(number="2", paid_at="", contract="on"))
    assert Order.objects.get(number="2").due_at is not None


# --- looking at the due in advance ------------------------------------------------------------


def test_a_look_in_advance_computes_the_due_and_writes_nothing():
    Holiday.objects.filter(date__year=2026, date__month__gte=11).delete()
    Holiday.objects.create(date=date(2026, 12, 9), name="Pemilihan", decree="Keppres 1 contoh")
    client, before = signed_in("petugas"), everything()
    response = client.post("/pesanan/baru/", answers(preview="1"))
    assert response.status_code == 200
    page = text_of(response)
    assert "Hasil hitungan, belum disimpan" in page
    assert "Target selesai: Selasa, 15 Desember 2026 16.00 WIB" in page
    assert "15 hari kerja sejak Senin, 23 November 2026" in page
    assert "9 Des 2026: Pemilihan (libur nasional)" in page
    assert "Memakai hari libur 2026:" in page
    assert "Keppres 1 contoh" in page
    assert 'value="UJI-2026-9"' in response.content.decode()
    assert everything() == before


def test_a_look_in_advance_needs_only_what_the_due_depends_on():
    client = signed_in("petugas")
    response = client.post("/pesanan/baru/", answers(number="", customer="", preview="1"))
    assert response.status_code == 200
    assert "Senin, 14 Desember 2026 16.00 WIB" in text_of(response)
    response = client.post("/pesanan/baru/", answers(number="", service="", preview="1"))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["service"]


def test_a_look_in_advance_tells_what_is_not_known():
    Holiday.objects.filter(date__year=2026).delete()
    client = signed_in("petugas")
    page = text_of(client.post("/pesanan/baru/", answers(preview="1")))
    assert "Hari libur 2026 belum tercatat; hanya akhir pekan yang dilewati." in page
    page = text_of(client.post("/pesanan/baru/", answers(preview="1", paid_at="")))
    assert "Waktu layanan belum mulai: menunggu pembayaran." in page
    page = text_of(
        client.post("/pesanan/baru/", answers(preview="1", target_at="2026-12-05T19:30"))
    )
    assert "Target selesai: Sabtu, 5 Desember 2026 19.30 WIB" in page
    assert "Dijanjikan kepada pelanggan, tidak dihitung dari SPM." in page


def test_a_look_in_advance_at_a_change_writes_nothing():
    order = entered()
    client, before = signed_in("petugas"), everything()
    sent = _seen(client, order) | {"target_at": "2026-11-27T16:30", "preview": "1"}
    response = client.post(f"/pesanan/{order.pk}/ubah/", sent)
    assert response.status_code == 200
    assert "Target selesai: Jumat, 27 November 2026 16.30 WIB" in text_of(response)
    assert everything() == before


# --- changing ---------------------------------------------------------------------------------


def _seen(client: Client, order: Order) -> dict[str, str]:
    """What the browser would send back from the opened form, hidden values too."""
    html = client.get(f"/pesanan/{order.pk}/ubah/").content.decode()
    form = html[html.index('<form method="post">') :]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            sent[name[1]] = unescape(value[1]) if value else "on" if "checked" in tag else ""
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="(\d+)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    for name, text in re.findall(
        r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.S
    ):
        sent[name] = unescape(text)
    return sent


def test_a_form_sent_back_as_it_was_changes_nothing():
    order = entered(contract=True, sample="Karet", target_at=MONDAY + timedelta(days=9, seconds=7))
    client, before = signed_in("petugas"), everything()
    response = client.post(f"/pesanan/{order.pk}/ubah/", _seen(client, order), follow=True)
    assert messages_of(response)[0].startswith("Pesanan UJI-7 tidak berubah.")
    assert everything() == before


def test_a_change_moves_the_due_and_keeps_its_history():
    order = entered()
    old = order.due_at
    client = signed_in("petugas")
    sent = _seen(client, order) | {"paid_at": "2026-11-23T07:00", "customer": "CV Baru"}
    response = client.post(f"/pesanan/{order.pk}/ubah/", sent, follow=True)
    order.refresh_from_db()
    assert order.customer.name == "CV Baru"
    assert order.due_at == datetime(2026, 12, 14, 16, 0, tzinfo=WIB)
    change = order.due_changes.get()
    assert (change.old, change.new, change.by) == (old, order.due_at, person("petugas"))
    page = text_of(response)
    assert "11 Des 2026 16.30 WIB 14 Des 2026 16.00 WIB data pesanan diperbaiki" in page
    assert "Target selesai: 11 Des 2026 16.30 WIB → 14 Des 2026 16.00 WIB" in page
    assert "Pelanggan diubah." in page


def test_another_service_moves_an_order_that_has_not_started_to_its_section():
    order = entered(paid_at=None)
    client = signed_in("petugas")
    sent = _seen(client, order) | {"service": str(Service.objects.get(code="KAL").pk)}
    client.post(f"/pesanan/{order.pk}/ubah/", sent)
    order.refresh_from_db()
    assert (order.section.code, order.due_at) == ("kal", None)


def test_section_and_promise_are_frozen_once_the_clock_has_started():
    order = entered()
    client = signed_in("petugas")
    sent = _seen(client, order) | {"service": str(Service.objects.get(code="KAL").pk)}
    client.post(f"/pesanan/{order.pk}/ubah/", sent)
    before = order.due_at
    order.refresh_from_db()
    assert (order.section.code, order.due_at) == ("uji", before)


def test_a_form_opened_before_somebody_elses_change_does_not_undo_it():
    order = entered(paid_at=None)
    client = signed_in("petugas")
    sent = _seen(client, order) | {"sample": "Semen"}
    actions.record_paid(order=order, at=MONDAY, by=person("kasi.pjt"), now=MONDAY)
    client.post(f"/pesanan/{order.pk}/ubah/", sent)
    order.refresh_from_db()
    assert (order.sample, order.paid_at) == ("Semen", MONDAY)


def test_a_refused_change_keeps_what_was_typed_and_saves_nothing():
    order = entered()
    client, before = signed_in("petugas"), everything()
    sent = _seen(client, order) | {"target_at": "2026-11-01T10:00", "sample": "Semen Baturaja"}
    response = client.post(f"/pesanan/{order.pk}/ubah/", sent)
    assert response.status_code == 422
    assert "Target yang dijanjikan tidak boleh sebelum diterima" in text_of(response)
    assert "Semen Baturaja" in response.content.decode()
    assert everything() == before


def test_a_refusal_about_a_fact_the_form_does_not_have_stands_on_top():
    order = entered(estimate_at=MONDAY - timedelta(hours=1))
    client = signed_in("petugas")
    late = dict.fromkeys(("received_at", "documents_at", "paid_at"), "2026-11-23T07:30")
    response = client.post(f"/pesanan/{order.pk}/ubah/", _seen(client, order) | late)
    assert response.status_code == 422
    assert "Perkiraan selesai tidak boleh sebelum diterima" in text_of(response)


def test_what_the_due_follows_from_stays_once_an_order_has_ended():
    order = entered()
    actions.record_ready(order=order, at=MONDAY, by=person("petugas"), now=MONDAY)
    due, client = order.due_at, signed_in("petugas")
    sent = _seen(client, order)
    assert not set(sent) & actions.START_FACTS
    response = client.get(f"/pesanan/{order.pk}/ubah/")
    assert "sudah berakhir, jadi layanan dan waktunya tetap" in text_of(response)
    client.post(
        f"/pesanan/{order.pk}/ubah/",
        sent | {"paid_at": "2026-11-23T07:00", "note": "Diambil kurir"},
    )
    order.refresh_from_db()
    assert (order.note, order.due_at, order.paid_at) == (
        "Diambil kurir", due, MONDAY - timedelta(days=3)
    )  # fmt: skip


@pytest.mark.parametrize("username", ["kasi.uji", "pj.uji", "kepala", "auditor", "admin"])
def test_who_only_reads_changes_no_order(username):
    order = entered()
    client, before = signed_in(username), everything()
    address = f"/pesanan/{order.pk}/ubah/"
    for response in (client.get(address), client.post(address, answers())):
        assert response.status_code == 403
    assert address.encode() not in client.get(f"/pesanan/{order.pk}/").content
    assert everything() == before


# --- an order ---------------------------------------------------------------------------------


def test_an_order_says_where_it_stands_when_it_is_due_and_why():
    order = entered(sample="Karet remah")
    page = text_of(signed_in("kasi.uji").get(f"/pesanan/{order.pk}/"))
    for said in (
        "Pesanan UJI-7",
        "PT Musi Karet",
        "Pengujian Aneka Komoditi",
        "Seksi Pengujian",
        "Karet remah",
        "Dalam SPM",
        "14 hari kerja lagi",
        "Target selesai: Jumat, 11 Desember 2026 16.30 WIB",
        "15 hari kerja sejak Jumat, 20 November 2026",
        "1 dari 15 hari kerja terpakai",
        "Mulai 20 Nov 2026 08.00 WIB",
    ):
        assert said in page


def test_a_late_order_says_by_how_much_and_since_when_it_is_marked():
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), MONDAY - timedelta(days=60))
    order = entered(**begun)
    flagging.flag_overruns(MONDAY)
    page = text_of(signed_in("kasi.uji").get(f"/pesanan/{order.pk}/"))
    assert "Hari kerja ke-42, padahal dijanjikan 15" in page
    assert "Ditandai terlampaui" in page.partition("Riwayat")[2]


@pytest.mark.parametrize("username", [*READERS_OF_ALL, *READERS_OF_TESTING])
def test_contacts_are_shown_to_who_needs_them_alone(username):
    order = entered()
    facts = {"phone": "0899-1", "address": "Jalan Baru 9", "contact_name": "Pak Joni"}
    actions.change_order(order=order, facts=facts, by=person("petugas"), now=MONDAY)
    page = text_of(signed_in(username).get(f"/pesanan/{order.pk}/"))
    secrets = ("Bu Ratna", "Pak Joni", "0812", "0899-1", "ratna@", "Jalan Karet", "Jalan Baru")
    if username in ("petugas", "kasi.pjt"):
        assert all(
            now_known in page for now_known in ("Pak Joni", "0899-1", "ratna@", "Jalan Baru")
        )
    else:
        assert not [secret for secret in secrets if secret in page]
        assert "Tersembunyi." in page
        assert "Kontak pelanggan diubah." in page


def test_an_order_shows_its_monitoring_and_its_cases():
    order = make_order("U-1", due_at=MONDAY - timedelta(days=2))
    cause = ObstacleCause.objects.get(code="kerusakan-alat")
    MonitoringRow.objects.create(
        order=order, observed_at=MONDAY - timedelta(days=4), stage="work", days_left=2,
        state="obstacle", cause=cause, asset="AAS 1",
    )  # fmt: skip
    case = opening.open_case(order=order, by=person("kasi.pjt"), now=MONDAY)
    response = signed_in("kasi.uji").get(f"/pesanan/{order.pk}/")
    page = text_of(response)
    assert f"19 Nov 2026 08.00 WIB Pengerjaan 2 hari kerja – Ada kendala {cause}: AAS 1" in page
    assert f'<a href="/kasus/{case.pk}/">{case.number}</a>' in response.content.decode()


def test_the_explanation_admits_that_the_calendar_changed_since():
    order = entered()
    Holiday.objects.create(date=date(2026, 12, 2), name="Libur susulan")
    page = text_of(signed_in("petugas").get(f"/pesanan/{order.pk}/"))
    assert "Jumat, 11 Desember 2026 16.30 WIB" in page
    assert "Kalender kerja berubah sejak target ini dihitung." in page


def test_calendar_days_are_explained_as_such():
    SpmStandard.objects.update(unit=SpmStandard.Unit.CALENDAR, days=8)
    page = text_of(signed_in("petugas").get(f"/pesanan/{entered().pk}/"))
    assert "Target selesai: Senin, 30 November 2026 16.00 WIB" in page
    assert "8 hari kalender sejak Jumat, 20 November 2026" in page


def test_the_page_of_an_order_asks_the_database_as_often_however_much_happened():
    order = entered()
    counts = []
    for rounds in (1, 9):
        for i in range(rounds):
            at = MONDAY + timedelta(days=i + rounds)
            actions.record_estimate(order=order, at=at, by=person("kasi.uji"), now=MONDAY)
            MonitoringRow.objects.create(order=order, observed_at=MONDAY, stage="work")
            DueChange.objects.create(order=order, at=MONDAY, cause="uji", by=person("kasi.uji"))
        client = signed_in("petugas")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/pesanan/{order.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= FRAME_QUERIES + 11


@pytest.mark.parametrize("number", ["0", "99999", "9" * 25])
def test_an_order_that_is_not_there_is_not_found(number):
    assert signed_in("petugas").get(f"/pesanan/{number}/").status_code == 404


# --- the acts ---------------------------------------------------------------------------------

MINUTES_AGO, LATER = MONDAY - timedelta(minutes=10), MONDAY + timedelta(days=9)
# act: (who may, who may not, what is typed, the fact it becomes, what the message begins with)
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict, dict, str]] = {
    "dokumen-lengkap": (
        ("petugas", "kasi.pjt"), ("kasi.uji", "pj.uji", "kepala", "auditor", "admin"),
        {"at": MINUTES_AGO}, {"documents_at": MINUTES_AGO}, "Dokumen lengkap dicatat.",
    ),
    "dibayar": (
        ("petugas", "kasi.pjt"), ("kasi.uji", "pj.uji", "kepala", "auditor", "admin"),
        {"at": MINUTES_AGO}, {"paid_at": MINUTES_AGO}, "Pembayaran dicatat.",
    ),
    "perkiraan": (
        ("kasi.uji", "pj.uji"), ("petugas", "kasi.pjt", "kepala", "auditor", "admin"),
        {"at": LATER}, {"estimate_at": LATER}, "Perkiraan selesai dicatat.",
    ),
    "hasil-siap": (
        ("petugas", "kasi.pjt", "kasi.uji", "pj.uji"), ("kepala", "auditor", "admin"),
        {"at": MINUTES_AGO}, {"ready_at": MINUTES_AGO}, "Hasil siap dicatat.",
    ),
    "koreksi-hasil-siap": (
        ("petugas", "kasi.pjt", "kasi.uji", "pj.uji"), ("kepala", "auditor", "admin"),
        {"at": MINUTES_AGO, "reason": "Salah baca jam"},
        {"ready_at": MINUTES_AGO}, "Waktu hasil siap dikoreksi.",
    ),
    "cabut-hasil-siap": (
        ("petugas", "kasi.pjt", "kasi.uji", "pj.uji"), ("kepala", "auditor", "admin"),
        {"reason": "Salah pesanan"}, {"ready_at": None}, "Hasil siap dicabut.",
    ),
    "diserahkan": (
        ("petugas", "kasi.pjt"), ("kasi.uji", "pj.uji", "kepala", "auditor", "admin"),
        {"at": MINUTES_AGO, "to": "Pak Budi"},
        {"handed_over_at": MINUTES_AGO, "handed_over_to": "Pak Budi"},
        "Penyerahan hasil dicatat.",
    ),
    "dibatalkan": (
        ("petugas", "kasi.pjt"), ("kasi.uji", "pj.uji", "kepala", "auditor", "admin"),
        {"at": MINUTES_AGO, "reason": "Sampel ditarik"},
        {"withdrawn_at": MINUTES_AGO, "withdrawn_reason": "Sampel ditarik"},
        "Pembatalan dicatat.",
    ),
}  # fmt: skip


WHEN_READY = ("koreksi-hasil-siap", "cabut-hasil-siap", "diserahkan")


def ready_for(act: str) -> Order:
    """An order on which the act can be recorded."""
    facts = {"dokumen-lengkap": {"documents_at": None}, "dibayar": {"paid_at": None}}
    order = entered(**facts.get(act, {}))
    if act in WHEN_READY:
        at = MONDAY - timedelta(hours=1)
        actions.record_ready(order=order, at=at, by=person("petugas"), now=MONDAY)
    return order


def sent_for(act: str) -> dict[str, str]:
    """What is typed for it."""
    return {
        name: typed(value) if isinstance(value, datetime) else value
        for name, value in CASES[act][2].items()
    }


@pytest.mark.parametrize(("act", "username"), [(a, u) for a, c in CASES.items() for u in c[0]])
def test_an_act_is_offered_to_its_person_and_records_its_fact(act, username):
    order, client = ready_for(act), signed_in(username)
    address = f"/pesanan/{order.pk}/{act}/"
    html = client.get(f"/pesanan/{order.pk}/").content.decode()
    assert f'action="{address}"' in html
    assert ACTS[act].at_label in html
    assert ACTS[act].hint in html
    response = client.post(address, sent_for(act), follow=True)
    assert response.redirect_chain == [(f"/pesanan/{order.pk}/", 302)]
    order.refresh_from_db()
    for fact, value in CASES[act][3].items():
        assert getattr(order, fact) == value
    assert messages_of(response)[0].startswith(CASES[act][4])
    assert "Target selesai: " in messages_of(response)[0]
    assert JournalEntry.objects.latest("seq").actor == person(username)


@pytest.mark.parametrize(("act", "username"), [(a, u) for a, c in CASES.items() for u in c[1]])
def test_an_act_is_neither_offered_to_others_nor_done_by_them(act, username):
    order, client = ready_for(act), signed_in(username)
    address = f"/pesanan/{order.pk}/{act}/"
    assert f'action="{address}"' not in client.get(f"/pesanan/{order.pk}/").content.decode()
    before = everything()
    for sent in (sent_for(act), {}):
        assert client.post(address, sent).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("act", CASES)
def test_an_act_by_the_same_post_of_another_section_finds_no_order(act):
    order = ready_for(act)
    before = everything()
    for username in ("kasi.kal", "pj.sert"):
        response = signed_in(username).post(f"/pesanan/{order.pk}/{act}/", sent_for(act))
        assert response.status_code == 404
    assert everything() == before


@pytest.mark.parametrize("act", CASES)
def test_an_empty_act_comes_back_open_with_its_errors(act):
    order, client = ready_for(act), signed_in(CASES[act][0][0])
    before = everything()
    response = client.post(f"/pesanan/{order.pk}/{act}/", {})
    assert response.status_code == 422
    html = response.content.decode()
    assert "<title>Kesalahan: Pesanan UJI-7" in html
    first, sentence = ("at", "Isi tanggal dan jam.")
    if act == "cabut-hasil-siap":
        first, sentence = ("reason", "Isi alasannya.")
    assert f'<a href="#{act}-{first}">{sentence}</a>' in html
    assert 'aria-invalid="true"' in tag_of(html, f"{act}-{first}")
    assert re.search(rf"<details[^>]* open>\s*<summary>{re.escape(ACTS[act].label)}", html)
    assert everything() == before


@pytest.mark.parametrize(
    ("act", "at", "sentence"),
    [
        ("hasil-siap", MONDAY + timedelta(minutes=1), "tidak boleh setelah 23 Nov 2026 08.00 WIB"),
        ("hasil-siap", MONDAY - timedelta(days=4), "tidak boleh sebelum diterima"),
        ("perkiraan", MONDAY - timedelta(minutes=1), "harus setelah 23 Nov 2026 08.00 WIB"),
        ("koreksi-hasil-siap", MONDAY + timedelta(hours=1), "tidak boleh setelah"),
        ("koreksi-hasil-siap", MONDAY - timedelta(days=4), "tidak boleh sebelum diterima"),
        ("koreksi-hasil-siap", MONDAY - timedelta(hours=1), "Waktu ini sudah tercatat"),
        ("diserahkan", MONDAY - timedelta(hours=2), "tidak boleh sebelum hasil siap"),
        ("dibatalkan", MONDAY + timedelta(days=1), "tidak boleh setelah"),
        ("dibatalkan", MONDAY - timedelta(days=9), "tidak boleh sebelum diterima"),
        ("dibayar", datetime(2150, 1, 1, tzinfo=WIB), "Isi tahun antara 1990 dan 2099."),
    ],
)
def test_a_refused_act_shows_why_at_its_field_and_keeps_what_was_typed(act, at, sentence):
    order, client = ready_for(act), signed_in(CASES[act][0][0])
    before = everything()
    response = client.post(f"/pesanan/{order.pk}/{act}/", sent_for(act) | {"at": typed(at)})
    assert response.status_code == 422
    assert sentence in response.context["form"].errors["at"][0]
    assert text_of(response).count(sentence) == 2  # on top and at the field
    for kept in (sent_for(act) | {"at": typed(at)}).values():
        assert kept in response.content.decode()
    assert everything() == before


@pytest.mark.parametrize("act", ["hasil-siap", "cabut-hasil-siap", "diserahkan", "dibatalkan"])
def test_what_happened_once_is_not_recorded_twice(act):
    order, client = ready_for(act), signed_in("petugas")
    address = f"/pesanan/{order.pk}/{act}/"
    client.post(address, sent_for(act))
    before = everything()
    response = client.post(address, sent_for(act))
    assert response.status_code == 409
    assert re.search("sudah|baru saja dicabut", text_of(response))
    assert f'action="{address}"' not in client.get(f"/pesanan/{order.pk}/").content.decode()
    assert everything() == before


def test_after_the_end_only_handing_over_and_mending_the_result_are_left():
    order = entered(documents_at=None, paid_at=None)
    client = {username: signed_in(username) for username in ("petugas", "kasi.uji")}

    def offered(username: str) -> list[str]:
        html = client[username].get(f"/pesanan/{order.pk}/").content.decode()
        return [act for act in ACTS if f'action="/pesanan/{order.pk}/{act}/"' in html]

    assert offered("petugas") == ["dokumen-lengkap", "dibayar", "hasil-siap", "dibatalkan"]
    assert offered("kasi.uji") == ["perkiraan", "hasil-siap"]
    actions.record_ready(order=order, at=MONDAY, by=person("petugas"), now=MONDAY)
    mending = ["koreksi-hasil-siap", "cabut-hasil-siap"]
    assert (offered("petugas"), offered("kasi.uji")) == ([*mending, "diserahkan"], mending)
    for act in ("dokumen-lengkap", "dibayar", "dibatalkan"):
        response = client["petugas"].post(f"/pesanan/{order.pk}/{act}/", sent_for(act))
        assert response.status_code == 409
    actions.record_handed_over(order=order, at=MONDAY, to="A", by=person("petugas"), now=MONDAY)
    assert (offered("petugas"), offered("kasi.uji")) == ([], [])
    for act in mending:
        response = client["petugas"].post(f"/pesanan/{order.pk}/{act}/", sent_for(act))
        assert response.status_code == 409
        assert "sudah diserahkan" in text_of(response)
    order.refresh_from_db()
    assert order.ready_at == MONDAY


@pytest.mark.parametrize(("act", "title"), [
    ("koreksi-hasil-siap", "Waktu hasil siap dikoreksi"),
    ("cabut-hasil-siap", "Hasil siap dicabut"),
])  # fmt: skip
def test_a_mended_result_tells_why_and_what_it_was(act, title):
    order, client = ready_for(act), signed_in("pj.uji")
    page = client.post(f"/pesanan/{order.pk}/{act}/", sent_for(act), follow=True)
    assert title in text_of(page)
    assert CASES[act][2]["reason"] in text_of(page)
    assert "Hasil siap: 23 Nov 2026 07.00 WIB →" in text_of(page)
    assert JournalEntry.objects.latest("seq").note == CASES[act][2]["reason"]


@pytest.mark.parametrize("act", ["koreksi-hasil-siap", "cabut-hasil-siap"])
def test_a_result_that_is_not_there_is_not_mended(act):
    order = entered()
    actions.record_withdrawn(
        order=order, at=MONDAY, reason="Batal", by=person("petugas"), now=MONDAY
    )
    orders = [order, entered("UJI-8")]
    before = everything()
    for order in orders:
        response = signed_in("petugas").post(f"/pesanan/{order.pk}/{act}/", sent_for(act))
        assert response.status_code == 409
        assert "belum dicatat siap" in text_of(response)
    assert everything() == before


def test_a_contract_customers_payment_is_not_asked_for():
    order = entered(contract=True, paid_at=None)
    html = signed_in("petugas").get(f"/pesanan/{order.pk}/").content.decode()
    assert f"/pesanan/{order.pk}/dibayar/" not in html
    assert "tidak ditunggu (pelanggan kontrak, SPK)" in html


def test_handing_over_before_the_result_is_refused_where_it_was_typed():
    order = entered()
    response = signed_in("petugas").post(f"/pesanan/{order.pk}/diserahkan/", sent_for("diserahkan"))
    assert response.status_code == 422
    assert "Catat dahulu kapan hasil siap" in text_of(response)
    assert "Pak Budi" in response.content.decode()


def test_the_last_missing_fact_starts_the_order_and_tells_its_due():
    order = entered(paid_at=None)
    client = signed_in("petugas")
    sent = {"at": "2026-11-23T07:30"}
    response = client.post(f"/pesanan/{order.pk}/dibayar/", sent, follow=True)
    assert messages_of(response) == [
        "Pembayaran dicatat. Target selesai: Senin, 14 Desember 2026 16.00 WIB."
    ]
    assert "belum ada 14 Des 2026 16.00 WIB pembayaran diterima" in text_of(response)
    assert "Target selesai: belum ada → 14 Des 2026 16.00 WIB" in text_of(response)


@pytest.mark.parametrize("act", [*CASES, "lain"])
def test_an_act_is_posted_never_fetched(act):
    order = entered()
    assert signed_in("petugas").get(f"/pesanan/{order.pk}/{act}/").status_code == 405


def test_an_act_that_does_not_exist_is_not_found():
    assert signed_in("petugas").post(f"/pesanan/{entered().pk}/lain/").status_code == 404


# --- what happened lies not ahead ---------------------------------------------------------------


@pytest.mark.parametrize("fact", ["received_at", "documents_at", "paid_at"])
def test_what_happened_cannot_be_entered_ahead(fact):
    client, before = signed_in("petugas"), everything()
    for button in ({}, {"preview": "1"}):
        response = client.post("/pesanan/baru/", answers(**{fact: "2026-11-23T08:01"}) | button)
        assert response.status_code == 422
        assert "Waktu ini tidak boleh setelah 23 Nov 2026 08.00 WIB." in text_of(response)
        assert everything() == before
    assert client.post("/pesanan/baru/", answers(**{fact: "2026-11-23T08:00"})).status_code == 302


@pytest.mark.parametrize(("act", "fact"), [("dokumen-lengkap", "documents_at"),
                                           ("dibayar", "paid_at")])  # fmt: skip
def test_documents_and_payment_are_not_recorded_ahead(act, fact):
    order = entered(**{fact: None})
    client, before = signed_in("petugas"), everything()
    response = client.post(f"/pesanan/{order.pk}/{act}/", {"at": "2026-11-23T08:01"})
    assert response.status_code == 422
    assert "Waktu ini tidak boleh setelah 23 Nov 2026 08.00 WIB." in text_of(response)
    assert everything() == before


def test_a_date_that_a_file_gave_ahead_does_not_bar_other_changes():
    order = entered(received_at=MONDAY + timedelta(days=1))
    client = signed_in("petugas")
    response = client.post(f"/pesanan/{order.pk}/ubah/", _seen(client, order) | {"sample": "Karet"})
    assert response.status_code == 302
    order.refresh_from_db()
    assert order.sample == "Karet"
