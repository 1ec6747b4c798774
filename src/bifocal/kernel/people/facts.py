"""What happened to people and their time."""

from dataclasses import dataclass
from datetime import datetime

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class PersonHired(Fact):
    name: str


@dataclass(frozen=True, kw_only=True)
class SkillGiven(Fact):
    skill: str
    expires: str


@dataclass(frozen=True, kw_only=True)
class SkillTaken(Fact):
    skill: str


@dataclass(frozen=True, kw_only=True)
class SkillNamed(Fact):
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PersonChanged(Fact):
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PayChanged(Fact):
    """A new pay rate. The rate itself is not told: the history of a person is read by more than may see it."""

    pay_class: str
    from_date: str


@dataclass(frozen=True, kw_only=True)
class CrewChanged(Fact):
    name: str
    members: list[str]


@dataclass(frozen=True, kw_only=True)
class PersonAllocated(Fact):
    label: str
    start: datetime
    end: datetime
    firmness: str


@dataclass(frozen=True, kw_only=True)
class PersonReleased(Fact):
    label: str


@dataclass(frozen=True, kw_only=True)
class VehicleAdded(Fact):
    name: str


@dataclass(frozen=True, kw_only=True)
class VehicleTaken(Fact):
    label: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class VehicleGivenBack(Fact):
    label: str


@dataclass(frozen=True, kw_only=True)
class DemandNoted(Fact):
    skill: str
    day: str
    hours: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class DemandFilled(Fact):
    person: str
    hours: str
    left: str


@dataclass(frozen=True, kw_only=True)
class DemandDropped(Fact):
    hours: str


@dataclass(frozen=True, kw_only=True)
class CrewFormed(Fact):
    name: str
    members: list[str]
