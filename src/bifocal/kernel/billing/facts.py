"""What happened to receivables."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class InvoiceDrafted(Fact):
    total: str


@dataclass(frozen=True, kw_only=True)
class InvoicePosted(Fact):
    number: str
    total: str
    due: str


@dataclass(frozen=True, kw_only=True)
class InvoiceSent(Fact):
    number: str
    to: str


@dataclass(frozen=True, kw_only=True)
class InvoiceDeleted(Fact):
    reason: str


@dataclass(frozen=True, kw_only=True)
class CreditIssued(Fact):
    number: str
    credits: str
    total: str


@dataclass(frozen=True, kw_only=True)
class CreditApplied(Fact):
    credit: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class HeldBackReleased(Fact):
    number: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class PaymentTaken(Fact):
    number: str
    amount: str
    method: str
    unapplied: str


@dataclass(frozen=True, kw_only=True)
class PaymentApplied(Fact):
    invoice: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class PaymentBounced(Fact):
    number: str
    fee: str


@dataclass(frozen=True, kw_only=True)
class MoneyDeposited(Fact):
    number: str
    amount: str
