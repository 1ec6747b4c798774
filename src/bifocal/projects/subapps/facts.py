"""What happened to applications of subcontractors."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SubAppInvited(Fact):
    number: int
    to: str
    period_to: str


@dataclass(frozen=True, kw_only=True)
class SubAppFilled(Fact):
    number: int
    claimed: str


@dataclass(frozen=True, kw_only=True)
class SubAppMoved(Fact):
    number: int
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SubAppCleared(Fact):
    number: int
    on: str


@dataclass(frozen=True, kw_only=True)
class WaiverSigned(Fact):
    sort: str
    amount: str
    by: str
    address: str


@dataclass(frozen=True, kw_only=True)
class SupplierClaimed(Fact):
    claimant: str
    owed: str
