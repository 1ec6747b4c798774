"""What was agreed about changes."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ChangeTermsSet(Fact):
    tiers: int
    notice_days: str
    own_approval: str
    approvers: int


@dataclass(frozen=True, kw_only=True)
class RatesAgreed(Fact):
    since: str
    rates: int
