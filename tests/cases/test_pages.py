"""The pages of cases: who reads them, what they show, and what they cost the database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kompensasi.cases import ending, opening
from kompensasi.cases.models import Case, CaseLetter, Visit
from kompensasi.cases.steps import STEPS
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letter, LetterVersion, Variant
from kompensasi.sop.models import Revision
from spm_monitor import actions as orders
from spm_monitor.models import Order
from tests.cases.held import (
    LANE,
    OF_OTHER_SECTIONS,
    STAFF,
    TURN,
    appoint,
    clients,
    held_office,
    nothing_changes,
)
from tests.cases.walking import do_step, open_visit, step_url, walk
from tests.conftest import MONDAY, late_order, make_order, person

pytestmark = pytest.mark.django_db

NOW = MONDAY + timedelta(hours=2)
STANDS_AT = {
    "UJI-2": 2, "UJI-4": 4, "UJI-6": 6, "UJI-8": 8, "UJI-10": 10, "UJI-12": 12, "KAL-1": 1,
    "KAL-7": 7, "KAL-9": 9, "UJI-END": None,
}  # fmt: skip
UJI = {number for number in STANDS_AT if number.startswith("UJI")}
KAL = {number for number in STANDS_AT if number.startswith("KAL")}
# Whose cases each person reads; the posts of one section read that section's.
READS = dict.fromkeys(STAFF, UJI | KAL) | {
    "pj.uji": UJI, "kasi.uji": UJI, "pj.kal": KAL, "kasi.kal": KAL, "pj.sert": set(),
    "kasi.sert": set(), "plh.kepala": None,
}  # fmt: skip
READERS = [name for name in STAFF if READS[name] is not None]
LIST_BUDGET, DASHBOARD_BUDGET = 8, 12


@dataclass(frozen=True)
class Office:
    """Everybody's client, the cases by order number, and the kept files."""

    clients: dict[str, Client]
    cases: dict[str, int]
    media: Path

    def get(self, username: str, url: str) -> Any:
        return self.clients[username].get(url)

    def html(self, username: str, url: str) -> str:
        response = self.get(username, url)
        assert response.status_code == 200, (username, url, response.status_code)
        return unescape(response.content.decode())

    def case(self, number: str) -> Case:
        return Case.objects.get(pk=self.cases[number])


@pytest.fixture(scope="module")
def office(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with held_office(django_db_blocker, folder):
        with time_machine.travel(MONDAY, tick=False):
            everybody = clients()
        for number in STANDS_AT:
            late_order(number, service="KAL" if number in KAL else "UJI-ANEKA")
        make_order("UJI-NEAR", due_at=NOW + timedelta(days=1))
        make_order("KAL-NEAR", service="KAL", due_at=NOW + timedelta(days=1))
        make_order("UJI-FAR", due_at=NOW + timedelta(days=30))
        sweep(MONDAY)
        for case in Case.objects.select_related("order"):
            at = walk(case, STANDS_AT[case.order.number], MONDAY)
        assert at < NOW
        cases = {case.order.number: case.pk for case in Case.objects.all()}
        yield Office(everybody, cases, folder / "media")


@pytest.fixture(autouse=True)
def _at_ten(office, settings):
    settings.MEDIA_ROOT = office.media
    with time_machine.travel(NOW, tick=False):
        yield


# --- who reads what ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["/", "/kasus/", "/kasus/{pk}/", "/kasus/{pk}/langkah/8/", "/persetujuan/"]
)
def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(office, url):
    path = url.format(pk=office.cases["UJI-8"])
    with nothing_changes():
        response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/masuk/?next={path}"


@pytest.mark.parametrize("username", STAFF)
def test_everybody_has_a_dashboard(office, username):
    html = office.html(username, "/")
    assert "Tugas saya" in html
    if username == "plh.kepala":
        assert "Tidak ada tugas." in html
        assert "Anda belum memiliki jabatan yang berlaku." in html.split("<main")[1]
        assert "Kasus berjalan" not in html


@pytest.mark.parametrize("username", STAFF)
def test_the_list_has_the_cases_a_person_may_read(office, username):
    if READS[username] is None:
        response = office.get(username, "/kasus/")
        assert response.status_code == 403
        assert "Jabatan Anda tidak mencakup kasus kompensasi." in response.content.decode()
        return
    assert listed(office, username, "/kasus/") == sorted(READS[username])


