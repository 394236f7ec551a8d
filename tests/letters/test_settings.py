"""The administrator's page of letterheads and templates."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from kompensasi.demo.walk import walk
from kompensasi.letters import settings_actions as actions
from kompensasi.letters.models import Letter, Letterhead, LetterTemplate
from spm_monitor.models import JournalEntry
from spm_monitor.refusals import BadInput, NotNow, NotYours
from spm_monitor.wording import date_id
from tests.conftest import MONDAY, TODAY, late_order, person, signed_in
from tests.settings_pages import EVERYBODY_ELSE, queries, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NEW = "/pengaturan/kop/baru/"
NEXT_YEAR = date(2027, 1, 1)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def office() -> Client:
    return signed_in("admin")


@pytest.fixture
def signed(mug) -> Letter:
    """A letter that was signed today, and sent."""
    late_order()
    sweep(MONDAY - timedelta(days=4))
    walk(Case.objects.get(), None, begin=MONDAY - timedelta(days=4), end=MONDAY, cause="antrean")
    JournalEntry.objects.all().delete()
    return Letter.objects.get()


def in_force() -> Letterhead:
    return Letterhead.objects.on(TODAY)


def facts_of(form, **facts) -> dict[str, str]:
    """What a page's form would send back, with some fields changed."""
    shown = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in (shown | facts).items()}


def send(office: Client, url: str, **facts):
    return office.post(url, facts_of(office.get(url).context["form"], **facts))


# --- whose ------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", EVERYBODY_ELSE)
def test_they_are_closed_to_everybody_else(username):
    client, head, template = signed_in(username), in_force(), LetterTemplate.objects.first()

    for path in (
        reverse("letterheads"), NEW, reverse("letterhead", args=[head.pk]),
        reverse("template", args=[template.pk]), reverse("template-new", args=["finished"]),
        reverse("sample-letter", args=["kop", head.pk]),
    ):  # fmt: skip
        assert client.get(path).status_code == 403, path
        assert client.post(path, {"unit": "X"}).status_code in (403, 405), path
    for save in (
        lambda: actions.save_letterhead(letterhead=head, by=person(username), now=MONDAY),
        lambda: actions.save_template(template=template, by=person(username), now=MONDAY),
    ):
        with pytest.raises(NotYours):
            save()
    assert not JournalEntry.objects.exists()


# --- reading ----------------------------------------------------------------------------------


def test_the_page_shows_each_row_with_its_number_and_where_it_stands(office):
    Letterhead.objects.create(
        **{name: getattr(in_force(), name) for name in ("ministry", "agency", "unit", "address")},
        valid_from=NEXT_YEAR, number_format="{urut}/{tahun}", place="Palembang",
    )  # fmt: skip

    page = text(office.get(reverse("letterheads")))

    assert "B/12/BSKJI/BSPJI-Palembang/SM.02/XI/2026 Berlaku" in page
    assert "12/2026 Akan datang" in page
    assert "B/12/BSKJI/Baristand-Palembang/SM.02/XI/2026 Diganti" in page
    assert "Templat surat: Perkiraan terlambat" in page


def test_the_page_costs_the_same_queries_however_long(office):
    few = queries(office, reverse("letterheads"))
    for number in range(20):
        Letterhead.objects.create(valid_from=NEXT_YEAR + timedelta(days=number))
        LetterTemplate.objects.create(
            variant="finished", valid_from=NEXT_YEAR + timedelta(days=number)
        )

    assert queries(office, reverse("letterheads")) == few


def test_a_sample_letter_shows_letterhead_and_template(office):
    for kind, row in (
        ("kop", Letterhead.objects.last()),
        ("templat", LetterTemplate.objects.last()),
    ):
        answer = office.get(reverse("sample-letter", args=[kind, row.pk]))
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
    assert office.get(reverse("sample-letter", args=["kop", 99999])).status_code == 404


def test_a_sample_has_every_fact_and_is_marked_a_draft():
    for template in LetterTemplate.objects.all():
        sheet = actions.sample(in_force(), template, MONDAY)
        assert sheet.draft
        assert sheet.number == "B/12/BSKJI/BSPJI-Palembang/SM.02/XI/2026"
        assert "{" not in "".join(sheet.paragraphs)


# --- letterheads ------------------------------------------------------------------------------


def test_the_next_letterhead_begins_as_the_one_in_force(office):
    form = office.get(NEW).context["form"]

    assert form["unit"].value() == in_force().unit
    assert form["valid_from"].value() is None


