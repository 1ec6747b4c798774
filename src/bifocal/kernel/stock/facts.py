"""What happened to stock."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class StockMoved(Fact):
    item: str
    quantity: str
    sort: str
    place: str


@dataclass(frozen=True, kw_only=True)
class StockWentNegative(Fact):
    item: str
    place: str
    quantity: str


@dataclass(frozen=True, kw_only=True)
class LocationAdded(Fact):
    name: str
