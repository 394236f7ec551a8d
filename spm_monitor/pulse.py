"""When a job that beat runs was last done: what tells a quiet day from a dead worker."""

from datetime import datetime

from django.db import models

SWEEP = "sweep"


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
