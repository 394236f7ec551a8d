"""The administrator's pages of the working calendar: nothing moves that was not seen before."""

from datetime import date, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kompensasi.cases.sweep import sweep
from spm_monitor import actions, calendar_changes, clock, journal
from spm_monitor.models import (
    Customer,
    DueChange,
    Holiday,
    JournalEntry,
    OfficeHours,
    Order,
    Service,
)
from spm_monitor.refusals import NotNow, NotYours
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, person, signed_in
from tests.settings_pages import EVERYBODY_ELSE, queries, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NEW = "/pengaturan/libur/baru/"
MON_THU, FRI = "08.00–12.00, 12.30–15.00", "08.00–11.30, 12.30–15.30"
RAMADAN = {f"day{n}": MON_THU for n in range(4)} | {"day4": FRI}
STANDING = {f"day{n}": "07.30–12.00, 13.00–16.00" for n in range(4)} | {
    "day4": "07.30–11.30, 13.00–16.30"
}
WEDNESDAY = {"date": "2026-11-25", "name": "Pilkada Palembang", "decree": "Keppres 99/2026"}


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def office() -> Client:
    return signed_in("admin")


def wib(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=WIB)


def enter(number: str, start: datetime = MONDAY, **facts) -> Order:
    """A calibration, due in five working days."""
    facts = {
        "number": number, "service": Service.objects.get(code="KAL"), "received_at": start,
        "customer": Customer.objects.get_or_create(name="PT Uji")[0],
        "documents_at": start, "paid_at": start,
    } | facts  # fmt: skip
    return actions.enter_order(facts=facts, by=person("petugas"), now=start)


def due(order: Order) -> datetime | None:
    return Order.objects.get(pk=order.pk).due_at


def marked(answer) -> str:
    """The mark of the moves that a preview shows."""
    assert answer.status_code == 200
    return answer.context["seen"]


# --- whose ------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", EVERYBODY_ELSE)
def test_they_are_closed_to_everybody_else(username):
    client = signed_in(username)
    day, hours = Holiday.objects.first(), OfficeHours.objects.first()

    for path in (
        reverse("calendar"), NEW, reverse("holiday", args=[day.pk]),
        reverse("holiday-remove", args=[day.pk]), reverse("office-hours", args=[hours.pk]),
    ):  # fmt: skip
        assert client.get(path).status_code == 403, path
        assert client.post(path, WEDNESDAY).status_code in (403, 405), path
    by, now = person(username), MONDAY
    for change in (
        lambda: calendar_changes.save_holiday(day=day, reason="x", seen="", by=by, now=now),
        lambda: calendar_changes.remove_holiday(day=day, reason="x", seen="", by=by, now=now),
        lambda: calendar_changes.save_hours(hours=hours, week={}, seen="", by=by, now=now),
    ):
        with pytest.raises(NotYours):
            change()
    assert not JournalEntry.objects.exists()


# --- reading ----------------------------------------------------------------------------------


def test_a_year_shows_its_days_and_the_hours(office):
    page = text(office.get(reverse("calendar")))

    assert "Senin, 17 Agustus 2026" in page
    assert "Senin–Kamis 07.30–12.00, 13.00–16.00" in page
    assert "Jumat 08.00–11.30, 12.30–15.30" in page
    assert "Senin, 17 Agustus 2026" not in text(office.get(reverse("calendar"), {"tahun": "2025"}))


@pytest.mark.parametrize("asked", ["0001", "9999", "x", "", "²²²²", "20260"])
def test_a_year_that_cannot_be_is_this_one(office, asked):
    assert office.get(reverse("calendar"), {"tahun": asked}).context["year"] == 2026


def test_a_year_without_days_says_what_that_means(office):
    assert "Belum ada hari libur 2031." in text(office.get(reverse("calendar"), {"tahun": "2031"}))


def test_a_year_costs_the_same_queries_however_many_days(office):
    few = queries(office, reverse("calendar"))
    Holiday.objects.bulk_create(
        Holiday(date=date(2026, 3, number), name="x")
        for number in range(1, 29)
        if not Holiday.objects.filter(date=date(2026, 3, number)).exists()
    )

    assert queries(office, reverse("calendar")) == few


# --- a change that moves nothing --------------------------------------------------------------


