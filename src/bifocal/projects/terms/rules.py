"""What a contract's terms of change may be, and what a ticket's line costs by its rates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.money import ZERO, cents


class OwnApproval(StrEnum):
    """May somebody approve a change that they wrote? Where there is one project manager the company's owner has to."""

    NEVER = "never"
    OWNER = "owner"


class Rated(StrEnum):
    """What a rate is for."""

    LABOR = "labor"
    MATERIAL = "material"
    EQUIPMENT = "equipment"


COST_TYPE = {Rated.LABOR: "L", Rated.MATERIAL: "M", Rated.EQUIPMENT: "E"}
GENERAL = ""  # the name of the rate that holds for everything of its sort that has none of its own


@dataclass(frozen=True, slots=True)
class Rate:
    """A billing rate from a day on: dollars a unit and an overtime unit, or a markup on what it cost us."""

    sort: Rated
    name: str
    since: date
    rate: Decimal | None
    overtime: Decimal | None
    markup: Decimal | None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A line's price to the owner and its cost to us; `price` is None where the contract has no rate for it."""

    price: Decimal | None
    cost: Decimal


def rate_for(rates: Iterable[Rate], sort: Rated, name: str, day: date) -> Rate | None:
    """The rate that holds on a day: that of this name, else the general one; the newest of them."""
    held = [r for r in rates if r.sort == sort and r.since <= day and r.name.casefold() in (name.casefold(), GENERAL)]
    return max(held, key=lambda r: (r.name != GENERAL, r.since), default=None)


def price_line(rate: Rate | None, quantity: Decimal, overtime: Decimal, unit_cost: Decimal | None) -> Priced:
    """Quantity and overtime at their rates, each rounded half-up; by markup where the rate says so.

    Overtime without a rate of its own is billed at the plain one. Our cost: what was paid a unit, else the rate's cost, else 0.
    """
    each = unit_cost if unit_cost is not None else rate.cost if rate else None
    cost = cents((quantity + overtime) * each) if each is not None else ZERO
    if rate is None:
        return Priced(None, cost)
    if rate.rate is None:
        return Priced(cost + cents(cost * (rate.markup or ZERO)), cost) if each is not None else Priced(None, cost)
    more = rate.rate if rate.overtime is None else rate.overtime
    return Priced(cents(quantity * rate.rate) + cents(overtime * more), cost)
