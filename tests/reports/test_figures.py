"""A year in figures: on time where, late for what, and what another promise would have changed."""

import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
import time_machine
from django.test import Client
from pypdf import PdfReader

from kompensasi.cases.actions import finish_step
from kompensasi.cases.models import Case
from kompensasi.cases.sweep import sweep
from kompensasi.letters.models import LetterReview
from kompensasi.reports import year as years
from spm_monitor import actions, charts, figures, whatif
from spm_monitor.clock import current_calendar
from spm_monitor.models import (
    Customer,
    DueChange,
    Holiday,
    MonitoringRow,
    ObstacleCause,
    Order,
    Pause,
    Service,
)
from spm_monitor.workbooks import STARTS_A_FORMULA, harmless, workbook
from spm_monitor.workdays import WIB
from tests.cases.walking import open_visit as visit_of
from tests.cases.walking import walk
from tests.conftest import MONDAY, late_order, person, signed_in
from tests.settings_pages import queries, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


def wib(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=WIB)


def ended(number: str, start: datetime, ready: datetime, service: str = "KAL", **facts) -> Order:
    """A calibration promises five working days."""
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), start)
    customer = Customer.objects.get_or_create(name=facts.pop("name", "PT Uji"))[0]
    kind = Service.objects.get(code=service)
    order = actions.enter_order(
        facts=begun | {"number": number, "customer": customer, "service": kind} | facts,
        by=None, now=start, capacity="Loket",
    )  # fmt: skip
    actions.record_ready(order=order, at=ready, by=None, now=ready, capacity="Seksi")
    return order


def told(year: int = 2026, orders=None) -> years.YearInFigures:
    return years.figures_of(year, orders or Order.objects.all(), None, MONDAY)


def line(tallies, name: str) -> tuple:
    [found] = [one for one in tallies if one.name == name]
    return (found.ended, found.in_time, found.late, found.late_at_first, found.median_late)


# --- counting -----------------------------------------------------------------------------------


def test_orders_are_counted_by_month_service_and_section():
    ended("A", wib(2026, 2, 2, 9), wib(2026, 2, 9, 16))  # on the due instant: in its SPM
    ended("B", wib(2026, 2, 2, 9), wib(2026, 2, 12, 9))  # three calendar dates late
    ended("C", wib(2026, 3, 2, 9), wib(2026, 3, 9, 16, 1))  # a minute late is a day
    ended("D", wib(2026, 3, 2, 9), wib(2026, 3, 4, 9), "UJI-ANEKA")
    found = told()
    assert line(found.months, "Februari") == (2, 1, 1, 1, 3)
    assert line(found.months, "Maret") == (2, 1, 1, 1, 1)
    assert line(found.months, "Januari") == (0, 0, 0, 0, None)
    assert len(found.months) == 11, "up to November, which it is"
    assert line(found.services, "Kalibrasi") == (3, 1, 2, 2, 2)
    assert [one.ended for one in found.sections] == [3, 1]
    assert (found.total.share, found.lost_days) == (50, 4)


def test_c9_a_year_ends_at_midnight_in_palembang():
    """17.30 UTC on 31 December is half past midnight of the new year here."""
    ended("OLD", wib(2025, 12, 30, 9), wib(2025, 12, 31, 23, 59))
    ended("NEW", wib(2025, 12, 30, 9), wib(2026, 1, 1, 0, 30))
    assert [order.number for order in told(2025).orders] == ["OLD"]
    assert [order.number for order in told(2026).orders] == ["NEW"]
    assert told(2026).orders[0].month == 1


def test_c9_control_a_year_that_ended_by_utc_would_take_the_other_order(monkeypatch):
    ended("NEW", wib(2025, 12, 30, 9), wib(2026, 1, 1, 0, 30))
    monkeypatch.setattr(
        figures.clock, "day_start", lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC)
    )
    assert [order.number for order in told(2025).orders] == ["NEW"]


def test_a_due_that_was_moved_is_late_against_the_first_and_in_time_against_the_present():
    order = ended("A", wib(2026, 2, 2, 9), wib(2026, 2, 12, 9))
    first = order.due_at
    for at, old, new in ((3, first, wib(2026, 2, 11, 16)), (4, wib(2026, 2, 11, 16), None)):
        DueChange.objects.create(
            order=order, at=wib(2026, 2, at), old=old, new=new or wib(2026, 2, 13, 16), cause="x"
        )
    Order.objects.filter(pk=order.pk).update(due_at=wib(2026, 2, 13, 16))
    assert line(told().services, "Kalibrasi") == (1, 1, 0, 1, None)


