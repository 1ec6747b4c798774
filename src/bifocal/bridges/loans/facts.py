"""Who was lent to whom, and what the foreman said."""

from dataclasses import dataclass
from datetime import datetime

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CrewMemberLent(Fact):
    person: str
    activity: str
    call: str
    start: datetime
    end: datetime
    hours: str
    slip_days: str
    damages: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CrewMemberReturned(Fact):
    person: str
    activity: str
    call: str
    start: datetime
    end: datetime
    hours: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LoanAnswered(Fact):
    person: str
    agreed: bool
    note: str
