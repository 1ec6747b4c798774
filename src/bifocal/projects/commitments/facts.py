"""What happened to commitments."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CommitmentWritten(Fact):
    vendor: str
    sum: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class CommitmentMoved(Fact):
    number: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CommitmentBilled(Fact):
    number: str
    bill: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class CommitmentReceived(Fact):
    number: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class CommitmentChangeProposed(Fact):
    number: str
    amount: str
    days: int


@dataclass(frozen=True, kw_only=True)
class CommitmentChangeMoved(Fact):
    number: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class VendorPaperShown(Fact):
    vendor: str
    sort: str
    until: str


@dataclass(frozen=True, kw_only=True)
class ApprovalLimitSet(Fact):
    role: str
    amount: str
