"""Allowances against what was chosen: one net amount, as one change order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bifocal.lib.money import ZERO, cents


@dataclass(frozen=True)
class Chosen:
    """An allowance of the contract and what the client chose for it: net cost of goods, before tax."""

    key: str
    allowance: Decimal
    goods: Decimal


@dataclass(frozen=True)
class Rule:
    """What the contract says: tax on goods counts against the allowance; overage carries a markup, a credit only if `on_credit`."""

    tax: Decimal = Decimal(0)
    markup: Decimal = Decimal(0)
    on_credit: bool = False


@dataclass(frozen=True)
class Settled:
    """One allowance settled: difference of cost, the charge on it, what the client pays (negative: gets back)."""

    key: str
    cost: Decimal
    difference: Decimal
    charge: Decimal
    total: Decimal


def settle(rows: Sequence[Chosen], rule: Rule) -> list[Settled]:
    """Difference = goods + tax − allowance, to the cent; the charge is on an overage, on a credit only where the contract says so.

    Example: allowance 2,000, tile 2,350 at 6% tax and 20% markup: 2,491 − 2,000 = 491, charge 98.20, 589.20 in all.
    """
    out = []
    for r in rows:
        cost = cents(r.goods * (1 + rule.tax))
        difference = cost - r.allowance
        charge = cents(difference * rule.markup) if difference > 0 or rule.on_credit else ZERO
        out.append(Settled(r.key, cost, difference, charge, difference + charge))
    return out
