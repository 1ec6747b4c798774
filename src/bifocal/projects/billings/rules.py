"""Ways to bill: what is asked for now, by draw, by cost, by quantity, and never above what was promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, allocate, cents, dollars, extend


class Way(StrEnum):
    """How a job is billed."""

    DRAWS = "draws"
    TIME = "time_and_materials"
    COST_PLUS = "cost_plus"
    UNITS = "unit_price"
    PROGRESS = "progress"


class Limit(StrEnum):
    """What the customer never pays more than: a not-to-exceed, or a guaranteed maximum whose savings are shared."""

    NONE = ""
    NTE = "not_to_exceed"
    GMP = "guaranteed_maximum"


LIMIT_NAME = {Limit.NTE: "not-to-exceed", Limit.GMP: "guaranteed maximum"}
BY_COST = {Way.TIME, Way.COST_PLUS}
# Few jobs between a service call and a tower have a schedule of values: a third to begin, a third on the way, a third at the end.
USUAL_DRAWS = (("On signing", Decimal(30)), ("Rough-in complete", Decimal(40)), ("On completion", Decimal(30)))


def spread(price: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """The draws of a price by percent, the cents by largest remainder. Raises Invalid unless the shares make 100."""
    if sum(shares, Decimal(0)) != 100:
        raise Invalid(f"The draws make {sum(shares, Decimal(0)).normalize():f} percent; they must make 100.", field="draws")
    return allocate(price, shares)


@dataclass(frozen=True)
class Cost:
    """One line of cost in the books: `hours` where it is labor, `trade` the work class or trade of who worked."""

    key: int
    text: str
    cost_type: str
    amount: Decimal
    hours: Decimal | None = None
    trade: str = ""
    burden: bool = False


@dataclass(frozen=True)
class Terms:
    """How cost becomes a bill: hourly rates by trade ('' for anybody), markup by cost type, the fee on all of it.

    Where labor has a rate, hours × rate is billed and its burden is inside; else labor and burden are billed as they cost.
    `fee_sum` is a fixed fee, earned as cost approaches `estimate`.
    """

    rates: Mapping[str, Decimal]
    markups: Mapping[str, Decimal]
    fee_rate: Decimal = Decimal(0)
    fee_sum: Decimal = ZERO
    estimate: Decimal = ZERO


@dataclass(frozen=True)
class Charge:
    """What one line of cost is billed at."""

    cost: Cost
    price: Decimal | None
    amount: Decimal


def rate_of(cost: Cost, terms: Terms) -> Decimal | None:
    """The hourly rate of who worked, or anybody's; None where labor is billed as it cost. Raises Invalid where one is missing."""
    if not terms.rates:
        return None
    found = terms.rates.get(cost.trade, terms.rates.get(""))
    if found is None:
        raise Invalid(f"There is no hourly rate for '{cost.trade}'. Add it to the billing terms.", field="rates")
    return found


def charge(cost: Cost, terms: Terms) -> Charge:
    """One line of cost as it is billed. A negative cost (a credit, hours moved away) is billed back the same way."""
    if cost.cost_type == "L" and terms.rates:
        if cost.burden:
            return Charge(cost, None, ZERO)
        rate = rate_of(cost, terms)
        assert rate is not None
        return Charge(cost, rate, extend(cost.hours or Decimal(0), rate))
    return Charge(cost, None, cents(cost.amount * (1 + terms.markups.get(cost.cost_type, Decimal(0)))))


def fee(charges: Sequence[Charge], billed_cost: Decimal, billed_fee: Decimal, terms: Terms, *, final: bool = False) -> Decimal:
    """The fee of this bill: a rate on what it charges, or the part of a fixed fee that cost to date has earned less what was billed.

    A fixed fee is earned in the proportion of cost to the estimate, whole at the end, never more than whole.
    """
    now = sum((c.amount for c in charges), ZERO)
    if terms.fee_sum:
        if not final and terms.estimate <= 0:
            raise Invalid("A fixed fee is earned as cost approaches the estimate: give the estimated cost.", field="estimate")
        share = Decimal(1) if final else min(Decimal(1), (billed_cost + now) / terms.estimate)
        return cents(terms.fee_sum * share) - billed_fee
    return cents(now * terms.fee_rate)


def above(gross: Decimal, billed: Decimal, limit: Decimal | None) -> Decimal:
    """By how much a bill would go beyond the limit; zero where it fits or there is none."""
    return ZERO if limit is None else max(ZERO, billed + gross - limit)


def check_limit(gross: Decimal, billed: Decimal, limit: Decimal | None, sort: Limit, *, to_limit: bool) -> Decimal:
    """What of the bill is not charged because of the limit. Raises Refused above it unless the rest is given up."""
    over = above(gross, billed, limit)
    if not over or limit is None:
        return ZERO
    name, left = LIMIT_NAME.get(sort, "limit"), max(ZERO, limit - billed)
    if not to_limit:
        raise Refused(
            f"This would bill {dollars(billed + gross)} of a {name} of {dollars(limit)}: {dollars(over)} too much. Bill the"
            f" {dollars(left)} that is left, or agree on a change first.", field="to_limit", left=str(left),
        )  # fmt: skip
    if left == 0:
        raise Refused(f"The {name} of {dollars(limit)} is billed in full: nothing is left to bill.", field="to_limit")
    return over


def savings(limit: Decimal, cost_and_fee: Decimal, our_share: Decimal) -> Decimal:
    """Our part of what a guaranteed maximum was not needed for; zero where it was.

    Savings are the maximum less actual cost and fee, shared as agreed: 500,000 − 484,000 = 16,000, 40 percent are 6,400.
    """
    return cents(max(ZERO, limit - cost_and_fee) * our_share)


def measured(quantity: Decimal, price: Decimal, billed: Decimal) -> Decimal:
    """What a unit-price item comes to now: quantity to date × price, rounded once, less what was billed."""
    return extend(quantity, price) - billed


def beyond_estimate(quantity: Decimal, estimated: Decimal, *, by: Decimal = Decimal("0.15")) -> bool:
    """Whether a quantity is more than 15 percent beyond the estimate, where many contracts ask for a new price."""
    return bool(estimated) and quantity > estimated * (1 + by)
