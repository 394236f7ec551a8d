"""Restoring a backup into an installation without work. Everything is checked before it begins."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from kompensasi.backup import database, kept, keys
from kompensasi.backup.archive import Archive, BackupError, open_archive
from kompensasi.backup.making import DUMP, MEDIA
from kompensasi.letters import numbering
from kompensasi.notices.models import Notice
from spm_monitor import journal
from spm_monitor.models import JournalHead, Sequence
from spm_monitor.workdays import to_wib

KINDS = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came back, and what was found when it was looked at."""

    made_at: datetime
    files: int
    rows: int
    migrated: int
    """Migrations applied because the backup was older than the code."""
    letters: int
    """Kept files compared with the SHA-256 of their rows."""
    held: int
    journal: int
    last_number: int
    """The year's last letter number in the backup."""
    links_die: bool
    faults: list[str]
    """What does not fit, in words; it was so when the backup was made."""


def restore(file: Path, now: datetime) -> Restored:
    """Put a backup in place of an empty installation; BackupError when nothing was changed.

    Empty is an installation without orders, cases, letters and acts of people: its base data and
    accounts give way to those of the backup. The services must be stopped.
    """
    with open_archive(file) as archive:
        return _restore(archive, now)


def _restore(archive: Archive, now: datetime) -> Restored:
    missing = _refuse_what_does_not_fit(archive)
    _replace(archive)
    faults = _faults_of(archive)
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
    checked, wrong = kept.wrong_files()
    broken = journal.first_broken()
    return Restored(
        made_at=datetime.fromisoformat(archive.manifest["made_at"]),
        files=len(archive.names(MEDIA)), rows=sum(archive.manifest["tables"].values()),
        migrated=missing, letters=checked,
        held=Notice.objects.filter(state=Notice.State.HELD).count(),
        journal=JournalHead.objects.values_list("seq", flat=True).first() or 0,
        last_number=numbering.last_sequence(to_wib(now).date()), links_die=keys.links_die(archive),
        faults=[
            *faults,
            *(f"berkas hilang atau berubah: {name}" for name in wrong),
            *([f"rantai jurnal putus pada urut {broken}"] if broken is not None else []),
        ],
    )  # fmt: skip


def _replace(archive: Archive) -> None:
    """Put all in place, the database last: from then on it is done, before it is undone."""
    tables = archive.manifest["tables"]
    with (
        TemporaryDirectory(prefix=".restore-", dir=settings.DATA_DIR) as folder,
        ExitStack() as undo,
    ):
        staged = Path(folder)
        for name in archive.files:
            if not name.startswith(f"{keys.FOLDER}/"):
                archive.extract(name, staged / name)
        database.prepare(staged / DUMP, tables)
        _refuse_other_files(archive)
        for name in archive.names(MEDIA):
            _put_in_place(staged / MEDIA / name, Path(settings.MEDIA_ROOT) / name, undo)
        undo.callback(keys.put_back(archive))
        database.load(staged / DUMP, tables)
        undo.pop_all()


def skip_letter_numbers(last: int, now: datetime) -> int:
    """Give no letter number up to `last` again this year; the year's last number now."""
    day = to_wib(now).date()
    with journal.act():
        before = numbering.last_sequence(day)
        numbering.skip_to(last, day)
        after = numbering.last_sequence(day)
        if after != before:
            counter = Sequence.objects.get(key=numbering.counter(day.year))
            journal.record(
                "letter.numbers_skipped", counter, by=None, now=now,
                before={"last": before}, after={"last": after},
            )  # fmt: skip
    return after


def _refuse_what_does_not_fit(archive: Archive) -> int:
    """Kind, version, keys, and a target without work; how many migrations the archive lacks."""
    here, there = database.kind(), archive.manifest["database"]
    if here != there:
        raise BackupError(
            f"Cadangan ini dari {KINDS.get(there, there)}, sedangkan di sini {KINDS[here]}. Atur"
            " DATABASE_URL, lalu ulangi. Data di sini tidak diubah."
        )
    known = set(MigrationLoader(None).disk_migrations or {})
    applied = {(app, name) for app, name in archive.manifest["migrations"]}
    if newer := sorted(applied - known):
        app, name = newer[0]
        raise BackupError(
            f"Cadangan ini dari versi yang lebih baru ({app}.{name} tidak dikenal di sini). Pasang"
            " versi itu, lalu ulangi. Data di sini tidak diubah."
        )
    keys.check(archive)
    if reason := database.not_empty():
        raise BackupError(
            f"Tempat ini tidak kosong: {reason}. Pulihkan ke basis data dan DATA_DIR yang kosong."
            " Data di sini tidak diubah."
        )
    return len(known - applied)


def _refuse_other_files(archive: Archive) -> None:
    here = dict(kept.media())
    if strange := sorted(here.keys() - set(archive.names(MEDIA))):
        raise BackupError(
            f"Tempat ini tidak kosong: {settings.MEDIA_ROOT} berisi {len(strange)} berkas lain,"
            f" misalnya {strange[0]}. Pindahkan dahulu. Data di sini tidak diubah."
        )


def _put_in_place(staged: Path, path: Path, undo: ExitStack) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        undo.callback(path.unlink, missing_ok=True)
    shutil.move(staged, path)  # another file system, perhaps


def _faults_of(archive: Archive) -> list[str]:
    """Where the database is not what the manifest says was dumped, without its sessions."""
    present, told = database.present_facts(), archive.manifest
    expected = {t: 0 if t == database.SESSIONS else n for t, n in told["tables"].items()}
    return [
        f"{table}: {present['tables'].get(table)} baris, seharusnya {rows}"
        for table, rows in expected.items()
        if present["tables"].get(table) != rows
    ]
