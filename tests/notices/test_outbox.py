"""The outbox: what is written with an act is sent once, whatever fails on the way (FAULTS B)."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from kompensasi.notices import actions, sending, tasks
from kompensasi.notices.actions import Message
from kompensasi.notices.models import Notice
from kompensasi.notices.sending import PAUSES, lease, send_waiting
from tests.conftest import MONDAY, person
from tests.racing import FORK, PATIENCE, race
from tests.sink import Sink

pytestmark = pytest.mark.django_db
State = Notice.State
MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=6)  # of the second that `sink` gives each word


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A mail server, and the settings that lead to it."""
    made = Sink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made.port
    settings.EMAIL_TIMEOUT = 1
    with made.running():
        yield made


def message(number: int = 1, **instead) -> Message:
    facts = {
        "event": f"uji:{number}", "kind": Notice.Kind.DELAY, "subject": f"Perihal {number}",
        "body": "Isi.", "address": f"p{number}@pelanggan.example",
    } | instead  # fmt: skip
    return Message(**facts)


def test_a_claim_outlasts_every_word_with_the_server(sink):
    """MAIL, RCPT, DATA, text and a new greeting may each take EMAIL_TIMEOUT."""
    assert lease() == LEASE


def wrote(count: int = 1) -> None:
    actions.write(messages=[message(n) for n in range(1, count + 1)], now=MONDAY)


def row(number: int = 1) -> Notice:
    return Notice.objects.get(key=f"uji:{number}:luar")


# --- writing ----------------------------------------------------------------------------------
def test_an_event_is_told_to_a_recipient_once_however_often_it_is_written(sink):
    wrote()
    actions.write(messages=[message(subject="Lain")], now=MONDAY)
    assert [n.subject for n in Notice.objects.all()] == ["Perihal 1"]


def test_who_has_no_address_is_not_written_to(sink):
    actions.write(messages=[message(address="", user=person("kepala"))], now=MONDAY)
    assert not Notice.objects.exists()


def test_where_mail_is_off_nothing_piles_up(settings):
    settings.EMAIL_HOST = ""
    wrote()
    assert not Notice.objects.exists()
    assert str(send_waiting(MONDAY)) == "terkirim 0, ditunda 0, gagal 0"


def test_an_act_that_fails_tells_nobody(sink):
    def act() -> None:
        with transaction.atomic():
            wrote()
            raise KeyError

    with pytest.raises(KeyError):
        act()
    assert not Notice.objects.exists()


def test_fifty_messages_are_one_query(sink, django_assert_num_queries):
    with django_assert_num_queries(1):
        wrote(50)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.CLAIMED, "tries": 1},
        {"claimed_until": MONDAY},
        {"state": State.SENT},
        {"sent_at": MONDAY},
        {"state": State.FAILED},
        {"address": ""},
    ],
)
def test_the_database_refuses_what_must_never_be(sink, wrong):
    wrote()
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(**wrong)


# --- sending ----------------------------------------------------------------------------------
def test_what_waits_is_sent_once_as_it_was_written(sink):
    wrote()
    assert str(send_waiting(MONDAY)) == "terkirim 1, ditunda 0, gagal 0"
    assert send_waiting(MONDAY + LEASE).sent == 0
    (mail,) = sink.mails
    assert (mail["Subject"], mail["To"]) == ("Perihal 1", "p1@pelanggan.example")
    assert mail["Message-ID"] == row().message_id
    assert mail.get_content().strip() == "Isi."
    assert (row().state, row().tries, row().error) == (State.SENT, 1, "")
    assert row().sent_at >= MONDAY


def test_the_worker_task_and_the_command_send(sink):
    wrote()
    with time_machine.travel(MONDAY):
        tasks.send()
        assert row().state == State.SENT
        actions.write(messages=[message(2)], now=MONDAY)
        call_command("send_notices")
    assert sink.receivers == ["p1@pelanggan.example", "p2@pelanggan.example"]


