"""The rows of a subquery as one JSON value: a query brings its few children along."""

from typing import Any

from django.db.models import JSONField, Subquery


class JsonRows(Subquery):
    """The rows of `queryset.values(name=F(…), …)` as a list of dicts, [] without any.

    Values are what JSON knows: a date arrives as its text.
    """

    template = "(SELECT COALESCE(jsonb_agg(_), '[]') FROM (%(subquery)s) AS _)"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite has no rows as values: each is put together from its columns."""
        pairs = ", ".join(f"'{name}', _.\"{name}\"" for name in self.query.annotation_select)
        rows = "(SELECT json_group_array(json_object(%(pairs)s)) FROM (%(subquery)s) AS _)"
        return self.as_sql(compiler, connection, template=rows, pairs=pairs, **extra)
