"""What happened with agreements."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class AgreementSold(Fact):
    number: str
    price: str


@dataclass(frozen=True, kw_only=True)
class AgreementEarned(Fact):
    month: int
    amount: str
