"""A piece of past work, the rule that gives it a shape, and the reason said per row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bifocal.lib.errors import Invalid


class Shape(StrEnum):
    """What a piece of work looks like, whatever system it was kept in."""

    SERVICE = "service"
    PROJECT = "project"


class Piece(NamedTuple):
    """One piece of work. None is 'not known', which is never zero. `finished_work` False: still open, left out of the figures."""

    line: int
    started: date | None = None
    finished: date | None = None
    value: Decimal | None = None
    hours: Decimal | None = None
    visits: int | None = None
    changes: int | None = None
    days: int | None = None
    customer: str = ""
    kind: str = ""
    ref: str = ""
    finished_work: bool = True

    @property
    def took(self) -> int | None:
        """Working days from start to finish, both counted; the stated number of days where the dates are not known."""
        if self.started is not None and self.finished is not None:
            return working_days(self.started, self.finished)
        return self.days

    @property
    def when(self) -> date | None:
        """The date whose quarter it belongs to: finished, else started."""
        return self.finished or self.started


@dataclass(frozen=True)
class Rule:
    """Every threshold, adjustable. Sources: `SOURCES`.

    days, hours, value: at this figure or above it is a project. visits: above this number. small, both, contractor: shares of
    the smaller side, 0 to 1. pattern: how many times the smaller side's typical work must differ. coverage: on how much of each
    side a figure must be known before it may decide.
    """

    days: int = 15
    visits: int = 5
    hours: Decimal = Decimal(80)
    value: Decimal = Decimal(25_000)
    small: Decimal = Decimal("0.10")
    both: Decimal = Decimal("0.25")
    contractor: Decimal = Decimal("0.20")
    pattern: Decimal = Decimal(3)
    coverage: Decimal = Decimal("0.5")
    general_contractor: bool = False

    def __post_init__(self) -> None:
        """Refuse thresholds that contradict each other. Raises Invalid."""
        if self.days < 1 or self.visits < 0 or self.hours <= 0 or self.value <= 0 or self.pattern < 1:
            raise Invalid("Days, hours and value of the rule must be above zero, visits zero or more.", field="rule")
        if not 0 <= self.small < self.both <= Decimal("0.5"):
            raise Invalid(
                "The share for one lens must be below the share for both, and both at most 50%: like 10% and 25%.",
                field="both",
            )
        if not self.small < self.contractor <= self.both:
            raise Invalid("A general contractor's share must lie between the other two, like 20%.", field="contractor")
        if not 0 <= self.coverage <= 1:
            raise Invalid("The coverage is a share between 0 and 1, like 0.5.", field="coverage")


FOUNDING = "the founding document of this product, docs/explanation/two-lenses.md"
SOURCES: dict[str, str] = {
    "days": f"weeks or months against hours or days: {FOUNDING}; three working weeks as its number",
    "visits": f"work completed in a single visit against a schedule over weeks: {FOUNDING}; more than a working week of visits",
    "hours": f"one person for two weeks, the least that wants a budget: {FOUNDING}",
    "value": "decides only where nothing else is known; about where a written contract with progress billing is usual",
    "small": f"'up to about 10%: run the dominant lens': {FOUNDING}",
    "both": f"'about 25 to 30% and more: both lenses': {FOUNDING}; its lower end",
    "contractor": f"'general contractors: both at 20-25% of revenue, if the pattern really differs': {FOUNDING}",
    "pattern": "our own number for 'the pattern really differs': typical days, visits or hours at least three times apart",
    "coverage": "our own: a figure that is known for less than half of one side compares nothing",
}


_REST = [[sum((day + n) % 7 < 5 for n in range(rest)) for rest in range(7)] for day in range(7)]


def working_days(first: date, last: date) -> int:
    """Mondays to Fridays from first to last, both counted; at least 1, since it was worked on. Holidays are not known here."""
    weeks, rest = divmod((last - first).days + 1, 7)
    day = first.weekday()
    return max(1, weeks * 5 + _REST[day][rest])


def judge(piece: Piece, rule: Rule) -> tuple[Shape, str] | None:
    """The shape of a piece of work and why, in words; None where nothing at all is known of it."""
    return judged(piece, piece.took, rule)


def judged(piece: Piece, took: int | None, rule: Rule) -> tuple[Shape, str] | None:
    """`judge`, with the working days that were counted already."""
    if piece.changes:
        return Shape.PROJECT, f"{piece.changes} change order{'s' if piece.changes > 1 else ''}"
    if took is not None and took >= rule.days:
        return Shape.PROJECT, f"took {took} working days ({rule.days} or more)"
    if piece.visits is not None and piece.visits > rule.visits:
        return Shape.PROJECT, f"{piece.visits} visits (more than {rule.visits})"
    if piece.hours is not None and piece.hours >= rule.hours:
        return Shape.PROJECT, f"{piece.hours:f} hours ({rule.hours:f} or more)"
    if took is None and piece.visits is None and piece.hours is None and piece.changes is None:
        return _by_value(piece.value, rule)
    return Shape.SERVICE, _below(piece, took)


def _by_value(value: Decimal | None, rule: Rule) -> tuple[Shape, str] | None:
    if value is None:
        return None
    if value >= rule.value:
        return Shape.PROJECT, f"worth {value:,.2f} ({rule.value:,.0f} or more), and nothing else is known"
    return Shape.SERVICE, f"worth {value:,.2f} (below {rule.value:,.0f}), and nothing else is known"


def _below(piece: Piece, took: int | None) -> str:
    known = [
        f"{took} working day{'s' if took != 1 else ''}" if took is not None else "",
        f"{piece.visits} visit{'s' if piece.visits != 1 else ''}" if piece.visits is not None else "",
        f"{piece.hours:f} hours" if piece.hours is not None else "",
        "no change order" if piece.changes is not None else "",
    ]
    return ", ".join(k for k in known if k) + ": below every threshold"
