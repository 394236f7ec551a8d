"""Django's own command, which says why nothing can be sent where mail is off."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import sendtestemail


class Command(sendtestemail.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMAIL_HOST:
            raise CommandError("EMAIL_HOST kosong, jadi surel tidak dikirim. Isi di .env dahulu.")
        super().handle(*args, **options)
