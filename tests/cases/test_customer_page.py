"""The customer's page behind a signed link: what it shows, to whom, and what a visit changes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.signing import Signer, TimestampSigner
from django.http import Http404
from django.test import Client

from kompensasi.cases import actions, customer
from kompensasi.cases.customer_link import SALT, case_of, customer_url, token_of
from kompensasi.cases.models import Case, Ending, Visit
from kompensasi.cases.models.case import new_tracking_code
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter
from kompensasi.people.models import User
from kompensasi.souvenirs.models import Item, Receipt
from spm_monitor import actions as orders
from spm_monitor import files
from spm_monitor.models import JournalEntry, Order
from tests.cases.held import held_office, nothing_changes
from tests.cases.walking import PAPER, TYPED, do_step, open_visit, paper, step_url, walk
from tests.conftest import MONDAY, late_order, make_order, person, signed_in

pytestmark = pytest.mark.django_db

NOW = MONDAY + timedelta(hours=2)
RECEIVED = {"outcome": "received", "received_by": "Ibu Sari"}
CONTACT = {
    "contact_name": "Bapak Rahasia", "phone": "0811-7123-456", "email": "rahasia@pelanggan.example",
    "address": "Jl. Rahasia No. 7",
}  # fmt: skip
LARGEST_PAGE = 60 * 1024


@dataclass(frozen=True)
class Office:
    """Cases by what stands open: step 10, 11, 12, and 12 of a letter without a souvenir."""

    cases: dict[str, int]
    media: Path


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with held_office(django_db_blocker, folder):
        for name in ("10", "11", "12", "12-bare"):
            late_order(f"UJI-{name}", **CONTACT)
        sweep(MONDAY)
        cases = {c.order.number.removeprefix("UJI-"): c for c in Case.objects.all()}
        at = walk(cases["12-bare"], 8, MONDAY)
        do_step(cases["12-bare"], at, item="", no_gift_reason="Stok habis.")
        for name, case in cases.items():
            walk(case, int(name[:2]), at)
        yield Office({name: case.pk for name, case in cases.items()}, folder / "media")


@pytest.fixture(autouse=True)
def _at_ten(office, settings):
    settings.MEDIA_ROOT = office.media
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cases(office) -> dict[str, Case]:
    return {name: Case.objects.get(pk=pk) for name, pk in office.cases.items()}


def url_of(case: Case) -> str:
    return f"/lacak/{token_of(case)}/"


def shown(case: Case) -> str:
    """The page as a browser shows it: text without tags."""
    html = Client().get(url_of(case)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<body", 1)[1]).split())


# --- looking -----------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["auditor", "kasi.uji", "kasi.pjt", "petugas", "admin"])
def test_nobody_of_the_office_speaks_for_the_customer_by_the_link(cases, username):
    case, client = cases["12"], signed_in(username)
    with nothing_changes():
        answer = client.post(f"/lacak/{token_of(case)}/", RECEIVED)
    assert answer.status_code == 403
    assert "Anda sedang masuk sebagai pegawai" in answer.content.decode()
    assert open_visit(case).step == 12


@pytest.mark.parametrize(
    ("username", "shown"),
    [("kasi.pjt", True), ("petugas", True), ("auditor", False), ("kasi.uji", False),
     ("kepala", False), ("admin", False)],
)  # fmt: skip
def test_the_link_is_shown_to_those_who_send_it(cases, username, shown):
    case = cases["12"]
    page = signed_in(username).get(f"/kasus/{case.pk}/").content.decode()
    assert (token_of(case) in page) is shown


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_acknowledges_nothing(cases, method):
    """D6: previews of messengers, link scanners, a mail program that opens every link."""
    with nothing_changes():
        for case in cases.values():
            for suffix in ("", "?outcome=received&received_by=x", "surat/"):
                for _ in range(5):
                    response = getattr(Client(), method)(url_of(case) + suffix)
                    assert response.status_code in (200, 404, 405)
    assert cases["12"].ended_at is None


def test_staff_who_follow_the_link_acknowledge_nothing_by_looking(cases):
    client = signed_in("kasi.pjt")
    with nothing_changes():
        assert client.get(url_of(cases["12"])).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_page_takes_get_and_post_alone(cases, method):
    with nothing_changes():
        assert getattr(Client(), method)(url_of(cases["12"])).status_code == 405
        assert Client().post(url_of(cases["12"]) + "surat/", RECEIVED).status_code == 405


def test_the_page_tells_the_order_in_plain_words(cases):
    text = shown(cases["12"])
    for words in (
        "Pesanan UJI-12",
        "PT UJI-12",
        "Pengujian Aneka Komoditi",
        "Diterima 14 Oktober 2026",
        "Kami janjikan selesai 18 November 2026",
        "Pesanan sedang dikerjakan. Perkiraan selesai 2 Desember 2026.",
        f"Nomor {cases['12'].letters.get().number}",
        "Tanggal 23 November 2026",
        "Dikirim 23 November 2026, kurir (Pos Indonesia)",
        "Nomor resi P2611230001",
        "Souvenir Mug",
        "Sudah menerima surat dan souvenir?",
        "SP4N-LAPOR!",
    ):
        assert words in text, words


@pytest.mark.parametrize("name", ["10", "11", "12", "12-bare"])
def test_the_page_says_nothing_of_people_and_nothing_of_our_inner_workings(cases, name):
    """D7: no phone, e-mail, NIP; the customer did not order a workflow."""
    do_step(cases["12"], NOW)
    responses = [Client().get(url_of(cases[name])), Client().post(url_of(cases[name]), {})]
    for response in responses:
        html = response.content.decode()
        for secret in CONTACT.values():
            assert secret not in html, secret
        for user in User.objects.all():
            assert user.full_name not in html
            assert user.username not in re.sub(r'(href|src)="[^"]*"', "", html).split()
            assert user.nip not in html
        assert not re.search(r"\d{18}", html), "a NIP"
        inner = re.findall(
            r"langkah|norma\b|eskalasi|kasus|KMP-|penugasan|kendala|sisih|kepala_|pj_teknis",
            html,
            re.IGNORECASE,
        )
        assert inner == []
        assert len(response.content) <= LARGEST_PAGE


def test_the_page_needs_no_session_and_no_script(cases):
    response = Client().get(url_of(cases["12"]))
    assert "<script" not in response.content.decode()
    assert "sessionid" not in response.cookies
    assert "/masuk/" not in response.content.decode()


PLAIN: list[tuple[dict[str, datetime | None], str]] = [
    ({"due_at": None}, "Pesanan diterima. Pengerjaan dimulai setelah persyaratan lengkap."),
    ({}, "Pesanan sedang dikerjakan."),
    ({"estimate_at": NOW - timedelta(days=1)}, "Pesanan sedang dikerjakan."),
    (
        {"estimate_at": NOW + timedelta(days=1)},
        "Pesanan sedang dikerjakan. Perkiraan selesai 24 November 2026.",
    ),
    ({"ready_at": NOW}, "Hasil layanan siap sejak 23 November 2026 dan dapat diambil."),
    ({"ready_at": NOW, "handed_over_at": NOW}, "Hasil layanan sudah diserahkan."),
    ({"withdrawn_at": NOW}, "Pesanan ini dibatalkan."),
]


@pytest.mark.parametrize(("facts", "sentence"), PLAIN)
def test_where_an_order_stands_is_one_plain_sentence(facts, sentence):
    order = make_order("UJI-KATA", **({"due_at": MONDAY - timedelta(days=5)} | facts))
    assert customer.plain_state(Case(order=order), order, NOW) == sentence


# --- the key in the address --------------------------------------------------------------------


def test_the_link_is_what_staff_are_given(cases, settings):
    settings.PUBLIC_URL = "https://kompensasi.example/"
    assert customer_url(cases["12"]) == f"https://kompensasi.example{url_of(cases['12'])}"
    html = signed_in("kasi.pjt").get(f"/kasus/{cases['12'].pk}/").content.decode()
    assert url_of(cases["12"]) in html


def other_than(letter: str) -> str:
    return "A" if letter != "A" else "B"


def forged(cases: dict[str, Case]) -> dict[str, str]:
    """Links somebody might try."""
    token, other = token_of(cases["12"]), token_of(cases["11"])
    code, seal = token.rsplit(":", 1)
    wrong = {f"character {i}": token[:i] + other_than(c) + token[i + 1 :]
             for i, c in enumerate(token)}  # fmt: skip
    wrong |= {f"cut to {n}": token[:n] for n in (1, len(code), len(code) + 1, len(token) - 1)}
    return wrong | {
        "without its seal": code,
        "its seal alone": seal,
        "the seal of another": f"{code}:{other.rsplit(':', 1)[1]}",
        "another salt": Signer(salt="kompensasi.verifikasi").sign(code),
        "no salt": Signer().sign(code),
        "another key": Signer(salt=SALT, key="x" * 50).sign(code),
        "a seal of time": TimestampSigner(salt=SALT).sign(code),
        "a code nobody has": Signer(salt=SALT).sign(new_tracking_code()),
        "the number of the case": Signer(salt=SALT).sign(cases["12"].number),
        "its primary key": Signer(salt=SALT).sign(str(cases["12"].pk)),
        "nothing, sealed": Signer(salt=SALT).sign(""),
        "longer": f"{token}A",
        "twice": f"{token}:{seal}",
        "other letters": token.swapcase(),
        "a space": f"{token}%20",
        "a zero byte": f"{token}%00",
        "a pattern": "%25:%25",
    }


def test_a_link_that_we_did_not_make_finds_nothing_and_learns_nothing(cases):
    """One text for all, so that no forged link tells that it was nearly right."""
    texts = set()
    with nothing_changes():
        for what, token in forged(cases).items():
            for suffix in ("", "surat/"):
                response = Client().get(f"/lacak/{token}/{suffix}")
                assert response.status_code == 404, what
                texts.add(response.content)
            response = Client().post(f"/lacak/{token}/", RECEIVED)
            assert response.status_code == 404, what
            texts.add(response.content)
    assert len(texts) == 1
    assert "UJI-12" not in texts.pop().decode()


def test_no_single_character_can_be_changed(cases):
    """Every other letter, digit and sign at every place."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:.="
    token = token_of(cases["12"])
    assert case_of(token) == cases["12"]
    for place, right in enumerate(token):
        for wrong in set(alphabet) - {right}:
            with pytest.raises(Http404):
                case_of(token[:place] + wrong + token[place + 1 :])


