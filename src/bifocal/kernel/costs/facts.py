"""What happened to cost."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CostMoved(Fact):
    number: str
    amount: str
    frm: str
    to: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CostMoveUndone(Fact):
    number: str
    reason: str
