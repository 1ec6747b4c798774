"""A selection's states, when it is due, what a choice costs the client and what it delays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bifocal.engines.estimating.allowances import Chosen, Rule, Settled, settle
from bifocal.lib.errors import Refused


class Status(StrEnum):
    OPEN = "open"
    CHOSEN = "chosen"
    SETTLED = "settled"
    VOID = "void"


NEXT: dict[str, set[str]] = {
    Status.OPEN: {Status.CHOSEN, Status.VOID},
    Status.CHOSEN: {Status.CHOSEN, Status.OPEN, Status.SETTLED, Status.VOID},
    Status.SETTLED: {Status.OPEN},  # where its change order was rejected or voided
    Status.VOID: set(),
}


def due_of(needed: date | None, fixed: date | None, lead_days: int) -> date | None:
    """The last day to choose: the one that was set, else lead days before the work that needs it."""
    if fixed is not None:
        return fixed
    return None if needed is None else needed - timedelta(days=lead_days)


def arrival(chosen_on: date, lead_days: int) -> date:
    """When what is chosen that day is here."""
    return chosen_on + timedelta(days=lead_days)


def costs(allowance: Decimal, goods: Decimal, rule: Rule) -> Settled:
    """What a choice costs against its allowance, by the contract's rule."""
    return settle([Chosen("", allowance, goods)], rule)[0]


@dataclass(frozen=True)
class Delay:
    """What a choice on a day would move: the work that waits for it, and the job's completion, in calendar days."""

    work: str
    work_days: int
    finish_days: int
    starts: date

    def __str__(self) -> str:
        more = f", completion by {self.finish_days} days" if self.finish_days else "; completion does not move"
        return f"delays {self.work} by {self.work_days} days to {self.starts:%B %-d}{more}"


def check_choosable(status: str, title: str) -> None:
    """Refuse a choice that comes after it was settled or withdrawn. Raises Refused."""
    if status == Status.SETTLED:
        raise Refused(f"'{title}' is settled by a change order already. Please call us to change it.")
    if status == Status.VOID:
        raise Refused(f"'{title}' is not to be chosen any more.")
