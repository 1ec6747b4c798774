"""Rented equipment: what it has cost, and when somebody is told that it should go back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.money import cents

TOLD = (2, 0)  # days before it is expected back


class Per(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


DAYS = {Per.DAY: 1, Per.WEEK: 7, Per.MONTH: 28}  # rental companies count four weeks as a month


def cost(rate: Decimal, per: Per, on: date, off: date) -> Decimal:
    """What it has cost: every period begun, first and last day included. A month is 28 days."""
    days = max((off - on).days + 1, 1)
    return cents(rate * -(-days // DAYS[per]))


def reminder(expected: date, today: date) -> int | None:
    """Which reminder is due: 2 days before it is expected back, on the day; after that one for every week it stays (−7, −14, …)."""
    left = (expected - today).days
    if left >= 0:
        return min((d for d in TOLD if left <= d), default=None)
    return -(-left // 7) * 7 or None