def listed(office: Office, username: str, url: str) -> list[str]:
    """The orders of all rows of a list, over all its pages; each row once."""
    found = []
    while url:
        response = office.get(username, url)
        assert response.status_code == 200, url
        for row in response.context["rows"]:
            found.append(row["case"].order.number if "case" in row else row["order"].number)
        older = response.context["page"].older_url
        url = url.split("?")[0] + older if older else ""
    assert len(found) == len(set(found)), "a row stands twice"
    return sorted(found)


@pytest.mark.parametrize("username", STAFF)
def test_a_case_of_a_section_that_is_not_theirs_does_not_exist(office, username):
    for number, pk in office.cases.items():
        for url in (f"/kasus/{pk}/", f"/kasus/{pk}/langkah/1/"):
            response = office.get(username, url)
            if READS[username] is None:
                assert response.status_code == 403
            elif number in READS[username]:
                assert response.status_code in (200, 403), "read, or read without a form"
                assert number in response.content.decode()
            else:
                assert response.status_code == 404
                assert number not in response.content.decode()


def test_a_case_that_is_not_there_looks_like_one_of_another_section(office):
    def told(pk: int) -> str:
        response = office.get("pj.uji", f"/kasus/{pk}/")
        assert response.status_code == 404
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())

    assert told(office.cases["KAL-7"]) == told(999_999)


@pytest.mark.parametrize("username", STAFF)
def test_the_approval_screen_is_for_who_instructs_and_signs(office, username):
    response = office.get(username, "/persetujuan/")
    html = response.content.decode()
    if username == "kepala":
        assert response.status_code == 200
        assert "2 kasus menunggu instruksi atau tanda tangan Anda" in html
    else:
        assert response.status_code == 403
        assert "hanya untuk pejabat yang menginstruksi atau bertanda tangan" in html
    assert ('href="/persetujuan/"' in office.html(username, "/")) == (username == "kepala")


def test_a_deputy_has_the_approval_screen_for_as_long_as_the_mandate_lasts(office):
    appointment = appoint("petugas", "kepala_balai", ends_on=NOW.date())
    assert office.get("petugas", "/persetujuan/").status_code == 200
    appointment.ends_on = NOW.date() - timedelta(days=1)
    appointment.save()
    assert office.get("petugas", "/persetujuan/").status_code == 403


@pytest.mark.parametrize("url", ["/", "/kasus/", "/persetujuan/", "/kasus/{pk}/"])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_for_reading_take_no_post(office, url, method):
    with nothing_changes():
        path = url.format(pk=office.cases["UJI-8"])
        assert getattr(office.clients["kepala"], method)(path).status_code == 405


def test_reading_changes_nothing_but_when_a_step_was_first_looked_at(office):
    for username in STAFF:
        with nothing_changes():
            for url in ("/", "/kasus/", "/persetujuan/", f"/kasus/{office.cases['UJI-8']}/"):
                office.get(username, url)


# --- tasks -------------------------------------------------------------------------------------

TASKS = {
    "kasi.pjt": {"KAL-1", "UJI-8", "UJI-12"}, "pj.uji": {"UJI-2", "UJI-4"}, "kasi.uji": {"UJI-6"},
    "kepala": {"KAL-7", "UJI-10"}, "kasi.kal": {"KAL-9"},
}  # fmt: skip


@pytest.mark.parametrize("username", STAFF)
def test_the_dashboard_asks_each_person_for_what_is_theirs(office, username):
    inbox = office.get(username, "/").context["inbox"]
    tasks = [*inbox.late, *inbox.today, *inbox.later]
    assert {task.visit.case.order.number for task in tasks} == TASKS.get(username, set())
    assert inbox.count == len(tasks)
    html = office.html(username, "/")
    for task in tasks:
        assert f'href="{step_url(task.visit.case, task.visit.step)}"' in html
        assert office.get(username, task.url).status_code == 200
    title = f"({len(tasks)}) Tugas saya" if tasks else "Tugas saya"
    assert title in html.split("</title>")[0]


