"""What came in."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CallBooked(Fact):
    customer: str
    job_type: str
    source: str
