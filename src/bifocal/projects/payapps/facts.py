"""What happened to pay applications."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class PayAppDrafted(Fact):
    number: int
    period_to: str


@dataclass(frozen=True, kw_only=True)
class PayAppFilled(Fact):
    number: int
    lines: list[str]
    line8: str


@dataclass(frozen=True, kw_only=True)
class PayAppSubmitted(Fact):
    number: int
    line4: str
    line5: str
    line8: str


@dataclass(frozen=True, kw_only=True)
class PayAppReturned(Fact):
    number: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class PayAppCertified(Fact):
    number: int
    certified: str
    applied: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PayAppVoided(Fact):
    number: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class RetainageAgreed(Fact):
    work: str
    stored: str
    cap: str
    steps: int


@dataclass(frozen=True, kw_only=True)
class ChangeReversed(Fact):
    number: str
    by: str
    reason: str
