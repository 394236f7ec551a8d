"""Gapless numbers. The counter's row is locked until the transaction ends, so take it late."""

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Greatest


class Sequence(models.Model):
    """The last number given under a key such as `case:2026`."""

    key = models.CharField(max_length=80, unique=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key}: {self.last}"


def take(key: str, *, count: int = 1, start: int = 1) -> int:
    """Take `count` numbers and return the first, which is at least `start`; never one twice.

    Must be called in a transaction: a rollback gives the numbers back, a second taker waits.
    """
    Sequence.objects.get_or_create(key=key, defaults={"last": start - 1})
    last = Greatest(F("last"), Value(start - 1))
    Sequence.objects.filter(key=key).update(last=last + count)
    return Sequence.objects.values_list("last", flat=True).get(key=key) - count + 1


def raise_to(key: str, last: int) -> None:
    """Give no number up to `last` under a key again; a counter that is further stays."""
    Sequence.objects.get_or_create(key=key, defaults={"last": last})
    Sequence.objects.filter(key=key, last__lt=last).update(last=last)


def hold(key: str) -> None:
    """Let nobody take a number under a key until this transaction ends."""
    Sequence.objects.get_or_create(key=key, defaults={"last": 0})
    Sequence.objects.select_for_update().get(key=key)


def last(key: str) -> int:
    """The last number given under a key, 0 before the first."""
    return Sequence.objects.filter(key=key).values_list("last", flat=True).first() or 0