def test_what_is_past_its_norm_stands_first_and_what_opens_tomorrow_last(office):
    """Step 1 of KAL-1 (30 minutes) and step 8 (20) opened at eight; it is ten."""
    case = office.case("UJI-2")
    Order.objects.filter(pk=case.order_id).update(
        due_at=NOW + timedelta(days=20), flagged_due_at=None
    )
    answer = {"outcome": "running"}
    assert office.clients["pj.uji"].post(step_url(case, 2), answer).status_code == 302
    fresh = opening.open_case(
        order=Order.objects.get(number="UJI-NEAR"), by=person("kasi.pjt"), now=NOW
    )
    inbox = office.get("kasi.pjt", "/").context["inbox"]
    late, today, later = (
        [task.visit.case.order.number for task in tasks]
        for tasks in (inbox.late, inbox.today, inbox.later)
    )
    assert later == ["UJI-2"]
    assert today == ["UJI-12", fresh.order.number], "the norm of 12 is never late"
    assert late == ["KAL-1", "UJI-8"], "due first"
    html = office.html("kasi.pjt", "/")
    assert "Lewat norma" in html
    assert "dibuka Selasa 07.30" in html


def test_more_tasks_than_a_screen_holds_are_a_link_to_the_list(office):
    many(7, 60, "BANYAK")
    inbox = office.get("kepala", "/").context["inbox"]
    assert len(inbox.late) == 50
    assert inbox.more == 12
    assert inbox.count == 62
    assert "12 tugas lainnya ada di daftar kasus" in office.html("kepala", "/")


# --- numbers that are links --------------------------------------------------------------------


@pytest.mark.parametrize("username", READERS)
def test_each_number_of_the_dashboard_is_the_count_of_its_list(office, username):
    tallies = office.get(username, "/").context["tallies"]
    assert [tally.label for tally in tallies] == [
        "Pesanan mendekati batas", "Pesanan terlampaui", "Kasus berjalan",
        "Menunggu instruksi atau tanda tangan", "Menunggu diterima",
    ]  # fmt: skip
    html = office.html(username, "/")
    for tally in tallies:
        assert tally.count == len(listed(office, username, tally.url)), tally.label
        assert f'<a href="{tally.url}"><span class="tally-label">{tally.label}</span>' in html


@pytest.mark.parametrize(
    ("username", "counts"),
    [
        ("kepala", [2, 10, 9, 2, 1]),
        ("auditor", [2, 10, 9, 2, 1]),
        ("pj.uji", [1, 7, 6, 1, 1]),
        ("kasi.kal", [1, 3, 3, 1, 0]),
        ("kasi.sert", [0, 0, 0, 0, 0]),
    ],
)
def test_the_numbers_of_the_dashboard_are_those_of_the_office(office, username, counts):
    assert [tally.count for tally in office.get(username, "/").context["tallies"]] == counts


# --- search, filters, paging -------------------------------------------------------------------

FILTERS = {
    "": UJI | KAL,
    "berjalan": (UJI | KAL) - {"UJI-END"},
    "tanda-tangan": {"KAL-7", "UJI-10"},
    "terima": {"UJI-12"},
    "berakhir": {"UJI-END"},
    "tidak-ada": UJI | KAL,
}


@pytest.mark.parametrize("state", FILTERS)
def test_a_filter_of_the_list_shows_what_it_says(office, state):
    """A case that passed the signing long ago does not wait for a signature."""
    assert listed(office, "auditor", f"/kasus/?keadaan={state}") == sorted(FILTERS[state])
    assert listed(office, "pj.kal", f"/kasus/?keadaan={state}") == sorted(FILTERS[state] & KAL)


