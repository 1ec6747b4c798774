"""What was decided about capacity."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CapacitySet(Fact):
    share: str
    drive_minutes: int
    online: bool
