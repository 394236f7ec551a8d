"""The outbox: a row for each person who is to be told something, from the act that says so."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


def new_message_id() -> str:
    """A Message-ID that stays the row's own, so that a mail sent twice is seen to be one."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<{uuid.uuid4().hex}@{domain}>"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Reads whose names are sentences and whose clock is an argument."""

    def due(self, now: datetime) -> "NoticeQuerySet":
        """To be sent now: waiting long enough, or left behind by a sender that died."""
        state = Notice.State
        return self.filter(
            Q(state=state.WAITING, next_try_at__lte=now)
            | Q(state=state.CLAIMED, claimed_until__lte=now)
        )


class Notice(models.Model):
    """One mail to one person. Written in the transaction of what it tells; sent by the worker.

    A sender claims it for a few minutes by a conditional UPDATE; a claim that runs out frees it.
    """

    class Kind(models.TextChoices):
        TURN = "turn", "Langkah menunggu"
        REMINDER = "reminder", "Pengingat target"
        DELAY = "delay", "Pemberitahuan keterlambatan kepada pelanggan"

    class State(models.TextChoices):
        WAITING = "waiting", "Menunggu dikirim"
        CLAIMED = "claimed", "Sedang dikirim"
        SENT = "sent", "Terkirim"
        FAILED = "failed", "Gagal"
        HELD = "held", "Ditahan"  # after a restore, until somebody releases it

    key = models.CharField("kunci", max_length=80, unique=True)  # event and recipient
    kind = models.CharField("jenis", max_length=10, choices=Kind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="notices",
        verbose_name="pengguna",
    )  # fmt: skip
    address = models.EmailField("surel")
    subject = models.CharField("perihal", max_length=160)
    body = models.TextField("isi")
    created_at = models.DateTimeField("ditulis")
    message_id = models.CharField(max_length=120, unique=True, default=new_message_id)

    state = models.CharField("keadaan", max_length=10, choices=State, default=State.WAITING)
    next_try_at = models.DateTimeField("dikirim sejak")
    claimed_until = models.DateTimeField("dipegang sampai", null=True)
    tries = models.PositiveSmallIntegerField("percobaan", default=0)
    error = models.CharField("kendala terakhir", max_length=500, blank=True)
    sent_at = models.DateTimeField("terkirim", null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "pemberitahuan"
        verbose_name_plural = "pemberitahuan"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="claimed", claimed_until__isnull=False, tries__gt=0)
                | (~Q(state="claimed") & Q(claimed_until__isnull=True)),
                name="claimed_until_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="sent_at_an_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="failed_for_a_reason"
            ),
            models.CheckConstraint(condition=~Q(address=""), name="notice_has_an_address"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                name="notice_unsent",
                condition=Q(state__in=("waiting", "claimed")),
            )
        ]

    def __str__(self) -> str:
        return self.subject
