"""Moving average by company: keep quantity and value, round the value of each issue, never a unit cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bifocal.kernel.ledger.rules import Acc
from bifocal.lib.money import ZERO, cents


class Place(StrEnum):
    WAREHOUSE = "warehouse"
    TRUCK = "truck"
    JOB_SITE = "job_site"


STOCK_ACCOUNT = {Place.WAREHOUSE: Acc.WAREHOUSE, Place.TRUCK: Acc.TRUCK, Place.JOB_SITE: Acc.WAREHOUSE}


@dataclass(frozen=True)
class OnHand:
    """What the company has of an item, over all places."""

    quantity: Decimal
    value: Decimal


def issue(have: OnHand, quantity: Decimal, last_cost: Decimal) -> tuple[OnHand, Decimal]:
    """Take out `quantity`: what is left, and the value of what went. Below zero it goes at the last known cost."""
    if have.quantity >= quantity > 0:
        value = cents(have.value * quantity / have.quantity)
    else:
        short = quantity - max(have.quantity, Decimal(0))
        value = (have.value if have.quantity > 0 else ZERO) + cents(short * last_cost)
    return OnHand(have.quantity - quantity, have.value - value), value


def receive(have: OnHand, quantity: Decimal, value: Decimal) -> tuple[OnHand, Decimal]:
    """Take in `quantity` at `value`: what there is now, and the variance of what had gone below zero (to 5190)."""
    after = have.quantity + quantity
    if have.quantity >= 0:
        return OnHand(after, have.value + value), ZERO
    covered = min(quantity, -have.quantity)
    left = cents(have.value * after / have.quantity) if after <= 0 else cents(value * (quantity - covered) / quantity)
    return OnHand(after, left), value - (left - have.value)
