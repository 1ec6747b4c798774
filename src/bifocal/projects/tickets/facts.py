"""What happened to tickets."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class TicketWritten(Fact):
    number: str
    day: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class TicketSigned(Fact):
    number: str
    by: str
    company: str
    sha256: str
    late: bool


@dataclass(frozen=True, kw_only=True)
class TicketRefused(Fact):
    number: str
    by: str
    witness: str
    reason: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class TicketAttached(Fact):
    number: str
    event: str
    price: str
    cost: str


@dataclass(frozen=True, kw_only=True)
class TicketPriced(Fact):
    number: str
    price: str
    without_rate: int
