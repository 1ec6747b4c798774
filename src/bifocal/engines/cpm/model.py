"""What goes into the engine and what comes out: frozen data, instants and durations in whole minutes (see `calendars`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

from bifocal.engines.cpm.calendars import Calendar

LinkType = Literal["FS", "SS", "FF", "SF"]
Dialect = Literal["p6", "msp"]


class Kind(StrEnum):
    """What an activity is, in Primavera's words."""

    TASK = "task"
    RESOURCE = "resource dependent"
    LOE = "level of effort"
    START = "start milestone"
    FINISH = "finish milestone"
    WBS = "WBS summary"
    SUMMARY = "summary"


class Limit(StrEnum):
    """A constraint on an activity's dates."""

    START_ON = "start on"
    START_AFTER = "start on or after"
    START_BEFORE = "start on or before"
    FINISH_ON = "finish on"
    FINISH_AFTER = "finish on or after"
    FINISH_BEFORE = "finish on or before"
    MUST_START = "mandatory start"
    MUST_FINISH = "mandatory finish"
    LATE = "as late as possible"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A limit and its instant; as late as possible has none."""

    limit: Limit
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """One resource's work on an activity, in working minutes at the rate it works (units 1.0 = full time)."""

    resource: str
    calendar: str | None
    total: int
    remaining: int
    actual: int = 0
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """A piece of work. `id` is unique in the network, `code` is what the scheduler calls it.

    `duration` is the whole (at completion), `remaining` what is left of it, both in the calendar's working minutes; for
    elapsed durations `elapsed` counts all minutes. `parent` is the summary above (MS Project's outline).
    """

    id: str
    code: str
    calendar: str
    duration: int
    remaining: int
    name: str = ""
    kind: Kind = Kind.TASK
    project: str = ""
    planned: int | None = None
    actual_start: int | None = None
    actual_finish: int | None = None
    actual_duration: int | None = None
    constraint: Constraint | None = None
    second: Constraint | None = None
    expected_finish: int | None = None
    suspend: int | None = None
    resume: int | None = None
    external_start: int | None = None
    external_finish: int | None = None
    deadline: int | None = None
    percent: float = 0.0
    physical: bool = False
    parent: str | None = None
    work: tuple[Work, ...] = ()
    elapsed: bool = False
    manual: tuple[int, int] | None = None
    active: bool = True
    level_delay: int = 0
    fixed_duration: bool = True
    ignore_resource_calendar: bool = False
    own_calendar: bool = True
    stop: int | None = None
    units: bool = False  # percent complete counts units of work; else the duration, or what is `physical`

    @property
    def milestone(self) -> bool:
        """A moment, not a piece of work."""
        return self.kind in (Kind.START, Kind.FINISH)


@dataclass(frozen=True, slots=True)
class Link:
    """`after` waits for `before`; the lag is in minutes of the lag calendar, or of all time where `elapsed`."""

    before: str
    after: str
    type: LinkType = "FS"
    lag: int = 0
    elapsed: bool = False
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How one project is computed; the defaults are Primavera's."""

    progress: Literal["retained", "override", "actual"] = "retained"
    lag_calendar: Literal["predecessor", "successor", "project", "24h"] = "predecessor"
    total_float: Literal["finish", "start", "smallest"] = "finish"
    critical: Literal["float", "longest path"] = "float"
    critical_float: int = 0
    expected_finish: bool = True
    own_end: bool = True  # float against each project's own finish; else against the latest of all projects
    open_ends_critical: bool = False
    lag_from_early_start: bool = True
    external_links: bool = True
    honor_constraints: bool = True  # MS Project: dates of constraints before logic


@dataclass(frozen=True, slots=True)
class Project:
    """One project of a network: where it starts, up to when progress is known, and its options."""

    id: str = ""
    start: int = 0
    data_date: int | None = None
    must_finish: int | None = None
    calendar: str | None = None
    options: Options = field(default_factory=Options)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """Everything that is scheduled together."""

    projects: tuple[Project, ...]
    calendars: tuple[Calendar, ...]
    activities: tuple[Activity, ...]
    links: tuple[Link, ...]
    dialect: Dialect = "p6"
    outline: Mapping[str, str] = field(default_factory=dict)  # element of the work breakdown -> the one above it


class Dates(NamedTuple):
    """An activity's computed instants, and the rule that set each (`why` turns it into a sentence).

    Early dates of a completed activity are where logic would put what is left of it (nothing); its actual ones are `start`, `finish`.
    """

    early_start: int
    early_finish: int
    late_start: int
    late_finish: int
    start: int
    finish: int
    total_float: int | None
    free_float: int | None
    critical: bool
    longest_path: bool
    driving: tuple[Link, ...]
    why_start: str
    why_finish: str
    why_late: str
    late_link: Link | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Dates by activity id, and the finish of each project."""

    dates: Mapping[str, Dates]
    finish: Mapping[str, int]
    critical_path: tuple[str, ...]
