"""What happened between us and a general contractor."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class GcFormKept(Fact):
    billing_day: int
    file: str
    sheet: str


@dataclass(frozen=True, kw_only=True)
class SentToGc(Fact):
    number: int
    to: str
    files: list[str]


@dataclass(frozen=True, kw_only=True)
class OurWaiverGiven(Fact):
    sort: str
    amount: str
    by: str
    cleared_on: str


@dataclass(frozen=True, kw_only=True)
class OurPaperKept(Fact):
    sort: str
    until: str


@dataclass(frozen=True, kw_only=True)
class OurPaperSent(Fact):
    sort: str
    to: str


@dataclass(frozen=True, kw_only=True)
class PaidShort(Fact):
    number: int
    lines: list[str]


@dataclass(frozen=True, kw_only=True)
class ShortPayMoved(Fact):
    item: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BackChargeReceived(Fact):
    number: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class BackChargeMoved(Fact):
    number: str
    before: str
    after: str
    amount: str
    reason: str