def test_nothing_is_sent_before_its_instant(sink):
    actions.write(messages=[message(not_before=MONDAY + MINUTE)], now=MONDAY)
    assert send_waiting(MONDAY).sent == 0
    assert send_waiting(MONDAY + MINUTE).sent == 1


def test_a_run_takes_no_more_than_its_limit_oldest_first(sink):
    wrote(3)
    assert send_waiting(MONDAY, limit=2).sent == 2
    assert sink.receivers == ["p1@pelanggan.example", "p2@pelanggan.example"]


def test_a_mail_put_off_by_the_server_is_tried_again_later(sink):
    """FAULTS B5, 4xx: with growing pauses, five times, then it is an incident with its reason."""
    wrote()
    sink.refuse["*"] = "451 Coba lagi nanti"
    at = MONDAY
    for number, pause in enumerate(PAUSES, start=1):
        assert send_waiting(at).postponed == 1
        assert (row().state, row().tries) == (State.WAITING, number)
        assert row().error == "451 Coba lagi nanti"
        assert send_waiting(at + pause - timedelta(seconds=1)).postponed == 0
        at += pause + timedelta(seconds=1)
    assert send_waiting(at).failed == 1
    assert (row().state, row().error) == (State.FAILED, "451 Coba lagi nanti")
    assert send_waiting(at + timedelta(days=1)).failed == 0
    assert len(sink.asked) == 5


def test_a_mail_the_server_will_never_take_fails_at_once_and_the_others_go_on(sink):
    """FAULTS B5, 5xx."""
    wrote(3)
    sink.refuse["p2@pelanggan.example"] = "550 Tidak ada kotak ini"
    assert str(send_waiting(MONDAY)) == "terkirim 2, ditunda 0, gagal 1"
    assert (row(2).state, row(2).error) == (State.FAILED, "550 Tidak ada kotak ini")
    assert sink.receivers == ["p1@pelanggan.example", "p3@pelanggan.example"]


def test_a_failed_mail_can_be_tried_again_by_hand(sink, capsys):
    wrote()
    sink.refuse["*"] = "550 Tidak ada kotak ini"
    send_waiting(MONDAY)
    sink.refuse.clear()
    call_command("send_notices", "--retry")
    assert "dicoba lagi 1\nterkirim 1" in capsys.readouterr().out


def test_a_poisoned_mail_is_given_up_and_the_others_go_on(sink):
    """FAULTS B13: a subject with a line break cannot be a header, whoever wrote it."""
    actions.write(messages=[message(1, subject="a\nBcc: x@y.example"), message(2)], now=MONDAY)
    at = MONDAY
    for _ in range(sending.MOST_TRIES + 2):
        send_waiting(at)
        at += timedelta(hours=2)
    assert (row(1).state, row(1).tries) == (State.FAILED, sending.MOST_TRIES)
    assert "BadHeaderError" in row(1).error
    assert sink.receivers == ["p2@pelanggan.example"]


def test_a_server_that_is_away_costs_no_try_and_says_why(sink, settings, capsys):
    """FAULTS B5, down: everything waits, and goes when the server is back."""
    wrote(3)
    settings.EMAIL_PORT = 1
    at = MONDAY
    for _ in range(10):
        assert send_waiting(at).unreachable
        at += MINUTE
    assert {(n.state, n.tries) for n in Notice.objects.all()} == {(State.WAITING, 0)}
    assert "Connection refused" in row().error
    with pytest.raises(CommandError, match="tidak dapat dihubungi"), time_machine.travel(MONDAY):
        call_command("send_notices")
    settings.EMAIL_PORT = sink.port
    assert send_waiting(at).sent == 3
    assert row().error == ""


def test_a_server_that_hangs_is_left_after_the_time_limit(sink):
    wrote()
    sink.stall = 1.5
    assert send_waiting(MONDAY).postponed == 1
    assert (row().state, row().tries) == (State.WAITING, 1)
    assert row().error


