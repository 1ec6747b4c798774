"""What happened about dates that others must know."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DatesTold(Fact):
    to: list[str]
    moves: int


@dataclass(frozen=True, kw_only=True)
class DatesConfirmed(Fact):
    by: str
    note: str


@dataclass(frozen=True, kw_only=True)
class DatesWait(Fact):
    """Dates settled, and the scheduler is asked before anybody is told."""

    to: list[str]


@dataclass(frozen=True, kw_only=True)
class DatesLeft(Fact):
    """The scheduler was asked, and nobody is told."""


@dataclass(frozen=True, kw_only=True)
class DatesReminded(Fact):
    to: str


@dataclass(frozen=True, kw_only=True)
class TellingSet(Fact):
    way: str
    more_than: int
    settle_minutes: int
    remind_days: int
