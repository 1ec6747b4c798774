"""What was agreed."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ContractWritten(Fact):
    number: str
    sum: str
    our_role: str


@dataclass(frozen=True, kw_only=True)
class ContractMoved(Fact):
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ContractSumChanged(Fact):
    before: str
    after: str
    days: int
    change: str


@dataclass(frozen=True, kw_only=True)
class DamagesAgreed(Fact):
    per_day: str