def test_every_filter_has_its_chip_and_keeps_the_search(office):
    html = office.html("auditor", "/kasus/?keadaan=terima&q=UJI")
    for state in set(FILTERS) - {"tidak-ada"}:
        assert f'href="?keadaan={state}&q=UJI"' in html
    assert html.count('aria-current="true">Menunggu diterima') == 1


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("KMP-2026-", UJI | KAL),
        ("UJI-10", {"UJI-10"}),
        ("uji-10", {"UJI-10"}),
        ("  UJI-10  ", {"UJI-10"}),
        ("pt kal", KAL),
        ("BSPJI-Palembang/SM.02", {"UJI-12", "UJI-END"}),
        ("tidak ada", set()),
        ("%", set()),
        ("_", set()),
        ("'; DROP TABLE cases_case; --", set()),
        ("<script>alert(1)</script>", set()),
        ("\0UJI-10\0", {"UJI-10"}),
        ("x" * 5000, set()),
    ],
)
def test_the_search_finds_numbers_of_cases_orders_letters_and_names(office, words, found):
    response = office.clients["auditor"].get("/kasus/", {"q": words})
    assert {row["case"].order.number for row in response.context["rows"]} == found
    assert "<script>alert" not in response.content.decode()
    if not found:
        assert "Tidak ada kasus yang cocok." in response.content.decode()


def test_the_search_finds_one_case_by_its_own_number(office):
    case = office.case("KAL-7")
    assert listed(office, "auditor", f"/kasus/?q={case.number}") == ["KAL-7"]
    assert listed(office, "pj.uji", f"/kasus/?q={case.number}") == [], "another section's"


def test_a_case_with_several_letters_is_found_once(office):
    case = office.case("UJI-10")
    do_step(case, NOW)
    orders.record_ready(order=case.order, at=NOW, by=person("pj.uji"), now=NOW)
    back = {"outcome": "redraft", "note": "Hasil sudah siap."}
    assert office.clients["kasi.pjt"].post(step_url(case, 11), back).status_code == 302
    walk(case, 11, NOW)
    assert case.letters.filter(number__contains="BSPJI").count() == 2
    found = listed(office, "auditor", "/kasus/?q=BSPJI")
    assert found == ["UJI-10", "UJI-12", "UJI-END"]


def test_search_and_filter_narrow_together(office):
    assert listed(office, "auditor", "/kasus/?q=uji&keadaan=tanda-tangan") == ["UJI-10"]
    assert listed(office, "auditor", "/kasus/?q=kal&keadaan=tanda-tangan") == ["KAL-7"]


def many(step: int, count: int, prefix: str) -> None:
    """Cases that stand at a step, as rows: opened by the sweep and put there."""
    for i in range(count):
        late_order(f"{prefix}-{i:02d}")
    sweep(MONDAY)
    cases = Case.objects.filter(order__number__startswith=prefix).select_related("order")
    assert len(cases) == count
    row = Revision.in_force(NOW.date()).steps.get(number=step)
    Visit.objects.filter(case__in=cases, finished_at=None).update(row=row)
    if step > 8:
        author = person("kasi.pjt")
        for case in cases:
            order = case.order
            letter = Letter.objects.create(
                customer=order.customer, section=order.section, created_at=MONDAY
            )
            CaseLetter.objects.create(
                case=case, letter=letter, variant=Variant.EXPECTED, due_at=order.due_at
            )
            LetterVersion.objects.create(
                letter=letter, version=1, subject="Maaf", addressee="x", body="Maaf.", sha256="x",
                written_by=author, written_as=author.appointments.first(), written_at=MONDAY,
            )  # fmt: skip


def test_a_long_list_has_pages_with_each_row_once(office):
    many(1, 60, "BANYAK")
    assert len(listed(office, "auditor", "/kasus/?q=BANYAK&keadaan=berjalan")) == 60
    first = office.get("auditor", "/kasus/?q=BANYAK&keadaan=berjalan")
    assert len(first.context["rows"]) == 25
    assert first.context["page"].newer_url is None
    older = first.context["page"].older_url
    assert older.startswith("?q=BANYAK&keadaan=berjalan&setelah=")
    second = office.get("auditor", f"/kasus/{older}")
    assert f'rel="next" href="{older}"' in unescape(first.content.decode())
    newest = [row["case"].pk for row in first.context["rows"]]
    assert newest == sorted(newest, reverse=True)
    assert max(row["case"].pk for row in second.context["rows"]) < newest[-1]
    back = office.get("auditor", f"/kasus/{second.context['page'].newer_url}")
    assert [row["case"].pk for row in back.context["rows"]] == newest


@pytest.mark.parametrize("cursor", ["x", "-1", "0", "9" * 30, "1e3", "²", "%00", ""])
def test_a_page_that_makes_no_sense_is_answered_all_the_same(office, cursor):
    for name in ("setelah", "sebelum"):
        assert office.get("auditor", f"/kasus/?{name}={cursor}").status_code == 200


