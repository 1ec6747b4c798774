"""What happened to forecasts."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ForecastSet(Fact):
    code: str
    method: str
    value: str
    note: str


@dataclass(frozen=True, kw_only=True)
class MonthFrozen(Fact):
    month: str
    eac: str
    change: str
    reason: str
