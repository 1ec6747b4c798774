"""What changed in the price book."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ItemPriced(Fact):
    code: str
    cost: str
    price: str
