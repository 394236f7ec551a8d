"""The page of the cupboard: who reads, who records, and what comes back."""

import html

import pytest
import time_machine

from kompensasi.souvenirs import stock
from kompensasi.souvenirs.models import Dispatch, Item, Movement, Receipt, SouvenirClass
from kompensasi.souvenirs.views import LATEST
from spm_monitor import journal
from spm_monitor.journal import JournalEntry
from spm_monitor.models import Customer
from tests.conftest import MONDAY, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]
Result = Receipt.Result
BUTTON = "Catat kembali ke lemari"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY):
        yield


def shown(username: str = "petugas") -> str:
    """The page as text, its white space made single."""
    answer = signed_in(username).get("/souvenir/")
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def sent(item: Item, result: Result | None = None, *, name: str = "PT Uji") -> Dispatch:
    """A souvenir that left with a dispatch, and what became of it."""
    by = person("kasi.pjt")
    customer = Customer.objects.get_or_create(name=name)[0]
    with journal.act():
        reservation = stock.reserve(item=item, customer=customer, by=by, now=MONDAY)
        stock.let_go(reservation=reservation, by=by, now=MONDAY)
    dispatch = Dispatch.objects.create(
        customer=customer,
        reservation=reservation,
        way=Dispatch.Way.COURIER,
        courier="Pos Indonesia",
        tracking_number="P26112300",
        sent_at=MONDAY,
        by=by,
    )
    if result is not None:
        Receipt.objects.create(dispatch=dispatch, result=result, at=MONDAY)
    return dispatch


def receive(username: str = "petugas", **facts):
    facts = {"item": Item.objects.get(name="Mug").pk, "quantity": 5, "document": "SJ-1"} | facts
    return signed_in(username).post("/souvenir/", facts)


# --- reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["kasi.pjt", "petugas", "kepala", "auditor", "admin"])
def test_who_may_see_the_cupboard_does(mug, username):
    assert "Mug" in shown(username)


@pytest.mark.parametrize("username", ["pj.uji", "kasi.kal", "agenda", "plh.kepala"])
def test_to_others_it_is_closed_in_words(mug, username):
    answer = signed_in(username).get("/souvenir/")

    assert answer.status_code == 403
    assert "Stok souvenir tidak terbuka bagi jabatan Anda." in answer.content.decode()


@pytest.mark.parametrize(
    ("on_hand", "reserved", "minimum", "words"),
    [
        (10, 0, 10, "Cukup"), (10, 1, 10, "Di bawah minimum"), (9, 0, 10, "Di bawah minimum"),
        (3, 3, 0, "Habis"), (0, 0, 5, "Habis"), (1, 0, 0, "Cukup"),
    ],
)  # fmt: skip
def test_what_runs_short_is_said_in_words(mug, on_hand, reserved, minimum, words):
    Item.objects.update(on_hand=on_hand, reserved=reserved, minimum=minimum)

    page = shown().partition("Pengiriman")[0]

    assert [
        said for said in ("Cukup", "Di bawah minimum", "Habis") if f"{said}</span>" in page
    ] == [words]


def test_numbers_are_written_as_here(mug):
    Item.objects.update(on_hand=12_500, reserved=1_250, unit_cost=25_000)

    page = shown()

    assert "12.500" in page
    assert "11.250" in page
    assert "Rp 25.000" in page


def test_an_empty_cupboard_says_what_to_do():
    assert "Mulai dengan tombol Barang baru" in shown()


# --- a new kind of thing ----------------------------------------------------------------------


def new_item(username: str, **facts):
    kind = SouvenirClass.objects.first().pk
    facts = {"name": "Tas", "souvenir_class": kind, "unit_cost": 30000, "minimum": 5} | facts
    return signed_in(username).post("/souvenir/barang-baru/", facts, follow=True)


@pytest.mark.parametrize("username", ["kasi.pjt", "petugas", "admin"])
def test_who_keeps_the_stock_or_the_office_names_a_new_item(username):
    assert "Barang baru</a>" in shown(username)
    page = new_item(username).content.decode()
    assert "Tas disimpan. Catat jumlahnya sebagai stok awal atau barang masuk." in page
    item = Item.objects.get()
    assert (item.name, item.on_hand, item.unit_cost, item.minimum) == ("Tas", 0, 30000, 5)
    entry = JournalEntry.objects.get(verb="item.added")
    assert entry.actor == person(username)


@pytest.mark.parametrize("username", ["kepala", "auditor", "pj.uji"])
def test_nobody_else_names_a_new_item(username):
    assert new_item(username).status_code == 403
    assert not Item.objects.exists()
    if username != "pj.uji":
        assert "Barang baru" not in shown(username)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [({"name": ""}, "Isi barang."), ({"name": "Mug"}, "Barang ini sudah dipakai.")],
)
def test_an_item_without_a_name_of_its_own_is_refused(mug, facts, sentence):
    answer = new_item("petugas", **facts)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Item.objects.count() == 1