def test_lost_days_are_told_by_cause_of_the_newest_row():
    first, second = ObstacleCause.objects.all()[:2]
    for number, causes, ready in (
        ("A", [first, second], wib(2026, 2, 12, 9)), ("B", [second], wib(2026, 2, 10, 9)),
        ("C", [], wib(2026, 2, 11, 9)), ("D", [first], wib(2026, 2, 5, 9)),
    ):  # fmt: skip
        order = ended(number, wib(2026, 2, 2, 9), ready)
        for day, cause in enumerate(causes, 3):
            MonitoringRow.objects.create(
                order=order, observed_at=wib(2026, 2, day), stage="work", cause=cause
            )
    found = [(cause.name, cause.orders, cause.lost_days) for cause in told().causes]
    assert found == [(second.name, 2, 4), (figures.NO_CAUSE, 1, 2)]


def test_returned_drafts_are_counted_by_section(mug):
    late_order("L-1")
    case = _case_at_9()
    visit = visit_of(case)
    assert visit is not None
    finish_step(
        visit=visit, outcome="return", data={"note": "Perbaiki kalimat."}, by=person("kasi.uji"),
        now=visit.opens_at,
    )  # fmt: skip
    assert LetterReview.objects.filter(approved=False).count() == 1
    assert [times for _, times in told().returned] == [1]
    assert years.returned_drafts(2026, {0}) == []
    assert years.returned_drafts(2025, None) == []


def _case_at_9():
    sweep(MONDAY)
    case = Case.objects.get()
    walk(case, 9, MONDAY)
    assert visit_of(case) is not None
    return case


# --- suppositions -------------------------------------------------------------------------------


def test_a_shorter_promise_would_have_made_more_late_and_changes_nothing():
    ended("A", wib(2026, 2, 2, 9), wib(2026, 2, 9, 16))
    ended("B", wib(2026, 2, 2, 9), wib(2026, 2, 5, 9))
    ended("T", wib(2026, 2, 2, 9), wib(2026, 2, 9, 16), target_at=wib(2026, 2, 9, 16))
    before = list(Order.objects.values_list("due_at", "standard"))
    supposed = whatif.with_days(4, Order.objects.all(), current_calendar())
    assert [(one.order.number, one.was_late, one.would_be_late) for one in supposed] == [
        ("B", False, False), ("A", False, True),
    ]  # fmt: skip
    assert list(Order.objects.values_list("due_at", "standard")) == before


def test_without_a_joint_holiday_dues_would_have_been_earlier_pauses_kept():
    day = date(2026, 3, 18)
    Holiday.objects.update_or_create(date=day, defaults={"name": "Cuti bersama", "joint": True})
    start = wib(2026, 3, 11, 9)
    order = ended("A", start, wib(2026, 3, 17, 9))
    Pause.objects.create(
        order=order, reason="payment", begins_at=wib(2026, 3, 12), ends_at=wib(2026, 3, 13),
        recorded_at=start, by=person("kasi.pjt"), evidence="x", evidence_sha256="x",
    )  # fmt: skip
    calendar = current_calendar()
    [with_it] = whatif.with_days(5, Order.objects.all(), calendar)
    [without] = whatif.without_day_off(day, Order.objects.all(), calendar)
    assert calendar.working_days_between(without.due_at.date(), with_it.due_at.date()) >= 0
    assert without.due_at < with_it.due_at


@pytest.mark.once
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"hari": "0", "layanan": "kal"}, "SPM paling sedikit 1 hari."),
        ({"hari": "366", "layanan": "kal"}, "SPM paling banyak 365 hari."),
        ({"hari": "empat", "layanan": "kal"}, "Tulis dengan angka, misalnya 12."),
        ({"hari": "4"}, "Pilih layanan yang janjinya diandaikan."),
        ({"layanan": "kal"}, "Isi jumlah hari, atau pilih hari libur di bawahnya."),
        ({"hari": "4", "layanan": "kal", "tanpa": "libur"}, "Isi salah satu saja"),
        ({"tanpa": "999999"}, "Pilih hari libur tahun ini."),
    ],
)
def test_what_cannot_be_supposed_is_said_at_its_field(asked, sentence):
    kal, off = Service.objects.get(code="KAL").pk, Holiday.objects.filter(date__year=2026).first()
    asked = {k: {"kal": kal, "libur": off.pk}.get(v, v) for k, v in asked.items()}
    answer = signed_in("kepala").get("/laporan/andaikata/", asked)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert f'value="{asked["hari"]}"' in answer.content.decode() if "hari" in asked else True


@pytest.mark.once
def test_a_supposition_is_told_beside_what_happened():
    ended("A", wib(2026, 2, 2, 9), wib(2026, 2, 9, 16))
    kal = Service.objects.get(code="KAL").pk
    page = text(signed_in("kepala").get("/laporan/andaikata/", {"layanan": kal, "hari": "4"}))
    assert "sebenarnya 0 di luar SPM, dengan andaian ini 1" in page
    assert "9 Feb 2026 16.00 WIB 6 Feb 2026 16.30 WIB di luar SPM" in page


