"""Earned value: where cost and progress stand against the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity at a date: budget and actual cost in dollars, planned and actual progress as fractions."""

    name: str
    budget: Decimal
    planned: Decimal
    done: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """PV, EV, AC, BAC and what follows; indices are exact, None where their divisor is 0."""

    pv: Decimal
    ev: Decimal
    ac: Decimal
    bac: Decimal
    cv: Decimal
    sv: Decimal
    cpi: Decimal | None
    spi: Decimal | None
    eac: Decimal | None
    etc: Decimal | None
    vac: Decimal | None


def earned_value(activities: Sequence[Activity]) -> EarnedValue:
    """EAC = BAC ÷ CPI, computed from the exact index (BAC · AC ÷ EV) and rounded once. Raises Invalid for progress outside 0 to 1."""
    for a in activities:
        if not (0 <= a.planned <= 1 and 0 <= a.done <= 1):
            raise Invalid(f"{a.name}: progress is a share from 0 to 1.", field=a.name)
    pv = cents(sum((a.budget * a.planned for a in activities), ZERO))
    ev = cents(sum((a.budget * a.done for a in activities), ZERO))
    ac, bac = sum((a.cost for a in activities), ZERO), sum((a.budget for a in activities), ZERO)
    eac = cents(bac * ac / ev) if ev else None
    return EarnedValue(
        pv, ev, ac, bac, ev - ac, ev - pv, ev / ac if ac else None, ev / pv if pv else None, eac,
        None if eac is None else eac - ac, None if eac is None else bac - eac,
    )  # fmt: skip
