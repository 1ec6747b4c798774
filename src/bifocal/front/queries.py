"""Reads over the facts: history of a record, and what changed since."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from django.db import connection

from bifocal.core.actor import Actor
from bifocal.core.facts import Removed
from bifocal.core.models import Fact
from bifocal.kernel.ledger.queries import rows
from bifocal.lib.errors import Invalid, NotFound


def history(uid: UUID, actor: Actor) -> list[dict[str, Any]]:
    """Every fact about a record, newest first. Field and portal people see their own part of it."""
    found = Fact.objects.filter(subject_uid=uid).order_by("-id")
    if not actor.sees_all:
        found = found.filter(actor_key=actor.key)
    wanted = found.values("name", "payload", "actor_name", "actor_kind", "occurred_at", "received_at", "path")
    return [dict(r) for r in wanted[:500]]


def changes_since(cursor: str, size: int, actor: Actor) -> dict[str, Any]:
    """Facts of committed transactions in a safe order: below the oldest transaction still running (decision 7)."""
    if not actor.sees_all:
        raise NotFound("The stream of changes is for the office.")
    xid, last = _read(cursor)
    found = rows(
        "select f.id, f.xid::text as xid, f.name, f.subject_kind as kind, f.subject_uid as uid, f.occurred_at from core_fact f"
        " where (f.xid, f.id) > (%s::text::xid8, %s) and f.xid < pg_snapshot_xmin(pg_current_snapshot())"
        " order by f.xid, f.id limit %s",
        [xid, last, size],
    )
    if found:
        cursor = base64.urlsafe_b64encode(f"{found[-1]['xid']} {found[-1]['id']}".encode()).decode()
    elif not cursor:
        cursor = base64.urlsafe_b64encode(f"{xid} {last}".encode()).decode()
    told = [{**{k: v for k, v in r.items() if k not in ("id", "xid")}, "removed": r["name"] == Removed.__name__} for r in found]
    return {"rows": told, "cursor": cursor}


def _read(cursor: str) -> tuple[str, int]:
    if not cursor:
        with connection.cursor() as cur:
            cur.execute("select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text")
            return cur.fetchone()[0], 2**62
    try:
        xid, last = base64.urlsafe_b64decode(cursor.encode()).decode().split()
        return str(int(xid)), int(last)
    except (ValueError, UnicodeDecodeError) as bad:
        raise Invalid("This cursor can't be read. Start again with an empty one.", field="cursor") from bad
