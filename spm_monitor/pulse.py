"""When a job that beat runs was last done: what tells a quiet day from a dead worker."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Max, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

SWEEP = "sweep"
MISSED = 3  # sweeps that may fail to come before it is said that they do
STARTED = timezone.now()  # of this process: before it nobody waited for a sweep here


class Pulse(models.Model):
    """A row a job, overwritten each time it ends well."""

    job = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job} {self.at:%d/%m/%Y %H.%M}"


def note(job: str, now: datetime) -> None:
    """The job ended well at `now`."""
    Pulse.objects.update_or_create(job=job, defaults={"at": now})


def last(job: str) -> datetime | None:
    """When the job last ended well; None when it never did."""
    return Pulse.objects.filter(job=job).values_list("at", flat=True).first()


def beside_a_count(job: str) -> Coalesce:
    """`last` for a query that counts and is asked anyway: one query less.

    The empty maximum makes Django take it for an aggregate, which such a query must be made of.
    """
    at = Pulse.objects.filter(job=job).values("at")
    return Coalesce(Subquery(at), Max(Cast(Value(None), models.DateTimeField())))


def is_stale(swept: datetime | None, now: datetime) -> bool:
    """Whether sweeps should have come since the last one, counted from this process's start."""
    patience = timedelta(seconds=MISSED * settings.SWEEP_SECONDS)
    return now - max(swept or STARTED, STARTED) > patience
