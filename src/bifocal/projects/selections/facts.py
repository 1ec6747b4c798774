"""What happened to selections."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SelectionPlanned(Fact):
    title: str
    allowance: str
    due: str


@dataclass(frozen=True, kw_only=True)
class SelectionOffered(Fact):
    title: str
    choice: str


@dataclass(frozen=True, kw_only=True)
class SelectionRuleSet(Fact):
    tax: str
    markup: str
    on_credit: bool


@dataclass(frozen=True, kw_only=True)
class SelectionsSent(Fact):
    to: str
    open: int


@dataclass(frozen=True, kw_only=True)
class SelectionChosen(Fact):
    title: str
    choice: str
    by: str
    difference: str
    delay: str
    address: str


@dataclass(frozen=True, kw_only=True)
class SelectionReopened(Fact):
    title: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SelectionVoided(Fact):
    title: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AllowancesSettled(Fact):
    selections: int
    cost: str
    price: str
