"""What went out."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class RosterWentOut(Fact):
    day: str
    people: int


@dataclass(frozen=True, kw_only=True)
class RosterHourSet(Fact):
    hour: int
    on: bool
