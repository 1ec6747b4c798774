"""Reads of the books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from bifocal.kernel.ledger.models import JournalLine
from bifocal.lib.money import ZERO


def rows(sql: str, params: list[Any] | dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a query as dicts."""
    with connection.cursor() as cur:
        cur.execute(sql, params or [])
        names = [c.name for c in cur.description or []]
        return [dict(zip(names, row, strict=True)) for row in cur.fetchall()]


def trial_balance(upto: date | None = None) -> list[dict[str, Any]]:
    """Every account that has moved: code, name, kind, debit, credit; as of a date (included)."""
    return rows(
        "select a.code, a.name, a.kind, greatest(sum(l.amount), 0) as debit, greatest(-sum(l.amount), 0) as credit,"
        " sum(l.amount) as balance from journal_line l join account a on a.id = l.account_id"
        " join journal_entry e on e.id = l.entry_id where (%s::date is null or e.date <= %s)"
        " group by a.code, a.name, a.kind having sum(l.amount) <> 0 order by a.code",
        [upto, upto],
    )


def balance(account: str, **dims: Any) -> Decimal:
    """The balance of an account, narrowed by dimensions (job_id=…, customer_id=…)."""
    total = JournalLine.objects.filter(account__code=account, **dims).aggregate(total=Sum("amount"))["total"]
    return total or ZERO


def entries_of(source_uid: UUID) -> list[dict[str, Any]]:
    """What a document posted: entries with their lines."""
    return rows(
        "select e.uid, e.date, e.document_date, e.event, e.revision, e.memo, e.reverses_id is not null as is_reversal,"
        " json_agg(json_build_object('account', a.code, 'name', a.name, 'amount', l.amount::text) order by l.id) as lines"
        " from journal_entry e join journal_line l on l.entry_id = e.id join account a on a.id = l.account_id"
        " where e.source_uid = %s group by e.id order by e.id",
        [source_uid],
    )


def posted_by_request(request_id: UUID) -> list[dict[str, Any]]:
    """What one command posted, through the subjects of its facts: for 'what changed and what it posted'."""
    return rows(
        "with told as materialized (select distinct subject_uid as uid, min(received_at) over () as since"
        " from core_fact where request_id = %s)"
        " select e.event, a.code, a.name, l.amount from told t join journal_entry e on e.source_uid = t.uid"
        " and e.created_at >= t.since - interval '1 second' join journal_line l on l.entry_id = e.id"
        " join account a on a.id = l.account_id order by l.id",
        [request_id],
    )


def journal(account: str = "", job_id: int | None = None, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
    """Lines, newest first, with what they are of."""
    return rows(
        "select l.id, e.uid, e.date, e.event, e.memo, e.source_kind, e.source_uid, e.created_by, a.code, a.name, l.amount,"
        " l.quantity, j.number as job, j.uid as job_uid from journal_line l join journal_entry e on e.id = l.entry_id"
        " join account a on a.id = l.account_id left join jobs_job j on j.id = l.job_id"
        " where (%s = '' or a.code = %s) and (%s::bigint is null or l.job_id = %s) and (%s::bigint is null or l.id < %s)"
        " order by l.id desc limit %s",
        [account, account, job_id, job_id, before, before, limit],
    )


def periods() -> list[dict[str, Any]]:
    """Fiscal periods, newest first."""
    return rows("select lower(during) as first, upper(during) as next, status from fiscal_period order by during desc")
