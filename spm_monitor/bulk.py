"""Many rows in one statement. What differs among them travels as one JSON text.

The database takes the text apart: a thousand rows take a few milliseconds, where a parameter for
each value takes twenty times as long.
"""

import json
from typing import Any

from django.db import connection, models

AT_ONCE = 5000
Rows = list[dict[str, Any]]


def insert(model: type[models.Model], rows: Rows) -> list[int]:
    """Write rows, given by the names of their columns; a column left out has its default.

    Returns their keys in the order of the rows.
    """
    keys: list[int] = []
    for start in range(0, len(rows), AT_ONCE):
        keys += _insert(model, rows[start : start + AT_ONCE])
    return keys


def _insert(model: type[models.Model], rows: Rows) -> list[int]:
    fields = {f.attname: f for f in model._meta.concrete_fields if not f.primary_key}
    if any(row.keys() != rows[0].keys() for row in rows) or rows[0].keys() - fields.keys():
        raise TypeError(f"rows of {model.__name__}: unknown columns, or not the same in each")
    alike, differing = {}, {}
    for name, field in fields.items():
        values = [row[name] if name in row else field.get_default() for row in rows]
        # 1, 1.0 and True are equal here, and are not in JSON, whose text is sealed.
        told = (
            [json.dumps(v, cls=field.encoder) for v in values]
            if isinstance(field, models.JSONField)
            else values
        )
        if told.count(told[0]) == len(told):
            alike[field] = field.get_db_prep_save(values[0], connection)
        else:
            differing[field] = [_as_text(field, value) for value in values]
    texts = zip(*differing.values(), strict=True) if differing else ([] for _ in rows)
    sql = _statement(model, list(alike), list(differing))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*alike.values(), json.dumps([list(row) for row in texts])])
        return sorted(key for (key,) in cursor.fetchall())  # keys are given in the order of rows


def _as_text(field: Any, value: Any) -> Any:
    """A value as JSON carries it to its column."""
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(field, models.JSONField):
        return json.dumps(value, cls=field.encoder)
    if isinstance(field, models.DateTimeField):
        return str(connection.ops.adapt_datetimefield_value(value))
    raise TypeError(f"{field} cannot differ from row to row")


def _statement(model: type[models.Model], alike: list[Any], differing: list[Any]) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in (*alike, *differing))
    if connection.vendor == "postgresql":
        each, rows = "(r.v ->> {i})::{type}", "jsonb_array_elements(%s::jsonb) AS r(v)"
        same = "%s::{type}"
    else:
        each, rows, same = "json_extract(r.value, '$[{i}]')", "json_each(%s) AS r", "%s"
    values = [same.format(type=_type(field)) for field in alike]
    values += [each.format(i=i, type=_type(field)) for i, field in enumerate(differing)]
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {rows} RETURNING id"  # noqa: S608


def _type(field: Any) -> str:
    """A text that is too long for its column is an error, as always: a cast would cut it."""
    name = str(field.db_type(connection))
    return "text" if name.startswith("varchar") else name
