"""What happened to deadlines and forms."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class LienClockSet(Fact):
    sector: str
    first_on: str
    last_on: str
    completed_on: str
    deadlines: list[str]


@dataclass(frozen=True, kw_only=True)
class LienDeadlineDone(Fact):
    title: str
    due: str
    note: str


@dataclass(frozen=True, kw_only=True)
class BlankFormKept(Fact):
    state: str
    sort: str