def test_a_code_cannot_be_guessed():
    codes = {new_tracking_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {16}, "96 bits"


def test_links_outlive_a_change_of_the_secret_key(cases, settings):
    url = url_of(cases["12"])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert Client().get(url).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert Client().get(url).status_code == 404


def test_what_is_behind_the_key_is_not_told_kept_or_found(cases):
    """D7: not in the Referer of the next page, in no cache, in no search."""
    answers = {
        200: Client().get(url_of(cases["12"])),
        409: Client().post(url_of(cases["11"]), RECEIVED),
        422: Client().post(url_of(cases["12"]), {}),
        302: Client().post(url_of(cases["12"]), RECEIVED),
    }
    letter = Client().get(url_of(cases["12"]) + "surat/")
    for status, response in [*answers.items(), (200, letter)]:
        assert response.status_code == status
        # Not always `no-referrer`: Chromium would post the page's form with `Origin: null`.
        assert response["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"


# --- the letter --------------------------------------------------------------------------------


def test_the_letter_is_there_once_it_was_sent_and_not_before(cases):
    nowhere = Client().get("/lacak/x/surat/").content
    for name in ("10", "11"):
        response = Client().get(url_of(cases[name]) + "surat/")
        assert (response.status_code, response.content) == (404, nowhere)
        assert "Surat permintaan maaf" not in shown(cases[name])
        number = cases[name].letters.get().number
        assert not number or number not in shown(cases[name])
    response = Client().get(url_of(cases["12"]) + "surat/")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response.content == PAPER, "the scan of the sheet that was signed by hand"
    assert response["Content-Disposition"] == 'inline; filename="surat-permintaan-maaf.pdf"'


def test_a_letter_signed_without_paper_is_shown_as_it_was_kept(cases, settings):
    kept = files.keep("surat", PAPER + b"% signed\n")
    cases["12"].letters.update(pdf=kept.name, pdf_sha256=kept.sha256, scan="", scan_sha256="")
    assert Client().get(url_of(cases["12"]) + "surat/").content == PAPER + b"% signed\n"


def test_a_letter_that_became_void_is_never_shown(cases):
    """Signed, found wrong before it was sent, written anew: only the new one is the customer's."""
    case = cases["11"]
    void = case.letters.get()
    orders.record_ready(order=case.order, at=NOW, by=person("pj.uji"), now=NOW)
    back = {"outcome": "redraft", "note": "Hasil sudah siap."}
    assert signed_in("kasi.pjt").post(step_url(case, 11), back).status_code == 302
    assert Client().get(url_of(case) + "surat/").status_code == 404
    walk(case, 12, NOW)
    text = shown(case)
    new = case.letters.get(voided_at=None)
    assert new.number in text
    assert f"Nomor {void.number}," not in text


def test_a_letter_whose_file_was_altered_is_not_shown(cases):
    """The customer is told to ask us, in words; no forged file, and no broken page."""
    letter = cases["12"].letters.get()
    path = Path(django_settings.MEDIA_ROOT) / letter.scan
    whole = path.read_bytes()
    try:
        path.write_bytes(whole + b" ")
        response = Client().get(url_of(cases["12"]) + "surat/")
        assert response.status_code == 409
        assert "Hubungi kami" in response.content.decode()
        path.unlink()
        assert Client().get(url_of(cases["12"]) + "surat/").status_code == 409
    finally:
        path.write_bytes(whole)


# --- acknowledging -----------------------------------------------------------------------------


def test_a_post_with_the_pages_own_secret_acknowledges(cases):
    """D6, D20: only the button of our own page."""
    case = cases["12"]
    browser = Client(enforce_csrf_checks=True)
    with nothing_changes():
        assert browser.post(url_of(case), RECEIVED).status_code == 403
        page = browser.get(url_of(case)).content.decode()
        assert browser.post(url_of(case), RECEIVED).status_code == 403
    secret = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    response = browser.post(url_of(case), RECEIVED | {"csrfmiddlewaretoken": secret})
    assert response.status_code == 302
    assert response["Location"] == url_of(case)
    case.refresh_from_db()
    assert (case.ending, case.ended_at) == (Ending.COMPENSATED, NOW)


def test_an_acknowledgement_is_on_record_as_the_customers_own_word(cases):
    case = cases["12"]
    given = RECEIVED | {"note": "Terima kasih.", "at": "1999-09-09T09:09", "proof": paper()}
    assert Client().post(url_of(case), given).status_code == 302
    receipt = Receipt.objects.get()
    assert (receipt.result, receipt.received_by) == (Receipt.Result.RECEIVED, "Ibu Sari")
    assert (receipt.at, receipt.recorded_by, receipt.proof) == (NOW, None, "")
    assert receipt.note == "Terima kasih."
    visit = case.visits.get(row__number=12)
    assert (visit.finished_by, visit.finished_as) == (None, None)
    assert visit.finished_capacity == "Pelanggan"
    entry = JournalEntry.objects.filter(verb="step.finished", subject_id=case.pk).latest("seq")
    assert (entry.actor, entry.capacity, entry.address) == (None, "Pelanggan", "127.0.0.1")
    text = shown(case)
    assert "Penerimaan oleh Ibu Sari tercatat pada 23 November 2026 pukul 10.00 WIB." in text
    assert "Sudah menerima" not in text


def test_a_refused_souvenir_ends_the_case_too(cases):
    """The letter counts; the item returns to stock only when it comes back."""
    case, before = cases["12"], Item.objects.values("on_hand", "reserved").get()
    html = Client().get(url_of(case)).content.decode()
    assert 'name="outcome" value="refused">Surat saya terima, souvenir tidak saya terima' in html
    answer = {"outcome": "refused", "received_by": "Ibu Sari"}
    assert Client().post(url_of(case), answer).status_code == 302
    case.refresh_from_db()
    assert case.ending == Ending.GIFT_REFUSED
    assert Receipt.objects.get().result == Receipt.Result.REFUSED
    assert Item.objects.values("on_hand", "reserved").get() == before
    assert case.reservation.returned_at is None
    assert case in Case.objects.compensated()


def test_a_souvenir_that_was_not_sent_cannot_be_refused(cases):
    case = cases["12-bare"]
    html = Client().get(url_of(case)).content.decode()
    assert 'value="refused"' not in html
    assert "Souvenir</dt><dd>tidak disertakan" in html
    assert "Sudah menerima surat?" in shown(case)
    with nothing_changes():
        answer = {"outcome": "refused", "received_by": "Ibu Sari"}
        response = Client().post(url_of(case), answer)
    assert response.status_code == 409
    assert "Tidak ada souvenir yang dikirim." in response.content.decode()
    assert Client().post(url_of(case), RECEIVED).status_code == 302


@pytest.mark.parametrize("outcome", ["undeliverable", "undelivered"])
def test_what_only_staff_may_say_is_not_taken_from_the_link(cases, outcome):
    case = cases["12"]
    html = Client().get(url_of(case)).content.decode()
    assert f'value="{outcome}"' not in html
    with nothing_changes():
        response = Client().post(url_of(case), {"outcome": outcome, "received_by": "x"})
    assert response.status_code == 409
    assert "Pilihan ini hanya untuk petugas balai." in response.content.decode()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({}, "Pilih salah satu tombol penerimaan."),
        ({"received_by": "Ibu Sari"}, "Pilih salah satu tombol penerimaan."),
        ({"outcome": "approve", "received_by": "x"}, "Pilih salah satu tombol penerimaan."),
        ({"outcome": "received", "note": "Ketikan saya"}, "Isi nama penerima."),
        ({"outcome": "refused", "note": "Ketikan saya"}, "Isi nama penerima."),
        ({"outcome": "received", "received_by": "a" * 121, "note": "Ketikan saya"}, "120"),
    ],
)
def test_an_answer_that_is_not_enough_is_asked_for_again(cases, answer, sentence):
    with nothing_changes():
        response = Client().post(url_of(cases["12"]), answer)
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert answer.get("note", "") in html, "what was typed is kept"


