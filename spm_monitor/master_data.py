"""Master data is written by acts too: a row added, changed or removed, on record with what changed.

The office's own pages and Django's admin both note it in the same way.
"""

from collections.abc import Collection
from datetime import datetime, time
from typing import Any

from django.db import models

from spm_monitor import journal, rights

HIDDEN = "(tidak dicatat)"
Facts = dict[str, Any]


def save(
    row: models.Model, *, right: str, by: Any, now: datetime, secrets: Collection[str] = (),
    verb: str = "", note: str = "",
) -> bool:  # fmt: skip
    """Add a row, or save what changed of one; whether anything did.

    right: `app.codename` that `by` must hold now. secrets: columns recorded without their content.
    verb: of the journal; added or changed when empty.
    """
    with journal.act():
        capacity = rights.require_office(by, right, at=now)
        stored = type(row)._base_manager.filter(pk=row.pk).first() if row.pk else None
        if stored is None:
            row.save(force_insert=True)
        else:
            columns = changed_columns(row, stored)
            if not columns:
                return False
            row.save(update_fields=[*columns, *stamps(row)])
        before, is_now = facts(stored) if stored else {}, facts(row)
        told = [name for name, value in is_now.items() if before.get(name) != value]
        kind = row._meta.model_name
        record(
            verb or f"{kind}.{'changed' if stored else 'added'}", row, by=by, capacity=capacity,
            now=now, secrets=secrets, note=note,
            before={name: before[name] for name in told if name in before},
            after={name: is_now[name] for name in told},
        )  # fmt: skip
    return True


def remove(row: models.Model, *, right: str, by: Any, now: datetime, note: str = "") -> None:
    """Delete a row that nothing rests on; what it held is on record."""
    with journal.act():
        capacity = rights.require_office(by, right, at=now)
        record(
            f"{row._meta.model_name}.deleted", row, by=by, capacity=capacity, now=now,
            before=facts(row), note=note,
        )  # fmt: skip
        row.delete()


def record(
    verb: str, row: models.Model, *, by: Any, capacity: Any, now: datetime,
    before: Facts | None = None, after: Facts | None = None, secrets: Collection[str] = (),
    note: str = "",
) -> None:  # fmt: skip
    """Note an act on master data; of a secret only that it changed."""
    before, after = (
        {name: HIDDEN if name in secrets else value for name, value in (told or {}).items()}
        for told in (before, after)
    )
    journal.record(
        verb, row, by=by, capacity=capacity, now=now, before=before, after=after, note=note
    )


def facts(row: models.Model) -> Facts:
    """What a page may change of a row, as the journal keeps it."""
    found = {f.name: f.value_from_object(row) for f in row._meta.concrete_fields if _ours(f)}
    return {
        name: value.isoformat() if isinstance(value, time) else journal.plain(value)
        for name, value in found.items()
    }


def changed_columns(row: models.Model, stored: models.Model) -> list[str]:
    """Columns in which a row differs from what is stored.

    Only these are written: a column that others move meanwhile (stock) stays theirs.
    """
    return [
        field.name
        for field in row._meta.concrete_fields
        if _ours(field) and field.value_from_object(row) != field.value_from_object(stored)
    ]


def stamps(row: models.Model) -> list[str]:
    """Columns that tell when a row, or what belongs to it, was written last."""
    return [field.name for field in row._meta.concrete_fields if getattr(field, "auto_now", False)]


def _ours(field: models.Field) -> bool:
    return field.editable and not field.primary_key
