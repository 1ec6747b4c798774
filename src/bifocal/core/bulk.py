"""Many new rows at once by COPY: the models' own columns and defaults, several times faster than `bulk_create`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

Row = TypeVar("Row", bound=models.Model)
AT_ONCE = 10_000


def copy_in(rows: Sequence[Row], *, told: Callable[[int], None] = lambda done: None) -> None:
    """Insert new rows of one model, in order, in the caller's transaction; their keys are set. Constraints and triggers hold.

    Columns that no row sets and the database fills by default (created_at, version) are left to it.
    """
    for at in range(0, len(rows), AT_ONCE):
        part = rows[at : at + AT_ONCE]
        _number(part)
        _copy(part)
        told(at + len(part))


def _number(rows: Sequence[Row]) -> None:
    """Give each row its key, from the table's own sequence."""
    meta = rows[0]._meta
    with connection.cursor() as cur:
        cur.execute(
            "select nextval(pg_get_serial_sequence(%s, %s)) from generate_series(1, %s)",
            [meta.db_table, meta.pk.column if meta.pk else "id", len(rows)],
        )
        for row, (key,) in zip(rows, cur.fetchall(), strict=True):
            row.pk = key


def _copy(rows: Sequence[Row]) -> None:
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not isinstance(getattr(rows[0], f.attname), DatabaseDefault)]
    readers = [_reader(f) for f in fields]
    names = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
    with connection.cursor() as cur:
        raw = cur.cursor if hasattr(cur, "cursor") else cur
        with raw.copy(f"copy {connection.ops.quote_name(meta.db_table)} ({names}) from stdin") as out:
            for row in rows:
                out.write_row([read(row) for read in readers])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _reader(field: Any) -> Callable[[Any], Any]:
    """How one column's value goes into the stream."""
    name = field.attname
    if isinstance(field, models.JSONField):
        return lambda row: None if getattr(row, name) is None else json.dumps(getattr(row, name), cls=DjangoJSONEncoder)
    if isinstance(field, models.CharField | models.TextField):
        return lambda row: None if getattr(row, name) is None else str(getattr(row, name))
    return lambda row: getattr(row, name)
