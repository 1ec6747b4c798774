"""What a service job bills: flat-rate, or time and materials."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from bifocal.kernel.jobs.rules import BillingRule

QUARTER = Decimal("0.25")


@dataclass(frozen=True)
class Sold:
    """A line to bill: item code, quantity and the price it was sold at."""

    item: str
    quantity: Decimal
    price: Decimal | None = None


def quarter_hours(hours: Decimal) -> Decimal:
    """Hours as they are billed: started quarters count."""
    return (hours / QUARTER).to_integral_value(rounding=ROUND_UP) * QUARTER


def lines_to_bill(rule: str, *, hours: Decimal, labor_item: str, flat_item: str, parts: list[Sold]) -> list[Sold]:
    """The lines of a service job. Flat-rate work bills its service and the parts beside it; open time never blocks it."""
    if rule == BillingRule.NOT_BILLABLE:
        return []
    if rule == BillingRule.FLAT:
        return [Sold(flat_item, Decimal(1)), *parts] if flat_item else parts
    labor = [Sold(labor_item, quarter_hours(hours))] if hours > 0 and labor_item else []
    return [*labor, *parts]
