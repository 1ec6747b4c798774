"""What the application's role may do: everything but change the books. Given by the owner after each migration."""

from __future__ import annotations

from django.db import connection
from psycopg import sql

APPEND_ONLY = ("journal_entry", "journal_line")


def grant_to(role: str) -> None:
    """Let `role` use every table; on the journal only read and append. The role owns none of them."""
    name = sql.Identifier(role)
    with connection.cursor() as cur:
        cur.execute(sql.SQL("grant usage on schema public to {}").format(name))  # type: ignore[arg-type]
        cur.execute(sql.SQL("grant select, insert, update, delete on all tables in schema public to {}").format(name))  # type: ignore[arg-type]
        cur.execute(sql.SQL("grant usage, select on all sequences in schema public to {}").format(name))  # type: ignore[arg-type]
        cur.execute(sql.SQL("grant execute on all functions in schema public to {}").format(name))  # type: ignore[arg-type]
        for table in APPEND_ONLY:
            cur.execute(sql.SQL("revoke update, delete, truncate on {} from {}").format(sql.Identifier(table), name))  # type: ignore[arg-type]
