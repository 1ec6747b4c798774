"""What happened with vendors."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class GoodsReceived(Fact):
    number: str
    total: str
    job: str


@dataclass(frozen=True, kw_only=True)
class BillPosted(Fact):
    number: str
    vendor: str
    total: str


@dataclass(frozen=True, kw_only=True)
class BillPaid(Fact):
    number: str
    amount: str
    override: str = ""
    jointly_with: str = ""


@dataclass(frozen=True, kw_only=True)
class RetainageReleased(Fact):
    number: str
    amount: str
