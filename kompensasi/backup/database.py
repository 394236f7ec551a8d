"""The database of a backup: pg_dump's custom format, or a copy that SQLite makes of itself."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from kompensasi.backup.archive import BackupError
from kompensasi.notices.actions import HOLD_UNSENT
from kompensasi.notices.models import Notice
from spm_monitor.journal import JournalHead

HOLDING = Notice._meta.db_table
SESSIONS = Session._meta.db_table
# What an installation has that is not base data: any row of these, or an act of a person.
EVIDENCE = ("spm_monitor_order", "cases_case", "letters_letter")
ACTS = "spm_monitor_journalentry"
PATIENCE = 10.0  # seconds to wait for others to let go of the database
DROP_TABLES = """
SET lock_timeout = '10s';
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', name);
  END LOOP;
END $$;
"""


def kind() -> str:
    """ "postgresql" or "sqlite"."""
    return connection.vendor


def not_empty() -> str:
    """What stands in the way of a restore, in words; "" in an installation without work."""
    tables = set(connection.introspection.table_names())
    if tables and "django_migrations" not in tables:
        return "basis data berisi tabel yang bukan milik sistem ini"
    with connection.cursor() as cursor:
        for table in EVIDENCE:
            if table in tables and _count(cursor, table):
                return "sudah ada pesanan, kasus, atau surat"
        if ACTS in tables and _count(cursor, ACTS, "actor_id IS NOT NULL"):
            return "jurnal sudah mencatat pekerjaan orang"
    return ""


def _count(cursor: Any, table: str, where: str = "1 = 1") -> int:
    cursor.execute(f'SELECT count(*) FROM "{table}" WHERE {where}')  # noqa: S608 - our own names
    return cursor.fetchall()[0][0]


# --- out --------------------------------------------------------------------------------------
def dump(to: Path) -> dict[str, Any]:
    """Write the whole database into a file; returns what stands in it, of the same instant."""
    tables = sorted(connection.introspection.table_names())
    if "django_migrations" not in tables:
        raise BackupError("Basis data belum disiapkan; belum ada yang dapat dicadangkan.")
    if kind() == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            _run("pg_dump", "-Fc", "-O", "-x", f"--snapshot={snapshot}", f"--file={to}")
            return facts(cursor, tables)
    with connection.cursor() as cursor:  # one statement: one instant, whoever writes meanwhile
        cursor.execute("VACUUM INTO %s", [str(to)])
    with _opened(to) as copy:
        return facts(copy.cursor(), tables)


def facts(cursor: Any, tables: list[str]) -> dict[str, Any]:
    """Rows of each table, the migrations applied, and the end of the journal."""
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
    migrations = [list(row) for row in cursor.fetchall()]
    cursor.execute(f"SELECT seq, digest FROM {JournalHead._meta.db_table}")  # noqa: S608
    heads = cursor.fetchall()
    seq, digest = heads[0] if heads else (0, "")
    return {
        "migrations": migrations,
        "tables": {table: _count(cursor, table) for table in tables},
        "journal": {"seq": seq, "digest": digest},
    }


def present_facts() -> dict[str, Any]:
    """The same of the database in use."""
    with connection.cursor() as cursor:
        return facts(cursor, sorted(connection.introspection.table_names()))


# --- in ---------------------------------------------------------------------------------------
def prepare(dumped: Path, tables: dict[str, int]) -> None:
    """Prove that a dump can be loaded, and hold its outbox, before anything is touched."""
    if kind() == "postgresql":
        _run("pg_restore", "-O", "-x", f"--file={_script(dumped)}", str(dumped))
        return
    try:
        with _opened(dumped) as copy:
            if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise sqlite3.DatabaseError("integrity_check")
            for statement in _upkeep(tables):
                copy.execute(statement)
    except sqlite3.Error as error:
        raise BackupError(
            f"Basis data di dalam cadangan rusak ({error}). Data di sini tidak diubah."
        ) from error


def load(dumped: Path, tables: dict[str, int]) -> None:
    """Put a prepared dump in place of the database, wholly or not at all."""
    if kind() == "postgresql":
        before, after = dumped.with_suffix(".before"), dumped.with_suffix(".after")
        before.write_text(DROP_TABLES)
        after.write_text("".join(f"{statement};\n" for statement in _upkeep(tables, "public.")))
        connection.close()
        files = [f"--file={path}" for path in (before, _script(dumped), after)]
        _run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", *files)
        return
    file = Path(connection.settings_dict["NAME"])
    file.touch(mode=0o600)
    file.chmod(0o600)  # also one that this process has opened already
    connection.ensure_connection()
    target: Any = connection.connection
    target.execute("PRAGMA busy_timeout = 100")
    with _opened(dumped) as copy:
        try:
            copy.backup(target, progress=_patience())
        except sqlite3.Error as error:
            raise BackupError(
                f"Basis data sedang dipakai ({error}). Hentikan web, worker, dan beat, lalu ulangi."
                " Data di sini tidak diubah."
            ) from error
    connection.close()


def _upkeep(tables: dict[str, int], schema: str = "") -> list[str]:
    """What is changed of a dump: its outbox is held, and everybody signs in again."""
    statements = {
        HOLDING: HOLD_UNSENT.replace(HOLDING, f"{schema}{HOLDING}"),
        SESSIONS: f"DELETE FROM {schema}{SESSIONS}",  # noqa: S608 - our own names
    }
    return [statement for table, statement in statements.items() if table in tables]


def _script(dumped: Path) -> Path:
    return dumped.with_suffix(".sql")


def _patience() -> Callable[[int, int, int], None]:
    """Ends a copy that another writer keeps out; by itself it would wait for ever."""
    end = time.monotonic() + PATIENCE

    def progress(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > end:
            raise sqlite3.OperationalError("locked")

    return progress


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file; what the block wrote is kept unless it failed."""
    with closing(sqlite3.connect(path)) as file, file:
        yield file


def _run(program: str, *args: str) -> None:
    """A program of PostgreSQL on the database of the settings; its own words when it fails."""
    if shutil.which(program) is None:
        raise BackupError(f"{program} tidak ada. Pasang paket postgresql-client, lalu ulangi.")
    settings = connection.settings_dict
    _, secrets = DatabaseClient.settings_to_cmd_args_env(settings, [])
    place = {
        "PGHOST": settings["HOST"], "PGPORT": str(settings["PORT"] or ""),
        "PGUSER": settings["USER"], "PGDATABASE": settings["NAME"],
    }  # fmt: skip
    known = {name: value for name, value in place.items() if value}
    environment = os.environ | known | (secrets or {})
    command = [program, *args]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{program} gagal, data di sini tidak diubah: {done.stderr.strip()}")
