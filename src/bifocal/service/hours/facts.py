"""What was set about hours: in words, as the history tells it."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ServiceHoursSet(Fact):
    days: str
    windows: list[str]


@dataclass(frozen=True, kw_only=True)
class ShiftsSet(Fact):
    days: str
