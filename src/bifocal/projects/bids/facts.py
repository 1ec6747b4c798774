"""What happened to bid packages."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class BidPackageWritten(Fact):
    number: str
    title: str
    lines: int
    due: str


@dataclass(frozen=True, kw_only=True)
class BidderInvited(Fact):
    vendor: str
    to: str


@dataclass(frozen=True, kw_only=True)
class BidGiven(Fact):
    vendor: str
    by: str
    total: str
    lines: int
    late: bool


@dataclass(frozen=True, kw_only=True)
class BidPassed(Fact):
    vendor: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BidQuestionAsked(Fact):
    vendor: str
    question: str


@dataclass(frozen=True, kw_only=True)
class BidAddendumSent(Fact):
    addendum: int
    text: str
    to: int


@dataclass(frozen=True, kw_only=True)
class BidPlugged(Fact):
    vendor: str
    work: str
    amount: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BidAwarded(Fact):
    vendor: str
    amount: str
    budget: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BidsReminded(Fact):
    to: int


@dataclass(frozen=True, kw_only=True)
class BidPackageVoided(Fact):
    reason: str
