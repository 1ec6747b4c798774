"""Posting and reversing many entries at once: the same rule, tables and triggers as `commands.post`, set by set."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import connection

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.ledger.commands import COLUMNS, NEW_COLUMNS, refuse_unknown, typed_arrays
from bifocal.kernel.ledger.commands import posting_date as open_day
from bifocal.kernel.ledger.models import JournalEntry, JournalLine
from bifocal.kernel.ledger.rules import Entry, Line, balanced, reversed_lines
from bifocal.lib.errors import Refused
from bifocal.lib.ids import uuid7

AT_ONCE = 2000
_HEADS = (
    "insert into journal_entry (uid, date, document_date, source_kind, source_uid, event, revision, reverses_id, line_count,"
    " memo, created_by)"
    " select * from unnest(%s::uuid[], %s::date[], %s::date[], %s::text[], %s::uuid[], %s::text[], %s::int[], %s::bigint[], %s::int[],"
    " %s::text[], %s::text[]) on conflict (source_kind, source_uid, event, revision) do nothing returning uid, id"
)
_NAMES = ", ".join(COLUMNS)
_LINES = (
    f"insert into journal_line (entry_id, account_id, dims, {_NAMES}) select n.entry, a.id, n.dims::jsonb, {NEW_COLUMNS}"
    f" from unnest(%s::bigint[], %s::text[], %s::text[], {typed_arrays()}) with ordinality as n(entry, code, dims, {_NAMES}, place)"
    " join account a on a.code = n.code order by n.place"
)
Ready = tuple[Entry, tuple[Line, ...], int | None]


def post_many(entries: Iterable[Entry], *, actor: Actor) -> date | None:
    """Post balanced entries; zero ones post nothing. Returns the last accounting date used.

    Raises Refused when one does not balance or is in the books already, Invalid for an unknown account.
    """
    require(actor, "ledger.post")
    ready: list[Ready] = [(e, lines, None) for e in entries if (lines := balanced(e.lines))]
    return _write(ready, actor)


def reverse_many(sources: Sequence[UUID], event: str, *, on: date, memo: str, actor: Actor) -> int:
    """Reverse this event of these documents where it is not reversed yet. Returns how many entries that were."""
    require(actor, "ledger.post")
    old = list(JournalEntry.objects.filter(source_uid__in=sources, event=event, reverses=None, reversal=None).order_by("id"))
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in JournalLine.objects.filter(entry_id__in=[e.pk for e in old]).select_related("account").order_by("id"):
        lines[row.entry_id].append(Line(row.account.code, **{c: getattr(row, c) for c in COLUMNS}, dims=row.dims))
    ready: list[Ready] = [
        (Entry(f"{e.event} r{e.revision} reversed", Subject(e.source_kind, e.source_uid), on, (), memo), reversed_lines(lines[e.pk]), e.pk)
        for e in old
    ]
    _write(ready, actor)
    return len(ready)


def _write(ready: list[Ready], actor: Actor) -> date | None:
    refuse_unknown({line.account for _, lines, _ in ready for line in lines})
    days = {d: open_day(d) for d in {e.document_date for e, _, _ in ready}}
    for at in range(0, len(ready), AT_ONCE):
        _chunk(ready[at : at + AT_ONCE], days, actor)
    return max(days.values(), default=None)


def _chunk(ready: list[Ready], days: dict[date, date], actor: Actor) -> None:
    heads = [
        (uuid7(), days[e.document_date], e.document_date, e.source.kind, e.source.uid, e.event, e.revision, reverses, len(lines), e.memo,
         actor.name)
        for e, lines, reverses in ready
    ]  # fmt: skip
    with connection.cursor() as cur:
        cur.execute(_HEADS, [list(c) for c in zip(*heads, strict=True)])
        ids = dict(cur.fetchall())
        if len(ids) < len(heads):
            twice = next(e for (uid, *_), (e, _, _) in zip(heads, ready, strict=True) if uid not in ids)
            raise Refused(f"'{twice.event}' of this {twice.source.kind} is already in the books.")
        flat = [(ids[head[0]], line) for head, (_, lines, _) in zip(heads, ready, strict=True) for line in lines]
        dims = [json.dumps(line.dims) if line.dims else None for _, line in flat]
        columns = [[getattr(line, c) for _, line in flat] for c in COLUMNS]
        cur.execute(_LINES, [[n for n, _ in flat], [line.account for _, line in flat], dims, *columns])
