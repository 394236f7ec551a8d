"""Reminders before a due and when it passed: each once, in office hours, in their order.

FAULTS B10, B11, B14; Zammad 4432: escalations by mail at midnight.
"""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from kompensasi.cases import tasks, watching
from kompensasi.cases.models import Case, Ending, Opening
from kompensasi.cases.sweep import sweep
from kompensasi.notices.models import Notice
from kompensasi.people.models import User
from spm_monitor import actions, clock, reminders
from spm_monitor.models import Customer, Order, Overrun, Reminder, Service, WatchRules
from spm_monitor.workdays import WIB
from tests.conftest import MONDAY, person, signed_in
from tests.racing import Act, Try, errors, race, without_constraint
from tests.settings_pages import EVERYBODY_ELSE, text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def moment(settings):
    """Mail is on and everybody has an address."""
    settings.EMAIL_HOST = "smtp.example"
    settings.PUBLIC_URL = "https://kompensasi.example"
    for user in User.objects.all():
        user.email = f"{user.username}@balai.example"
        user.save()
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def wib(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=WIB)


def due_on(number: str, due: datetime, service: str = "KAL") -> Order:
    """An open order with this due."""
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), due - timedelta(days=20))
    facts = begun | {
        "number": number, "service": Service.objects.get(code=service), "target_at": due,
        "customer": Customer.objects.get_or_create(name="PT Rahasia")[0],
    }  # fmt: skip
    return actions.enter_order(facts=facts, by=None, now=MONDAY, capacity="Loket")


def rungs() -> list[tuple[str, int]]:
    found = Reminder.objects.order_by("pk").values_list("order__number", "days_before")
    return list(found)


# --- when ---------------------------------------------------------------------------------------


def test_each_distance_is_told_once_on_its_day_and_the_passing_after_it():
    """Due on Monday the 30th at 16.00: Wednesday is three working days before, Friday one."""
    due_on("K-1", wib(30, 16))
    told = {}
    for day in (23, 24, 25, 26, 27, 30):
        for hour in (8, 9, 15):
            for one in watching.remind(wib(day, hour, 5)):
                told[one.days_before] = one.written_at
    for one in watching.remind(wib(1, 8, 0, 12)):
        told[one.days_before] = one.written_at
    assert told == {3: wib(25, 8, 5), 1: wib(27, 8, 5), 0: wib(1, 8, 0, 12)}
    assert Reminder.objects.count() == 3


@pytest.mark.parametrize("times", [1, 2, 40])
def test_b14_a_day_looked_at_often_tells_once_and_only_in_office_hours(times):
    """At 07.29, 07.30, noon and after closing: the opening tells, and only once."""
    due_on("K-1", wib(26, 16))  # three working days after Monday
    for hour, minute in ((0, 5), (7, 29), (7, 30), (12, 0), (12, 30), (16, 0), (23, 59)):
        for _ in range(times):
            watching.remind(wib(23, hour, minute))
    [one] = Reminder.objects.all()
    assert one.written_at == wib(23, 7, 30)
    for day in (21, 22):  # Saturday and Sunday
        assert watching.remind(wib(day, 10)) == []


def test_b14_control_without_the_hours_it_would_wake_people_at_night(monkeypatch):
    due_on("K-1", wib(26, 16))
    calendar = clock.current_calendar()
    monkeypatch.setattr(reminders, "to_wib", calendar.next_opening)
    assert watching.remind(wib(23, 0, 5))


def test_b14_control_without_what_is_known_a_rung_comes_again():
    due_on("K-1", wib(26, 16))
    watching.remind(MONDAY)
    [one] = Reminder.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(
            order=one.order, days_before=3, due_at=one.due_at, written_at=MONDAY
        )


def test_b11_after_a_silence_what_was_missed_is_told_in_its_order():
    """Beat was away from Monday to Friday: three days and one day, in this order, once."""
    due_on("K-1", wib(30, 16))
    assert [one.days_before for one in watching.remind(wib(27, 9))] == [3, 1]
    assert Notice.objects.filter(kind="reminder", user__username="pj.kal").count() == 1
    body = Notice.objects.get(user__username="pj.kal").body
    assert body.index("tinggal 3") < body.index("tinggal 1")


def test_b11_a_due_that_passed_in_the_silence_tells_of_its_passing_alone():
    """Three hours or three days: one word, not one for each look that was missed."""
    due_on("K-1", wib(26, 16))
    assert [one.days_before for one in watching.remind(wib(30, 9))] == [0]
    for minutes in range(0, 180, 5):
        watching.remind(wib(30, 9) + timedelta(minutes=minutes))
    assert rungs() == [("K-1", 0)]


