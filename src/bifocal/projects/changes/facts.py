"""What happened to change orders."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ChangePriced(Fact):
    cost: str
    price: str
    days: int


@dataclass(frozen=True, kw_only=True)
class ChangeApproved(Fact):
    number: str
    price: str
    days: int
    by: str
    address: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ChangeRejected(Fact):
    number: str
    by: str
    reason: str
