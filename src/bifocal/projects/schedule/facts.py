"""What happened to the schedule."""

from dataclasses import dataclass
from datetime import date

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ActivitiesPlanned(Fact):
    activities: list[str]
    finish: date


@dataclass(frozen=True, kw_only=True)
class ActivityProgressed(Fact):
    code: str
    percent: int


@dataclass(frozen=True, kw_only=True)
class CrewBooked(Fact):
    crew: str
    activity: str
    first: date
    last: date
    hours: str


@dataclass(frozen=True, kw_only=True)
class CrewReleased(Fact):
    crew: str
    activity: str
