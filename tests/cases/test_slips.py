"""Slips: what is handed over, to be signed; the code on one leads to the customer's page."""

import io
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.template import Context, Template
from pypdf import PdfReader

from kompensasi.cases.customer_link import customer_url
from kompensasi.cases.models import Case
from kompensasi.cases.slips import NOT_FOR_ALL, NOT_READY, NOT_SIGNED, offered
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import Letterhead
from spm_monitor.models import Order
from tests.cases.walking import walk
from tests.conftest import MONDAY, late_order, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]
LATER = MONDAY + timedelta(hours=6)
INNER_WORDS = ("langkah", "kasus", "KMP-", "norma", "tenggat", "terlambat", "kendala")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER):
        yield


@pytest.fixture
def case(mug) -> Case:
    """A case of an order with an address and a sample."""
    order = late_order(address="Jl. Letjen. Harun Sohar No. 45\nPalembang", sample="Karet SIR 20")
    sweep(MONDAY)
    return order.cases.get()


def slip(case: Case, which: str, username: str = "kasi.pjt"):
    return signed_in(username).get(f"/kasus/{case.pk}/tanda-terima/{which}.pdf")


def text(answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    [page] = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(page.extract_text().split())


def decoded(content: bytes, folder: Path) -> str:
    """What a telephone reads from the printed sheet; "" when there is nothing to read."""
    (folder / "slip.pdf").write_bytes(content)
    draw = ["pdftoppm", "-png", "-singlefile", "-r", "120", folder / "slip.pdf", folder / "slip"]
    subprocess.run(draw, check=True)
    read = ["zbarimg", "--nodbus", "--quiet", "--raw", folder / "slip.png"]
    return subprocess.run(read, capture_output=True).stdout.decode().strip()


def ready(case: Case, **facts) -> None:
    Order.objects.filter(pk=case.order_id).update(ready_at=MONDAY, **facts)


# --- the result -------------------------------------------------------------------------------
def test_no_result_is_handed_over_before_it_is_ready(case):
    answer = slip(case, "hasil")
    assert answer.status_code == 409
    assert NOT_READY in answer.content.decode()


def test_the_slip_of_a_result_names_what_is_handed_over(case, tmp_path):
    ready(case)

    answer = slip(case, "hasil")

    said = text(answer)
    for fact in (
        "BALAI STANDARDISASI", "TANDA TERIMA PENYERAHAN HASIL", "UJI-1", "PT UJI-1", "Karet SIR 20",
        "Pengujian Aneka Komoditi", "Jl. Letjen. Harun Sohar No. 45", "23 November 2026",
        "Yang menyerahkan,", "Yang menerima,",
    ):  # fmt: skip
        assert fact in said
    assert [word for word in INNER_WORDS if word in said] == []
    assert decoded(answer.content, tmp_path) == ""
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_recorded_date_is_printed_and_a_missing_one_left_to_the_pen(case):
    ready(case)
    assert text(slip(case, "hasil")).count("23 November 2026") == 1
    ready(case, handed_over_at=MONDAY)
    assert text(slip(case, "hasil")).count("23 November 2026") == 2


# --- letter and souvenir ----------------------------------------------------------------------
def test_no_letter_is_handed_over_before_it_is_signed(case):
    walk(case, 10, MONDAY)
    answer = slip(case, "kompensasi")
    assert answer.status_code == 409
    assert NOT_SIGNED in answer.content.decode()


def test_the_slip_of_a_letter_names_it_with_the_souvenir(case):
    walk(case, 11, MONDAY)

    said = text(slip(case, "kompensasi"))

    for fact in (
        "TANDA TERIMA SURAT DAN SOUVENIR", case.letters.get().number, "23 November 2026",
        "1 Mug", "PT UJI-1", "Jl. Letjen. Harun Sohar No. 45", "UJI-1", "Yang menerima,",
        "Pindai kode ini dengan kamera telepon Anda.",
    ):  # fmt: skip
        assert fact in said
    assert [word for word in INNER_WORDS if word in said] == []


def test_once_sent_it_says_how(case):
    walk(case, 12, MONDAY)
    assert "Kurir: Pos Indonesia, nomor resi P2611230001" in text(slip(case, "kompensasi"))


def test_without_a_souvenir_it_says_so(case, mug):
    mug.delete()
    walk(case, 11, MONDAY)
    said = text(slip(case, "kompensasi"))
    assert "Telah diserahkan surat dengan keterangan berikut." in said
    assert "Souvenir : tidak disertakan" in said


@pytest.mark.parametrize("public", ["http://127.0.0.1:8000", "https://spm.bspji-palembang.go.id/"])
def test_the_code_leads_to_the_customers_page(case, settings, client, public, tmp_path):
    settings.PUBLIC_URL = public
    walk(case, 11, MONDAY)

    read = decoded(slip(case, "kompensasi").content, tmp_path)

    assert read == customer_url(case)
    assert read.startswith(f"{public.rstrip('/')}/lacak/")
    assert client.get(read.removeprefix(public.rstrip("/"))).status_code == 200


# --- whose ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("username", "result", "letter"),
    [
        ("kasi.pjt", 200, 200), ("petugas", 200, 200), ("kepala", 200, 403), ("agenda", 200, 403),
        ("auditor", 200, 403), ("admin", 200, 403), ("kasi.uji", 200, 403), ("pj.uji", 200, 403),
        ("kasi.kal", 404, 404), ("plh.kepala", 404, 404),
    ],
)  # fmt: skip
def test_only_who_sends_the_customers_link_prints_it(case, username, result, letter):
    walk(case, 11, MONDAY)
    ready(case)
    assert slip(case, "hasil", username).status_code == result
    answer = slip(case, "kompensasi", username)
    assert answer.status_code == letter
    if letter == 403:
        assert NOT_FOR_ALL in answer.content.decode()
    now, user = LATER, person(username)
    labels = [label for _, label in offered(Case.objects.get(pk=case.pk), user, now)]
    assert ("Tanda terima surat dan souvenir" in labels) == (letter == 200)


