"""The change event's states and what it exposes us to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.money import ZERO
from bifocal.projects.register.rules import Ball


class Scope(StrEnum):
    IN = "in_scope"
    OUT = "out_of_scope"
    TBD = "tbd"


class Kind(StrEnum):
    TBD = "tbd"
    OWNER = "owner_change"
    ALLOWANCE = "allowance"
    CONTINGENCY = "contingency"
    TRANSFER = "transfer"


NEXT: dict[str, set[str]] = {
    "draft": {"open"},
    "open": {"pending", "proceeding", "closed", "void"},
    "proceeding": {"pending", "closed", "void"},
    "pending": {"closed", "open"},
    "closed": {"open"},
    "void": set(),
}
BALL = {
    "open": Ball.CREATOR, "proceeding": Ball.CREATOR, "pending": Ball.NOBODY, "closed": Ball.NOBODY, "void": Ball.NOBODY,
}  # fmt: skip

RFQ_NEXT: dict[str, set[str]] = {
    "out_for_pricing": {"under_review", "withdrawn"},
    "under_review": {"out_for_pricing", "closed", "withdrawn"},
    "closed": set(),
    "withdrawn": set(),
}


@dataclass(frozen=True)
class Money:
    """A line's cost and price: the rough order of magnitude, and what is known better."""

    rom_cost: Decimal
    rom_price: Decimal
    quote: Decimal | None = None
    price: Decimal | None = None

    @property
    def cost(self) -> Decimal:
        """Latest cost: the quote, else the rough one."""
        return self.rom_cost if self.quote is None else self.quote

    @property
    def latest_price(self) -> Decimal:
        """Latest price: as priced to the owner, else the rough one."""
        return self.rom_price if self.price is None else self.price


def exposed(status: str, change_status: str, cost: Decimal, spent: Decimal) -> Decimal:
    """Cost at risk of an event: nobody has approved it, and it is expected or already spent, whichever is more."""
    if status in ("closed", "void", "draft") or change_status == "approved":
        return ZERO
    return max(cost, spent)


def notice_due(happened: date, notice_days: int | None) -> date | None:
    """The last day to give notice, counted from the event in calendar days; None where the contract asks for none."""
    return None if notice_days is None else happened + timedelta(days=notice_days)


def beyond(limit: Decimal | None, spent: Decimal) -> Decimal:
    """What was spent above the directive's limit; 0 where there is none."""
    return ZERO if limit is None else max(spent - limit, ZERO)


# Days before (and after, negative) a deadline on which somebody is reminded.
NOTICE_MARKS = (3, 1, 0)
ANSWER_MARKS = (2, 0, -3)


def remind_today(due: date, today: date, marks: tuple[int, ...]) -> bool:
    """Whether today is one of the days of a reminder; a mark that fell on a day nobody ran is not made up for."""
    return (due - today).days in marks
