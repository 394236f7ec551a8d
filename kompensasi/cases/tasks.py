"""What the worker runs. A task only wakes code that finds its work in the database."""

import logging

from celery import shared_task
from django.utils import timezone

from kompensasi.cases import sweep as sweeping
from kompensasi.cases import watching
from spm_monitor import pulse

logger = logging.getLogger(__name__)


@shared_task(name="kompensasi.cases.tasks.sweep")
def sweep() -> None:
    """Beat's job: flag overruns and open the cases they owe."""
    now = timezone.now()
    logger.info("%s", sweeping.sweep(now))
    pulse.note(pulse.SWEEP, now)


@shared_task(name="kompensasi.cases.tasks.watch")
def watch() -> None:
    """Beat's job: reminders before a due and when it passed, and cases near their limit."""
    logger.info("pengingat %s, kasus dekat batas %s", *watching.watch(timezone.now()))
