"""What was agreed."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ServiceLevelSet(Fact):
    priority: int
    arrive_hours: str
    penalty: str
    per_hour: str


@dataclass(frozen=True, kw_only=True)
class ServiceLevelDropped(Fact):
    priority: int


@dataclass(frozen=True, kw_only=True)
class PersonPreferred(Fact):
    person: str
    preferred: bool
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class AfterHoursSet(Fact):
    factor: str
    call_out: str
    rest_hours: str
