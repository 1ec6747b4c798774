"""Reads of imports: batches, how the sub-ledgers tie to the old books, customers who may be one."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from heapq import nsmallest
from itertools import combinations
from typing import Any

from django.db import connection

from bifocal.bridges.imports.models import CustomerMerge, ExternalKey, ImportBatch, ImportProgress, NotTwins
from bifocal.bridges.imports.rules import BatchStatus
from bifocal.bridges.imports.rules_matching import LEAST, card, score
from bifocal.bridges.imports.rules_opening import Tie, ties
from bifocal.core.actor import Actor
from bifocal.kernel.ledger.models import Account
from bifocal.kernel.ledger.queries import trial_balance
from bifocal.kernel.parties.models import Customer

CROWD = 6  # more rows than that share a value: a main line, an info@ address; it says nothing


def batches(actor: Actor, limit: int = 50) -> list[ImportBatch]:
    """Batches, newest first."""
    return list(ImportBatch.objects.visible_to(actor).order_by("-id")[:limit])


def progress(batch: ImportBatch) -> ImportProgress | None:
    """How far a queued batch is."""
    return ImportProgress.objects.filter(batch_uid=batch.uid).first()


def ties_of(batch: ImportBatch) -> list[Tie]:
    """The imported trial balance against our books as of its cut-over, account by account, as they are now."""
    names = dict(Account.objects.values_list("code", "name"))
    books = {r["code"]: r["debit"] - r["credit"] for r in trial_balance(batch.cutover)}
    return ties({a: Decimal(v) for a, v in batch.trial.items()}, books, names)


def last_trial() -> ImportBatch | None:
    """The trial balance that counts: the last one brought in and not undone."""
    return ImportBatch.objects.filter(sort="trial_balance", status=BatchStatus.DONE).order_by("-id").first()


# Only rows that share an e-mail, phone, name or address are compared; a value that a crowd shares says nothing.
_SHARED = """
with c as (select id, lower(email) as e, right(regexp_replace(phone, '\\D', '', 'g'), 10) as p, upper(name) as n,
    lower(split_part(address, E'\\n', 1)) as a from parties_customer
    where not exists (select from imports_customermerge m where m.gone_id = parties_customer.id and not m.undone))
select array_agg(id order by id) as ids from c where e <> '' group by e having count(*) between 2 and %(crowd)s
union select array_agg(id order by id) from c where length(p) >= 7 group by p having count(*) between 2 and %(crowd)s
union select array_agg(id order by id) from c group by n having count(*) between 2 and %(crowd)s
union select array_agg(id order by id) from c where a <> '' group by a having count(*) between 2 and %(crowd)s
"""


def twins(limit: int = 100) -> list[dict[str, Any]]:
    """Pairs of customers who may be one, the surest first, with the reasons; pairs that somebody kept apart are left out."""
    with connection.cursor() as cur:
        cur.execute(_SHARED, {"crowd": CROWD})
        groups = [ids for (ids,) in cur.fetchall()]
    wanted = {(min(p), max(p)) for ids in groups for p in combinations(ids, 2)}
    wanted -= {(min(p), max(p)) for p in NotTwins.objects.values_list("one_id", "other_id")}
    rows = Customer.objects.filter(pk__in={i for pair in wanted for i in pair}).values_list("id", "name", "email", "phone", "address")
    cards = {i: card(i, name=n, email=e, phone=p, address=a) for i, n, e, p, a in rows}
    scored = ((*score(cards[a], cards[b]), a, b) for a, b in wanted)
    found = [(sure, a, b, why) for sure, why, a, b in scored if sure >= LEAST]
    return _pairs(nsmallest(limit, found, key=lambda f: (-f[0], f[1], f[2])), len(found))


def _pairs(found: list[tuple[float, int, int, list[str]]], total: int) -> list[dict[str, Any]]:
    ids = {i for _, a, b, _ in found for i in (a, b)}
    here = Customer.objects.in_bulk(ids)
    sources = defaultdict(set)
    for key in ExternalKey.objects.filter(sort="customers", uid__in=[c.uid for c in here.values()]):
        sources[key.uid].add(key.source or "a file")
    return [
        {
            "score": sure, "reasons": why, "total": total,
            "one": {"customer": here[a], "sources": sorted(sources[here[a].uid])},
            "other": {"customer": here[b], "sources": sorted(sources[here[b].uid])},
        }
        for sure, a, b, why in found
    ]  # fmt: skip


def merges(limit: int = 50) -> list[CustomerMerge]:
    """Customers put together, newest first."""
    return list(CustomerMerge.objects.select_related("kept", "gone").order_by("-id")[:limit])
