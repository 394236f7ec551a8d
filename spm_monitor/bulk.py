"""Many rows in one statement. What differs among them travels as one JSON text.

The database takes the text apart: a thousand rows take a few milliseconds, where a parameter for
each value takes twenty times as long.
"""

import json
from collections.abc import Callable, Mapping
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
            differing[field] = list(map(_writer(field), values))
    texts = zip(*differing.values(), strict=True) if differing else ([] for _ in rows)
    sql = _statement(model, list(alike), list(differing))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*alike.values(), json.dumps([list(row) for row in texts])])
        return sorted(key for (key,) in cursor.fetchall())  # keys are given in the order of rows


def replace(
    rows: models.QuerySet, column: str, changes: Mapping[int, tuple[Any, Any]], **also: Any
) -> set[int]:
    """Set one column of many rows, of those alone that still hold what was read of them.

    rows: which may be changed at all. changes: key to what it holds and what it is to hold.
    also: columns that get the same value in each of these. Returns the keys of what was changed.
    """
    done: set[int] = set()
    waiting = list(changes.items())
    for start in range(0, len(waiting), AT_ONCE):
        done |= _replace(rows, column, waiting[start : start + AT_ONCE], also)
    return done


def _replace(
    rows: models.QuerySet, column: str, changes: list[tuple[int, tuple[Any, Any]]],
    also: dict[str, Any],
) -> set[int]:  # fmt: skip
    meta, quote = rows.model._meta, connection.ops.quote_name
    field: Any = next(f for f in meta.concrete_fields if f.attname == column)
    key, old, new = (_part(i, kind) for i, kind in enumerate((meta.pk, field, field)))
    select, params = rows.order_by().values("pk").query.sql_with_params()
    table, name, pk = (quote(n) for n in (meta.db_table, field.column, meta.pk.column))
    sets = ", ".join([f"{name} = {new}", *(f"{quote(column)} = %s" for column in also)])
    still = "IS NOT DISTINCT FROM" if connection.vendor == "postgresql" else "IS"
    sql = (
        f"UPDATE {table} SET {sets} FROM {_each_row()}"  # noqa: S608
        f" WHERE {table}.{pk} = {key} AND {table}.{name} {still} {old}"
        f" AND {select.partition(' WHERE ')[2] or 'true'} RETURNING {table}.{pk}"
    )
    write = _writer(field)
    texts = [[one, write(was), write(to)] for one, (was, to) in changes]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*also.values(), json.dumps(texts), *params])
        return {changed for (changed,) in cursor.fetchall()}


def _writer(field: Any) -> Callable[[Any], Any]:
    """Writes a value of a column as JSON carries it there; made once a column, asked a lot."""
    as_json = (getattr(field, "encoder", None) or json.JSONEncoder)().encode
    instant = connection.ops.adapt_datetimefield_value
    of_instants, of_json = (isinstance(field, k) for k in (models.DateTimeField, models.JSONField))

    def write(value: Any) -> Any:
        if value is None or isinstance(value, int | str):
            return value
        if of_json:
            return as_json(value)
        if of_instants:
            return str(instant(value))
        raise TypeError(f"{field} cannot differ from row to row")

    return write


def _statement(model: type[models.Model], alike: list[Any], differing: list[Any]) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in (*alike, *differing))
    same = "%s::{type}" if connection.vendor == "postgresql" else "%s"
    values = [same.format(type=_type(field)) for field in alike]
    values += [_part(i, field) for i, field in enumerate(differing)]
    table = quote(model._meta.db_table)
    return (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {_each_row()} RETURNING id"  # noqa: S608
    )


def _each_row() -> str:
    """The rows of one JSON parameter, each as `r`."""
    postgres = connection.vendor == "postgresql"
    return "jsonb_array_elements(%s::jsonb) AS r(v)" if postgres else "json_each(%s) AS r"


def _part(i: int, field: Any) -> str:
    """The i-th value of such a row, of a field's type."""
    if connection.vendor == "postgresql":
        return f"(r.v ->> {i})::{_type(field)}"
    return f"json_extract(r.value, '$[{i}]')"


def _type(field: Any) -> str:
    """A text that is too long for its column is an error, as always: a cast would cut it."""
    name = str(field.db_type(connection))
    return "text" if name.startswith("varchar") else name