def test_a_new_letterhead_counts_from_its_day_and_is_on_record(office):
    answer = send(office, NEW, unit="BALAI BARU", valid_from="2027-01-01")

    assert "Contoh nomor: B/12/BSKJI/" in text(office.get(answer.url))
    assert in_force().unit != "BALAI BARU"
    assert Letterhead.objects.on(NEXT_YEAR).unit == "BALAI BARU"
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.actor) == ("letterhead.added", person("admin"))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"number_format": "B/{urut}/{kota}/{tahun}"}, "Unsur ini tidak dikenal: {kota}."),
        ({"number_format": "B/{tahun}"}, "Pola nomor memerlukan {urut}"),
        ({"number_format": "B/{urut/{tahun}"}, "Tiap kurung { harus ditutup dengan }."),
        ({"valid_from": "2022-01-01"}, "Berlaku sejak ini sudah dipakai."),
        ({"valid_from": ""}, "Isi tanggal “berlaku sejak”."),
        ({"unit": ""}, "Isi nama balai."),
        ({"address": "漢字"}, "Hapus atau ganti karakter yang tidak dapat dicetak"),
    ],
)
def test_a_letterhead_that_cannot_be_is_refused_and_what_was_typed_stays(office, facts, sentence):
    answer = send(office, NEW, **{"valid_from": "2027-01-01", "classification": "HK.1"} | facts)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="HK.1"' in answer.content.decode()
    assert Letterhead.objects.count() == 2
    assert not JournalEntry.objects.exists()


def test_an_unused_letterhead_is_corrected(office):
    url = reverse("letterhead", args=[in_force().pk])

    assert send(office, url, classification="HK.2").status_code == 302

    assert in_force().classification == "HK.2"
    assert JournalEntry.objects.get().before == {"classification": "SM.02"}


def test_a_letterhead_under_which_a_letter_was_signed_stays(office, signed):
    url = reverse("letterhead", args=[in_force().pk])

    page = office.get(url)
    assert "isinya tetap" in text(page)
    assert 'name="unit"' not in page.content.decode()
    answer = office.post(url, {"unit": "LAIN"})
    assert answer.status_code == 409
    assert "Tambahkan yang baru, yang berlaku sejak tanggal lain." in text(answer)
    old = Letterhead.objects.get(valid_from=date(2010, 1, 1))
    assert office.get(reverse("letterhead", args=[old.pk])).status_code == 200  # none of its time


def test_no_letterhead_comes_under_letters_that_are_signed(office, signed):
    answer = send(office, NEW, valid_from=signed.dated.isoformat())

    assert answer.status_code == 422
    assert f"Surat bertanggal {date_id(signed.dated)} sudah ditandatangani." in text(answer)
    after = signed.dated + timedelta(days=1)
    assert send(office, NEW, valid_from=after.isoformat()).status_code == 302


def test_the_technical_tool_keeps_to_it_too(office, signed):
    head = in_force()
    url = reverse("admin:letters_letterhead_change", args=[head.pk])
    form = office.get(url).context["adminform"].form

    answer = office.post(url, facts_of(form, unit="LAIN", valid_from="01/01/2022"))

    assert answer.status_code == 409
    assert in_force().unit == head.unit


# --- templates --------------------------------------------------------------------------------


def test_a_new_template_begins_as_the_one_in_force_and_counts_from_its_day(office):
    old = LetterTemplate.objects.filter(variant="finished").on(TODAY)

    send(office, reverse("template-new", args=["finished"]), valid_from="2027-01-01", subject="Hal")

    new = LetterTemplate.objects.filter(variant="finished").on(NEXT_YEAR)
    assert (new.subject, new.body) == ("Hal", old.body)
    assert LetterTemplate.objects.filter(variant="finished").on(TODAY) == old
    assert JournalEntry.objects.get().verb == "lettertemplate.added"


def test_a_variant_that_there_is_not(office):
    assert office.get(reverse("template-new", args=["lain"])).status_code == 404


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"body": "Pesanan {direktur}."}, "Isian ini tidak dikenal: {direktur}."),
        ({"body": "Panjang sekali. " * 300}, "Surat tidak muat pada satu halaman A4."),
        ({"body": ""}, "Isi bunyi surat."),
        ({"subject": "x" * 161}, "Hal paling banyak 160 huruf. Sekarang 161."),
        ({"valid_from": "2010-01-01"}, "Templat yang berlaku sejak tanggal itu sudah ada."),
    ],
)
def test_a_template_that_cannot_be_is_refused_in_words(office, facts, sentence):
    before = LetterTemplate.objects.count()
    url = reverse("template-new", args=["finished"])

    answer = send(office, url, **{"valid_from": "2027-01-01"} | facts)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert LetterTemplate.objects.count() == before


def test_a_template_from_which_a_signed_letter_was_written_stays(signed):
    used = LetterTemplate.objects.filter(variant="expected").on(TODAY)
    assert actions.in_use(used)
    with pytest.raises(NotNow):
        actions.save_template(template=used, by=person("admin"), now=MONDAY)


def test_a_draft_alone_does_not_keep_a_template(office, mug):
    late_order()
    sweep(MONDAY - timedelta(days=4))
    walk(Case.objects.get(), 10, begin=MONDAY - timedelta(days=4), end=MONDAY, cause="antrean")
    template = LetterTemplate.objects.filter(variant="expected").on(TODAY)

    assert send(office, reverse("template", args=[template.pk]), subject="Hal").status_code == 302


def test_the_action_itself_proves_that_the_letter_fits():
    template = LetterTemplate.objects.first()
    template.body = "Panjang sekali. " * 300

    with pytest.raises(BadInput, match="tidak muat"):
        actions.save_template(template=template, by=person("admin"), now=MONDAY)