def test_a_run_ends_after_its_time_and_leaves_the_rest_unclaimed(sink, monkeypatch):
    wrote(3)
    sink.stall = 0.3
    monkeypatch.setattr(sending, "LONGEST_RUN", 0.2)
    assert send_waiting(MONDAY).sent == 1
    assert Notice.objects.filter(state=State.WAITING, tries=0).count() == 2


# --- held -------------------------------------------------------------------------------------
def test_what_is_held_stays_until_somebody_releases_it(sink, capsys):
    wrote(2)
    sending.claim(row(1).pk, MONDAY)
    with connection.cursor() as cursor:
        cursor.execute(actions.HOLD_UNSENT)
    assert set(Notice.objects.values_list("state", flat=True)) == {State.HELD}
    assert send_waiting(MONDAY + LEASE).sent == 0
    call_command("send_notices", "--release")
    assert "dilepaskan 2\nterkirim 2" in capsys.readouterr().out
    assert len(sink.mails) == 2


# --- crashes and races ------------------------------------------------------------------------
def dies(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_between_accept_and_mark() -> None:
    """A sender that is killed when the server has taken the mail and nothing says so yet."""
    connections.close_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "_mark", dies)
        send_waiting(MONDAY)


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_accept_and_mark_repeats_one_mail_under_its_own_id(sink):
    """FAULTS B4: exactly once is impossible over SMTP; nothing lost, at most one double a crash."""
    wrote(3)
    connections.close_all()
    sender = FORK.Process(target=dies_between_accept_and_mark, daemon=True)
    sender.start()
    sender.join(PATIENCE)
    assert sender.exitcode == -signal.SIGKILL
    assert (row(1).state, len(sink.mails)) == (State.CLAIMED, 1)

    assert send_waiting(MONDAY + LEASE / 2).sent == 2  # the claim still stands
    assert send_waiting(MONDAY + LEASE * 2).sent == 1
    assert set(Notice.objects.values_list("state", flat=True)) == {State.SENT}
    assert len(sink.mails) == 4
    assert len(set(sink.ids)) == 3
    assert sink.ids.count(row(1).message_id) == 2


def test_a_notice_that_kills_every_sender_is_given_up(sink):
    wrote()
    at = MONDAY
    for _ in range(sending.MOST_TRIES):
        assert sending.claim(row().pk, at)
        at += LEASE
    assert send_waiting(at).failed == 1
    assert (row().state, row().error) == (State.FAILED, sending.GIVEN_UP)
    assert sink.mails == []


def test_who_comes_back_late_does_not_mark_what_another_sender_took_over(sink):
    wrote()
    late = sending.claim(row().pk, MONDAY)
    assert sending.claim(row().pk, MONDAY + LEASE)
    assert sending._mark(late, state=State.FAILED, error="terlambat") == 0
    assert row().state == State.CLAIMED


def claims_all(_round: int):
    pks = list(Notice.objects.due(MONDAY).values_list("pk", flat=True))
    return lambda: [pk for pk in pks if sending.claim(pk, MONDAY)]


def checks_then_saves(pk: int, now) -> Notice | None:
    """The claim as one would write it without thinking of a second sender."""
    notice = Notice.objects.get(pk=pk)
    if notice.state != State.WAITING:
        return None
    notice.state, notice.claimed_until, notice.tries = State.CLAIMED, now + LEASE, 1
    notice.save()
    return notice


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_take_different_notices(sink):
    wrote(200)
    ((one, two),) = race(claims_all, claims_all, rounds=1)
    assert not one.error + two.error
    assert not set(one.value) & set(two.value)
    assert len(one.value) + len(two.value) == 200


@pytest.mark.django_db(transaction=True)
def test_without_the_conditional_update_they_would_take_the_same(sink, monkeypatch):
    wrote(200)
    monkeypatch.setattr(sending, "claim", checks_then_saves)
    ((one, two),) = race(claims_all, claims_all, rounds=1)
    assert set(one.value) & set(two.value)
