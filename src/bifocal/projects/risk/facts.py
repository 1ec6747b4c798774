"""What happened to the risk of a schedule."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DurationsSpread(Fact):
    activities: int
    said: str


@dataclass(frozen=True, kw_only=True)
class RiskAsked(Fact):
    samples: int
