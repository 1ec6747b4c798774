"""The contract: our role in it, its states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents


class OurRole(StrEnum):
    """Where we stand: it decides who certifies, who holds the ball and whose form is used."""

    PRIME = "prime"
    SUBCONTRACTOR = "subcontractor"
    SECOND_TIER = "second_tier"


class ContractStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    COMPLETE = "complete"
    TERMINATED = "terminated"


NEXT: dict[str, set[str]] = {
    "draft": {"approved"},
    "approved": {"complete", "terminated"},
    "complete": {"approved"},
    "terminated": set(),
}
CERTIFIES = {
    OurRole.PRIME: "the owner or their architect certifies", OurRole.SUBCONTRACTOR: "the general contractor certifies",
    OurRole.SECOND_TIER: "the subcontractor above us certifies",
}  # fmt: skip
FORM = {
    OurRole.PRIME: "our own form",
    OurRole.SUBCONTRACTOR: "the general contractor's form",
    OurRole.SECOND_TIER: "the subcontractor's form",
}


def unit_value(item: str, quantity: Decimal | None, unit_price: Decimal | None, scheduled: Decimal | None) -> Decimal:
    """A line's scheduled value: as it is given, or quantity at its unit price, rounded half-up. Raises Invalid where both differ."""
    if (quantity is None) != (unit_price is None):
        raise Invalid(f"Item {item}: a unit price needs a quantity, and a quantity its unit price.", field="lines")
    if quantity is None or unit_price is None:
        if scheduled is None:
            raise Invalid(f"Item {item} has no scheduled value.", field="lines")
        return scheduled
    value = cents(quantity * unit_price)
    if scheduled is not None and scheduled != value:
        raise Invalid(f"Item {item}: {quantity.normalize():f} at {unit_price:,.2f} is {value:,.2f}, not {scheduled:,.2f}.", field="lines")
    return value


def check_shares(item: str, shares: Sequence[tuple[str, Decimal]]) -> None:
    """The shares of a line on cost codes add up to the whole line, each code once. Raises Invalid."""
    if len({code for code, _ in shares}) < len(shares):
        raise Invalid(f"Item {item} names a cost code twice.", field="codes")
    total = sum((s for _, s in shares), ZERO)
    if shares and total != 1:
        raise Invalid(f"Item {item}: its shares on cost codes add up to {total:.2%}, not to the whole line.", field="codes")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A line in the order it is built: what the owner pays for it, and what it is budgeted to cost us."""

    item: str
    value: Decimal
    budget: Decimal


@dataclass(frozen=True, slots=True)
class FrontLoading:
    """How far the schedule of values pays ahead of its cost: the widest lead, where it is reached, and the lines that make it."""

    lead: Decimal
    until: str
    items: tuple[str, ...]


LEAD = Decimal("0.10")  # a tenth of the contract ahead of its cost is what an owner's reviewer stops at [J]


def front_loading(lines: Sequence[Loaded], limit: Decimal = LEAD) -> FrontLoading | None:
    """The widest lead of value over cost, both as running shares of their totals; None where it stays within the limit.

    Lines without a budget are left out of both: nothing can be said of them.
    """
    told = [li for li in lines if li.budget > 0 and li.value > 0]
    value, budget = sum((li.value for li in told), ZERO), sum((li.budget for li in told), ZERO)
    if not value or not budget:
        return None
    best, until, run_value, run_budget = ZERO, "", ZERO, ZERO
    for li in told:
        run_value, run_budget = run_value + li.value / value, run_budget + li.budget / budget
        if run_value - run_budget > best:
            best, until = run_value - run_budget, li.item
    if best <= limit:
        return None
    last = next(n for n, li in enumerate(told) if li.item == until)
    heavy = [li.item for li in told[: last + 1] if li.value / value > li.budget / budget]
    return FrontLoading(best, until, tuple(heavy))
