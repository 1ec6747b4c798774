"""Posting, reversing, periods. Only this file and its twin for many (`bulk.py`) write the ledger's tables."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import connection
from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.ledger.facts import AccountAdded, JournalPosted, PeriodMoved
from bifocal.kernel.ledger.models import Account, JournalEntry, JournalLine
from bifocal.kernel.ledger.rules import Acc, Entry, Line, balanced, reversed_lines
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.periods import month_start, next_month

COLUMNS = [f.name for f in fields(Line) if f.name not in ("account", "dims")]
_TYPES = {"amount": "numeric", "quantity": "numeric", "place_kind": "text"}
_NAMES = ", ".join(COLUMNS)
NEW_COLUMNS = ", ".join(f"n.{c}" for c in COLUMNS)


def typed_arrays() -> str:
    """One placeholder a dimension of a line, as arrays of its type."""
    return ", ".join(f"%s::{_TYPES.get(c, 'bigint')}[]" for c in COLUMNS)


_INSERT_LINES = (
    f"insert into journal_line (entry_id, account_id, dims, {_NAMES}) select %s, a.id, n.dims::jsonb, {NEW_COLUMNS}"
    f" from unnest(%s::text[], %s::text[], {typed_arrays()}) with ordinality as n(code, dims, {_NAMES}, place)"
    " join account a on a.code = n.code order by n.place"
)


@dataclass(frozen=True)
class Posted:
    """Where an entry went: its id and the accounting date it got."""

    id: int
    uid: UUID
    date: date


def posting_date(document_date: date) -> date:
    """The document's own day, or the first open day after it: a fact never fails on posting (decision 15)."""
    reached, day = _first_open_day(document_date)
    if not reached:
        _open_month(document_date)
        day = _first_open_day(document_date)[1]
    return day or _open_month_after_last()


def _first_open_day(day: date) -> tuple[bool, date | None]:
    """Whether any period reaches that day, and the first open day from it on."""
    with connection.cursor() as cur:
        cur.execute(
            "select exists(select from fiscal_period where upper(during) > %s), (select greatest(lower(during), %s)"
            " from fiscal_period where status = 'open' and upper(during) > %s order by during limit 1)",
            [day, day, day],
        )
        found: tuple[bool, date | None] = cur.fetchone()
        return found


def _open_month(day: date) -> None:
    """Make the month's period where no period reaches that far yet."""
    with connection.cursor() as cur:
        cur.execute("select 1 from fiscal_period where upper(during) > %s limit 1", [day])
        if cur.fetchone():
            return
        first = month_start(day)
        cur.execute(
            "insert into fiscal_period (during, status) values (daterange(%s, %s), 'open') on conflict do nothing",
            [first, next_month(first)],
        )


def _open_month_after_last() -> date:
    with connection.cursor() as cur:
        cur.execute("select max(upper(during)) from fiscal_period")
        first: date = cur.fetchone()[0]
    _open_month(first)
    return first


def post(entry: Entry, *, actor: Actor, call: Call) -> Posted | None:
    """Post one balanced entry, header and lines, each in one statement. A zero document posts nothing.

    Raises Refused when it does not balance or is posted twice, Invalid for an unknown account.
    """
    require(actor, "ledger.post")
    lines = balanced(entry.lines)
    if not lines:
        return None
    return _write(entry, lines, actor=actor, reverses=None)


def refuse_unknown(codes: set[str]) -> None:
    """Our own accounts are in every chart; any other is looked up."""
    others = codes - {str(a) for a in Acc}
    missing = others - set(Account.objects.filter(code__in=others).values_list("code", flat=True)) if others else None
    if missing:
        raise Invalid(f"Account {min(missing)} is not in the chart. Add it, or use another.", field="account")


def _write(entry: Entry, lines: tuple[Line, ...], *, actor: Actor, reverses: int | None) -> Posted:
    refuse_unknown({line.account for line in lines})
    day, uid = posting_date(entry.document_date), uuid7()
    with connection.cursor() as cur:
        cur.execute(
            "insert into journal_entry (uid, date, document_date, source_kind, source_uid, event, revision, reverses_id,"
            " line_count, memo, created_by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " on conflict (source_kind, source_uid, event, revision) do nothing returning id",
            [uid, day, entry.document_date, entry.source.kind, entry.source.uid, entry.event, entry.revision, reverses,
             len(lines), entry.memo, actor.name],
        )  # fmt: skip
        row = cur.fetchone()
        if row is None:
            raise Refused(f"'{entry.event}' of this {entry.source.kind} is already in the books.")
        dims = [json.dumps(line.dims) if line.dims else None for line in lines]
        columns = [[getattr(line, c) for line in lines] for c in COLUMNS]
        cur.execute(_INSERT_LINES, [row[0], [line.account for line in lines], dims, *columns])
    return Posted(row[0], uid, day)


