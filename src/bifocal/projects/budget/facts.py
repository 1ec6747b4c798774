"""What happened to the budget."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class BudgetSet(Fact):
    total: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class BudgetTransferred(Fact):
    amount: str
    frm: str
    to: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BudgetChanged(Fact):
    amount: str
    change: str
