"""What happened to the portfolio."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class WipPosted(Fact):
    month: str
    revision: int
    over: str
    under: str
    entries: int