def test_the_ledger_names_what_moved_for_whom_by_whom(mug):
    receive(document="SJ-118")
    sent(mug, name="PT Sawit")

    page = shown().partition("Mutasi stok")[2]

    assert "SJ-118" in page
    assert "PT Sawit" in page
    assert all(kind in page for kind in ("Masuk", "Disisihkan", "Keluar"))
    assert "Kasi PJT (contoh)" in page


def test_the_ledger_and_the_dispatches_show_the_latest(mug):
    Item.objects.update(on_hand=100)
    for number in range(LATEST + 1):
        sent(mug, name=f"PT {number:02d}")

    context = signed_in("petugas").get("/souvenir/").context

    assert len(context["movements"]) == len(context["dispatches"]) == LATEST


def test_dispatches_say_how_they_went_and_what_became_of_them(mug):
    for number, result in enumerate((None, *Result)):
        sent(mug, result, name=f"PT {number}")

    page = shown().partition('id="kiriman"')[2].partition("Mutasi stok")[0]

    for words in ("Menunggu", "Diterima", "Surat diterima, souvenir ditolak", "Tidak tersampaikan"):
        assert f"{words}</span>" in page
    assert "Kurir<small>Pos Indonesia</small>" in page
    assert "P26112300" in page


def test_the_page_shows_no_name_of_who_received(mug):
    dispatch = sent(mug, Result.RECEIVED)
    Receipt.objects.filter(dispatch=dispatch).update(received_by="Ibu Sari")

    assert "Ibu Sari" not in shown()


def test_the_page_costs_the_same_queries_however_full(mug, django_assert_max_num_queries):
    for number in range(8):
        sent(mug, Result.REFUSED, name=f"PT {number}")
    client = signed_in("petugas")
    client.get("/souvenir/")

    with django_assert_max_num_queries(13):
        client.get("/souvenir/")


# --- recording what came in -------------------------------------------------------------------


def test_what_came_in_is_recorded_and_said(mug):
    answer = receive(quantity=5)

    assert answer.url == "/souvenir/"
    assert Item.objects.get(pk=mug.pk).on_hand == 15


def test_the_page_says_that_it_was_recorded(mug):
    client = signed_in("kasi.pjt")
    facts = {"item": mug.pk, "quantity": 5, "document": "SJ-1"}

    assert "5 Mug dicatat masuk." in client.post("/souvenir/", facts, follow=True).content.decode()


@pytest.mark.parametrize("username", ["kepala", "auditor", "admin"])
def test_who_only_reads_is_offered_no_form_and_cannot_send_one(mug, username):
    assert "Catat barang masuk" not in shown(username)
    assert receive(username).status_code == 403
    assert not Movement.objects.exists()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"item": ""}, "Pilih barang."),
        ({"item": "999999"}, "Barang ini tidak ada lagi. Pilih barang lain."),
        ({"quantity": ""}, "Isi jumlah."),
        ({"quantity": "banyak"}, "Tulis jumlah dengan angka, misalnya 12."),
        ({"quantity": "2,5"}, "Tulis jumlah dengan angka, misalnya 12."),
        ({"quantity": "0"}, "Jumlah paling sedikit 1."),
        ({"quantity": "-3"}, "Jumlah paling sedikit 1."),
        ({"quantity": "10001"}, "Jumlah paling banyak 10.000 sekali catat."),
        ({"document": "  "}, "Isi dokumen yang menyertai barang ini."),
        ({"document": "x" * 121}, "Dokumen paling banyak 120 huruf. Sekarang 121."),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_keeps_what_was_typed(mug, facts, sentence):
    answer = receive(**facts)

    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert page.count(sentence) == 2  # in the summary and at the field
    assert "<title>Kesalahan: Souvenir" in page
    assert "<details" in page
    assert " open>" in page
    assert not Movement.objects.exists()


def test_the_same_paper_for_the_same_thing_is_recorded_once(mug):
    cup = Item.objects.create(name="Tumbler", souvenir_class=SouvenirClass.objects.first())

    receive()
    again, other = receive(), receive(item=cup.pk)

    assert "sudah dicatat masuk dengan dokumen itu pada 23 November 2026" in again.content.decode()
    assert other.status_code == 302
    assert Movement.objects.count() == 2


# --- coming back ------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [Result.REFUSED, Result.UNDELIVERABLE])
def test_what_the_customer_did_not_take_can_be_put_back_once(mug, result):
    dispatch, client = sent(mug, result), signed_in("petugas")
    assert BUTTON in shown()

    first = client.post(f"/souvenir/kembali/{dispatch.pk}/", follow=True)
    second = client.post(f"/souvenir/kembali/{dispatch.pk}/")

    assert "Mug dicatat kembali ke lemari." in first.content.decode()
    assert second.status_code == 409
    assert "sudah dicatat kembali" in second.content.decode()
    assert Item.objects.get(pk=mug.pk).on_hand == 10
    page = shown()
    assert BUTTON not in page
    assert "Kembali 23 Nov 2026" in page


