"""Sending the outbox: nothing lost, nothing sent twice but by a crash between two machines.

Each notice is claimed by a conditional UPDATE with a lease, sent, and marked. Whoever dies between
leaves a claim that runs out; the mail then goes out once more under the same Message-ID.
"""

import contextlib
import logging
import smtplib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F

from kompensasi.notices.actions import mail_is_on
from kompensasi.notices.models import Notice

LONGEST_RUN = 60.0  # seconds after which no further notice is claimed; beat comes again
MOST = 200  # notices a run
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60))
MOST_TRIES = len(PAUSES) + 1
WORDS_A_MAIL = 6  # at most, each within EMAIL_TIMEOUT
GIVEN_UP = "Pengirim berhenti di tengah pengiriman, berulang kali."

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Round:
    """What a run of the sender did; `unreachable` says why it could not begin or go on."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0
    unreachable: str = ""

    def __str__(self) -> str:
        done = f"terkirim {self.sent}, ditunda {self.postponed}, gagal {self.failed}"
        return f"{done}; server surel: {self.unreachable}" if self.unreachable else done


def send_waiting(now: datetime, limit: int = MOST) -> Round:
    """Send what is due, oldest first. Safe to run twice, at once, and to kill at any instant.

    A mail server that cannot be reached costs no notice a try: the run ends, the next one asks
    again. Where mail is off (EMAIL_HOST) nothing is sent.
    """
    done = Round()
    if not mail_is_on():
        return done
    done.failed += _give_up(now)
    waiting = Notice.objects.due(now).order_by("next_try_at", "pk").values_list("pk", flat=True)
    with _connection() as connection:
        for pk, at in _while_time(list(waiting[:limit]), now):
            done.unreachable = _unreachable(connection, now)
            if done.unreachable:
                break
            notice = claim(pk, at)
            if notice is not None:
                _deliver(notice, connection, at, done)
    return done


def lease() -> timedelta:
    """How long a claim holds: longer than the slowest mail."""
    return timedelta(seconds=WORDS_A_MAIL * settings.EMAIL_TIMEOUT)


def claim(pk: int, now: datetime) -> Notice | None:
    """Take a due notice for a while; None when another sender was quicker."""
    free = Notice.objects.due(now).filter(pk=pk)
    taken = free.update(
        state=Notice.State.CLAIMED, claimed_until=now + lease(), tries=F("tries") + 1
    )
    return Notice.objects.get(pk=pk) if taken == 1 else None


def _deliver(notice: Notice, connection: BaseEmailBackend, now: datetime, done: Round) -> None:
    try:
        _mail(notice, connection).send()
    except Exception as error:  # whatever it is, the others go on
        _hang_up(connection)  # what state the talk is in, nobody knows
        if _for_ever(error) or notice.tries >= MOST_TRIES:
            done.failed += _mark(notice, state=Notice.State.FAILED, error=_words(error))
        else:
            pause = PAUSES[notice.tries - 1]
            done.postponed += _mark(
                notice, state=Notice.State.WAITING, error=_words(error), next_try_at=now + pause
            )
        logger.warning("notice %s, try %s: %s", notice.pk, notice.tries, _words(error))
    else:
        done.sent += _mark(notice, state=Notice.State.SENT, sent_at=now, error="")


def _mail(notice: Notice, connection: BaseEmailBackend) -> EmailMessage:
    return EmailMessage(
        subject=notice.subject, body=notice.body, to=[notice.address], connection=connection,
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )  # fmt: skip


def _mark(notice: Notice, **values: object) -> int:
    """Write the result, if the claim is still this sender's: its try is the last one."""
    mine = Notice.objects.filter(pk=notice.pk, state=Notice.State.CLAIMED, tries=notice.tries)
    return mine.update(claimed_until=None, **values)


def _give_up(now: datetime) -> int:
    """A notice whose sender died at each of its tries is not tried again."""
    left = Notice.objects.due(now).filter(state=Notice.State.CLAIMED, tries__gte=MOST_TRIES)
    return left.update(state=Notice.State.FAILED, claimed_until=None, error=GIVEN_UP)


def _while_time(pks: list[int], now: datetime) -> Iterator[tuple[int, datetime]]:
    """The notices with the instant each is taken up, until LONGEST_RUN is over."""
    begin = time.monotonic()
    for pk in pks:
        seconds = time.monotonic() - begin
        if seconds > LONGEST_RUN:
            return
        yield pk, now + timedelta(seconds=seconds)


@contextlib.contextmanager
def _connection() -> Iterator[BaseEmailBackend]:
    connection = get_connection()
    try:
        yield connection
    finally:
        _hang_up(connection)


def _hang_up(connection: BaseEmailBackend) -> None:
    with contextlib.suppress(OSError):  # smtplib's errors too: the mails are away, or stay ours
        connection.close()


def _unreachable(connection: BaseEmailBackend, now: datetime) -> str:
    """Why the mail server cannot be talked to, kept with all that waits; "" when it can."""
    try:
        connection.open()  # nothing, when it is open
    except OSError as error:
        words = _words(error)
        logger.warning("mail server %s: %s", settings.EMAIL_HOST, words)
        Notice.objects.due(now).filter(state=Notice.State.WAITING).update(error=words)
        return words
    return ""


def _for_ever(error: Exception) -> bool:
    """Whether the server said that no later try would do (5xx)."""
    return any(code >= 500 for code, _ in _answers(error))


def _words(error: Exception) -> str:
    answers = [f"{code} {text}" for code, text in _answers(error)]
    return ("; ".join(answers) or f"{type(error).__name__}: {error}")[:500]


def _answers(error: Exception) -> list[tuple[int, str]]:
    """Code and text of what the server answered, if it did."""
    answers: list[tuple[int, bytes | str]]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        answers = [(error.smtp_code, error.smtp_error)]
    else:
        return []
    return [
        (code, text.decode(errors="replace") if isinstance(text, bytes) else str(text))
        for code, text in answers
    ]
