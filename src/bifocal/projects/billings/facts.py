"""What happened to the billing of a job."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class BillingAgreed(Fact):
    way: str
    price: str
    limit: str


@dataclass(frozen=True, kw_only=True)
class DrawsChanged(Fact):
    draws: list[str]


@dataclass(frozen=True, kw_only=True)
class DrawReached(Fact):
    name: str
    on: str


@dataclass(frozen=True, kw_only=True)
class QuantityMeasured(Fact):
    item: str
    quantity: str
    on: str


@dataclass(frozen=True, kw_only=True)
class JobBilled(Fact):
    way: str
    gross: str
    cost: str
    fee: str
    not_charged: str


@dataclass(frozen=True, kw_only=True)
class RetainageAsked(Fact):
    amount: str