# --- who reads what -----------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("path", ["/laporan/", "/laporan/2026.xlsx", "/laporan/2026.pdf"])
def test_a_section_sees_its_own_orders_alone(path):
    ended("KAL-1", wib(2026, 2, 2, 9), wib(2026, 2, 5, 9), name="PT Rahasia Kalibrasi")
    ended("UJI-1", wib(2026, 2, 2, 9), wib(2026, 2, 5, 9), "UJI-ANEKA", name="PT Uji")
    for username, sees, hidden in (
        ("pj.uji", "Pengujian", "Kalibrasi"), ("kepala", "Kalibrasi", None),
    ):  # fmt: skip
        said = _said(signed_in(username), path)
        assert sees in said
        assert hidden is None or hidden not in said
    assert signed_in("plh.kepala").get(path).status_code == 403


def _said(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    if path.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        return str([cell.value for sheet in book for row in sheet.iter_rows() for cell in row])
    if path.endswith(".pdf"):
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    return text(answer)


@pytest.mark.once
def test_its_queries_do_not_grow_with_the_orders():
    ended("A", wib(2026, 2, 2, 9), wib(2026, 2, 5, 9))
    client = signed_in("kepala")
    few = queries(client, "/laporan/")
    for i in range(20):
        ended(f"B-{i}", wib(2026, 2, 2, 9), wib(2026, 2, 5 + i, 9), name=f"PT {i}")
    assert queries(client, "/laporan/") == few <= 12


@pytest.mark.once
def test_few_orders_are_said_to_be_few_and_none_to_be_none():
    client = signed_in("kepala")
    assert "Belum ada pesanan yang hasilnya siap" in text(client.get("/laporan/"))
    ended("A", wib(2026, 2, 2, 9), wib(2026, 2, 5, 9))
    assert "persentase belum berarti" in text(client.get("/laporan/"))
    assert client.get("/laporan/", {"tahun": "abcd"}).context["year"] == 2026
    assert client.get("/laporan/0001.pdf").status_code == 404


@pytest.mark.once
def test_the_sheet_is_one_to_be_signed():
    for i in range(9):
        ended(f"A-{i}", wib(2026, 2, 2 + i, 9), wib(2026, 2, 20, 9))
    answer = signed_in("kepala").get("/laporan/2026.pdf")
    said = " ".join(_said(signed_in("kepala"), "/laporan/2026.pdf").split())
    assert answer["Content-Type"] == "application/pdf"
    assert "Laporan Standar Pelayanan Minimal Tahun 2026" in said
    assert "Selesai 9 pesanan:" in said
    assert "Palembang, 23 November 2026 Kepala Balai," in said


@pytest.mark.once
def test_a_name_that_cannot_be_printed_is_said_in_words():
    ended("A", wib(2026, 2, 2, 9), wib(2026, 2, 5, 9))
    Service.objects.filter(code="KAL").update(name="Kalibrasi 🎁")
    answer = signed_in("kepala").get("/laporan/2026.pdf")
    assert answer.status_code == 409
    assert "karakter yang tidak dapat dicetak" in text(answer)


# --- drawing and workbooks ----------------------------------------------------------------------


@pytest.mark.once
def test_columns_stand_on_the_floor_and_the_highest_fills_the_chart():
    drawn = charts.columns([("Jan", 3, 1), ("Feb", 0, 0), ("Mar", 1, 1)])
    assert [column.total for column in drawn] == [4, 0, 2]
    assert drawn[0].upper_y == charts.TOP
    assert drawn[0].lower_y + drawn[0].lower_height == charts.FLOOR
    assert drawn[1].lower_height == drawn[1].upper_height == 0
    assert drawn[2].upper_y == (charts.TOP + charts.FLOOR) / 2
    assert charts.columns([]) == []


@pytest.mark.once
@pytest.mark.parametrize("sign", STARTS_A_FORMULA)
def test_d12_a_text_that_a_spreadsheet_would_calculate_is_shown(sign):
    typed = f"{sign}cmd|'/c calc'!A1"
    assert harmless(typed).startswith("'") or not harmless(typed).startswith(STARTS_A_FORMULA)
    book = openpyxl.load_workbook(io.BytesIO(workbook([("A", ["x"], [[typed]])])))
    cell = book["A"]["A2"]
    assert cell.data_type == "s"
    assert not str(cell.value).startswith(STARTS_A_FORMULA)


@pytest.mark.once
def test_numbers_stay_numbers():
    book = openpyxl.load_workbook(io.BytesIO(workbook([("A", ["x"], [[-3], [2.5], [None]])])))
    assert [row[0].value for row in book["A"].iter_rows(min_row=2)] == [-3, 2.5, None]
