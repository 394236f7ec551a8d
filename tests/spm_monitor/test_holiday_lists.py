"""A year's list of holidays: what differs is shown, and what would move, before it is kept."""

from datetime import date, datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from spm_monitor import calendar_changes, clock, holiday_lists, journal, pulse, recalculation
from spm_monitor.holiday_lists import Listed
from spm_monitor.models import Holiday, JournalEntry, Order
from spm_monitor.refusals import NotYours
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, person, signed_in
from tests.settings_pages import EVERYBODY_ELSE, text
from tests.spm_monitor.test_calendar_pages import enter

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]
LIST_2026 = "/pengaturan/libur/daftar/?tahun=2026"
FACTS = {"source": "library", "decree": "SKB 1/2026"}


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def office() -> Client:
    return signed_in("admin")


def taken(office: Client, **facts):
    """The list's page sent, and once more from the page that showed what it does."""
    shown = office.post(LIST_2026, FACTS | facts)
    assert shown.status_code == 200, shown.context["form"].errors
    sent = {
        field.html_name: "on" if field.value() is True else field.value() or ""
        for field in shown.context["form"]
        if field.name != "file"
    }
    sent = {name: value for name, value in sent.items() if value != ""}
    return shown, office.post(LIST_2026, sent | {"seen": shown.context["seen"]})


def file(*lines: str) -> SimpleUploadedFile:
    content = "\n".join(("tanggal,nama,jenis", *lines)).encode()
    return SimpleUploadedFile("libur.csv", content)


@pytest.mark.parametrize("username", EVERYBODY_ELSE)
def test_it_is_closed_to_everybody_else(username):
    client = signed_in(username)
    assert client.get(LIST_2026).status_code == client.post(LIST_2026, FACTS).status_code == 403
    with pytest.raises(NotYours):
        calendar_changes.take_list(
            year=2026, listed=[], decree="x", drop_missing=True, reason="x", seen="",
            by=person(username), now=MONDAY,
        )  # fmt: skip


def test_the_library_s_own_list_changes_nothing_of_rows_that_came_from_it(office):
    answer = office.post(LIST_2026, FACTS, follow=True)
    assert "sama dengan yang tercatat" in text(answer)
    assert not JournalEntry.objects.exists()


def test_what_differs_is_shown_first_then_kept_as_one_act(office):
    """A renamed day, a forgotten one and a local one: only the first two follow the list."""
    Holiday.objects.filter(date=date(2026, 12, 25)).update(name="Natal?")
    Holiday.objects.filter(date=date(2026, 12, 24)).delete()
    Holiday.objects.create(date=date(2026, 12, 9), name="Pilkada Palembang", local=True)
    order = enter("K-1", datetime(2026, 12, 21, 8, tzinfo=WIB))
    before = Order.objects.get(pk=order.pk).due_at

    shown, kept = taken(office, drop_missing="on")

    page = text(shown)
    assert "Natal?" in page
    assert "Kamis, 24 Desember 2026" in page
    assert "Pilkada" not in page
    assert [move.order.number for move, _ in shown.context["rows"]] == ["K-1"]
    assert kept.status_code == 302
    assert Holiday.objects.get(date=date(2026, 12, 24)).decree == "SKB 1/2026"
    assert Holiday.objects.get(date=date(2026, 12, 25)).name != "Natal?"
    assert Holiday.objects.filter(local=True).count() == 1
    after = Order.objects.get(pk=order.pk).due_at
    assert clock.current_calendar().working_days_between(before.date(), after.date()) == 1
    assert journal.first_broken() is None


def test_a_day_the_list_does_not_have_stays_unless_told_otherwise(office):
    extra = date(2026, 12, 29)
    Holiday.objects.create(date=extra, name="Salah catat", joint=True)
    shown, _ = taken(office)
    assert "tetap" in text(shown)
    assert Holiday.objects.filter(date=extra).exists()
    _, kept = taken(office, drop_missing="on")
    assert kept.status_code == 302
    assert not Holiday.objects.filter(date=extra).exists()


