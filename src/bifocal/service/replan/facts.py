"""How a day was planned again, and what customers said to it."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DayReplanned(Fact):
    reason: str
    moved: int
    dropped: int
    told: int


@dataclass(frozen=True, kw_only=True)
class WindowAnswered(Fact):
    choice: str
    note: str