@pytest.mark.parametrize("result", [None, Result.RECEIVED])
def test_what_is_under_way_or_was_taken_does_not_come_back(mug, result):
    dispatch = sent(mug, result)

    assert BUTTON not in shown()
    assert signed_in("petugas").post(f"/souvenir/kembali/{dispatch.pk}/").status_code == 409
    assert Item.objects.get(pk=mug.pk).on_hand == 9


def test_a_dispatch_without_a_souvenir_has_nothing_to_come_back(mug):
    dispatch = sent(mug, Result.UNDELIVERABLE)
    Dispatch.objects.filter(pk=dispatch.pk).update(reservation=None)

    assert BUTTON not in shown()
    assert signed_in("petugas").post(f"/souvenir/kembali/{dispatch.pk}/").status_code == 409


@pytest.mark.parametrize("username", ["kepala", "auditor", "kasi.uji", "plh.kepala"])
def test_others_put_nothing_back(mug, username):
    dispatch = sent(mug, Result.REFUSED)

    assert signed_in(username).post(f"/souvenir/kembali/{dispatch.pk}/").status_code == 403
    assert Item.objects.get(pk=mug.pk).on_hand == 9


def test_who_only_reads_sees_what_is_awaited_but_no_button(mug):
    sent(mug, Result.REFUSED)

    page = shown("kepala")

    assert "Ditunggu kembali" in page
    assert BUTTON not in page


def test_putting_back_is_a_post_to_something_that_is_there(mug):
    client = signed_in("petugas")

    assert client.get(f"/souvenir/kembali/{sent(mug, Result.REFUSED).pk}/").status_code == 405
    assert client.post("/souvenir/kembali/999999/").status_code == 404


# --- opening, correcting ----------------------------------------------------------------------


def test_opening_stock_is_recorded_with_its_cost(mug):
    facts = {"item": mug.pk, "quantity": 40, "unit_cost": "27500", "funding": "PNBP 2026"}

    answer = signed_in("petugas").post("/souvenir/stok-awal/", facts, follow=True)

    page = " ".join(html.unescape(answer.content.decode()).split())
    assert "Stok awal Mug dicatat: 40." in page
    assert "Rp 27.500, PNBP 2026" in page.partition("Mutasi stok")[2]
    mug.refresh_from_db()
    assert (mug.on_hand, mug.unit_cost) == (50, 27_500)


def test_a_correction_says_what_is_there_now(mug):
    facts = {"item": mug.pk, "direction": "fewer", "quantity": 3, "reason": "tiga pecah"}

    answer = signed_in("kasi.pjt").post("/souvenir/koreksi/", facts, follow=True)

    page = answer.content.decode()
    assert "Koreksi Mug dicatat. Di lemari sekarang 7." in page
    assert "tiga pecah" in page.partition("Mutasi stok")[2]


@pytest.mark.parametrize(
    ("path", "facts", "sentence"),
    [
        ("koreksi", {"direction": ""}, "Pilih tambah atau kurang."),
        ("koreksi", {"reason": " "}, "Isi sebab koreksi."),
        ("koreksi", {"quantity": "11"}, "Paling banyak 10 yang dapat dikurangi; 0 disisihkan"),
        ("koreksi", {"reason": "x" * 201}, "Sebab koreksi paling banyak 200 huruf. Sekarang 201."),
        ("stok-awal", {"unit_cost": "mahal"}, "Tulis harga dengan angka saja, misalnya 25000."),
        ("stok-awal", {"unit_cost": "-1"}, "Harga paling sedikit 0."),
        ("stok-awal", {"quantity": "0"}, "Jumlah paling sedikit 1."),
    ],
)
def test_what_cannot_be_opened_or_corrected_is_refused_in_words(mug, path, facts, sentence):
    facts = {"item": mug.pk, "direction": "fewer", "quantity": 3, "reason": "pecah"} | facts

    answer = signed_in("petugas").post(f"/souvenir/{path}/", facts)

    assert answer.status_code == 422
    assert html.unescape(answer.content.decode()).count(sentence) == 2
    assert not Movement.objects.exists()


def test_stock_is_opened_once_on_the_page_too(mug):
    client, facts = signed_in("petugas"), {"item": mug.pk, "quantity": 3}
    client.post("/souvenir/stok-awal/", facts)

    answer = client.post("/souvenir/stok-awal/", facts)

    assert answer.status_code == 422
    assert "Bila keliru, catat koreksi." in answer.content.decode()
    assert Movement.objects.count() == 1


@pytest.mark.parametrize("username", ["kepala", "auditor", "admin", "kasi.uji", "plh.kepala"])
def test_to_others_opening_and_correcting_are_closed(mug, username):
    client = signed_in(username)

    for path in ("/souvenir/stok-awal/", "/souvenir/koreksi/"):
        assert client.get(path).status_code == client.post(path, {}).status_code == 403