def test_a_day_that_moves_nothing_is_saved_at_once(office):
    answer = office.post(NEW, WEDNESDAY | {"joint": "on"}, follow=True)

    assert "25 November 2026 disimpan sebagai hari libur. Tidak ada target yang bergeser." in text(
        answer
    )
    assert not clock.current_calendar().is_working_day(date(2026, 11, 25))
    entry = JournalEntry.objects.get()
    assert (entry.verb, entry.after["joint"], entry.actor) == (
        "holiday.added",
        True,
        person("admin"),
    )


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"date": "2026-12-25"}, "Tanggal ini sudah dipakai."),
        ({"date": "besok"}, "Tulis tanggal seperti 24/11/2026."),
        ({"date": "0026-11-25"}, "Isi tahun antara"),
        ({"date": ""}, "Isi tanggal."),
        ({"name": " "}, "Isi nama."),
        ({"date": "2026-11-20"}, "Tanggal ini sudah lewat. Isi alasan perubahannya."),
        ({"reason": "x" * 201}, "Alasan paling banyak 200 huruf. Sekarang 201."),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_what_was_typed_stays(office, facts, sentence):
    answer = office.post(NEW, WEDNESDAY | facts)

    assert answer.status_code == 422
    assert text(answer).count(sentence) == 2
    assert 'value="Keppres 99/2026"' in answer.content.decode()
    assert not JournalEntry.objects.exists()
    assert not Holiday.objects.filter(name=WEDNESDAY["name"]).exists()


# --- a change that moves orders ---------------------------------------------------------------


def test_what_would_move_is_shown_and_nothing_is_kept(office):
    order, promised = enter("K-1"), enter("K-2", target_at=wib(2026, 12, 4, 9, 0))
    entries = JournalEntry.objects.count()

    answer = office.post(NEW, WEDNESDAY)

    page = text(answer)
    assert "1 pesanan berjalan akan bergeser" in page
    assert "K-1 Kalibrasi 30 Nov 2026 16.00 WIB 1 Des 2026 16.00 WIB" in page
    assert "K-2" not in page
    assert not Holiday.objects.filter(name=WEDNESDAY["name"]).exists()
    assert (due(order), due(promised)) == (wib(2026, 11, 30, 16), wib(2026, 12, 4, 9))
    assert JournalEntry.objects.count() == entries
    assert clock.current_calendar().is_working_day(date(2026, 11, 25))


def test_what_was_seen_is_done_in_one_act(office):
    order, ended = enter("K-1"), enter("K-2")
    actions.record_ready(order=ended, at=MONDAY, by=person("petugas"), now=MONDAY)
    entries = JournalEntry.objects.count()
    seen = marked(office.post(NEW, WEDNESDAY))

    answer = office.post(NEW, WEDNESDAY | {"seen": seen}, follow=True)

    assert "Target 1 pesanan berjalan digeser." in text(answer)
    assert (due(order), due(ended)) == (wib(2026, 12, 1, 16), wib(2026, 11, 30, 16))
    change = DueChange.objects.get()
    assert change.cause == "hari libur 25 November 2026: Pilkada Palembang"
    assert change.by == person("admin")
    written = list(JournalEntry.objects.order_by("seq")[entries:])
    assert [entry.verb for entry in written] == ["holiday.added", "order.rescheduled"]
    assert {entry.capacity for entry in written} == {"Administrator"}
    assert journal.first_broken() is None


def test_the_preview_carries_what_was_typed(office):
    enter("K-1")
    form = office.post(NEW, WEDNESDAY | {"joint": "", "reason": "surat edaran"}).context["form"]

    html = "".join(field.as_hidden() for field in form)
    for value in ("2026-11-25", "Pilkada Palembang", "Keppres 99/2026", "surat edaran"):
        assert f'value="{value}"' in html


def test_orders_that_changed_since_are_shown_again(office):
    first = enter("K-1")
    seen = marked(office.post(NEW, WEDNESDAY))
    second = enter("K-2")

    answer = office.post(NEW, WEDNESDAY | {"seen": seen})

    assert "Sejak Anda melihatnya, pesanan yang bergeser berubah." in text(answer)
    assert "2 pesanan berjalan akan bergeser" in text(answer)
    assert due(first) == due(second) == wib(2026, 11, 30, 16)

    office.post(NEW, WEDNESDAY | {"seen": marked(answer)})
    assert due(first) == due(second) == wib(2026, 12, 1, 16)