def test_an_empty_office_says_so(office):
    assert "Belum ada kasus." in office.html("pj.sert", "/kasus/")


def test_a_row_says_where_the_case_stands(office):
    html = " ".join(office.html("auditor", "/kasus/").split())
    for words in (
        "Langkah 8, Kasi PJT",
        "Langkah 6, Kepala Seksi Pengujian",
        "Langkah 7, Kepala Balai",
        "Langkah 12, Pelanggan",
        "Kompensasi diterima<small>23 Nov 2026</small>",
    ):
        assert words in html, words


# --- a case ------------------------------------------------------------------------------------


def test_the_case_page_offers_the_step_to_whose_turn_it_is_and_tells_the_others(office):
    for number in ("UJI-2", "UJI-6", "UJI-8", "UJI-10", "UJI-12"):
        step, pk = STANDS_AT[number], office.cases[number]
        lane = "Pelanggan" if step == 12 else LANE[TURN[step]]
        for username in set(READERS) - OF_OTHER_SECTIONS:
            html = office.html(username, f"/kasus/{pk}/")
            assert f"Menunggu {lane}" in html
            offered = f"Kerjakan langkah {step}" in html
            assert offered == (username == TURN[step]), (number, username)
            told = f"Langkah {step} dikerjakan oleh {lane}. Anda dapat membaca" in html
            assert told != offered


def test_the_case_page_shows_its_twelve_steps(office):
    steps = office.get("auditor", f"/kasus/{office.cases['UJI-8']}/").context["steps"]
    assert [row["number"] for row in steps] == list(STEPS)
    assert [row["number"] for row in steps if row.get("done")] == [1, 2, 4, 5, 6, 7]
    assert [row["number"] for row in steps if row.get("current")] == [8]
    assert [row["norm_minutes"] for row in steps] == [
        30, 15, 30, 15, 10, 20, 15, 20, 10, 15, 15, 10,
    ]  # fmt: skip
    by_number = {row["number"]: row for row in steps}
    assert by_number[3]["state"] == "Dilewati"
    assert by_number[9]["state"] == "Belum giliran"
    assert by_number[6]["by"] == "Kepala Seksi Pengujian"
    assert by_number[1]["by"] == "Plt. Kasi PJT"
    assert not by_number[12].get("url")


def test_the_case_page_of_an_ended_case_says_how_it_ended(office):
    html = office.html("auditor", f"/kasus/{office.cases['UJI-END']}/")
    assert "Kompensasi diterima" in html
    assert "Kasus berakhir 23 Nov 2026" in html
    assert "Kerjakan langkah" not in html
    letter = office.case("UJI-END").letters.get()
    assert f"{letter.number} (PDF)" in html


def test_a_return_is_shown_with_its_note_where_the_step_is_open_again(office):
    case = office.case("KAL-9")
    back = {"outcome": "return", "note": "Kalimat <b>kedua</b> kurang jelas."}
    assert office.clients["kasi.kal"].post(step_url(case, 9), back).status_code == 302
    for url in (f"/kasus/{case.pk}/", step_url(case, 8)):
        html = office.get("kasi.pjt", url).content.decode()
        assert "Dikembalikan oleh Kepala Seksi Kalibrasi" in html
        assert "Kalimat &lt;b&gt;kedua&lt;/b&gt; kurang jelas." in html


# --- the approval screen -----------------------------------------------------------------------


def test_the_approval_screen_shows_the_letter_beside_its_form(office):
    pk = office.cases["UJI-10"]
    html = office.html("kepala", f"/persetujuan/?kasus={pk}")
    assert "Konsep surat, versi 1" in html
    assert "Yth. PT UJI-10" in html
    assert f'action="/kasus/{pk}/langkah/10/"' in html
    assert 'value="sign">Tanda tangani surat' in html
    assert "Evaluasi hasil monitoring" in html
    other = office.html("kepala", f"/persetujuan/?kasus={office.cases['KAL-7']}")
    assert "Instruksikan surat dan souvenir" in other
    assert "Konsep surat" not in other


