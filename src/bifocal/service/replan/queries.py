"""Three ways for a day to go on after something happened: who is delayed by how much, miles, overtime, service levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.engines.routing.plan import Unserved
from bifocal.engines.routing.problem import Deadline, Window
from bifocal.engines.routing.problem import Visit as Wanted
from bifocal.kernel.people.models import Person
from bifocal.service.board.budget import within
from bifocal.service.board.day import Asked, Day, day_of_branch
from bifocal.service.dispatch.queries import tray
from bifocal.service.dispatch.rules import prize_of
from bifocal.service.levels.queries import level_of
from bifocal.service.replan.rules import Event, new_window
from bifocal.service.visits.models import Visit, window_of

SECONDS, STEPS = 0.8, 2000  # by the clock, reading the day among them; telling the answer comes on top
NOTICED = 5 * 60  # seconds: what moves less stays as it is


@dataclass(frozen=True)
class Move:
    """A visit with a new person or time. `late` is by how many minutes it starts later; `window` a new promise that must be told."""

    visit: Visit
    person: Person
    start: datetime
    before: Person | None
    late: int
    window: tuple[datetime, datetime] | None


@dataclass(frozen=True)
class Proposal:
    """One way to go on."""

    moves: tuple[Move, ...]
    dropped: tuple[Visit, ...]
    miles: float
    overtime: int
    penalty: Decimal
    how: str

    @property
    def told(self) -> int:
        """How many customers must hear of a new window."""
        return sum(m.window is not None for m in self.moves)


@dataclass(frozen=True)
class Occasion:
    """What happened: to a visit (emergency, overrun until, no-show, parts arrived) or to a person (sick, time off from and to)."""

    event: Event
    visit: Visit | None = None
    person: Person | None = None
    start: datetime | None = None
    until: datetime | None = None


def proposals(branch: Branch, occasion: Occasion, now: datetime) -> list[Proposal]:
    """At most three proposals for the rest of the branch's day, best first, in under a second."""
    from bifocal.engines.routing.remaining import Change
    from bifocal.engines.routing.replan import replan

    stop = within(SECONDS, STEPS)
    known = day_of_branch(accounting_day(occasion.start or now, branch), branch, now, asked=_asked(branch, occasion))
    at = max(0, known.second(now))
    new = [_new(known, uid, at, urgent=occasion.event == Event.EMERGENCY) for uid in known.new]
    problem, plan, changes = known.problem, known.plan, list[Any]()
    if occasion.event == Event.NO_SHOW:  # hours are won: what waits in the tray is tried
        problem = replace(problem, visits=(*problem.visits, *new))
        plan = replace(plan, unserved=tuple(Unserved(v.id) for v in new))
        changes.append(Change("no_show", visit_id=str(occasion.visit.uid) if occasion.visit else ""))
    else:
        changes += [Change("emergency", visit=v) for v in new]
    if occasion.person:
        who = known.name(occasion.person)
        plan = replace(plan, routes=tuple(_waiting(r) if r.technician == who else r for r in plan.routes))
        off = Window(known.second(occasion.start or now), known.second(occasion.until or now + timedelta(hours=12)))
        changes.append(Change("sick", technician=who) if occasion.event == Event.SICK else Change("time_off", technician=who, window=off))
    found = replan(problem, plan, now=at, changes=tuple(changes), stop=stop)
    told = [_told(known, p, occasion) for p in found]
    return [p for p in told if p.moves or p.dropped]


def _asked(branch: Branch, occasion: Occasion) -> Asked:
    """Whatever nobody has begun may be planned anew, and how the day differs from its calendar."""
    visit, asked = occasion.visit, Asked(lambda _visit: True)
    if occasion.event in (Event.EMERGENCY, Event.PARTS) and visit:
        return replace(asked, new=(visit,))
    if occasion.event == Event.OVERRUN and visit and occasion.until:
        return replace(asked, until={str(visit.uid): occasion.until})
    if occasion.event == Event.NO_SHOW and visit:
        return replace(asked, held=frozenset({str(visit.uid)}), new=tuple(tray(branch)[:12]))
    return asked


def _new(known: Day, uid: str, now: int, *, urgent: bool) -> Wanted:
    """A visit that is new in the day: from now on, by its agreed response time or its promised window."""
    row = known.visits[uid]
    level, window = level_of(row.job), window_of(row.window)
    windows = (Window(now, 10**9),) if urgent or not window else (Window(known.second(window[0]), known.second(window[1])),)
    deadline = Deadline(max(now, known.second(level.due)), round(level.per_hour * 100)) if level else None
    return replace(known.new[uid], windows=windows, promise=None, deadline=deadline, prize=prize_of(1 if urgent else row.job.priority))


def _waiting(route: Any) -> Any:
    """A route nobody has set out on: what its person can't do any more is anybody's."""
    return replace(route, stops=tuple(replace(s, travel=0) for s in route.stops))


def _told(known: Day, found: Any, occasion: Occasion) -> Proposal:
    """The engine's proposal in the rows' own terms; a neighbor that would overlap in the calendar is moved along."""
    was = {s.visit: (r.technician, s.start) for r in known.plan.routes for s in r.stops}
    moves: list[Move] = []
    for route in found.plan.routes:
        end = 0
        for stop in (s for s in route.stops if s.kind == "visit"):
            if stop.visit not in known.seats and stop.visit not in known.new:
                end = stop.finish  # it stays where it is
                continue
            row = known.visits[stop.visit]
            who, start = was.get(stop.visit, ("", 0))
            if occasion.event == Event.OVERRUN and row.planned:
                start = known.second(row.planned.lower)  # the plan as read runs late by the overrun already
            stands = who == route.technician and abs(stop.start - start) < NOTICED and row.planned is not None
            planned = known.second(row.planned.lower) if stands else stop.start // 60 * 60
            if stands and planned < end:
                stands, planned = False, stop.start // 60 * 60
            if not stands:
                moves.append(_move(known, row, route.technician, who, planned))
            end = planned + (stop.finish - stop.start)
    left = [known.visits[u.visit] for u in found.plan.unserved if u.visit in known.visits]
    dropped = tuple(v for v in left if occasion.event != Event.NO_SHOW or v.planned)  # what stays in the tray was there before
    order = tuple(sorted(moves, key=lambda m: (m.start, m.visit.pk)))
    return Proposal(order, dropped, found.miles, round(found.overtime / 60), Decimal(found.deadlines) / 100, found.how)


def _move(known: Day, row: Visit, to: str, before: str, second: int) -> Move:
    start = known.at(second)
    late = round((start - row.planned.lower).total_seconds() / 60) if row.planned else 0
    return Move(row, known.people[to], start, known.people.get(before), late, new_window(start, window_of(row.window)))