def test_b11_without_beat_pages_show_what_is_late_and_the_sweep_flags_it_once(moment):
    """Lateness is computed on reading; one overrun, not one for each look that was missed."""
    order = due_on("K-1", wib(23, 9))
    moment.move_to(wib(23, 12, 30))
    assert not Overrun.objects.exists()
    assert "Terlampaui" in text(signed_in("kasi.pjt").get(f"/pesanan/{order.pk}/"))
    assert [sweep(wib(23, 13)).flagged for _ in range(36)] == [1] + [0] * 35
    assert Overrun.objects.count() == 1


def test_b11_control_a_flag_fed_by_the_sweep_would_say_nothing_while_it_is_away(moment):
    order = due_on("K-1", wib(23, 9))
    moment.move_to(wib(23, 12, 30))
    order.refresh_from_db()
    assert order.flagged_due_at is None, "what a page must not go by"
    assert order.late(wib(23, 12, 30))


@pytest.mark.django_db(transaction=True)
def test_b11_control_without_what_is_known_each_missed_look_tells_again(monkeypatch):
    due_on("K-1", wib(26, 16))
    monkeypatch.setattr(reminders, "_not_told", lambda orders, days: orders)
    with without_constraint(Reminder, "one_reminder_a_rung"):
        for minutes in range(0, 180, 5):
            watching.remind(wib(30, 9) + timedelta(minutes=minutes))
        assert Reminder.objects.count() == 36


def test_a_due_that_moved_is_another_promise():
    order = due_on("K-1", wib(26, 16))
    watching.remind(MONDAY)
    actions.change_order(
        order=order, facts={"target_at": wib(7, 16, 0, 12)}, by=person("petugas"), now=MONDAY
    )
    assert watching.remind(wib(27, 9)) == []
    assert [one.days_before for one in watching.remind(wib(2, 9, 0, 12))] == [3]


def test_what_ended_waits_or_has_no_due_is_not_reminded_of():
    ended = due_on("ENDED", wib(26, 16))
    actions.record_ready(order=ended, at=MONDAY, by=None, now=MONDAY, capacity="Seksi")
    paused = due_on("PAUSED", wib(26, 16))
    Order.objects.filter(pk=paused.pk).update(due_at=None, paused_since=MONDAY)
    due_on("LONG AGO", wib(1, 16, 0, 9))
    assert watching.remind(MONDAY) == []


# --- to whom ------------------------------------------------------------------------------------


def test_those_of_the_section_and_of_seksi_pjt_hear_all_of_it_in_one_mail():
    for number in range(45):
        due_on(f"K-{number:02}", wib(26, 16))
    due_on("U-1", wib(26, 16), "UJI-ANEKA")
    watching.remind(MONDAY)
    told = {n.user.username: n for n in Notice.objects.filter(kind="reminder")}
    assert set(told) == {"kasi.pjt", "pj.kal", "kasi.kal", "pj.uji", "kasi.uji"}
    assert told["pj.uji"].subject == "Pengingat target: 1 pesanan"
    assert "K-00" not in told["pj.uji"].body
    assert told["pj.kal"].subject == "Pengingat target: 45 pesanan"
    assert "dan 5 pesanan lain" in told["pj.kal"].body
    assert "Rahasia" not in "".join(n.body for n in told.values())
    assert "https://kompensasi.example/pesanan/" in told["pj.kal"].body


def test_without_mail_the_rows_are_there_all_the_same(settings):
    settings.EMAIL_HOST = ""
    order = due_on("K-1", wib(26, 16))
    tasks.watch()
    assert rungs() == [("K-1", 3)]
    assert not Notice.objects.exists()
    page = text(signed_in("pj.kal").get(f"/pesanan/{order.pk}/"))
    assert "Tinggal 3 hari kerja: 26 Nov 2026 16.00 WIB." in page
    assert "Tinggal 3 hari kerja" in text(signed_in("pj.kal").get("/monitoring/"))
    assert "K-1" not in text(signed_in("pj.uji").get("/monitoring/"))


def test_a_notice_that_cannot_be_written_leaves_no_reminder_behind(monkeypatch):
    """Else nobody would ever hear of it."""
    due_on("K-1", wib(26, 16))

    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr(watching.notices, "write", fail)
    with pytest.raises(RuntimeError):
        watching.remind(MONDAY)
    assert not Reminder.objects.exists()


def looking_twice() -> list[list[Try]]:
    """Two beats look at the same instant, five times, at forty orders that are due soon."""
    for number in range(40):
        due_on(f"K-{number:02}", wib(26, 16))

    def racer(round: int) -> Act:
        return lambda: len(watching.remind(MONDAY + timedelta(seconds=round)))

    tries = race(racer, racer, rounds=5)
    assert not errors(tries)
    return tries


