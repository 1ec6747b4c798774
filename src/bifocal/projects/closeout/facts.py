"""What happened at the end."""

from dataclasses import dataclass
from datetime import date

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SubstantiallyCompleted(Fact):
    date: date
    warranties: list[str]


@dataclass(frozen=True, kw_only=True)
class ProjectClosed(Fact):
    contract_sum: str
    revenue: str
    cost: str
    margin: str


@dataclass(frozen=True, kw_only=True)
class CloseoutPlanned(Fact):
    items: list[str]


@dataclass(frozen=True, kw_only=True)
class DeliverableSettled(Fact):
    name: str
    status: str
    note: str
