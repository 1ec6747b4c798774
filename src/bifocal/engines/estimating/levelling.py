"""Levelling bids: the same scope for all, with a plug where a bidder left something out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from bifocal.lib.money import ZERO


@dataclass(frozen=True)
class Scope:
    """A line that every bidder is asked for; `budget` is what our estimate holds for it."""

    key: str
    budget: Decimal


@dataclass(frozen=True)
class Bid:
    """A bidder's prices by scope line; a line that is not there was not priced. Plugs are ours, for what is missing."""

    key: str
    prices: Mapping[str, Decimal]
    plugs: Mapping[str, Decimal]
    late: bool = False


@dataclass(frozen=True)
class Cell:
    """One line of one bid: what counts, and whether it is our plug; None: neither price nor plug."""

    amount: Decimal | None
    plugged: bool


@dataclass(frozen=True)
class Levelled:
    """A bid over the whole scope."""

    bid: Bid
    cells: Mapping[str, Cell]
    asked: Decimal
    plugs: Decimal
    total: Decimal
    missing: tuple[str, ...]
    rank: int | None


@dataclass(frozen=True)
class Sheet:
    """The levelling sheet: bids in rank, the low one, the spread (high − low) / low among complete bids."""

    bids: tuple[Levelled, ...]
    low: str
    spread: Decimal | None
    budget: Decimal
    middle: Mapping[str, Decimal | None]


def level(scope: Sequence[Scope], bids: Sequence[Bid]) -> Sheet:
    """Level the bids. Only complete ones (no line without price or plug) are ranked, so a hole is never the low bid."""
    rows = [_one(scope, b) for b in bids]
    ranked = sorted((r for r in rows if not r.missing), key=lambda r: (r.total, r.bid.key))
    place = {r.bid.key: n for n, r in enumerate(ranked, 1)}
    out = [Levelled(r.bid, r.cells, r.asked, r.plugs, r.total, r.missing, place.get(r.bid.key)) for r in rows]
    out.sort(key=lambda r: (r.rank is None, r.rank or 0, r.bid.key))
    low = ranked[0] if ranked else None
    spread = (ranked[-1].total - low.total) / low.total if low and low.total and len(ranked) > 1 else None
    middle = {}
    for s in scope:
        prices = [b.prices[s.key] for b in bids if s.key in b.prices]
        middle[s.key] = median(prices) if prices else None
    return Sheet(tuple(out), low.bid.key if low else "", spread, sum((s.budget for s in scope), ZERO), middle)


def _one(scope: Sequence[Scope], bid: Bid) -> Levelled:
    cells = {}
    for s in scope:
        given = bid.prices.get(s.key)
        cells[s.key] = Cell(bid.plugs.get(s.key) if given is None else given, given is None and s.key in bid.plugs)
    asked = sum((c.amount for c in cells.values() if c.amount is not None and not c.plugged), ZERO)
    plugs = sum((c.amount for c in cells.values() if c.amount is not None and c.plugged), ZERO)
    missing = tuple(k for k, c in cells.items() if c.amount is None)
    return Levelled(bid, cells, asked, plugs, asked + plugs, missing, None)