@pytest.mark.parametrize("chosen", ["", "999999", "x", "²", "UJI-8"])
def test_an_approval_that_does_not_wait_falls_back_to_the_first(office, chosen):
    chosen = str(office.cases.get(chosen, chosen))
    response = office.get("kepala", f"/persetujuan/?kasus={chosen}")
    assert response.status_code == 200
    assert response.context["case"].order.number in ("KAL-7", "UJI-10")


def test_an_empty_approval_screen_says_so(office):
    for number in ("UJI-10", "KAL-7"):
        ending.cancel_case(case=office.case(number), reason="Uji", by=person("admin"), now=NOW)
    assert "Tidak ada yang menunggu instruksi" in office.html("kepala", "/persetujuan/")


# --- a step, for reading -----------------------------------------------------------------------


PREPARED = (1, 3, 5, 8, 11)  # DOMAIN 1: the front desk prepares the Kasi PJT's steps


@pytest.mark.parametrize("number", ["UJI-2", "UJI-6", "UJI-8", "UJI-10", "UJI-12"])
def test_an_open_step_has_a_form_for_whose_turn_it_is_and_a_reason_for_the_others(office, number):
    """CONTRACT: not the signed-in person's: shows why, 403."""
    step, case = STANDS_AT[number], office.case(number)
    lane = "Pelanggan" if step == 12 else LANE[TURN[step]]
    prepares = {"petugas"} if step in PREPARED else set()
    for username in set(READERS) - OF_OTHER_SECTIONS - {TURN[step]} - prepares:
        with nothing_changes():
            response = office.get(username, step_url(case, step))
        html = response.content.decode()
        assert response.status_code == 403, username
        assert f"Langkah {step} dikerjakan oleh {lane}. Anda dapat membaca" in html
        assert 'name="outcome"' not in html
        assert "Ketentuan SOP" in html, "it can be read"
    response = office.get(TURN[step], step_url(case, step))
    assert response.status_code == 200
    assert 'name="outcome"' in response.content.decode()


def test_a_finished_step_is_read_with_its_answers(office):
    case = office.case("UJI-END")
    answers = {
        1: "Pengerjaan", 2: "Ada kendala", 4: "Lampu katoda alat AAS putus.", 5: "Bagian Mutu",
        6: "Memberikan surat permintaan maaf", 7: "Buat surat permintaan maaf", 8: "Mug",
        9: "Setujui konsep", 10: "Tanda tangani surat", 11: "P2611230001", 12: "Ibu Sari",
    }  # fmt: skip
    for step, words in answers.items():
        for username in ("auditor", TURN[step]):
            html = office.html(username, step_url(case, step))
            assert words in html, (step, username)
            assert 'name="outcome"' not in html


def test_a_step_whose_turn_has_not_come_says_what_the_case_waits_for(office):
    """CONTRACT: a step that is not open shows why, 409."""
    case = office.case("UJI-8")
    for step in (3, 9, 10, 11, 12):
        with nothing_changes():
            response = office.get(TURN[step], step_url(case, step))
        assert response.status_code == 409
        html = response.content.decode()
        assert f"Langkah {step} belum giliran." in html
        assert "Kasus ini menunggu Kasi PJT pada langkah 8." in html


def test_a_step_that_an_ended_case_never_came_to_says_so(office):
    response = office.get("auditor", step_url(office.case("UJI-END"), 3))
    assert response.status_code == 409
    assert "Kasus ini sudah berakhir." in response.content.decode()


def test_a_step_that_opens_tomorrow_says_when(office):
    case = office.case("UJI-2")
    Order.objects.filter(pk=case.order_id).update(
        due_at=NOW + timedelta(days=20), flagged_due_at=None
    )
    office.clients["pj.uji"].post(step_url(case, 2), {"outcome": "running"})
    response = office.get("kasi.pjt", step_url(case, 1))
    assert response.status_code == 409
    assert "dibuka lagi pada Selasa, 24 November 2026" in response.content.decode()
    assert open_visit(case).opened_at is None


def test_working_time_begins_when_whose_turn_it_is_first_looks(office):
    """Waiting until opened; a second look, or somebody else's, moves nothing."""
    visit = open_visit(office.case("UJI-8"))
    assert visit.opened_at is None
    office.get("auditor", step_url(visit.case, 8))
    assert open_visit(visit.case).opened_at is None
    office.get("kasi.pjt", step_url(visit.case, 8))
    assert open_visit(visit.case).opened_at == NOW
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        office.get("kasi.pjt", step_url(visit.case, 8))
    assert open_visit(visit.case).opened_at == NOW


