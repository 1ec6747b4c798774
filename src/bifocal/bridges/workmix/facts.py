"""What happened to the company's lens."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class HistoryAssessed(Fact):
    source: str
    name: str
    recommendation: str


@dataclass(frozen=True, kw_only=True)
class LensChosen(Fact):
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class RuleChanged(Fact):
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class CapabilityTurned(Fact):
    capabilities: list[str]
    on: bool
