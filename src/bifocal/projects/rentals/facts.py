"""What happened to rentals."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class RentalOnHire(Fact):
    what: str
    expected: str
    rate: str


@dataclass(frozen=True, kw_only=True)
class RentalKept(Fact):
    what: str
    expected: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RentalOffHire(Fact):
    what: str
    on: str
    confirmation: str


@dataclass(frozen=True, kw_only=True)
class RentalReminded(Fact):
    what: str
    to: list[str]
