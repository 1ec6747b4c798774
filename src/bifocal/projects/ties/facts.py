"""What happened to what hangs on activities."""

from dataclasses import dataclass
from datetime import date

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class InspectionBooked(Fact):
    code: str
    name: str
    planned_on: date


@dataclass(frozen=True, kw_only=True)
class InspectionJudged(Fact):
    code: str
    name: str
    result: str
    note: str


@dataclass(frozen=True, kw_only=True)
class SubmittalTied(Fact):
    code: str
    on_site: date
    submit_by: date


@dataclass(frozen=True, kw_only=True)
class SubmittalUntied(Fact):
    code: str


@dataclass(frozen=True, kw_only=True)
class SubmittalRedated(Fact):
    """The activity that it is tied to moved, and its dates with it."""

    code: str
    on_site: date
    submit_by: date


@dataclass(frozen=True, kw_only=True)
class ImpactAnalyzed(Fact):
    after: str
    finish_before: date
    finish_after: date
    calendar_days: int


@dataclass(frozen=True, kw_only=True)
class FragmentEntered(Fact):
    activities: list[str]
    finish: date