def test_a_mark_of_another_day_moves_nothing(office):
    order = enter("K-1")
    seen = marked(office.post(NEW, WEDNESDAY))
    two = WEDNESDAY | {"date": "2026-11-30"}

    answer = office.post(NEW, two | {"seen": "nonsense"})
    assert answer.context["again"]
    assert due(order) == wib(2026, 11, 30, 16)
    # The same orders move to the same instants: what was seen is what happens.
    assert office.post(NEW, two | {"seen": seen}).status_code == 302


def test_an_overrun_that_turns_out_wrong_is_kept_and_marked(office, moment):
    order = enter("K-1", wib(2026, 11, 13, 8))
    late = wib(2026, 11, 20, 16, 35)
    moment.move_to(late)
    sweep(late)
    assert order.overruns.get().corrected_at is None
    facts = WEDNESDAY | {"date": "2026-11-19", "reason": "keputusan terlambat diterima"}

    office.post(NEW, facts | {"seen": marked(office.post(NEW, facts))})

    assert due(order) == wib(2026, 11, 23, 16)
    assert order.overruns.get().corrected_at == late
    assert JournalEntry.objects.get(verb="holiday.added").note == facts["reason"]


def test_the_case_of_an_order_that_moved_hears_of_it(office, moment, settings):
    """Through the one door upwards, in the same act: what fails there undoes the holiday too."""
    order = enter("K-1")
    seen = marked(office.post(NEW, WEDNESDAY))
    settings.ORDER_FOLLOWERS = [f"{__name__}.refuse"]
    actions._followers.cache_clear()
    try:
        answer = office.post(NEW, WEDNESDAY | {"seen": seen})
    finally:
        actions._followers.cache_clear()

    assert answer.status_code == 409
    assert "Kasusnya menolak." in text(answer)
    assert due(order) == wib(2026, 11, 30, 16)
    assert not Holiday.objects.filter(name=WEDNESDAY["name"]).exists()


def refuse(orders: list[Order], *, by, now: datetime) -> None:
    raise NotNow("Kasusnya menolak.")


def test_a_day_taken_away_moves_orders_back(office):
    order = enter("K-1", wib(2026, 12, 23, 8))  # over Christmas
    day = Holiday.objects.get(date=date(2026, 12, 25))
    before = due(order)
    url = reverse("holiday-remove", args=[day.pk])

    seen = marked(office.post(url, {}))
    assert Holiday.objects.filter(pk=day.pk).exists()
    office.post(url, {"seen": seen})

    assert not Holiday.objects.filter(pk=day.pk).exists()
    assert due(order) < before
    entry = JournalEntry.objects.get(verb="holiday.deleted")
    assert entry.before["date"] == "2026-12-25"


def test_a_past_day_is_not_taken_away_without_reason(office):
    day = Holiday.objects.get(date=date(2026, 8, 17))

    answer = office.post(reverse("holiday-remove", args=[day.pk]), {})

    assert answer.status_code == 422
    assert "Isi alasan perubahannya." in text(answer)
    assert Holiday.objects.filter(pk=day.pk).exists()


def test_a_day_moved_to_another_date(office):
    day = Holiday.objects.get(date=date(2026, 12, 25))
    facts = {"date": "2026-12-28", "name": day.name, "decree": "SKB revisi"}

    assert office.post(reverse("holiday", args=[day.pk]), facts).status_code == 302

    day.refresh_from_db()
    assert (day.date, day.decree) == (date(2026, 12, 28), "SKB revisi")
    entry = JournalEntry.objects.get()
    assert entry.before["date"] == "2026-12-25"


def test_a_day_that_is_past_is_not_moved_into_the_future_without_reason(office):
    day = Holiday.objects.get(date=date(2026, 8, 17))
    facts = {"date": "2026-12-28", "name": day.name, "decree": day.decree}

    assert office.post(reverse("holiday", args=[day.pk]), facts).status_code == 422


def test_a_preview_of_many_says_how_many(office):
    for number in range(3):
        enter(f"K-{number}")

    assert len(office.post(NEW, WEDNESDAY).context["rows"]) == 3


# --- office hours -----------------------------------------------------------------------------


