"""Step 5's notice of delay: the WhatsApp link, the printed sheet, the mail of the outbox."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import mail

from kompensasi.cases.actions import finish_step
from kompensasi.cases.informing import mobile_number
from kompensasi.cases.models import Case, Visit
from kompensasi.cases.sweep import sweep
from kompensasi.notices.models import Notice
from kompensasi.notices.sending import send_waiting
from tests.cases.walking import do_step, open_visit, step_url, walk
from tests.conftest import MONDAY, late_order, person, signed_in

pytestmark = pytest.mark.django_db

TEXT = "Pekerjaan tertunda & selesai 1 Desember 2026 (100 %).\n\nTerima kasih."


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("081234567890", "6281234567890"),
        ("0812-3456-7890", "6281234567890"),
        ("0812 3456 7890 (Ibu Sari)", "6281234567890"),
        ("+62 812-3456-7890", "6281234567890"),
        ("62812 3456 7890", "6281234567890"),
        ("0062 81234567890", "6281234567890"),
        ("81234567890", "6281234567890"),
        ("(0711) 412482, 0812 3456 7890", "6281234567890"),
        ("0711412482 atau 081234567890", "6281234567890"),
        ("+65 9123 4567", "6591234567"),
        ("0711-412482", ""),
        ("+62 711 412482", ""),
        ("412482", ""),
        ("0812", ""),
        ("08123456789012345", ""),
        ("tidak ada", ""),
        ("", ""),
    ],
)
def test_only_what_can_be_a_mobile_number_becomes_a_link(phone, number):
    assert mobile_number(phone) == number


def at_step_5(**facts) -> tuple[Case, Visit]:
    late_order(**{"phone": "0812-3456-7890", "address": "Jl. Merdeka 1"} | facts)
    sweep(MONDAY)
    case = Case.objects.get()
    walk(case, 5, MONDAY)
    return case, open_visit(case)


def page(username: str, url: str, at=MONDAY + timedelta(hours=1)) -> str:
    with time_machine.travel(at, tick=False):
        return unescape(signed_in(username).get(url).content.decode())


def whatsapp(html: str) -> tuple[str, str] | None:
    """Number and text of the page's link."""
    found = re.search(r'href="(https://wa\.me/[^"]+)"', html)
    if found is None:
        return None
    address = urlsplit(found[1])
    return address.path, parse_qs(address.query)["text"][0]


def test_the_open_step_offers_the_proposed_text_and_a_sheet():
    case, _ = at_step_5()
    html = page("kasi.pjt", step_url(case, 5))
    number, text = whatsapp(html)
    assert number == "/6281234567890"
    assert text.startswith("Kami sampaikan bahwa layanan")
    assert f'href="/kasus/{case.pk}/pemberitahuan/"' in html
    sheet = page("kasi.pjt", f"/kasus/{case.pk}/pemberitahuan/")
    assert text in sheet
    assert "belum disimpan" in sheet
    assert "Jl. Merdeka 1" in sheet
    assert "Palembang, 23 November 2026" in sheet


def test_without_a_mobile_number_there_is_no_link_and_the_page_says_why():
    case, _ = at_step_5(phone="0711 412482")
    html = page("kasi.pjt", step_url(case, 5))
    assert whatsapp(html) is None
    assert "bila pesanan memiliki nomor ponsel" in html


def test_the_finished_step_offers_the_text_that_was_saved():
    case, visit = at_step_5()
    typed = TEXT.replace("\n", "\r\n")  # as browsers send it
    assert do_step(case, visit.opens_at, message=typed, channel="whatsapp").status_code == 302
    html = page("kasi.pjt", step_url(case, 5))
    assert whatsapp(html) == ("/6281234567890", TEXT)
    saved = f"/kasus/{case.pk}/pemberitahuan/{visit.pk}/"
    assert f'href="{saved}"' in html
    sheet = page("kasi.pjt", saved)
    assert "Pekerjaan tertunda & selesai 1 Desember 2026 (100 %)." in sheet
    assert "Hormat kami,<br>Plt. Kasi PJT" in sheet
    assert "belum disimpan" not in sheet


def test_who_may_not_see_contacts_reads_the_notice_without_them():
    case, visit = at_step_5()
    open_sheet = page("kasi.uji", f"/kasus/{case.pk}/pemberitahuan/")
    do_step(case, visit.opens_at, told_to="Ibu Sari")
    for html in (
        open_sheet,
        page("kasi.uji", step_url(case, 5)),
        page("kasi.uji", f"/kasus/{case.pk}/pemberitahuan/{visit.pk}/"),
    ):
        assert "Kami sampaikan bahwa layanan" in html
        assert "81234567890" not in re.sub(r"\D", "", html)
        assert "Jl. Merdeka 1" not in html


