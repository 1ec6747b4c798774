"""The change order's states (section 2.3, one tier) and its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bifocal.lib.money import ZERO, cents
from bifocal.projects.register.rules import Ball

NEXT: dict[str, set[str]] = {
    "draft": {"pricing", "void"},
    "pricing": {"in_review", "void"},
    "in_review": {"approved", "rejected", "revised", "void"},
    "revised": {"in_review", "void"},
    "rejected": {"revised"},
    "approved": {"void"},
    "void": set(),
}
BALL = {
    "draft": Ball.CREATOR, "pricing": Ball.CREATOR, "revised": Ball.CREATOR, "in_review": Ball.ASSIGNEE,
    "rejected": Ball.CREATOR, "approved": Ball.NOBODY, "void": Ball.NOBODY,
}  # fmt: skip


@dataclass(frozen=True)
class Markup:
    """A share on top of cost: '15% overhead and profit'. Compounding ones count on what stands before them."""

    name: str
    rate: Decimal
    compounds: bool = False


def price(cost: Decimal, markups: Sequence[Markup]) -> tuple[Decimal, list[Decimal]]:
    """The price of a cost with its markups, each rounded half-up, and what each added.

    10,000 with 10% and 5% is 11,500; with the second compounding 11,550 (published example, section 2.3).
    """
    total, added = cost, []
    for m in markups:
        part = cents((total if m.compounds else cost) * m.rate)
        added.append(part)
        total += part
    return cents(total), added


def spread(total: Decimal, costs: Sequence[Decimal]) -> list[Decimal]:
    """The price by line, in proportion to cost; the last line takes the cents (deductive lines included)."""
    whole = sum(costs, ZERO)
    if whole == 0:
        return [total, *([ZERO] * (len(costs) - 1))]
    parts = [cents(total * c / whole) for c in costs[:-1]]
    return [*parts, total - sum(parts, ZERO)]
