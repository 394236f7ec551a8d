"""Making a backup. The web, the worker and beat may go on meanwhile."""

import platform
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from kompensasi.backup import database, kept, keys
from kompensasi.backup.archive import Writer, new_archive

DUMP = "database"
MEDIA = "media"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a backup holds, and what its reader must know."""

    size: int
    files: int
    journal: int
    """The last sequence number of the journal."""
    keys_outside: list[str]
    """Keys that come from the environment and are not in it."""
    wrong: list[str]
    """Kept files that were missing or altered before."""


def make(file: Path, now: datetime) -> Made:
    """Write everything into a new file, readable by its owner alone."""
    with (
        TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder,
        new_archive(file) as archive,
    ):
        dump = Path(folder) / DUMP
        # The database first: a file is kept before its row is written, so none will be missing.
        facts = database.dump(dump)
        archive.add(DUMP, dump)
        count = _add_media(archive)
        outside = keys.add_to(archive)
        archive.close({
            "made_at": now.isoformat(),
            "database": database.kind(),
            "versions": {"django": django.__version__, "python": platform.python_version()},
            "keys": keys.fingerprints(),
            **facts,
        })  # fmt: skip
    return Made(
        size=file.stat().st_size, files=count, journal=facts["journal"]["seq"],
        keys_outside=outside, wrong=kept.wrong_files()[1],
    )  # fmt: skip


def _add_media(archive: Writer) -> int:
    count = 0
    for name, path in kept.media():
        try:
            archive.add(f"{MEDIA}/{name}", path)
        except FileNotFoundError:  # its act failed meanwhile: no row names it
            continue
        count += 1
    return count
