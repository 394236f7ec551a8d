"""The customer's page: a key that cannot be guessed, and nothing acknowledged by looking."""

import re

import pytest
from django.test import Client

from kompensasi.cases.customer_link import token_of
from kompensasi.cases.models import Case, Ending
from kompensasi.cases.sweep import sweep
from tests.cases.walking import open_visit, walk
from tests.conftest import MONDAY, late_order

pytestmark = pytest.mark.django_db

INTERNAL = ("langkah", "norma ", "eskalasi", "kasus", "kmp-")


def case_at(step: int, **facts) -> Case:
    order = late_order(
        phone="0812-7777", email="rahasia@contoh.example", contact_name="Ibu Rahasia", **facts
    )
    sweep(MONDAY)
    case = order.cases.get()
    walk(case, step, MONDAY)
    return Case.objects.get(pk=case.pk)


def address(case: Case) -> str:
    return f"/lacak/{token_of(case)}/"


def test_looking_acknowledges_nothing(mug):
    case = case_at(12)
    for method in ("get", "head", "options"):
        getattr(Client(), method)(address(case))
    assert open_visit(case).step == 12
    assert Client(enforce_csrf_checks=True).post(
        address(case), {"outcome": "received", "received_by": "Robot"}
    ).status_code == 403  # fmt: skip
    assert open_visit(case).step == 12


def test_the_form_of_the_page_acknowledges(mug):
    case = case_at(12)
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(address(case)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    answer = browser.post(
        address(case),
        {"outcome": "received", "received_by": "Ibu Sari", "csrfmiddlewaretoken": token},
    )
    assert answer.status_code == 302
    assert Case.objects.get(pk=case.pk).ending == Ending.COMPENSATED
    page = browser.get(address(case)).content.decode()
    assert "Penerimaan oleh Ibu Sari tercatat" in page
    assert "Saya sudah menerima" not in page
    again = Client().post(address(case), {"outcome": "received", "received_by": "Lain"})
    assert again.status_code == 409


def test_a_name_is_asked_for_and_the_rest_kept(mug):
    case = case_at(12)
    answer = Client().post(address(case), {"outcome": "received", "note": "Kotaknya penyok."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Isi nama penerima." in page
    assert "Kotaknya penyok." in page


def test_the_souvenir_may_be_refused(mug):
    case = case_at(12)
    Client().post(address(case), {"outcome": "refused", "received_by": "Ibu Sari"})
    assert Case.objects.get(pk=case.pk).ending == Ending.GIFT_REFUSED


@pytest.mark.parametrize("outcome", ["undeliverable", "undelivered", "x", ""])
def test_what_is_staffs_is_not_the_customers(mug, outcome):
    case = case_at(12)
    answer = Client().post(address(case), {"outcome": outcome, "received_by": "Ibu Sari"})
    assert answer.status_code in (409, 422)
    assert open_visit(case).step == 12


def test_a_changed_token_opens_nothing():
    case = case_at(1)
    token = token_of(case)
    wrong = {
        token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))
    }
    wrong |= {token[:-1], token + "A", case.tracking_code, str(case.pk)}
    pages = set()
    for text in wrong:
        answer = Client().get(f"/lacak/{text}/")
        assert answer.status_code == 404, text
        pages.add(answer.content)
    assert len(pages) == 1


def test_the_letter_is_read_only_once_it_was_sent(mug):
    case = case_at(11)
    assert Client().get(address(case) + "surat/").status_code == 404
    assert "surat/" not in Client().get(address(case)).content.decode()
    walk(case, 12, MONDAY.replace(hour=13))
    answer = Client().get(address(case) + "surat/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("step", [1, 12])
def test_it_shows_nothing_internal_or_personal_and_is_kept_nowhere(mug, step):
    answer = Client().get(address(case_at(step)))
    page = answer.content.decode()
    for word in (*INTERNAL, "0812-7777", "rahasia@", "NIP"):
        assert word.lower() not in re.sub(r"<[^>]+>", " ", page).lower(), word
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer["X-Robots-Tag"]
    assert len(answer.content) < 60_000
