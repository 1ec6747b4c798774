"""The change order's states (section 2.3), its tiers, its markups and its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents
from bifocal.projects.register.rules import Ball, Sort

NEXT: dict[str, set[str]] = {
    "draft": {"pricing", "void"},
    "pricing": {"in_review", "void"},
    "in_review": {"approved", "rejected", "revised", "void"},
    "revised": {"in_review", "void"},
    "rejected": {"revised", "void"},
    "approved": {"void"},
    "void": set(),
}
BALL = {
    "draft": Ball.CREATOR, "pricing": Ball.CREATOR, "revised": Ball.CREATOR, "in_review": Ball.ASSIGNEE,
    "rejected": Ball.CREATOR, "approved": Ball.NOBODY, "void": Ball.NOBODY,
}  # fmt: skip
PRICEABLE = ("draft", "pricing", "revised")
LOWEST = {1: Sort.CHANGE, 2: Sort.POTENTIAL, 3: Sort.POTENTIAL}  # what a new change of so many tiers is
TIERS = (Sort.POTENTIAL, Sort.REQUEST, Sort.CHANGE)


def tier_above(sort: Sort, tiers: int) -> Sort:
    """What papers of this tier are grouped into on a contract of so many tiers. Raises Refused for an order: it is the top."""
    if sort == Sort.CHANGE:
        raise Refused("A change order is not grouped any further.")
    return Sort.REQUEST if sort == Sort.POTENTIAL and tiers == 3 else Sort.CHANGE


class Way(StrEnum):
    """How a markup is laid on: on every line, or on the subtotal."""

    LINE = "line"
    SUBTOTAL = "subtotal"


@dataclass(frozen=True)
class Markup:
    """A share on top of cost: '15% overhead and profit'. Compounding ones count on what stands before them.

    `per_line`: horizontal, rounded on every line; else vertical, on the subtotal. `types`: only cost of these types ('LM'; empty:
    all). `margin`: the rate is the share of the price, not of the cost. `cost_code`: where the fee goes in the budget.
    """

    name: str
    rate: Decimal
    compounds: bool = False
    per_line: bool = False
    margin: bool = False
    types: str = ""
    cost_code: str = ""

    @property
    def on_cost(self) -> Decimal:
        """The rate as a share of its base. Raises Invalid for a margin of the whole price."""
        if not self.margin:
            return self.rate
        if self.rate >= 1:
            raise Invalid(f"{self.name}: a margin must be below 100% of the price.", field="markups")
        return self.rate / (1 - self.rate)

    def touches(self, cost_type: str) -> bool:
        """Whether it is laid on cost of this type."""
        return not self.types or cost_type in self.types


@dataclass(frozen=True)
class Cost:
    """A line before its markups. One with a `fixed` price (time and materials, unit prices) takes no markup."""

    cost: Decimal
    cost_type: str = ""
    fixed: Decimal | None = None


@dataclass(frozen=True)
class Price:
    """What the owner pays: in all, line by line, and what each markup added."""

    total: Decimal
    lines: tuple[Decimal, ...]
    added: tuple[Decimal, ...]


def price_lines(costs: Sequence[Cost], markups: Sequence[Markup]) -> Price:
    """Cost with its markups: those per line first on every line, then those on the subtotal, each rounded half-up.

    A plain markup counts on cost; a compounding one on cost and every markup before it. What stands on the subtotal is spread
    over the lines it was laid on, in proportion to their cost. 10,000 with 10% and 5% is 11,500, compounding 11,550, with 1.5%
    of bond compounding 11,723.25 (section 2.3).
    """
    prices = [c.cost if c.fixed is None else c.fixed for c in costs]
    added = [ZERO] * len(markups)
    for n, m in sorted(enumerate(markups), key=lambda pair: not pair[1].per_line):
        on = [k for k, c in enumerate(costs) if c.fixed is None and m.touches(c.cost_type)]
        bases = [prices[k] if m.compounds else costs[k].cost for k in on]
        parts = [cents(b * m.on_cost) for b in bases]
        if not m.per_line and on:
            parts = spread(cents(sum(bases, ZERO) * m.on_cost), bases)
        for k, part in zip(on, parts, strict=True):
            prices[k] += part
        added[n] = sum(parts, ZERO)
    return Price(sum(prices, ZERO), tuple(prices), tuple(added))


def price(cost: Decimal, markups: Sequence[Markup]) -> tuple[Decimal, list[Decimal]]:
    """The price of one cost with its markups, and what each added."""
    found = price_lines([Cost(cost)], markups)
    return found.total, list(found.added)


def shares(cost: Decimal, price_: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """What is earned as markup (of the cost) and as margin (of the price): 10,000 sold for 12,000 is 20% and 16.67%."""
    gain = price_ - cost
    return (gain / cost if cost else None, gain / price_ if price_ else None)


def spread(total: Decimal, costs: Sequence[Decimal]) -> list[Decimal]:
    """The price by line, in proportion to cost; the last line takes the cents (deductive lines included)."""
    whole = sum(costs, ZERO)
    if whole == 0:
        return [total, *([ZERO] * (len(costs) - 1))]
    parts = [cents(total * c / whole) for c in costs[:-1]]
    return [*parts, total - sum(parts, ZERO)]


def agreed_part(lines: int, agreed: Sequence[int]) -> list[int]:
    """Which lines (counted from 1) stay disputed. Raises Invalid where that is none or all of them."""
    stray = next((n for n in agreed if not 1 <= n <= lines), None)
    if stray is not None:
        raise Invalid(f"There is no line {stray}: the paper has {lines}.", field="agreed")
    rest = [n for n in range(1, lines + 1) if n not in agreed]
    if not rest or len(rest) == lines:
        raise Invalid("Name the lines that are agreed: some, not all. For all of them approve the paper.", field="agreed")
    return rest