@pytest.mark.parametrize("name", ["10", "11"])
def test_nothing_can_be_acknowledged_before_it_was_sent(cases, name):
    assert "Saya sudah menerima" not in shown(cases[name])
    with nothing_changes():
        response = Client().post(url_of(cases[name]), RECEIVED)
    assert response.status_code == 409
    assert "Penerimaan tidak dapat dicatat sekarang." in response.content.decode()


def test_a_second_acknowledgement_is_told_of_the_first(cases):
    case = cases["12"]
    assert Client().post(url_of(case), RECEIVED).status_code == 302
    with nothing_changes():
        response = Client().post(url_of(case), RECEIVED | {"received_by": "Bapak Dua"})
    html = response.content.decode()
    assert response.status_code == 409
    assert "Penerimaan tercatat" in html
    assert "Penerimaan oleh Ibu Sari tercatat pada 23 November 2026 pukul 10.00 WIB." in html
    assert "Bapak Dua" not in html
    assert "Saya sudah menerima" not in html


def recorded_by_staff(case: Case, **instead: Any) -> Any:
    answer = RECEIVED | {"at": NOW.strftime(TYPED), "proof": paper()} | instead
    return signed_in("kasi.pjt").post(step_url(case, 12), answer)


def test_the_customer_who_comes_after_staff_sees_what_staff_recorded(cases):
    case = cases["12"]
    assert recorded_by_staff(case, received_by="Satpam").status_code == 302
    with nothing_changes():
        response = Client().post(url_of(case), RECEIVED)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Penerimaan oleh Satpam tercatat pada 23 November 2026 pukul 10.00 WIB." in html
    assert Receipt.objects.get().recorded_by == person("kasi.pjt")


