"""The Django project, and in its folders what the compensation procedure needs."""

from kompensasi.celery import app as celery_app

__all__ = ["celery_app"]
