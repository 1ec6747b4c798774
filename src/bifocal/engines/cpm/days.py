"""The engine for plans in whole working days on one calendar, as a job's own schedule is kept: a thin front of `schedule`.

A working day is one shift of eight hours; work that is started stays where it started. Dates are days, the last one included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bifocal.engines.cpm import model
from bifocal.engines.cpm.calendars import DAY, EPOCH_DATE, Table, minute, moment
from bifocal.engines.cpm.calendars import Calendar as Hours
from bifocal.engines.cpm.compute import schedule as compute
from bifocal.engines.cpm.model import LinkType
from bifocal.lib.errors import Invalid

SHIFT = (480, 960)
LENGTH = SHIFT[1] - SHIFT[0]


@dataclass(frozen=True)
class Calendar:
    """Which weekdays are worked (Monday is 0) and which days are off."""

    weekdays: frozenset[int]
    days_off: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether the day is worked."""
        return day.weekday() in self.weekdays and day not in self.days_off

    def hours(self) -> Hours:
        """The same in the engine's minutes. Raises Invalid where no day is worked."""
        if not self.weekdays:
            raise Invalid("A work calendar needs at least one working day a week.", field="weekdays")
        week = tuple((SHIFT,) if d in self.weekdays else () for d in range(7))
        return Hours("days", week, dict.fromkeys(sorted(self.days_off), ()), "work calendar", LENGTH)


@dataclass(frozen=True)
class Activity:
    """A piece of work in whole working days; 0 days is a milestone."""

    code: str
    days: int
    not_before: date | None = None
    actual_start: date | None = None
    actual_finish: date | None = None


@dataclass(frozen=True)
class Link:
    """A follows from B: finish-to-start and its kin, with a lag in working days."""

    before: str
    after: str
    type: LinkType = "FS"
    lag: int = 0


@dataclass(frozen=True)
class Network:
    """What is scheduled from which day."""

    start: date
    calendar: Calendar
    activities: tuple[Activity, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Dates:
    """An activity's computed dates (last day included), float in working days, and what drives its start."""

    early_start: date
    early_finish: date
    late_start: date
    late_finish: date
    total_float: int
    critical: bool
    driving: str | None


@dataclass(frozen=True)
class Result:
    """Dates by activity code, the finish of all, and the critical path in order."""

    dates: dict[str, Dates]
    finish: date
    critical_path: tuple[str, ...]


def schedule(network: Network) -> Result:
    """Compute the network. Raises Invalid for a loop, an unknown activity, two alike or a negative duration."""
    hours = network.calendar.hours()
    start = _begin(network.start)
    table = Table(hours, start, start + 400 * DAY)
    start = table.next_start(start)
    activities = tuple(_activity(a) for a in network.activities)
    links = tuple(model.Link(li.before, li.after, li.type, li.lag * LENGTH) for li in network.links)
    project = model.Project("", start, None, None, hours.id, model.Options(total_float="smallest"))
    result = compute(model.Network((project,), (hours,), activities, links, "msp"))
    dates = {a.code: _dates(result.dates[a.code], start) for a in network.activities}
    finish = max((d.early_finish for d in dates.values()), default=_day(start))
    return Result(dates, finish, result.critical_path)


def _begin(day: date) -> int:
    return minute(datetime.combine(day, time())) + SHIFT[0]


def _end(day: date) -> int:
    return minute(datetime.combine(day, time())) + SHIFT[1]


def _activity(a: Activity) -> model.Activity:
    held = model.Constraint(model.Limit.START_AFTER, _begin(a.not_before)) if a.not_before else None
    done = a.actual_finish is not None
    began = a.actual_start or a.actual_finish
    return model.Activity(
        a.code, a.code, "days", a.days * LENGTH, 0 if done else a.days * LENGTH, kind=model.Kind.TASK if a.days else model.Kind.FINISH,
        actual_start=_begin(began) if began else None, actual_finish=_end(a.actual_finish) if a.actual_finish else None, constraint=held,
    )  # fmt: skip


def _day(instant: int) -> date:
    return EPOCH_DATE + timedelta(days=instant // DAY)


def _last(instant: int, start: int) -> date:
    """The day an activity ends on: an end at a day's first hour is the day before's, but never before the plan begins."""
    return _day(instant) if instant <= start or moment(instant).time() > time(8) else _day(instant - DAY)


def _dates(d: model.Dates, start: int) -> Dates:
    done = d.total_float is None
    driving = d.driving[0].before if d.driving else None
    slack = 0 if d.total_float is None else d.total_float // LENGTH
    return Dates(_day(d.early_start), _last(d.early_finish, start), _day(d.late_start), _last(d.late_finish, start), slack,
                 d.critical and not done, driving)  # fmt: skip
