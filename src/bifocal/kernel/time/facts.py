"""What happened to time."""

from dataclasses import dataclass
from datetime import datetime

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ClockStarted(Fact):
    person: str
    activity: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ClockStopped(Fact):
    person: str
    hours: str


@dataclass(frozen=True, kw_only=True)
class TimeEntered(Fact):
    person: str
    hours: str
    status: str


@dataclass(frozen=True, kw_only=True)
class TimeApproved(Fact):
    hours: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class TimeDisputed(Fact):
    why: str
