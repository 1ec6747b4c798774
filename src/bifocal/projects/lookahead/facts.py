"""What happened in the look-ahead."""

from dataclasses import dataclass
from datetime import date

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ConstraintNoted(Fact):
    code: str
    sort: str
    what: str


@dataclass(frozen=True, kw_only=True)
class ConstraintCleared(Fact):
    code: str
    what: str
    on: date


@dataclass(frozen=True, kw_only=True)
class WeekPromised(Fact):
    week: date
    what: str
    who: str


@dataclass(frozen=True, kw_only=True)
class WeekJudged(Fact):
    week: date
    what: str
    done: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class RemainingProposed(Fact):
    code: str
    days: str
    was: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RemainingDecided(Fact):
    code: str
    days: str
    accepted: bool
