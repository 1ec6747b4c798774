"""Who fell out, and what became of their day."""

from dataclasses import dataclass
from datetime import datetime

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class PersonFellOut(Fact):
    start: datetime
    end: datetime
    reason: str
    calls_moved: int
    calls_in_tray: int
    crew_hours_covered: str
    crew_hours_open: str
