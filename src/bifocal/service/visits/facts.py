"""What happened on visits."""

from dataclasses import dataclass
from datetime import datetime

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class VisitAdded(Fact):
    seq: int
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class VisitScheduled(Fact):
    technician: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class WindowPromised(Fact):
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class VisitMoved(Fact):
    before: str
    after: str
    technician: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class VisitFinished(Fact):
    outcome: str
    technician: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PartPutIn(Fact):
    item: str
    quantity: str
    place: str


@dataclass(frozen=True, kw_only=True)
class ConflictRaised(Fact):
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ConflictSettled(Fact):
    sentence: str


@dataclass(frozen=True, kw_only=True)
class VisitConfirmed(Fact):
    window: str


@dataclass(frozen=True, kw_only=True)
class VisitAmended(Fact):
    before: str
    after: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PeopleNeeded(Fact):
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class HelperChanged(Fact):
    person: str
    joined: bool


@dataclass(frozen=True, kw_only=True)
class UnbilledAccrued(Fact):
    month: str
    jobs: int
    total: str


@dataclass(frozen=True, kw_only=True)
class VisitListed(Fact):
    technician: str
    day: str


@dataclass(frozen=True, kw_only=True)
class PersonBanned(Fact):
    person: str
    banned: bool
    why: str = ""
