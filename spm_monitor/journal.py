"""The record of every act: who, as what, when, what, from which address. Append only.

Entries are chained: each one's digest seals its content and the digest before it, so nobody can
change or remove one unnoticed. The key is not in the database.

Everything that writes does so inside `act()`. Its entries are appended together, last, under one
lock: whoever holds that lock asks for no other, so two acts can never wait for each other.
"""

import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction

from spm_monitor import bulk, files

GENESIS = "0" * 64

# The address a request came from; set by the web's middleware, empty for commands and the worker.
origin: ContextVar[str] = ContextVar("origin", default="")
_pending: ContextVar["bulk.Rows | None"] = ContextVar("pending", default=None)
_as_sealed = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class JournalHead(models.Model):
    """The end of the chain, locked while entries are appended."""

    seq = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return str(self.seq)


class JournalEntry(models.Model):
    """One act. `before` and `after` hold only what changed; the primary key is not sealed."""

    seq = models.PositiveBigIntegerField("urut", unique=True)
    at = models.DateTimeField("pada")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="oleh"
    )
    capacity = models.CharField("sebagai", max_length=160, blank=True)
    appointment = models.BigIntegerField("penugasan", null=True)
    address = models.CharField("alamat", max_length=64, blank=True)
    verb = models.CharField("tindakan", max_length=60)
    subject = models.CharField("jenis", max_length=60)
    subject_id = models.BigIntegerField("nomor")
    before = models.JSONField("semula", default=dict)
    after = models.JSONField("menjadi", default=dict)
    note = models.TextField("catatan", blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField("segel", max_length=64)

    class Meta:
        verbose_name = "catatan jurnal"
        verbose_name_plural = "jurnal"
        ordering: ClassVar = ["seq"]
        indexes: ClassVar = [
            models.Index(fields=["subject", "subject_id", "-seq"], name="journal_of_subject")
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"

    def seal(self) -> str:
        """The digest of this entry's content and of the one before: HMAC-SHA-256, hex."""
        return _seal({name: getattr(self, name) for name in SEALED})


SEALED = (
    "seq", "at", "actor_id", "capacity", "appointment", "address", "verb", "subject", "subject_id",
    "before", "after", "note", "previous",
)  # fmt: skip


def _seal(entry: dict[str, Any]) -> str:
    content = entry | {"at": entry["at"].astimezone(UTC).isoformat()}
    content["actor"] = content.pop("actor_id")
    return hmac.digest(settings.JOURNAL_KEY.encode(), _as_sealed(content).encode(), "sha256").hex()


@contextmanager
def act() -> Iterator[None]:
    """One act: a transaction that ends by appending its entries. An act inside an act joins it."""
    if _pending.get() is not None:
        yield
        return
    entries: bulk.Rows = []
    token = _pending.set(entries)
    try:
        with files.dropped_on_failure(), transaction.atomic():
            yield
            _append(entries)
    finally:
        _pending.reset(token)


def record(
    verb: str,
    subject: models.Model,
    *,
    by: Any,
    capacity: Any = None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> None:
    """Note an act on `subject`; it is written when the surrounding `act()` ends.

    by: the person, None for the system or the customer. capacity: the appointment acted under
    (an object with `pk` and `__str__`), or a text such as "Pelanggan".
    """
    one = {subject.pk: (before or {}, after or {})}
    record_each(verb, subject._meta.model, one, by=by, capacity=capacity, now=now, note=note)


def record_each(
    verb: str,
    kind: type[models.Model],
    changes: Mapping[int, tuple[Mapping[str, Any], Mapping[str, Any]]],
    *,
    by: Any,
    capacity: Any = None,
    now: datetime,
    note: str = "",
) -> None:
    """The same act on many subjects of a kind: an entry each; key to what was before and after."""
    entries = _pending.get()
    if entries is None:
        raise RuntimeError("journal.record() belongs inside journal.act()")
    if by is not None and by.pk is None:
        raise ValueError("who acts has no account: None stands for the system and the customer")
    alike = {
        "at": now,
        "actor_id": None if by is None else by.pk,
        "capacity": str(capacity or "Sistem"),
        "appointment": getattr(capacity, "pk", None),
        "address": origin.get(),
        "verb": verb,
        "subject": kind._meta.label_lower,
        "note": note,
    }
    for key, (before, after) in changes.items():
        entries.append(
            alike
            | {
                "subject_id": key,
                "before": {k: plain(v) for k, v in before.items()},
                "after": {k: plain(v) for k, v in after.items()},
            }
        )


def plain(value: Any) -> Any:
    """A value as JSON keeps it; instants in UTC, so that equal instants are equal texts."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Decimal):
        return str(value)
    return value


def _append(entries: bulk.Rows) -> None:
    if not entries:
        return
    JournalHead.objects.get_or_create(pk=1)
    head = JournalHead.objects.select_for_update().get(pk=1)
    for entry in entries:
        head.seq += 1
        entry["seq"], entry["previous"] = head.seq, head.digest
        entry["digest"] = head.digest = _seal(entry)
    bulk.insert(JournalEntry, entries)
    head.save(update_fields=["seq", "digest"])


def key_fits() -> bool:
    """Whether the key in use sealed the newest entry; one query. True while there is none."""
    newest = JournalEntry.objects.order_by("-seq").first()
    return newest is None or newest.digest == newest.seal()


def first_broken() -> int | None:
    """The sequence number of the first entry that does not fit the chain; None when all do.

    Acts may end while it reads: the entries reach at least as far as the head did before, and
    the head afterwards at least as far as they do.
    """
    before = head()
    seq, previous = 0, GENESIS
    for entry in JournalEntry.objects.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != seq + 1 or entry.previous != previous or entry.digest != entry.seal():
            return seq + 1
        seq, previous = entry.seq, entry.digest
        if seq == before.seq and previous != before.digest:
            return seq
    return None if before.seq <= seq <= head().seq else seq + 1


def head() -> JournalHead:
    """The chain's end as kept; that of an empty chain where it is lost."""
    return JournalHead.objects.filter(pk=1).first() or JournalHead()
