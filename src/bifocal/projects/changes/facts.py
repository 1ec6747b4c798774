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
    own: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeRejected(Fact):
    number: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ChangeAgreed(Fact):
    number: str
    by: str
    step: int
    waits_for: list[str]


@dataclass(frozen=True, kw_only=True)
class ChangePartAgreed(Fact):
    number: str
    agreed: str
    disputed: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ChangesGrouped(Fact):
    members: list[str]
    price: str


@dataclass(frozen=True, kw_only=True)
class ChangesUngrouped(Fact):
    members: list[str]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ApproverReminded(Fact):
    number: str
    to: str
    due: str
