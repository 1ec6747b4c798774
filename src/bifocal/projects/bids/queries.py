"""Bid packages levelled, and what a bidder sees of theirs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from bifocal.engines.estimating.levelling import Bid, Levelled, Scope, Sheet, level
from bifocal.lib.money import ZERO
from bifocal.projects.bids.models import BidInvitation, BidPackage
from bifocal.projects.bids.rules import Answer, opened

FAR = Decimal("0.25")  # a price so far from the middle of the bids is marked: a misread scope more often than a bargain


def levelled(package: BidPackage) -> Sheet:
    """The bids that were given, levelled with our plugs."""
    scope = [Scope(str(s.pk), s.budget) for s in package.scope.all()]
    given = package.invitations.filter(status=Answer.BID).prefetch_related("prices", "plugs").order_by("id")
    bids = [
        Bid(
            str(i.uid), {str(p.scope_id): p.amount for p in i.prices.all()}, {str(p.scope_id): p.amount for p in i.plugs.all()}, i.late
        )
        for i in given
    ]  # fmt: skip
    return level(scope, bids)


def sheet(package: BidPackage, now: datetime) -> dict[str, Any]:
    """The levelling sheet as the page shows it; while sealed, who has bid but no figure."""
    invited = {str(i.uid): i for i in package.invitations.select_related("vendor").order_by("id")}
    scope = list(package.scope.select_related("cost_code"))
    open_ = opened(package.sealed, package.due, now)
    found = levelled(package) if open_ else None
    columns = [{"b": b, "i": invited[b.bid.key], "gain": found.budget - b.total} for b in found.bids] if found else []
    rows = [
        {"s": s, "cells": [_cell(s.pk, c["b"], found.middle[str(s.pk)]) for c in columns], "low": _low(s.pk, columns)} for s in scope
    ] if found else []  # fmt: skip
    return {
        "scope": scope, "rows": rows, "columns": columns, "sheet": found, "opened": open_, "invited": list(invited.values()),
        "budget": sum((s.budget for s in scope), ZERO), "waiting": [i for i in invited.values() if i.status == Answer.INVITED],
        "holes": [{"s": s, "i": c["i"]} for c in columns for s in scope if str(s.pk) in c["b"].missing],
    }  # fmt: skip


def _cell(scope: int, bid: Levelled, middle: Decimal | None) -> dict[str, Any]:
    cell = bid.cells[str(scope)]
    far = bool(middle and cell.amount is not None and not cell.plugged and abs(cell.amount - middle) > middle * FAR)
    return {"amount": cell.amount, "plugged": cell.plugged, "far": far, "invitation": bid.bid.key}


def _low(scope: int, columns: list[dict[str, Any]]) -> Decimal | None:
    prices = [c["b"].bid.prices[str(scope)] for c in columns if str(scope) in c["b"].bid.prices]
    return min(prices) if prices else None


def of_bidder(row: BidInvitation) -> dict[str, Any]:
    """What a bidder's page shows: scope with their own prices, addenda, their own questions; no budget, no other bidder."""
    mine = {p.scope_id: p.amount for p in row.prices.all()}
    return {
        "lines": [{"s": s, "amount": mine.get(s.pk)} for s in row.package.scope.all()], "total": sum(mine.values(), ZERO),
        "addenda": list(row.package.addenda.all()), "questions": list(row.questions.select_related("addendum").order_by("id")),
    }  # fmt: skip


def buy_out(package: BidPackage) -> list[dict[str, Any]]:
    """The buy-out of an awarded package, line by line: what the estimate held, what it was let for, the gain."""
    if package.awarded is None:
        return []
    prices = {p.scope_id: p.amount for p in package.awarded.prices.all()}
    out = []
    for s in package.scope.select_related("cost_code"):
        let = prices.get(s.pk)
        out.append({"s": s, "budget": s.budget, "let": let, "gain": None if let is None else s.budget - let})
    return out