@pytest.mark.django_db(transaction=True)
def test_b10_two_beats_write_each_rung_once():
    counted = sum(one.value for of_round in looking_twice() for one in of_round)
    assert counted == Reminder.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_b10_control_without_what_is_known_and_the_key_each_look_writes_again(monkeypatch):
    monkeypatch.setattr(reminders, "_not_told", lambda orders, days: orders)
    with without_constraint(Reminder, "one_reminder_a_rung"):
        looking_twice()
        assert Reminder.objects.count() > 40


# --- cases before the due (DOMAIN 2, rule b) ----------------------------------------------------


def near(rule: str = "days", **rest) -> None:
    WatchRules.objects.update_or_create(pk=1, defaults={"near_cases": rule, **rest})


def test_near_its_limit_an_order_gets_a_case_only_where_the_office_turned_that_on():
    due_on("K-1", wib(26, 16))
    assert watching.open_near_cases(MONDAY) == 0
    near()
    assert watching.open_near_cases(MONDAY) == 1
    assert Case.objects.get().opening == Opening.NEAR
    assert watching.open_near_cases(MONDAY) == 0


def test_one_that_is_far_late_or_had_a_case_gets_none():
    near()
    due_on("FAR", wib(27, 16))
    due_on("LATE", wib(20, 16))
    had = due_on("HAD", wib(26, 16))
    watching.open_near_cases(MONDAY)
    Case.objects.update(ended_at=MONDAY, ending=Ending.IN_SPM)
    assert watching.open_near_cases(MONDAY) == 0
    assert [case.order for case in Case.objects.all()] == [had]


def slow_service(late: int = 9) -> Order:
    """Ten calibrations of this autumn, most of them late; and one that has just begun."""
    kal = Service.objects.get(code="KAL")
    for number in range(10):
        start = wib(5, 9, 0, 10) + timedelta(days=number)
        begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), start)
        order = actions.enter_order(
            facts=begun | {"number": f"OLD-{number}", "service": kal, "customer": customer()},
            by=None, now=start, capacity="Loket",
        )  # fmt: skip
        ready = start + timedelta(days=12 if number < late else 3)
        actions.record_ready(order=order, at=ready, by=None, now=ready, capacity="Seksi")
    begun = dict.fromkeys(("received_at", "documents_at", "paid_at"), MONDAY)
    return actions.enter_order(
        facts=begun | {"number": "NEW", "service": kal, "customer": customer()},
        by=None, now=MONDAY, capacity="Loket",
    )  # fmt: skip


def customer() -> Customer:
    return Customer.objects.get_or_create(name="PT Rahasia")[0]


def test_by_the_forecast_a_case_opens_while_there_is_time_left():
    order = slow_service()
    near("days")
    assert watching.open_near_cases(MONDAY) == 0, "five days are left"
    near("forecast", near_chance=70)
    assert watching.open_near_cases(MONDAY) == 1
    assert Case.objects.get().order == order


def test_a_forecast_below_the_limit_opens_none():
    slow_service(late=3)
    near("forecast", near_chance=70)
    assert watching.open_near_cases(MONDAY) == 0


# --- how the office sets it ----------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("username", EVERYBODY_ELSE)
def test_the_rules_are_closed_to_everybody_else(username):
    client, url = signed_in(username), reverse("watch-rules")
    assert client.get(url).status_code == client.post(url, {}).status_code == 403


@pytest.mark.once
def test_distances_are_set_in_numbers():
    url, office = reverse("watch-rules"), signed_in("admin")
    facts = {"reminder_days": "0,5, 5,2", "near_cases": "never", "near_chance": 70}
    assert office.post(url, facts).status_code == 302
    assert WatchRules.standing().reminder_days == "5, 2, 0"
    due_on("K-1", wib(30, 16))
    assert [one.days_before for one in watching.remind(MONDAY)] == [5]
    assert office.post(url, facts | {"reminder_days": ""}).status_code == 302
    assert watching.remind(wib(26, 9)) == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"reminder_days": "tiga"}, "Tulis angka dipisah koma, misalnya 3, 1, 0."),
        ({"reminder_days": "3, -1"}, "Tiap angka antara 0 dan 30 hari kerja."),
        ({"reminder_days": "31"}, "Tiap angka antara 0 dan 30 hari kerja."),
        ({"near_chance": 0}, "paling sedikit 1"),
        ({"near_chance": 101}, "paling banyak 100"),
        ({"near_cases": "x"}, "Pilih salah satu dari daftar."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(facts, sentence):
    good = {"reminder_days": "3", "near_cases": "never", "near_chance": 70}
    answer = signed_in("admin").post(reverse("watch-rules"), good | facts)
    assert answer.status_code == 422
    assert sentence in text(answer)


@pytest.mark.once
def test_beat_looks_as_often_as_it_sweeps():
    schedule = django_settings.CELERY_BEAT_SCHEDULE
    assert schedule["watch"]["schedule"] == schedule["sweep"]["schedule"]