def reverse(*, source: Subject, event: str, on: date, actor: Actor, call: Call, memo: str = "") -> Posted:
    """Reverse the last revision of an event, dated in an open period. Raises NotFound, or Refused when done already."""
    require(actor, "ledger.post")
    old = (
        JournalEntry.objects.filter(source_kind=source.kind, source_uid=source.uid, event=event, reverses=None)
        .order_by("-revision").first()
    )  # fmt: skip
    if old is None:
        raise NotFound(f"There is no '{event}' of this {source.kind} in the books.")
    if JournalEntry.objects.filter(reverses_id=old.pk).exists():
        raise Refused(f"'{event}' was reversed already.")
    lines = tuple(
        Line(account=row.account.code, **{c: getattr(row, c) for c in COLUMNS}, dims=row.dims)
        for row in JournalLine.objects.filter(entry_id=old.pk).select_related("account").order_by("id")
    )
    entry = Entry(f"{event} r{old.revision} reversed", source, on, (), memo or f"Reversal of {event}")
    return _write(entry, reversed_lines(lines), actor=actor, reverses=old.pk)


class ManualLine(BaseModel):
    """A line of a manual journal entry; debit is positive."""

    account: str
    amount: Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
    memo: str = ""


@command("journal.post")
def post_journal(*, date: date, memo: str, lines: list[ManualLine], actor: Actor, call: Call) -> dict[str, Any]:
    """A bookkeeper's own entry. Refused on control accounts: those belong to their sub-ledgers."""
    require(actor, "journal.post")
    return _manual("journal", "journal", date, memo, lines, actor.within("journal.post"), call)


@command("journal.open_balances")
def open_balances(*, date: date, lines: list[ManualLine], actor: Actor, call: Call) -> dict[str, Any]:
    """Opening balances at cut-over, each against retained earnings (posting X5). Control accounts come by import."""
    require(actor, "journal.post")
    total = sum((line.amount for line in lines), Decimal(0))
    if total:
        lines = [*lines, ManualLine(account="3900", amount=-total)]
    return _manual("opening", "opening balances", date, "Opening balances", lines, actor.within("journal.post"), call)


def _manual(kind: str, event: str, day: date, memo: str, lines: list[ManualLine], actor: Actor, call: Call) -> dict[str, Any]:
    control = Account.objects.filter(code__in=[li.account for li in lines]).exclude(control=None).first()
    if control:
        raise Refused(f"{control} is a control account: post a document of its sub-ledger instead.", field="account")
    source = Subject(kind, uuid7())
    total = sum((li.amount for li in lines if li.amount > 0), Decimal(0))
    posted = post(Entry(event, source, day, tuple(Line(li.account, li.amount) for li in lines), memo), actor=actor, call=call)
    record(JournalPosted(event=event, total=str(total), memo=memo), about=source, actor=actor, call=call)
    return {"kind": kind, "uid": str(source.uid), "date": posted.date if posted else None}


@command("period.move")
def move_period(*, month: date, to: Literal["open", "closed", "locked"], actor: Actor, call: Call) -> dict[str, Any]:
    """Close a month, lock it for good, or open a closed one again."""
    require(actor, "period.lock" if to == "locked" else "period.move")
    with connection.cursor() as cur:
        _open_month(month)
        cur.execute("select id, status from fiscal_period where during @> %s for update", [month])
        found = cur.fetchone()
        if found is None:
            raise NotFound(f"No fiscal period holds {month}.")
        if found[1] == "locked":
            raise Refused(f"{month:%B %Y} is locked for good. Post a correction in an open month.")
        cur.execute("update fiscal_period set status = %s where id = %s", [to, found[0]])
    source = Subject("period", UUID(int=found[0]))
    record(PeriodMoved(month=f"{month:%Y-%m}", before=found[1], after=to), about=source, actor=actor, call=call)
    return {"kind": "period", "month": f"{month:%Y-%m}", "status": to}


@command("account.add")
def add_account(
    *,
    code: str,
    name: str,
    sort: Literal["asset", "liability", "equity", "income", "expense"],
    actor: Actor,
    call: Call,
) -> dict[str, Any]:
    """Add an account to the chart, or rename one (the chart can be imported by this)."""
    require(actor, "settings.edit")
    with connection.cursor() as cur:
        cur.execute(
            "insert into account (code, name, kind) values (%s, %s, %s) on conflict (code) do update set name = excluded.name",
            [code, name, sort],
        )
    record(
        AccountAdded(code=code, name=name),
        about=Subject("account", UUID(int=int(code) if code.isdigit() else 0)),
        actor=actor,
        call=call,
    )
    return {"kind": "account", "code": code}
