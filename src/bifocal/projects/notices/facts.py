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
