"""What the worker runs. A task only wakes code that finds its work in the database."""

import logging

from celery import shared_task
from django.utils import timezone

from kompensasi.notices import sending

logger = logging.getLogger(__name__)


@shared_task(name="kompensasi.notices.tasks.send")
def send() -> None:
    """Beat's job: send what waits in the outbox."""
    done = sending.send_waiting(timezone.now())
    if done != sending.Round():  # most looks find nothing, and there are many
        logger.info("%s", done)