def test_a_proof_is_read_by_who_may_read_its_case(office):
    visit = office.case("UJI-END").visits.get(row__number=11)
    assert office.get("auditor", f"/kasus/{visit.case_id}/bukti/{visit.pk}/").status_code == 404
    late = Order.objects.get(number="UJI-4")
    orders.record_ready(order=late, at=NOW, by=person("pj.uji"), now=NOW)
    case = opening.open_case(
        order=make_order("UJI-3", due_at=MONDAY, ready_at=NOW), by=person("kasi.pjt"), now=NOW
    )
    walk(case, 4, NOW)
    handed = case.visits.get(row__number=3)
    url = f"/kasus/{case.pk}/bukti/{handed.pk}/"
    response = office.get("auditor", url)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert office.get("pj.kal", url).status_code == 404
    assert office.get("plh.kepala", url).status_code == 403
    assert Client().get(url)["Location"].startswith("/masuk/")
    elsewhere = f"/kasus/{office.cases['UJI-8']}/bukti/{handed.pk}/"
    assert office.get("auditor", elsewhere).status_code == 404, "another case's"


@pytest.mark.parametrize("told", ["²", "x", "9" * 5000, "-1", "1.0"])
def test_a_post_that_names_no_visit_of_ours_is_stale_not_a_crash(office, told):
    case = office.case("UJI-6")
    with nothing_changes():
        response = office.clients["kasi.uji"].post(
            step_url(case, 6), {"outcome": "report", "visit": told, "report": "Ketikan saya"}
        )
    assert response.status_code == 409
    assert "Ketikan saya" in response.content.decode()


# --- what a page costs -------------------------------------------------------------------------


def queries(client: Client, url: str) -> int:
    """How many queries a page asks, when nothing of it is new to the process."""
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    ("step", "username"),
    [
        (1, "kasi.pjt"), (2, "pj.uji"), (7, "kepala"), (10, "kepala"), (12, "kasi.pjt"),
        (9, "auditor"), (1, "admin"),
        (9, "kasi.uji"), (9, "kepala"),
    ],
)  # fmt: skip
def test_dashboard_and_list_cost_the_same_for_three_cases_and_for_thirty(office, step, username):
    client = office.clients[username]
    urls = ("/", "/kasus/", "/kasus/?q=B&keadaan=berjalan")
    many(step, 3, "BIT")
    few = [queries(client, url) for url in urls]
    many(step, 27, "BIG")
    assert [queries(client, url) for url in urls] == few


@pytest.mark.parametrize("waiting", [3, 30])
@pytest.mark.parametrize(
    ("url", "budget"),
    [("/", DASHBOARD_BUDGET), ("/kasus/", LIST_BUDGET)],
)
def test_dashboard_and_list_keep_their_budget(
    office, url, budget, waiting, django_assert_max_num_queries
):
    many(9, waiting, "BANYAK")
    for username in ("kasi.pjt", "kasi.uji", "kepala", "auditor"):
        office.get(username, url)
        with django_assert_max_num_queries(budget):
            office.get(username, url)


def test_the_approval_screen_costs_the_same_however_many_wait(office):
    client = office.clients["kepala"]
    many(7, 3, "BIT")
    few = queries(client, "/persetujuan/")
    many(7, 27, "BIG")
    assert queries(client, "/persetujuan/") == few


def test_case_and_step_page_cost_the_same_however_often_a_case_was_returned(office):
    """Steps 8 and 9, over and over: one letter, many versions."""
    case = office.case("KAL-9")
    client = office.clients["kasi.kal"]

    def returned() -> None:
        back = {"outcome": "return", "note": "Sekali lagi."}
        assert client.post(step_url(case, 9), back).status_code == 302
        assert do_step(case, NOW).status_code == 302

    returned()
    urls = (f"/kasus/{case.pk}/", step_url(case, 9))
    few = [queries(client, url) for url in urls]
    for _ in range(3):
        returned()
    assert [queries(client, url) for url in urls] == few
