"""Who is on call, who was asked, who took it."""

from dataclasses import dataclass
from datetime import datetime

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class OnCallSet(Fact):
    skill: str
    person: str
    backup: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class OnCallDropped(Fact):
    skill: str
    person: str


@dataclass(frozen=True, kw_only=True)
class RateAgreed(Fact):
    agreed_by: str
    total: str


@dataclass(frozen=True, kw_only=True)
class CallOutAsked(Fact):
    person: str
    answer_by: datetime


@dataclass(frozen=True, kw_only=True)
class CallOutAnswered(Fact):
    person: str
    accepted: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class NobodyAnswered(Fact):
    asked: int
