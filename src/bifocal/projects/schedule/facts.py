"""What happened to the schedule."""

from dataclasses import dataclass
from datetime import date

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ActivitiesPlanned(Fact):
    activities: list[str]
    finish: date


@dataclass(frozen=True, kw_only=True)
class StartedDespite(Fact):
    """Work began although something held it: what, and why all the same."""

    code: str
    held: list[str]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ProgressDespite(Fact):
    """The field noted work although an inspection stands as failed: what happened is kept, and the scheduler sees it."""

    code: str
    percent: int
    held: list[str]
    reason: str


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


@dataclass(frozen=True, kw_only=True)
class ScheduleChanged(Fact):
    said: str
    finish: date
    moved: int


@dataclass(frozen=True, kw_only=True)
class DatesMoved(Fact):
    """Activity -> first and last day before, first and last day now."""

    activities: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class BaselineTaken(Fact):
    number: int
    name: str
    finish: date


@dataclass(frozen=True, kw_only=True)
class UpdateAccepted(Fact):
    number: int
    name: str
    added: int
    deleted: int
    changed: int
    finish: date