def test_staff_who_come_after_the_customer_see_who_and_when(cases):
    case = cases["12"]
    assert Client().post(url_of(case), RECEIVED).status_code == 302
    response = recorded_by_staff(case)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Langkah ini sudah diselesaikan oleh Pelanggan pukul 10.00 WIB." in html
    assert "Ibu Sari" in html
    assert Receipt.objects.count() == 1


def test_the_customer_who_loses_the_race_is_told_in_plain_words(cases, monkeypatch):
    """Staff record the receipt between the customer's page being read and its claim."""
    case, finish = cases["12"], actions.finish_step

    def a_moment_too_late(**asked: Any) -> Visit | None:
        monkeypatch.setattr(actions, "finish_step", finish)
        assert recorded_by_staff(case, received_by="Satpam").status_code == 302
        return finish(**asked)

    monkeypatch.setattr(actions, "finish_step", a_moment_too_late)
    response = Client().post(url_of(case), RECEIVED)
    html = response.content.decode()
    assert response.status_code == 409
    assert "langkah" not in html.lower()
    assert "Penerimaan oleh Satpam tercatat pada 23 November 2026 pukul 10.00 WIB." in html
    assert "Saya sudah menerima" not in html


def test_what_did_not_arrive_can_be_acknowledged_after_the_second_sending(cases):
    case = cases["12"]
    failed = {"outcome": "undeliverable", "received_by": "", "note": "Kantor tutup"}
    assert recorded_by_staff(case, **failed).status_code == 302
    assert open_visit(case).step == 11
    assert "Saya sudah menerima" not in shown(case)
    with nothing_changes():
        assert Client().post(url_of(case), RECEIVED).status_code == 409
    number, again = case.letters.get().number, {"item": "", "no_gift_reason": "Stok habis."}
    assert do_step(case, NOW, tracking_number="P2", **again).status_code == 302
    text = shown(case)
    assert number in text
    assert "Nomor resi P2" in text
    assert Client().post(url_of(case), RECEIVED).status_code == 302
    case.refresh_from_db()
    assert case.ending == Ending.COMPENSATED


def test_what_never_arrived_says_whom_to_ask(cases):
    case = cases["12"]
    failed = {"outcome": "undeliverable", "received_by": ""}
    assert recorded_by_staff(case, **failed).status_code == 302
    do_step(case, NOW, tracking_number="P2", item="", no_gift_reason="Stok habis.")
    assert recorded_by_staff(case, **(failed | {"outcome": "undelivered"})).status_code == 302
    case.refresh_from_db()
    assert case.ending == Ending.UNDELIVERED
    text = shown(case)
    assert "Kiriman tidak sampai Hubungi kami agar surat dapat kami sampaikan." in text
    assert Letter.objects.filter(cases=case).count() == 1
    with nothing_changes():
        assert Client().post(url_of(case), RECEIVED).status_code == 409


def test_an_acknowledgement_does_not_close_the_order(cases):
    """Order and case are two objects: the late order still waits for its result."""
    assert Client().post(url_of(cases["12"]), RECEIVED).status_code == 302
    order = Order.objects.get(number="UJI-12")
    assert (order.ready_at, order.handed_over_at) == (None, None)
    assert "Pesanan sedang dikerjakan." in shown(cases["12"])
