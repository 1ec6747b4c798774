"""Deferred agreement revenue: equal months, the last one takes the rounding (posting A2)."""

from __future__ import annotations

from decimal import Decimal

from bifocal.lib.errors import Invalid
from bifocal.lib.money import cents


def months(price: Decimal, count: int) -> list[Decimal]:
    """What each month earns: equal parts to the cent, the last takes the rest. 1,000 over 12: 83.33 × 11 + 83.37."""
    if count < 1:
        raise Invalid("An agreement runs for at least one month.", field="months")
    part = cents(price / count)
    return [part] * (count - 1) + [price - part * (count - 1)]
