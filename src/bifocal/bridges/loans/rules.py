"""What lending somebody out of a crew day costs the project: float first, then days, then liquidated damages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum

from bifocal.lib.errors import CannotMove
from bifocal.lib.money import ZERO, cents


class LoanStatus(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    OBJECTED = "objected"
    UNASKED = "unasked"
    RETURNED = "returned"


def check_answer(at: str) -> None:
    """A foreman answers once. Raises CannotMove."""
    if at != LoanStatus.ASKED:
        raise CannotMove(f"This loan is {at}: it is not waiting for an answer.")


def objection(name: str) -> str:
    """How a card of a foreman's objection is known."""
    return f"objects to lending {name}"


def check_return(at: str, name: str, *, begun: bool, over: bool) -> None:
    """A loan is taken back once, while nobody has set off and its hours are not over. Raises CannotMove."""
    if at == LoanStatus.RETURNED:
        raise CannotMove("This loan was taken back already.")
    if begun:
        raise CannotMove(f"{name} has set out for this call already: it can't be taken back. Let them finish, or divert them.")
    if over:
        raise CannotMove("The hours of this loan are over: there is nothing to give back to the crew.")


@dataclass(frozen=True)
class Work:
    """The activity as it stands: people on it, its float, hours of a day; the project's finish, its contract's completion and damages."""

    crew: int
    float_days: int
    hours_per_day: Decimal
    lent_before: Decimal
    finish: date
    completion: date | None
    damages_per_day: Decimal


@dataclass(frozen=True)
class Loss:
    """What the project loses. Hours: `away` of one person, `delay` of the activity, `float_left` before it; `slip` in working days."""

    away: Decimal
    delay: Decimal
    float_left: Decimal
    slip: Decimal
    late_days: int
    damages: Decimal

    @property
    def slip_hours(self) -> Decimal:
        """What is past the float, in working hours."""
        return max(ZERO, self.delay - self.float_left)

    @property
    def free(self) -> bool:
        """Whether the float swallows it."""
        return self.slip == 0


def places(value: Decimal) -> Decimal:
    """Hours to two places, half-up."""
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def loss_of(away: Decimal, work: Work, works: Callable[[date], bool]) -> Loss:
    """The loss of `away` person-hours. A crew of n works off n hours in an hour: the activity is late by away / n.

    The float that earlier loans of the same activity used up is gone. What is past it moves the finish; damages are for the calendar days
    past the contract's completion that this loan adds to those before: a day that was lost already is not lost again.
    """
    crew = max(work.crew, 1)
    delay, before = away / crew, work.lent_before / crew
    float_hours = work.float_days * work.hours_per_day
    was, now = (max(ZERO, d - float_hours) / work.hours_per_day for d in (before, before + delay))
    late = _late(now, work, works) - _late(was, work, works)
    shown = (now - was).quantize(Decimal("0.01"), rounding=ROUND_CEILING)  # a slip is never rounded away
    left = max(ZERO, float_hours - before)
    return Loss(places(away), places(delay), places(left), shown, late, cents(late * work.damages_per_day))


def _late(slip: Decimal, work: Work, works: Callable[[date], bool]) -> int:
    """Calendar days past completion when the finish moves by a slip: a begun working day is a day."""
    return days_late(later(work.finish, int(slip.to_integral_value(rounding=ROUND_CEILING)), works), work.completion)


def later(day: date, count: int, works: Callable[[date], bool]) -> date:
    """The working day `count` working days after a day."""
    while count > 0:
        day += timedelta(days=1)
        count -= works(day)
    return day


def days_late(finish: date, completion: date | None) -> int:
    """Calendar days past completion; 0 in time, or where none is agreed."""
    return max(0, (finish - completion).days) if completion else 0
