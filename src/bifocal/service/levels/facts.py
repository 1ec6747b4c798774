"""What was agreed."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ServiceLevelSet(Fact):
    priority: int
    arrive_hours: str
    penalty: str
    per_hour: str