def test_ramadan_is_dated_by_a_copy_and_the_prepared_week_stays(office):
    prepared = OfficeHours.objects.get(valid_from=None)
    url = reverse("office-hours", args=[prepared.pk])
    assert office.get(url).context["form"].initial["name"] == "Ramadan 2026"
    facts = {"name": "Ramadan 1448 H", "decree": "SE 1/2027", "valid_from": "2027-02-08",
             "valid_until": "2027-03-09", **RAMADAN}  # fmt: skip

    assert office.post(url, facts).status_code == 302

    assert clock.current_calendar().closing(date(2027, 2, 9)).hour == 15
    assert clock.current_calendar().closing(date(2027, 3, 10)).hour == 16
    prepared.refresh_from_db()
    assert prepared.valid_from is None
    copy = OfficeHours.objects.get(name="Ramadan 1448 H")
    assert copy.segments.count() == prepared.segments.count()
    verbs = JournalEntry.objects.order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["officehours.added", "officehours.week"]


def test_hours_that_move_orders_are_seen_first(office):
    order = enter("K-1")
    prepared = OfficeHours.objects.get(valid_from=None)
    url = reverse("office-hours", args=[prepared.pk])
    facts = {"name": "Ramadan", "decree": "SE", "valid_from": "2026-11-25",
             "valid_until": "2026-12-20", **RAMADAN}  # fmt: skip

    answer = office.post(url, facts)
    assert "K-1 Kalibrasi 30 Nov 2026 16.00 WIB 30 Nov 2026 15.00 WIB" in text(answer)
    assert not OfficeHours.objects.filter(name="Ramadan").exists()

    office.post(url, facts | {"seen": marked(answer)})
    assert due(order) == wib(2026, 11, 30, 15)
    assert DueChange.objects.get().cause == "jam kerja: Ramadan"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"valid_until": ""}, "Isi tanggal “berlaku sampai”."),
        ({"valid_from": ""}, "Isi tanggal “berlaku sejak”."),
        ({"valid_until": "2027-02-07"}, "Isi tanggal yang tidak sebelum 8 Februari 2027."),
        ({"name": "Jam kerja ASN"}, "Nama ini sudah dipakai."),
        ({"day0": "pagi"}, "Tulis seperti 07.30–12.00, 13.00–16.00"),
        ({"day0": "07.30–25.00"}, "Tulis seperti 07.30–12.00, 13.00–16.00"),
        ({"day0": "07.30–12.00, 11.00–16.00"}, "Ruas 11.00 bertumpuk dengan ruas sebelumnya."),
        ({"day1": "12.00–07.30"}, "Isi jam setelah 12.00."),
        (dict.fromkeys(RAMADAN, ""), "Isi jam sekurangnya satu hari."),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(office, facts, sentence):
    prepared = OfficeHours.objects.get(valid_from=None)
    facts = {"name": "Ramadan", "decree": "SE", "valid_from": "2027-02-08",
             "valid_until": "2027-03-09", **RAMADAN} | facts  # fmt: skip

    answer = office.post(reverse("office-hours", args=[prepared.pk]), facts)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert OfficeHours.objects.count() == 2


def test_dates_of_hours_in_force_are_corrected_in_place(office):
    standing = OfficeHours.objects.get(name="Jam kerja ASN")
    facts = {"name": "Jam kerja ASN", "decree": "Perpres 21/2023", "valid_from": "2000-01-01",
             **STANDING}  # fmt: skip

    office.post(reverse("office-hours", args=[standing.pk]), facts | {"valid_until": ""})

    standing.refresh_from_db()
    assert standing.decree == "Perpres 21/2023"
    assert JournalEntry.objects.get().before == {"decree": "Perpres 21 Tahun 2023"}


def test_another_closing_time_moves_orders_seen_first_and_is_on_record(office):
    order = enter("K-1")
    standing = OfficeHours.objects.get(name="Jam kerja ASN")
    url = reverse("office-hours", args=[standing.pk])
    facts = {"name": "Jam kerja ASN", "decree": standing.decree, "valid_from": "2000-01-01",
             **STANDING, "day0": "07.30–12.00, 13.00–15.30"}  # fmt: skip
    shown = office.get(url).context["form"]
    assert shown["day4"].value() == STANDING["day4"]

    answer = office.post(url, facts)
    assert "K-1 Kalibrasi 30 Nov 2026 16.00 WIB 30 Nov 2026 15.30 WIB" in text(answer)
    assert clock.current_calendar().closing(date(2026, 11, 30)).hour == 16

    office.post(url, facts | {"seen": marked(answer)})
    assert due(order) == wib(2026, 11, 30, 15, 30)
    entry = JournalEntry.objects.get(verb="officehours.week")
    assert entry.before["week"]["0"] == ["07.30-12.00", "13.00-16.00"]
    assert entry.after["week"]["0"] == ["07.30-12.00", "13.00-15.30"]
