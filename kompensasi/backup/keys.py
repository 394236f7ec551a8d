"""The installation's secrets in a backup: those made here go with it, those given do not.

Without the journal's key nobody can prove the journal, and without the secret key the customers'
links are dead; so the keys that live in DATA_DIR are part of "everything". A key that comes from
the environment has its own keeper, and the backup only knows its fingerprint.
"""

import hmac
import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from kompensasi.backup.archive import Archive, BackupError, Writer
from kompensasi.environment import given, secret_file

FOLDER = "keys"
NAMES = ("JOURNAL_KEY", "SECRET_KEY")


def fingerprints() -> dict[str, str]:
    """A mark of each key that tells nothing of it."""
    return {name: _mark(getattr(settings, name)) for name in NAMES}


def _mark(key: str) -> str:
    return hmac.digest(key.encode(), b"kompensasi.backup", "sha256").hex()


def add_to(archive: Writer) -> list[str]:
    """Put the keys of DATA_DIR into an archive; the names of those that come from outside."""
    outside = [name for name in NAMES if given(name)]
    for name in NAMES:
        if name not in outside:
            archive.add_text(f"{FOLDER}/{name}", getattr(settings, name))
    return outside


def check(archive: Archive) -> None:
    """Refuse an archive whose journal could not be proved here."""
    if _would_be("JOURNAL_KEY", archive) != archive.manifest["keys"]["JOURNAL_KEY"]:
        raise BackupError(
            "JOURNAL_KEY di sini bukan kunci dari tempat cadangan dibuat, jadi jurnalnya tidak"
            " dapat dibuktikan. Isi JOURNAL_KEY dengan kunci itu, lalu ulangi. Data di"
            " sini tidak diubah."
        )


def links_die(archive: Archive) -> bool:
    """Whether the customers' links of the archive would not work with the secret key here."""
    marks = {_mark(key) for key in settings.SECRET_KEY_FALLBACKS}
    marks.add(_would_be("SECRET_KEY", archive))
    return archive.manifest["keys"]["SECRET_KEY"] not in marks


def _would_be(name: str, archive: Archive) -> str:
    key = None if given(name) else archive.text(f"{FOLDER}/{name}")
    return _mark(key or getattr(settings, name))


def put_back(archive: Archive) -> Callable[[], None]:
    """Take over the archive's keys, here and in DATA_DIR; returns what undoes it."""
    former = {}
    for name in NAMES:
        key = None if given(name) else archive.text(f"{FOLDER}/{name}")
        if key is not None:
            former[name] = getattr(settings, name)
            _set(name, key)

    def undo() -> None:
        for name, key in former.items():
            _set(name, key)

    return undo


def _set(name: str, key: str) -> None:
    file: Path = secret_file(name, settings.DATA_DIR)
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as new:
        new.write(key)
    part.replace(file)
    setattr(settings, name, key)  # this process proves the journal with it
