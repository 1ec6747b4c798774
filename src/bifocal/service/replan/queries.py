"""Three ways for a day to go on after something happened: who is delayed by how much, miles, overtime, service levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.engines.routing.plan import Plan, Unserved
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
    """A visit with a new person or time. `late` is by how many minutes it starts later; `window` a new promise that must be told.

    `along`: who goes along, where several do; `stand_ins`: who of all of them was not on it, `left`: who is not any more.
    """

    visit: Visit
    person: Person
    start: datetime
    before: Person | None
    late: int
    window: tuple[datetime, datetime] | None
    along: tuple[Person, ...] = ()
    stand_ins: tuple[Person, ...] = ()
    left: tuple[Person, ...] = ()


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
    def new(self) -> list[Move]:
        """What gets a time for the first time: the emergency, or what waited in the tray."""
        return [m for m in self.moves if m.visit.planned is None]

    @property
    def others(self) -> int:
        """How many visits that had a time already are moved."""
        return len(self.moves) - len(self.new)

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
        if not who:
            return []  # calls are nothing of theirs
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
    """The engine's proposal in the rows' own terms, a crew as one; a neighbor that would overlap in the calendar is moved along."""
    was, now = _by_visit(known.plan), _by_visit(found.plan)
    stays, planned = set[str](), dict[str, int]()
    for key, (who, start) in now.items():
        row = known.visits.get(key)
        if key not in known.seats or row is None or not row.planned:
            planned[key] = start // 60 * 60
            continue
        told = known.second(row.planned.lower)
        before = told if occasion.event == Event.OVERRUN else was[key][1]  # the plan as read runs late by the overrun already
        if who == was[key][0] and abs(start - before) < NOTICED:
            stays.add(key)
        planned[key] = told if key in stays else start // 60 * 60
    while (pushed := _pushed(known, found.plan, stays, planned)) is not None:
        stays.discard(pushed)
        planned[pushed] = now[pushed][1] // 60 * 60
    free = [k for k in now if k not in stays and (k in known.seats or k in known.new)]
    moves = [_move(known, k, sorted(now[k][0]), was.get(k, (set(), 0))[0], planned[k]) for k in free]
    left = [known.visits[u.visit] for u in found.plan.unserved if u.visit in known.visits]
    dropped = tuple(v for v in left if occasion.event != Event.NO_SHOW or v.planned)  # what stays in the tray was there before
    order = tuple(sorted(moves, key=lambda m: (m.start, m.visit.pk)))
    return Proposal(order, dropped, found.miles, round(found.overtime / 60), Decimal(found.deadlines) / 100, found.how)


def _by_visit(plan: Plan) -> dict[str, tuple[set[str], int]]:
    """Everybody who goes to each visit, and when it starts."""
    found: dict[str, tuple[set[str], int]] = {}
    for route in plan.routes:
        for stop in (s for s in route.stops if s.kind == "visit"):
            found.setdefault(stop.visit, (set(), stop.start))[0].add(route.technician)
    return found


def _pushed(known: Day, plan: Plan, stays: set[str], planned: dict[str, int]) -> str | None:
    """The first visit that stays where it is although what comes before it on somebody's route now ends later; None: all hold."""
    for route in plan.routes:
        end = 0
        for stop in (s for s in route.stops if s.kind == "visit"):
            if stop.visit in stays and planned[stop.visit] < end:
                return stop.visit
            begin = planned[stop.visit] if stop.visit in known.seats or stop.visit in known.new else stop.start
            end = begin + stop.finish - stop.start
    return None


def _move(known: Day, key: str, names: list[str], before: set[str], second: int) -> Move:
    row, start = known.visits[key], known.at(second)
    lead, along = known.led(key, names)
    late = round((start - row.planned.lower).total_seconds() / 60) if row.planned else 0
    old = next((known.people[n] for n in before if known.seats.get(key) and known.people[n].pk == known.seats[key][0].person), None)
    several = len(names) > 1 or len(before) > 1
    new, gone = (tuple(known.people[n] for n in sorted(some)) if several else () for some in (set(names) - before, before - set(names)))
    window = new_window(start, window_of(row.window))
    return Move(row, known.people[lead], start, old, late, window, tuple(known.people[n] for n in along), new if before else (), gone)