@pytest.mark.parametrize("saved", [False, True])
def test_a_notice_of_another_section_or_case_is_not_there(saved):
    case, visit = at_step_5()
    if saved:
        do_step(case, visit.opens_at)
    url = f"/kasus/{case.pk}/pemberitahuan/" + (f"{visit.pk}/" if saved else "")
    assert signed_in("kasi.pjt").get(url).status_code == 200
    assert signed_in("kasi.kal").get(url).status_code == 404
    other = url.replace(f"/{case.pk}/", f"/{case.pk + 1}/", 1)
    assert signed_in("kasi.pjt").get(other).status_code == 404
    assert signed_in("kasi.pjt").get(f"/kasus/{case.pk}/pemberitahuan/9999/").status_code == 404


def test_no_sheet_is_proposed_where_step_5_is_not_open():
    case, visit = at_step_5()
    do_step(case, visit.opens_at)
    assert signed_in("kasi.pjt").get(f"/kasus/{case.pk}/pemberitahuan/").status_code == 404


# --- by mail ----------------------------------------------------------------------------------
@pytest.fixture
def mail_on(settings) -> None:
    settings.EMAIL_HOST = "smtp.example"


def informed_by(channel: str, **facts) -> tuple[Case, Visit]:
    case, visit = at_step_5(**{"email": "mutu@pelanggan.example"} | facts)
    given = {"channel": channel, "told_to": "Ibu Sari", "message": TEXT}
    assert do_step(case, visit.opens_at, **given).status_code == 302
    return case, visit


def to_customers() -> list[Notice]:
    return list(Notice.objects.filter(kind=Notice.Kind.DELAY))


def test_by_mail_the_notice_is_queued_with_the_step_and_sent_by_the_worker(mail_on):
    case, visit = informed_by("email")
    (notice,) = to_customers()
    assert (notice.address, notice.user) == ("mutu@pelanggan.example", None)
    assert notice.subject == "Pemberitahuan tentang pesanan UJI-1"
    assert notice.body.startswith("Yth. Ibu Sari\n\nPekerjaan tertunda")
    assert "(0711) 412482" in notice.body
    assert "menunggu dikirim" in page("kasi.pjt", step_url(case, 5))
    send_waiting(visit.opens_at)
    assert [m.to for m in mail.outbox] == [["mutu@pelanggan.example"]]
    html = page("kasi.uji", f"/kasus/{case.pk}/pemberitahuan/{visit.pk}/")
    assert "Surel kepada pelanggan terkirim 23 Nov 2026" in html
    assert "mutu@pelanggan.example" not in html


@pytest.mark.parametrize("channel", ["phone", "whatsapp", "letter", "counter"])
def test_by_another_way_no_mail_is_queued(mail_on, channel):
    informed_by(channel)
    assert to_customers() == []


def test_without_an_address_no_mail_is_queued_and_the_form_says_so(mail_on):
    case, _ = at_step_5()
    assert "Sistem tidak mengirim surel untuk pesanan ini" in page("kasi.pjt", step_url(case, 5))
    assert do_step(case, MONDAY + timedelta(hours=1), channel="email").status_code == 302
    assert to_customers() == []


def test_where_mail_is_off_nothing_is_queued_and_the_form_says_so():
    case, visit = at_step_5(email="mutu@pelanggan.example")
    assert "Sistem tidak mengirim surel untuk pesanan ini" in page("kasi.pjt", step_url(case, 5))
    do_step(case, visit.opens_at, channel="email")
    assert not Notice.objects.exists()


def test_a_step_that_fails_sends_nothing(mail_on, monkeypatch):
    def breaks(*_: object, **__: object) -> None:
        raise KeyError

    _, visit = at_step_5(email="mutu@pelanggan.example")
    Notice.objects.all().delete()
    monkeypatch.setattr("kompensasi.cases.actions._close_and_go", breaks)
    data = {"channel": "email", "told_to": "Ibu Sari", "told_at": MONDAY, "message": TEXT}
    with pytest.raises(KeyError):
        finish_step(
            visit=visit, outcome="informed", data=data, by=person("kasi.pjt"), now=visit.opens_at
        )
    assert not Notice.objects.exists()


def test_a_failed_mail_is_said_on_the_page(mail_on):
    case, _ = informed_by("email")
    Notice.objects.filter(kind=Notice.Kind.DELAY).update(state="failed", error="550 tidak ada")
    assert "gagal dikirim. Sampaikan dengan cara lain" in page("kasi.pjt", step_url(case, 5))
