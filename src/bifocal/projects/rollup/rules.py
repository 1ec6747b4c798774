"""From a subcontractor's approval to the owner's application, and from the owner's money to the subcontractor's check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bifocal.lib.money import ZERO, cents, dollars

CHASED = (7, 3, 0)  # days before the pay run


def proposed(scheduled: Decimal, previous: Decimal, stored: Decimal, bought: Decimal, approved: Decimal) -> Decimal:
    """This period's work of a line by the share of its subcontracts that is approved: 40 percent approved is 40 percent done.

    Never below what was certified before, never above the scheduled value less what is stored.
    """
    if not bought:
        return ZERO
    share = min(Decimal(1), max(Decimal(0), approved / bought))
    most = scheduled - previous - stored
    wanted = cents(scheduled * share) - previous - stored
    return max(ZERO, min(wanted, most)) if scheduled >= 0 else min(ZERO, max(wanted, most))


def may_go(net: Decimal, parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """What of a bill may be paid under pay-when-paid. `parts`: approved amount of a line, share of its application that the owner paid."""
    whole = sum((a for a, _ in parts), ZERO)
    if not whole:
        return ZERO
    return cents(net * sum((a * s for a, s in parts), Decimal(0)) / whole)


def against_owner(net: Decimal, paying: Decimal, parts: Sequence[tuple[Decimal, Decimal]]) -> list[str]:
    """Why a check waits for the owner's, in words; empty where it does not."""
    if not parts or not any(s for _, s in parts):
        return ["pay when paid: the owner has not paid an application with this work yet"]
    free = may_go(net, parts)
    return [f"pay when paid: the owner has paid for {dollars(free)} of {dollars(net)}"] if paying > free else []


def chaser(run: date, today: date) -> int | None:
    """Which chaser is due today: 7, 3 or 0 days before the run; None before and after. A day that was missed is made up for once."""
    left = (run - today).days
    return min((d for d in CHASED if 0 <= left <= d), default=None)
