"""Find anything by a fragment of its name, number, phone or address: one table, one trigram index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower

from bifocal.core.models import Record, SearchEntry


def remember(record: Record, *, title: str, detail: str = "", also: str = "") -> None:
    """Make the record findable by its title, its detail and what else is given (digits of a phone, a serial)."""
    text = " ".join(part for part in (title, detail, also) if part).lower()[:1000]
    with connection.cursor() as cur:
        cur.execute(
            "insert into core_searchentry (kind, uid, title, detail, text) values (%s, %s, %s, %s, %s)"
            " on conflict (uid) do update set title = excluded.title, detail = excluded.detail, text = excluded.text",
            [record.kind, record.uid, title[:200], detail[:300], text],
        )


def remember_all(entries: Iterable[tuple[Record, str, str, str]]) -> None:
    """`remember` for many: (record, title, detail, also), in one statement a thousand."""
    rows = [(r.kind, r.uid, t[:200], d[:300], " ".join(p for p in (t, d, a) if p).lower()[:1000]) for r, t, d, a in entries]
    with connection.cursor() as cur:
        for at in range(0, len(rows), 1000):
            cur.execute(
                "insert into core_searchentry (kind, uid, title, detail, text)"
                " select * from unnest(%s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[])"
                " on conflict (uid) do update set title = excluded.title, detail = excluded.detail, text = excluded.text",
                [list(c) for c in zip(*rows[at : at + 1000], strict=True)],
            )


def find(fragment: str, *, kinds: list[str] | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Entries whose title begins with the fragment, then those whose text holds every word of it.

    Fewer than two letters find nothing.
    """
    words = fragment.lower().split()
    if len("".join(words)) < 2:
        return []
    entries = SearchEntry.objects.filter(kind__in=kinds) if kinds else SearchEntry.objects.all()
    found = _rows(entries.alias(begins=Lower("title")).filter(begins__startswith=" ".join(words)).order_by(Lower("title")), limit)
    if len(found) < limit:
        for word in words:
            entries = entries.filter(text__contains=word)
        known = {r["uid"] for r in found}
        found += [r for r in _rows(entries, limit + len(known)) if r["uid"] not in known]
    return found[:limit]


def _rows(entries: QuerySet[SearchEntry], limit: int) -> list[dict[str, Any]]:
    """Planned anew each time: how rare a fragment is decides the way to it, which a statement kept by the server can't know."""
    names = ("kind", "uid", "title", "detail")
    sql, values = entries.values_list(*names)[:limit].query.sql_with_params()
    with connection.cursor() as cur:
        cur.cursor.execute(sql, values, prepare=False)
        return [dict(zip(names, row, strict=True)) for row in cur.fetchall()]


def digits(text: str) -> str:
    """Only the digits, so that 410-555-0134 is found by 5550134."""
    return "".join(c for c in text if c.isdigit())
