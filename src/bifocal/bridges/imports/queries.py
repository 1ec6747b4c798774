"""Reads of imports: batches, how the sub-ledgers tie to the old books, customers who may be one."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import combinations
from typing import Any

from bifocal.bridges.imports.models import CustomerMerge, ExternalKey, ImportBatch, ImportProgress, NotTwins
from bifocal.bridges.imports.rules import BatchStatus
from bifocal.bridges.imports.rules_matching import LEAST, Card, card, score
from bifocal.bridges.imports.rules_opening import Tie, ties
from bifocal.core.actor import Actor
from bifocal.kernel.ledger.models import Account
from bifocal.kernel.ledger.queries import trial_balance
from bifocal.kernel.parties.models import Customer

CROWD = 12  # more rows than that share a value: a main line, an info@ address; it says nothing


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


def twins(limit: int = 100) -> list[dict[str, Any]]:
    """Pairs of customers who may be one, the surest first, with the reasons; pairs that somebody kept apart are left out."""
    gone = set(CustomerMerge.objects.filter(undone=False).values_list("gone_id", flat=True))
    rows = Customer.objects.exclude(pk__in=gone).values_list("id", "name", "email", "phone", "address")
    cards = {i: card(i, name=n, email=e, phone=p, address=a) for i, n, e, p, a in rows}
    apart = {tuple(sorted(pair)) for pair in NotTwins.objects.values_list("one_id", "other_id")}
    found = []
    for a, b in _candidates(cards) - apart:
        sure, why = score(cards[a], cards[b])
        if sure >= LEAST:
            found.append((sure, a, b, why))
    found.sort(key=lambda f: (-f[0], f[1], f[2]))
    return _pairs(found[:limit], len(found))


def _candidates(cards: dict[int, Card]) -> set[tuple[int, int]]:
    """Only rows that share an e-mail, phone, name or address are compared."""
    shared: dict[tuple[str, str], list[int]] = defaultdict(list)
    for c in cards.values():
        for what, value in (("e", c.email), ("p", c.phone), ("n", c.name), ("a", c.address)):
            if value and (what != "p" or len(value) >= 7):
                shared[what, value].append(c.id)
    return {(min(p), max(p)) for ids in shared.values() if 1 < len(ids) <= CROWD for p in combinations(ids, 2)}


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
