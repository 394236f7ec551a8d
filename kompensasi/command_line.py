"""The command line: what an administrator did wrong is said in a sentence, not in a traceback."""

import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, connection

UNPREPARED = "Basis data ini belum disiapkan. Jalankan dahulu: manage.py setup"


def main(arguments: list[str]) -> None:
    """Run a command. Exits with 1 and a sentence when a setting is wrong or no table is there."""
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        sys.exit(f"Pengaturan salah: {error}")
    except DatabaseError:
        if _prepared():
            raise
        sys.exit(UNPREPARED)


def _prepared() -> bool:
    """Whether the tables are there; True where that cannot be asked."""
    try:
        return "django_migrations" in connection.introspection.table_names()
    except DatabaseError:
        return True
