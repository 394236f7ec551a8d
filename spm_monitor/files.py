"""Kept files: checked when they come, written whole or not at all, never changed.

A kept file has a random name below `MEDIA_ROOT/<folder>/`; its row holds name, SHA-256 and length.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header

LARGEST = 10 * 1024 * 1024
# Whatever a file holds, it loads and runs nothing of ours. (The browser's own reader of PDFs needs
# its style and its plug-in.)
POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors "
PDF = "application/pdf"
KINDS = {".pdf": PDF, ".png": "image/png", ".jpg": "image/jpeg"}


_kept: ContextVar["list[str] | None"] = ContextVar("kept", default=None)


class Altered(Exception):
    """A kept file is missing or is not what was written."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a row remembers of a kept file; `name` is relative to MEDIA_ROOT."""

    name: str
    sha256: str
    size: int


def check_upload(upload: UploadedFile) -> None:
    """Refuse a file that is not a PDF, JPG or PNG of at most 10 MB, whatever its name says."""
    size = upload.size or 0
    if size > LARGEST:
        raise ValidationError(
            "Berkas harus PDF, JPG, atau PNG, paling besar 10 MB."
            f" Berkas ini {size / 1024 / 1024:.0f} MB."
        )
    if kind_of(upload.read()) is None:
        raise ValidationError("Berkas harus PDF, JPG, atau PNG, paling besar 10 MB.")
    upload.seek(0)


def kind_of(content: bytes) -> str | None:
    """The suffix of one of our kinds by what the content is, None for anything else."""
    try:
        found = {match.extension for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return None
    found = {".jpg" if suffix in (".jpeg", ".jfif") else suffix for suffix in found}
    for suffix, start in ((".pdf", b"%PDF-"), (".png", b"\x89PNG"), (".jpg", b"\xff\xd8\xff")):
        if suffix in found and content.startswith(start):
            return suffix
    return None


def keep(folder: str, content: bytes) -> Kept:
    """Write content under a new name below MEDIA_ROOT/folder. Raises OSError when it cannot."""
    suffix = kind_of(content)
    if suffix is None:
        raise ValueError("only PDF, PNG and JPEG are kept")
    name = f"{folder}/{uuid.uuid4().hex}{suffix}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    written = _kept.get()
    if written is not None:
        written.append(name)
    return Kept(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def keep_upload(folder: str, upload: UploadedFile) -> Kept:
    """Keep an upload that `check_upload` has passed."""
    upload.seek(0)
    return keep(folder, upload.read())


@contextmanager
def dropped_on_failure() -> Iterator[None]:
    """What is kept within goes again when the block fails: its row was never committed."""
    token = _kept.set([])
    try:
        yield
    except BaseException:
        for name in _kept.get() or ():
            drop(name)
        raise
    finally:
        _kept.reset(token)


def drop(name: str) -> None:
    """Remove a file whose row was never committed."""
    (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)


def read(name: str, sha256: str = "") -> bytes:
    """The kept content; raises Altered when it is gone or no longer has its SHA-256."""
    try:
        content = (Path(settings.MEDIA_ROOT) / name).read_bytes()
    except OSError as error:
        raise Altered(name) from error
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise Altered(name)
    return content


def content_type(name: str) -> str:
    """The media type of a kept file."""
    return KINDS[Path(name).suffix]


def response(name: str, sha256: str = "", filename: str = "") -> HttpResponse:
    """A kept file as an answer; the view has asked who reads."""
    shown = filename or f"berkas{Path(name).suffix}"
    return answer(read(name, sha256), content_type(name), shown)


def answer(content: bytes, content_type: str, name: str, *, framed: bool = False) -> HttpResponse:
    """A file as an answer: never cached, never sniffed.

    name: what it is called when saved. framed: whether our own pages may show it in a frame.
    """
    headers = {
        "Content-Disposition": content_disposition_header(False, name) or "inline",
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": POLICY + ("'self'" if framed else "'none'"),
        "X-Frame-Options": "SAMEORIGIN" if framed else "DENY",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
