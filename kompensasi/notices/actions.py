"""Writing into the outbox, and letting go what stopped in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from kompensasi.notices.models import Notice
from kompensasi.people.models import User


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one recipient is to be told: a person of the office, or an address outside it."""

    event: str
    """Names what happened, once: an event is told to a recipient once, however often written."""
    kind: Notice.Kind
    subject: str
    body: str
    user: User | None = None
    address: str = ""
    not_before: datetime | None = None
    """The instant from which it may be sent; None: now."""


def mail_is_on() -> bool:
    """Whether this installation sends mail (EMAIL_HOST). Without it nothing is written."""
    return bool(settings.EMAIL_HOST)


def write(*, messages: Iterable[Message], now: datetime) -> None:
    """Put messages into the outbox. Call inside the transaction of the act they tell of.

    One INSERT, and no word to the broker: a request must not wait for Redis, and beat lets the
    worker look every SEND_SECONDS anyway. Who has no address is not written to.
    """
    if not mail_is_on():
        return
    Notice.objects.bulk_create(
        (_row(message, now) for message in messages if _address(message)), ignore_conflicts=True
    )


def _row(message: Message, now: datetime) -> Notice:
    return Notice(
        key=f"{message.event}:{message.user.pk if message.user else 'luar'}",
        kind=message.kind, user=message.user, address=_address(message),
        subject=message.subject, body=message.body, created_at=now,
        next_try_at=message.not_before or now,
    )  # fmt: skip


def _address(message: Message) -> str:
    return message.user.email if message.user else message.address


def release_held(*, now: datetime) -> int:
    """Let the notices go that a restore held back; how many."""
    held = Notice.objects.filter(state=Notice.State.HELD)
    return held.update(state=Notice.State.WAITING, next_try_at=now)


def retry_failed(*, now: datetime) -> int:
    """Try those that failed again from the start; how many."""
    failed = Notice.objects.filter(state=Notice.State.FAILED)
    return failed.update(state=Notice.State.WAITING, next_try_at=now, tries=0)


# After a restore nobody knows what was sent since: what is not sent is held. As SQL, because it
# must be done before anybody sees the restored rows.
HOLD_UNSENT = (
    f"UPDATE {Notice._meta.db_table} SET state = '{Notice.State.HELD}', claimed_until = NULL"  # noqa: S608
    f" WHERE state IN ('{Notice.State.WAITING}', '{Notice.State.CLAIMED}')"
)