def test_a_file_is_taken_too_and_travels_through_the_preview(office):
    Holiday.objects.filter(date__year=2026).delete()
    shown, kept = taken(
        office, source="file", reason="SKB terlambat diterima",
        file=file("2026-12-25,Hari Natal,Libur nasional", "24/12/2026,Natal,cuti bersama"),
    )  # fmt: skip
    assert (shown.status_code, kept.status_code) == (200, 302)
    rows = Holiday.objects.filter(date__year=2026).values_list("date", "name", "joint")
    assert list(rows) == [
        (date(2026, 12, 24), "Natal", True), (date(2026, 12, 25), "Hari Natal", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("2026-12-25",), "isi nama harinya"),
        (("2027-12-25,Natal",), "bukan tahun 2026"),
        (("25 Des 2026,Natal",), "tulis tanggal seperti"),
        (("2026-12-25,Natal,cuti",), "tulis jenisnya"),
        (("2026-12-25,Natal", "25/12/2026,Natal lagi"), "sudah ada di atasnya"),
        ((), "tidak memuat hari libur"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(office, lines, sentence):
    answer = office.post(LIST_2026, FACTS | {"source": "file", "file": file(*lines)})
    assert answer.status_code == 422
    assert sentence in text(answer)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"source": "file"}, "Pilih berkas CSV atau XLSX."),
        ({"decree": ""}, "Isi nomor keputusannya."),
        ({"listed": '[["2031-01-01","x",true]]'}, "tidak terkirim utuh"),
        ({"listed": "{"}, "tidak terkirim utuh"),
        ({"listed": "[1]"}, "tidak terkirim utuh"),
    ],
)
def test_what_is_missing_is_said(office, facts, sentence):
    answer = office.post(LIST_2026, FACTS | facts)
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_a_year_the_library_does_not_know_asks_for_a_file(office):
    answer = office.post("/pengaturan/libur/daftar/?tahun=2099", FACTS)
    assert answer.status_code in (200, 422)


def test_days_that_have_passed_ask_for_a_reason(office):
    Holiday.objects.filter(date__year=2026).delete()
    answer = office.post(LIST_2026, FACTS)
    assert answer.status_code == 422
    assert "Isi alasan perubahannya." in text(answer)


def test_a_list_seen_before_an_order_came_in_is_shown_again():
    """What is applied is what was seen, or nothing."""
    listed = [*holiday_lists.of_library(2026), Listed(date(2026, 12, 2), "Baru", joint=True)]
    act = {"year": 2026, "listed": listed, "decree": "SKB", "drop_missing": False, "reason": "",
           "by": person("admin"), "now": MONDAY}  # fmt: skip
    enter("K-0")
    enter("K-1", MONDAY.replace(day=26))
    with pytest.raises(recalculation.Unseen) as unseen:
        calendar_changes.take_list(**act, seen="")
    seen = unseen.value.moved.mark
    enter("K-2", MONDAY.replace(day=26))
    with pytest.raises(recalculation.Unseen):
        calendar_changes.take_list(**act, seen=seen)
    assert not Holiday.objects.filter(date=date(2026, 12, 2)).exists()


def test_a_cuti_bersama_is_not_local(office):
    answer = office.post(
        reverse("holiday-new"),
        {"date": "2026-12-02", "name": "x", "joint": "on", "local": "on", "decree": "y"},
    )
    assert answer.status_code == 422
    assert "Pilih salah satu." in text(answer)


# --- what makes dues doubtful ------------------------------------------------------------------


def test_a_year_without_rows_warns_on_every_dashboard_as_soon_as_dues_may_fall_into_it():
    pulse.note(pulse.SWEEP, MONDAY)
    said = "Hari libur 2027 belum tercatat."
    assert said not in text(signed_in("kasi.pjt").get("/"))
    Holiday.objects.filter(date__year=2027).delete()
    assert f"{said} Target dihitung dengan akhir pekan saja. Beri tahu" in text(
        signed_in("kasi.pjt").get("/")
    )
    assert f"{reverse('holiday-list')}?tahun=2027" in signed_in("admin").get("/").content.decode()


def test_a_sweep_that_stays_away_warns_on_the_dashboard(monkeypatch):
    monkeypatch.setattr(pulse, "STARTED", MONDAY.replace(year=2025))
    pulse.note(pulse.SWEEP, MONDAY.replace(hour=7))
    assert "Pemeriksaan otomatis berhenti." in text(signed_in("kepala").get("/"))
    pulse.note(pulse.SWEEP, MONDAY)
    page = text(signed_in("kepala").get("/"))
    assert "berhenti" not in page
    assert "diperiksa otomatis pukul 08.00 WIB" in page
