"""Kept files against the rows that remember their SHA-256: letters, scans, whatever comes."""

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models

from spm_monitor import files

MARK = "_sha256"


def media() -> Iterator[tuple[str, Path]]:
    """Every kept file by its name below MEDIA_ROOT; what is still being written is none."""
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".part":
            yield path.relative_to(root).as_posix(), path


def wrong_files() -> tuple[int, list[str]]:
    """How many files rows vouch for, and those that are missing or not what was kept."""
    checked, wrong = 0, []
    for model, name in _columns():
        rows = model._default_manager.exclude(**{f"{name}{MARK}": ""})
        for row in rows.values_list("pk", name, f"{name}{MARK}").iterator():
            checked += 1
            try:
                files.read(row[1], row[2])
            except files.Altered:
                wrong.append(f"{model._meta.verbose_name} {row[0]}: {row[1]}")
    return checked, wrong


def _columns() -> Iterator[tuple[type[models.Model], str]]:
    """Models with a column `x` for a file's name and `x_sha256` for its digest."""
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        yield from ((model, n) for n in sorted(names) if f"{n}{MARK}" in names)
