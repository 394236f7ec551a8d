"""The file of a backup: a tar with its manifest, sealed at the end by a digest of all before.

The seal finds every cut and every changed byte before anything is read; the manifest names each
file with SHA-256 and size, so that none is missing and none is there too much.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

FORMAT = 1
MANIFEST = "manifest.json"
SEAL = 64  # hexadecimal digits at the end of the file
CHUNK = 1024 * 1024


class BackupError(Exception):
    """Why there is no backup, or no restore, in words for who asked. Nothing was changed."""


class Writer:
    """Takes files into a new archive and remembers them for the manifest."""

    def __init__(self, file: BinaryIO) -> None:
        self.tar = tarfile.open(fileobj=file, mode="w")  # noqa: SIM115 - closed by `close`
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, path: Path) -> None:
        """A file of the disk."""
        with path.open("rb") as content:
            self._add(name, content, os.fstat(content.fileno()).st_size)

    def add_text(self, name: str, text: str) -> None:
        """A small file from memory."""
        content = text.encode()
        self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, content: Any, size: int) -> None:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self.tar.addfile(entry, content)
        self.files[name] = {"sha256": digest, "size": size}

    def close(self, facts: dict[str, Any]) -> None:
        """Write the manifest: the facts, and every file."""
        manifest = {"format": FORMAT, **facts, "files": dict(self.files)}
        self.add_text(MANIFEST, json.dumps(manifest, indent=1))
        self.tar.close()


@contextmanager
def new_archive(path: Path) -> Iterator[Writer]:
    """A new archive; it bears its name only when it is whole, on the disk, and reads back."""
    if path.exists():
        raise BackupError(f"{path} sudah ada. Pilih nama lain; cadangan lama tidak ditimpa.")
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            yield Writer(file)
            file.seek(0)
            file.write(_seal_of(file, os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
        with open_archive(part) as written:
            written.verify()
        part.rename(path)
    except FileExistsError:
        raise BackupError(
            f"{part} sudah ada: cadangan lain sedang dibuat, atau terputus. Hapus bila terputus."
        ) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


class Archive:
    """An archive while it is open for reading (`open_archive`)."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self.path, self.tar = path, tar
        self.manifest: dict[str, Any] = json.load(self._open(MANIFEST))
        if self.manifest.get("format") != FORMAT:
            raise _broken(path, "bentuknya tidak dikenal")
        self.files: dict[str, dict[str, Any]] = self.manifest["files"]
        names = tar.getnames()
        if sorted(names) != sorted([*self.files, MANIFEST]):
            raise _broken(path, "ada berkas yang hilang atau berlebih")
        if any(".." in PurePosixPath(n).parts or n.startswith("/") for n in names):
            raise _broken(path, "ada nama berkas yang keluar dari tempatnya")

    def names(self, folder: str) -> list[str]:
        """The files below a folder of the archive, by their names in it."""
        return [n.removeprefix(f"{folder}/") for n in self.files if n.startswith(f"{folder}/")]

    def text(self, name: str) -> str | None:
        """A small file, None when it is not there."""
        return None if name not in self.files else self._open(name).read().decode()

    def extract(self, name: str, to: Path) -> None:
        """Write a file to a path, checked against the manifest."""
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("w+b") as copy:
            shutil.copyfileobj(self._open(name), copy, CHUNK)
            copy.seek(0)
            self._compare(name, hashlib.file_digest(copy, "sha256").hexdigest())

    def verify(self) -> None:
        """Read every file and compare it with the manifest."""
        for name in self.files:
            self._compare(name, hashlib.file_digest(self._open(name), "sha256").hexdigest())

    def _open(self, name: str) -> Any:
        content = self.tar.extractfile(name)
        if content is None:
            raise _broken(self.path, f"{name} bukan berkas")
        return content

    def _compare(self, name: str, digest: str) -> None:
        if digest != self.files[name]["sha256"]:
            raise _broken(self.path, f"{name} tidak sama dengan daftar isinya")


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """An archive for reading; BackupError when it is not what was written."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            size = os.fstat(file.fileno()).st_size - SEAL
            if size <= 0 or _seal_of(file, size) != file.read(SEAL):
                raise _broken(path, "isinya tidak sama dengan yang ditulis")
            file.seek(0)
            archive = Archive(path, stack.enter_context(tarfile.open(fileobj=file)))
        except OSError as error:
            raise BackupError(f"{path} tidak dapat dibaca ({error.strerror}).") from error
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise _broken(path, "bukan cadangan dari sistem ini") from error
        yield archive


def _broken(path: Path, why: str) -> BackupError:
    return BackupError(f"Cadangan {path} rusak: {why}. Data di sini tidak diubah.")


def _seal_of(file: BinaryIO, size: int) -> bytes:
    """The digest of the first `size` bytes; the file then stands behind them."""
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0 and (chunk := file.read(min(CHUNK, size))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest().encode()
