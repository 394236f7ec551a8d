"""A file that waits for its person's word: looked at, not yet acted on, kept on the server.

One a person, so nothing piles up: the next replaces it, its use removes it, and what nobody comes
back for goes after a day. It lies outside the kept files and so outside every backup.
"""

import time
import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings

LONGEST_WAIT = timedelta(days=1)


def put(person_id: int, content: bytes) -> None:
    """Let a file wait, instead of the one that this person may have waiting."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_old(folder)
    part = folder / f"{uuid.uuid4().hex}.part"
    try:
        part.write_bytes(content)
        part.replace(folder / str(person_id))
    finally:
        part.unlink(missing_ok=True)


def get(person_id: int) -> bytes | None:
    """The file of this person that waits, if one does."""
    _forget_old(_folder())
    try:
        return (_folder() / str(person_id)).read_bytes()
    except FileNotFoundError:
        return None


def claim(person_id: int) -> bool:
    """Take it away to use it; False for whoever comes second."""
    try:
        (_folder() / str(person_id)).unlink()
    except FileNotFoundError:
        return False
    return True


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "imports"


def _forget_old(folder: Path) -> None:
    oldest = time.time() - LONGEST_WAIT.total_seconds()
    for path in folder.glob("*"):
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except FileNotFoundError:  # another request was quicker
            continue