def test_only_what_may_be_printed_now_is_offered(case):
    def links() -> list[str]:
        return [name for name, _ in offered(Case.objects.get(pk=case.pk), user, LATER)]

    user = person("kasi.pjt")
    assert links() == []
    walk(case, 11, MONDAY)
    assert links() == ["slip-compensation"]
    ready(case)
    assert links() == ["slip-results", "slip-compensation"]


def test_the_links_stand_in_a_card(case, rf):
    request = rf.get("/")
    request.user = person("kasi.pjt")
    tag = Template("{% load slips %}{% slips case %}")
    assert tag.render(Context({"request": request, "case": case})).strip() == ""
    ready(case)
    case.order.refresh_from_db()
    card = tag.render(Context({"request": request, "case": case}))
    assert f'href="/kasus/{case.pk}/tanda-terima/hasil.pdf"' in card


def test_a_stranger_gets_no_slip(case, client):
    ready(case)
    answer = client.get(f"/kasus/{case.pk}/tanda-terima/hasil.pdf")
    assert answer.url.startswith("/masuk/")
    assert signed_in("kasi.pjt").post(answer.wsgi_request.path).status_code == 405


# --- what people type -------------------------------------------------------------------------
def test_the_longest_facts_still_fit_on_one_sheet(case):
    walk(case, 11, MONDAY)
    Order.objects.filter(pk=case.order_id).update(
        address="\n".join(["Kompleks Pergudangan Tanjung Api-Api Blok C12 Nomor 7"] * 5)[:300],
        sample="Karet alam spesifikasi teknis " * 6,
    )
    case.order.customer.name = "PT Karet Nusantara Sejahtera Abadi " * 5
    case.order.customer.save()
    assert text(slip(case, "kompensasi"))


def test_hostile_text_is_printed_as_typed(case):
    ready(case, sample="<b>{{ x }}</b><script>")
    assert "<b>{{ x }}</b><script>" in text(slip(case, "hasil"))


def test_without_a_letterhead_it_says_who_can_help(case):
    ready(case)
    Letterhead.objects.all().delete()
    answer = slip(case, "hasil")
    assert answer.status_code == 409
    assert "Minta administrator mengisinya." in answer.content.decode()
