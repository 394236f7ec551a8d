"""Migrations, base data, static files: what a new place, or an updated one, needs to serve.

Safe to run again, and by several containers at once.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from kompensasi import base_data
from kompensasi.demo import left
from spm_monitor import journal

LOCK = 21_2021  # any number that nobody else locks


class Command(BaseCommand):
    help = "Applies migrations, puts in missing base data, collects static files; idempotent."
    requires_system_checks = []  # the tables that one may read are made here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-static", action="store_true", help="leave the static files alone")

    def handle(self, *, no_static: bool, **options: Any) -> None:
        try:
            with one_at_a_time():
                self.migrate()
                refuse_another_key()
                self.put_base_data()
                if not no_static:
                    self.collect_static()
        except OperationalError as error:
            raise CommandError(f"Basis data tidak dapat dipakai: {error}") from error
        if demo := left.sentence():
            self.stderr.write(f"Peringatan: {demo}")

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(
            f"Basis data: {waiting} migrasi diterapkan" if waiting else "Basis data: sudah mutakhir"
        )

    def put_base_data(self) -> None:
        for line in base_data.load() or ["sudah lengkap"]:
            self.stdout.write(f"Data dasar: {line}")

    def collect_static(self) -> None:
        """Only when a source changed: compressing all of them takes ten seconds and more."""
        stamp, sources = settings.STATIC_ROOT / "sources.sha256", static_sources()
        if stamp.is_file() and stamp.read_text() == sources:
            self.stdout.write("Berkas statis: sudah mutakhir")
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(sources)
        self.stdout.write("Berkas statis: terkumpul")


def refuse_another_key() -> None:
    """With another key each new entry would break the journal's chain, and nobody would notice."""
    if not journal.key_fits():
        raise CommandError(
            "JOURNAL_KEY bukan kunci yang menyegel jurnal ini. Kembalikan kunci yang lama"
            " (secrets/journal_key, atau journal_key.txt di DATA_DIR), lalu ulangi."
        )


def static_sources() -> str:
    """A digest of every static file as written, and of how they are to be stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            with storage.open(name) as file:
                digest.update(f"\n{name} {file.size}\n".encode() + file.read())
    return digest.hexdigest()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for another setup of this database. SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
