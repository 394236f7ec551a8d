"""The Celery application: beat knows when, a worker does it.

Nothing of value lives in the broker. A task only wakes code that reads its work from
the database, so a lost or doubled message costs nothing.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kompensasi.settings")

# Celery's commands read BROKER_URL themselves and prefer it, without the password that the settings
# add to it.
os.environ.pop("CELERY_BROKER_URL", None)

app = Celery("kompensasi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["kompensasi.cases", "kompensasi.notices"])
