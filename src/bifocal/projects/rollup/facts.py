"""What happened between subcontractors' applications and the owner's."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class RolledIn(Fact):
    number: int
    lines: list[str]


@dataclass(frozen=True, kw_only=True)
class PayTermsAgreed(Fact):
    pay_when_paid: bool


@dataclass(frozen=True, kw_only=True)
class PayRunPlanned(Fact):
    on: str


@dataclass(frozen=True, kw_only=True)
class Chased(Fact):
    number: int
    to: str
    days: int
    missing: list[str]
