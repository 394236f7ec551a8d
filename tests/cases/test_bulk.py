"""Steps 1 and 2 for many cases on one page."""

from datetime import timedelta

import pytest
import time_machine

from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from spm_monitor import journal
from tests.cases.walking import open_visit
from tests.conftest import late_order, make_order, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(now) -> list[Case]:
    for number in range(4):
        late_order(f"UJI-{number}")
    late_order("KAL-1", service="KAL")
    make_order("UJI-SIAP", due_at=now - timedelta(days=9), ready_at=now - timedelta(days=2))
    sweep(now)
    with time_machine.travel(now + timedelta(minutes=10), tick=False):
        yield list(Case.objects.order_by("pk"))


def key(case: Case) -> str:
    return f"k{open_visit(case).pk}"


def answered(cases: list[Case], **answer) -> dict[str, str]:
    body = {}
    for case in cases:
        body |= {
            f"{key(case)}-{name}": value for name, value in ({"chosen": "on"} | answer).items()
        }
    return body


def steps(cases: list[Case]) -> list[int]:
    return [open_visit(case).step for case in cases]


def test_the_dashboard_leads_to_the_page(cases):
    assert 'href="/kasus/langkah/1/"' in signed_in("kasi.pjt").get("/").content.decode()


def test_what_is_ticked_goes_on_and_the_rest_stays(cases):
    response = signed_in("kasi.pjt").post("/kasus/langkah/1/", answered(cases[:3], stage="work"))
    assert response.status_code == 302
    assert steps(cases) == [2, 2, 2, 1, 1, 1]
    assert journal.first_broken() is None


def test_one_wrong_row_keeps_none_of_the_others_back_and_says_why(cases):
    body = answered(cases[:2], stage="work") | answered([cases[2]], stage="done")
    response = signed_in("kasi.pjt").post("/kasus/langkah/1/", body)
    assert response.status_code == 422
    html = response.content.decode()
    assert "1 kasus belum tersimpan." in html
    assert "Hasil belum dicatat siap" in html
    assert "Langkah 1 selesai untuk 2 kasus." in html
    assert steps(cases[:3]) == [2, 2, 1]


def test_each_row_offers_what_is_true_of_its_order(cases):
    signed_in("kasi.pjt").post(
        "/kasus/langkah/1/", answered(cases[:4], stage="work") | answered(cases[5:], stage="done")
    )
    client = signed_in("pj.uji")
    offered = {
        row.visit.case.order.number: [o.code for o in row.outcomes]
        for row in client.get("/kasus/langkah/2/").context["rows"]
    }
    assert offered["UJI-0"] == ["done", "obstacle"]
    assert offered["UJI-SIAP"] == ["done"]
    assert "KAL-1" not in offered
    body = answered(cases[:2], outcome="obstacle") | answered([cases[2]]) | answered(cases[5:])
    response = client.post("/kasus/langkah/2/", body)
    assert response.status_code == 422
    assert "Pilih hasil langkah ini." in response.content.decode()
    assert steps(cases) == [4, 4, 2, 2, 1, 3]


def test_a_case_of_another_section_is_not_reached_by_its_key(cases):
    signed_in("kasi.pjt").post("/kasus/langkah/1/", answered(cases[:5], stage="work"))
    signed_in("pj.uji").post("/kasus/langkah/2/", answered([cases[4]], outcome="obstacle"))
    assert steps(cases)[4] == 2


@pytest.mark.parametrize("number", [3, 10, 99])
def test_other_steps_are_done_one_by_one(cases, number):
    assert signed_in("kasi.pjt").get(f"/kasus/langkah/{number}/").status_code == 404


def test_who_has_nothing_to_do_there_reads_so(cases):
    response = signed_in("auditor").get("/kasus/langkah/1/")
    assert response.status_code == 200
    assert "Tidak ada kasus yang menunggu Anda" in response.content.decode()


def test_the_page_costs_the_same_for_many(cases, now, django_assert_max_num_queries):
    client = signed_in("kasi.pjt")
    with django_assert_max_num_queries(20):
        client.get("/kasus/langkah/1/")
    for number in range(20):
        late_order(f"LAGI-{number}")
    sweep(now + timedelta(minutes=5))
    with django_assert_max_num_queries(20):
        assert len(client.get("/kasus/langkah/1/").context["rows"]) == 26


def test_a_case_that_went_on_meanwhile_is_named_with_what_was_typed(cases):
    body = answered(cases[:2], stage="work")
    client = signed_in("kasi.pjt")
    client.post("/kasus/langkah/1/", answered(cases[:1], stage="work"))
    response = client.post("/kasus/langkah/1/", body)
    assert response.status_code == 409
    html = response.content.decode()
    assert f"{cases[0].number}:" in html
    assert "Langkah ini sudah diselesaikan oleh Plt. Kasi PJT" in html
    assert "Pengerjaan" in html, "in the words it was chosen by"
    assert steps(cases[:3]) == [2, 2, 1]


@pytest.mark.parametrize("forged", ["k-chosen", "k99999999-chosen", "kx-chosen", "k²-chosen"])
def test_a_forged_key_changes_nothing(cases, forged):
    assert signed_in("kasi.pjt").post("/kasus/langkah/1/", {forged: "on"}).status_code in (200, 302)
    assert steps(cases) == [1] * 6
