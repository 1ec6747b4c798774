"""What happened to jobs."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class JobCreated(Fact):
    number: str
    profile: str
    title: str


@dataclass(frozen=True, kw_only=True)
class JobMoved(Fact):
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class JobClosed(Fact):
    revenue: str
    cost: str


@dataclass(frozen=True, kw_only=True)
class CreditHoldOverridden(Fact):
    lens: str
    hold: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class MemberJoined(Fact):
    person: str
    role: str


@dataclass(frozen=True, kw_only=True)
class PartyAdded(Fact):
    role: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PhaseAdded(Fact):
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class JobDetailsChanged(Fact):
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ListChanged(Fact):
    """An entry of the company's own lists: cost codes, job types, custom fields."""

    sort: str
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class JobPromoted(Fact):
    prior_billings: str
    contract_sum: str


@dataclass(frozen=True, kw_only=True)
class JobDemoted(Fact):
    reason: str
