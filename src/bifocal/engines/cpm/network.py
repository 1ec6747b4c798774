"""Forward and backward pass in working-day indices; dates only at the edges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bifocal.lib.errors import Invalid

LinkType = Literal["FS", "SS", "FF", "SF"]


@dataclass(frozen=True)
class Calendar:
    """Which weekdays are worked (Monday is 0) and which days are off."""

    weekdays: frozenset[int]
    days_off: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.days_off

    def first(self, day: date) -> date:
        """The day itself, or the next one that is worked."""
        if not self.weekdays:
            raise Invalid("A work calendar needs at least one working day a week.", field="weekdays")
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def day(self, start: date, index: int) -> date:
        """The working day `index` steps after the working day `start` (index 0)."""
        at, step = start, timedelta(days=1 if index >= 0 else -1)
        for _ in range(abs(index)):
            at += step
            while not self.works(at):
                at += step
        return at

    def index(self, start: date, day: date) -> int:
        """How many working days `day` (or the next one worked) lies after `start`."""
        day, n, at = self.first(day), 0, start
        step = 1 if day >= start else -1
        while at != day:
            at += timedelta(days=step)
            n += step if self.works(at) else 0
        return n


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
    """Compute the network. Raises Invalid for a loop, an unknown activity or a negative duration."""
    acts = {a.code: a for a in network.activities}
    _check(network, acts)
    order = _order(network, acts)
    origin = network.calendar.first(network.start)
    early, driving = _forward(network, acts, order, origin)
    late = _backward(network, acts, order, early)
    dates = {c: _dates(network.calendar, origin, early[c], late[c], driving[c]) for c in order}
    path = tuple(c for c in sorted(order, key=lambda c: (early[c], order.index(c))) if dates[c].critical)
    last = max((early[c][1] for c in order), default=0)
    return Result(dates, _last_day(network.calendar, origin, last), path)


def _check(network: Network, acts: dict[str, Activity]) -> None:
    if len(acts) != len(network.activities):
        raise Invalid("Two activities have the same code.", field="code")
    for a in network.activities:
        if a.days < 0:
            raise Invalid(f"Activity {a.code} has a negative duration.", field=a.code)
    for link in network.links:
        for code in (link.before, link.after):
            if code not in acts:
                raise Invalid(f"A link names activity {code}, which does not exist.", field=code)


def _order(network: Network, acts: dict[str, Activity]) -> list[str]:
    """Topological order; a loop is named whole."""
    waits = dict.fromkeys(acts, 0)
    after: dict[str, list[str]] = {c: [] for c in acts}
    for link in network.links:
        waits[link.after] += 1
        after[link.before].append(link.after)
    ready, order = [c for c, n in waits.items() if n == 0], []
    while ready:
        code = ready.pop(0)
        order.append(code)
        for nxt in after[code]:
            waits[nxt] -= 1
            if waits[nxt] == 0:
                ready.append(nxt)
    if len(order) < len(acts):
        raise Invalid(f"These activities wait for each other in a loop: {' → '.join(_loop(after, waits))}.", field="links")
    return order


def _loop(after: dict[str, list[str]], waits: dict[str, int]) -> list[str]:
    seen: list[str] = []
    at = next(c for c, n in waits.items() if n > 0)
    while at not in seen:
        seen.append(at)
        at = next(c for c in after[at] if waits[c] > 0) if any(waits[c] > 0 for c in after[at]) else seen[0]
    return [*seen[seen.index(at) :], at]


Span = tuple[int, int]


def _forward(network: Network, acts: dict[str, Activity], order: list[str], origin: date) -> tuple[dict[str, Span], dict[str, str | None]]:
    early: dict[str, Span] = {}
    driving: dict[str, str | None] = {}
    into: dict[str, list[Link]] = {c: [] for c in acts}
    for link in network.links:
        into[link.after].append(link)
    cal = network.calendar
    for code in order:
        a = acts[code]
        start, why = 0, None
        for link in into[code]:
            s, f = early[link.before]
            bound = {"FS": f, "SS": s, "FF": f - a.days, "SF": s - a.days}[link.type] + link.lag
            if bound > start:
                start, why = bound, link.before
        if a.not_before is not None:
            start = max(start, cal.index(origin, a.not_before))
        if a.actual_start is not None:
            start, why = cal.index(origin, a.actual_start), None
        finish = cal.index(origin, a.actual_finish) + 1 if a.actual_finish is not None and a.days else start + a.days
        early[code], driving[code] = (start, max(start, finish)), why
    return early, driving


def _backward(network: Network, acts: dict[str, Activity], order: list[str], early: dict[str, Span]) -> dict[str, Span]:
    end = max((f for _, f in early.values()), default=0)
    out: dict[str, list[Link]] = {c: [] for c in acts}
    for link in network.links:
        out[link.before].append(link)
    late: dict[str, Span] = {}
    for code in reversed(order):
        length = early[code][1] - early[code][0]
        finish = end
        for link in out[code]:
            s, f = late[link.after]
            bound = {"FS": s, "SS": s + length, "FF": f, "SF": f + length}[link.type] - link.lag
            finish = min(finish, bound)
        late[code] = (finish - length, finish)
    return late


def _last_day(cal: Calendar, origin: date, finish: int) -> date:
    return cal.day(origin, finish - 1) if finish > 0 else origin


def _dates(cal: Calendar, origin: date, early: Span, late: Span, driving: str | None) -> Dates:
    def first_and_last(span: Span) -> tuple[date, date]:
        if span[0] == span[1]:
            at = _last_day(cal, origin, span[0])
            return at, at
        return cal.day(origin, span[0]), cal.day(origin, span[1] - 1)

    es, ef = first_and_last(early)
    ls, lf = first_and_last(late)
    slack = late[0] - early[0]
    return Dates(es, ef, ls, lf, slack, slack <= 0, driving)
