"""Many rows at once, by COPY: for loaders and imports, which have checked them by the same rules as the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


def copy_rows(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model. Their keys are taken from its sequence first, so that others can refer to them at once.

    About ten times as fast as `bulk_create`. Columns with a default of the database are left to it. Deferred constraints and
    triggers speak as for any insert.
    """
    if not rows:
        return
    meta = rows[0]._meta
    _give_keys(rows)
    _follow_keys(rows)
    fields = [f for f in meta.local_concrete_fields if not isinstance(getattr(rows[0], f.attname), DatabaseDefault)]
    names = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
    columns = [(f.attname, f.get_db_prep_save) for f in fields]
    with connection.cursor() as cur, cur.copy(f"copy {connection.ops.quote_name(meta.db_table)} ({names}) from stdin") as out:
        for row in rows:
            out.write_row([_value(getattr(row, name), ready) for name, ready in columns])


def _value(value: Any, ready: Any) -> Any:
    return None if value is None else ready(value, connection)


def _give_keys(rows: Sequence[models.Model]) -> None:
    new = [row for row in rows if row.pk is None]
    table, key = rows[0]._meta.db_table, rows[0]._meta.pk.column
    with connection.cursor() as cur:
        cur.execute("select nextval(pg_get_serial_sequence(%s, %s)) from generate_series(1, %s)", [table, key, len(new)])
        for row, (pk,) in zip(new, cur.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, connection.alias


def _follow_keys(rows: Sequence[models.Model]) -> None:
    """A row may have been made before what it refers to had its key."""
    links = [f for f in rows[0]._meta.local_concrete_fields if isinstance(f, models.ForeignKey)]
    for row in rows:
        for link in links:
            if getattr(row, link.attname) is None and link.is_cached(row):
                other = link.get_cached_value(row)
                setattr(row, link.attname, other.pk if other else None)
