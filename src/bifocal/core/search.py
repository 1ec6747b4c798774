"""Find anything by a fragment of its name, number, phone or address: one table, one trigram index."""

from __future__ import annotations

from typing import Any

from django.db import connection

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


def find(fragment: str, *, kinds: list[str] | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Entries whose text holds every word of the fragment, best titles first. Fewer than two letters find nothing."""
    words = [w for w in fragment.lower().split() if w]
    if len("".join(words)) < 2:
        return []
    query = SearchEntry.objects.all()
    for word in words:
        query = query.filter(text__contains=word)
    if kinds:
        query = query.filter(kind__in=kinds)
    return [dict(r) for r in query.values("kind", "uid", "title", "detail")[:limit]]


def digits(text: str) -> str:
    """Only the digits, so that 410-555-0134 is found by 5550134."""
    return "".join(c for c in text if c.isdigit())
