"""A problem made ready for searching: names become numbers, every rule that concerns one visit and one shift is looked up once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

import numpy as np

from bifocal.engines.routing.problem import (
    FOREVER,
    METRES_PER_MILE,
    Break,
    Collect,
    Depot,
    Effort,
    Problem,
    Technician,
    Travel,
    Visit,
    Window,
    effort,
)

Grid = list[list[int]]
Span = tuple[int, int]
Rest = tuple[int, int, int, str]  # earliest start, latest start, duration, name


@dataclass(frozen=True, slots=True)
class Lane:
    """One technician's shift: the thing that holds a route."""

    index: int
    technician: Technician
    shift: int
    open: int
    end: int
    close: int
    first: int
    last: int
    seconds: Grid
    cents: Grid
    metres: Grid
    rests: tuple[Rest, ...]
    stock: tuple[int, ...]
    jobs: float
    travel: float
    reach: float
    slots: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)  # breaks that may begin in one of several spans

    def far(self, place: list[int], seq: list[int]) -> int:
        """Metres of a sequence of stops, from where the day begins to where it ends."""
        legs = [self.first, *(place[s] for s in seq), self.last] if seq else []
        return sum(self.metres[a][b] for a, b in pairwise(legs))


@dataclass(frozen=True, slots=True)
class Errand:
    """A stop before a visit: fetch its parts at a depot, or collect what it brings."""

    visit: int
    depot: str


class Frame:
    """The numbers of a problem. Stops are visits first, then errands; `nowhere` is a place that costs nothing to reach."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.where = {p.id: n for n, p in enumerate(problem.places)}
        self.nowhere = len(problem.places)
        self.visits = problem.visits
        self.number = {v.id: n for n, v in enumerate(problem.visits)}
        self.parts = sorted({p for v in problem.visits for p in v.parts} | {p for t in problem.technicians for p in t.stock})
        self.lanes = self._lanes()
        self.errands: list[Errand] = []
        self._stops()
        self._who()
        self._aboard()
        self.soft = [v.deadline is not None or v.promise is not None for v in self.visits] + [False] * len(self.errands)
        self.any_priced = any(self.soft) or any(self.misfit)
        self.coupled = [v.crew > 1 or bool(v.after) for v in self.visits] + [False] * len(self.errands)
        for v in self.visits:
            for a in v.after:
                self.coupled[self.number[a.visit]] = True
        self.plain = [v.collect is None and not v.parts for v in self.visits]
        self.whole = (
            self.laden or self.set_up or any(t.cost_per_work_hour for t in problem.technicians)
        )  # a place must be tried to be known
        self.prize = [v.prize for v in self.visits]
        work = sum(v.duration * v.crew for v in self.visits)
        self.fair_share = work // max(1, len({lane.technician.id for lane in self.lanes}))

    def _lanes(self) -> list[Lane]:
        grids: dict[str, tuple[Grid, Grid]] = {n: _padded(t) for n, t in self.problem.travel.items()}
        prices: dict[tuple[str, float, float], Grid] = {}
        lanes: list[Lane] = []
        for t in self.problem.technicians:
            seconds, metres = grids[t.profile]
            key = (t.profile, t.cost_per_hour, t.cost_per_mile)
            if key not in prices:
                prices[key] = leg_costs(t, seconds, metres)
            for n, shift in enumerate(t.shifts):
                lanes.append(self._lane(len(lanes), t, n, shift, seconds, prices[key], metres))
        return lanes

    def _lane(self, index: int, t: Technician, n: int, shift: Window, seconds: Grid, cents: Grid, metres: Grid) -> Lane:
        first = self.nowhere if t.start is None else self.where[t.start]
        last = self.nowhere if t.end is None else self.where[t.end]
        return Lane(
            index, t, n, shift.start, shift.end, close_of(t, shift), first, last, seconds, cents, metres,
            rests_of(t, shift), tuple(t.stock.get(p, 0) for p in self.parts),
            inf if t.max_jobs is None else t.max_jobs, inf if t.max_travel is None else t.max_travel,
            inf if t.max_metres is None else t.max_metres, slots_of(t, shift),
        )  # fmt: skip

    def _stops(self) -> None:
        """Place, windows, duration and needs of each stop; errands are made where a truck may lack a part."""
        self.place = [self.where[v.place] for v in self.visits]
        self.windows: list[tuple[Span, ...]] = [_spans(v, self.problem) for v in self.visits]
        self.duration = [v.duration + v.setup for v in self.visits]
        self.needs = [tuple((self.parts.index(p), q) for p, q in v.parts.items()) for v in self.visits]
        self.errands_of: list[list[int]] = [[] for _ in self.visits]
        for n, v in enumerate(self.visits):
            if v.collect:
                self._errand(n, "", v.collect.place, v.collect.duration + v.collect.setup, v.collect.windows)
            elif v.parts and v.crew == 1:
                for depot in self._depots_for(v):
                    self._errand(n, depot.id, depot.place, depot.handling, depot.windows)

    def _depots_for(self, visit: Visit) -> list[Depot]:
        return [d for d in self.problem.depots if set(visit.parts) <= d.parts]

    def _errand(self, visit: int, depot: str, place: str, duration: int, windows: tuple[Window, ...]) -> None:
        self.errands_of[visit].append(len(self.place))
        self.errands.append(Errand(visit, depot))
        self.place.append(self.where[place])
        self.windows.append(tuple((w.start, w.end) for w in windows) or ((0, FOREVER),))
        self.duration.append(duration)
        self.needs.append(())

    def _who(self) -> None:
        """Which shifts may take each visit, what it costs to send somebody not preferred, and how long each needs."""
        locked: dict[str, set[str]] = {}
        for lock in self.problem.locks:
            locked.setdefault(lock.visit, set()).add(lock.technician)
        self.able: list[list[int]] = []
        self.misfit: list[dict[int, int]] = []
        self.held = locked
        self._efforts()
        alike: dict[Hashable, list[int]] = {}  # most visits ask the same as another
        for v in self.visits:
            asks = (frozenset(v.skills.items()), v.required, v.banned, v.crew == 1, frozenset(locked.get(v.id, ())))
            if asks not in alike:
                alike[asks] = [lane.index for lane in self.lanes if self._may(v, lane, locked.get(v.id, set()))]
            self.able.append(may := alike[asks])
            sent = may if v.crew == 1 else range(len(self.lanes))  # who only goes along is not preferred either
            self.misfit.append({i: v.not_preferred_cost for i in sent if v.preferred and self.lanes[i].technician.id not in v.preferred})

    def _efforts(self) -> None:
        """Seconds of each stop by lane, setting up included, and how much of it is setting up. Helpers of a crew have a pace as well."""
        works: list[Visit | Collect | None] = [*self.visits]
        works += [self.visits[e.visit].collect if not e.depot else None for e in self.errands]
        special = {name for w in works if w for name in w.instead}
        usual = [w.setup if w else 0 for w in works]
        self.long = [self.duration for _ in self.lanes]
        self.setups = [usual for _ in self.lanes]
        for n, lane in enumerate(self.lanes):
            if lane.technician.pace or lane.technician.id in special:
                needs = [effort(lane.technician, w) if w else Effort(self.duration[s]) for s, w in enumerate(works)]
                self.long[n], self.setups[n] = [e.duration + e.setup for e in needs], [e.setup for e in needs]
        self.set_up = any(any(row) for row in self.setups)

    def _aboard(self) -> None:
        """What each stop puts on the truck and takes off, and what must be aboard at the beginning for it."""
        names = sorted({a for t in self.problem.technicians for a in t.room})
        self.room = [[lane.technician.room.get(a, FOREVER) for a in names] for lane in self.lanes]
        self.before = [tuple(v.drops.get(a, 0) for a in names) for v in self.visits]
        loads = [v.collect.loads if v.collect else {} for v in self.visits]
        self.change = [tuple(v.takes.get(a, 0) - v.drops.get(a, 0) - loads[n].get(a, 0) for a in names) for n, v in enumerate(self.visits)]
        self.change += [tuple(0 if e.depot else loads[e.visit].get(a, 0) for a in names) for e in self.errands]
        self.laden = any(any(c) for c in (*self.before, *self.change))

    def overloaded(self, lane: int, seq: list[int]) -> bool:
        """True where more is aboard than there is room for, somewhere along a sequence. An errand alone does not count yet."""
        known, here = len(self.visits), set(seq)
        stops = [s for s in seq if s < known or self.errands[s - known].visit in here]
        for n, most in enumerate(self.room[lane]):
            load = sum(self.before[s][n] for s in stops if s < known)
            if load > most:
                return True
            for s in stops:
                load += self.change[s][n]
                if load > most:
                    return True
        return False

    def _may(self, v: Visit, lane: Lane, locked: set[str]) -> bool:
        t = lane.technician
        if v.crew == 1 and locked and t.id not in locked:
            return False
        return not why_not(v, t)

    def keep(self, out: set[int]) -> None:
        """What is locked and in the plan (not `out`) is worth more than all else together from here on: it stays."""
        whole = sum(v.prize for v in self.visits)
        for n, v in enumerate(self.visits):
            if v.id in self.held and n not in out:
                self.prize[n] += whole

    def takes(self, stop: int, lane: int) -> int:
        """Seconds a stop needs in this lane."""
        return self.long[lane][stop]

    def late(self, visit: int, start: int) -> int:
        """Cents for starting past the deadline."""
        limit = self.visits[visit].deadline
        return (start - limit.by) * limit.per_hour // 3600 if limit and start > limit.by else 0

    def moved(self, visit: int, start: int) -> int:
        """Cents for starting past the window the customer was promised."""
        told = self.visits[visit].promise
        return told.fee + (start - told.window.end) * told.per_hour // 3600 if told and start > told.window.end else 0


def leg_costs(technician: Technician, seconds: Grid, metres: Grid) -> Grid:
    """Cents of each leg: its time and its distance at the technician's rates, rounded to the cent."""
    priced = technician.cost_per_hour * np.array(seconds) / 3600 + technician.cost_per_mile * np.array(metres) / METRES_PER_MILE
    cents: Grid = np.rint(priced).astype(np.int64).tolist()
    return cents


def why_not(visit: Visit, technician: Technician, *, helper: bool = False) -> str:
    """Why this technician may never do the visit, in words; empty where they may. A helper of a crew needs no skill."""
    if technician.id in visit.banned:
        return f"the customer does not want {technician.id}"
    if helper:
        return ""
    if technician.apprentice:
        return f"{technician.id} may not work alone"
    if visit.required and technician.id not in visit.required:
        return "somebody else is asked for"
    for skill, level in visit.skills.items():
        if technician.skills.get(skill, -1) < level:
            return f"{technician.id} does not have {skill}, level {level}" if level > 1 else f"{technician.id} does not have {skill}"
    return ""


def close_of(technician: Technician, shift: Window) -> int:
    """The latest a shift may end: overtime does not run into the next shift."""
    return min([shift.end + technician.overtime, *(s.start for s in technician.shifts if s.start >= shift.end and s is not shift)])


def rests_of(technician: Technician, shift: Window) -> tuple[Rest, ...]:
    """Breaks and busy hours of one shift in order. A break that has no room beside busy hours lapses."""
    close = close_of(technician, shift)
    busy = _busy(technician, shift, close)
    rests: list[Rest] = [(w.start, w.start, w.end - w.start, "busy") for w in busy]
    for b in technician.breaks:
        if spans := _begins(b, busy, shift.start, close):
            rests.append((spans[0][0], spans[-1][1], b.duration, b.id))
    return tuple(sorted(rests))


def slots_of(technician: Technician, shift: Window) -> dict[str, tuple[Span, ...]]:
    """Breaks of one shift that may begin in one of several spans, by name."""
    if not any(b.also for b in technician.breaks):
        return {}
    close = close_of(technician, shift)
    found = {b.id: _begins(b, _busy(technician, shift, close), shift.start, close) for b in technician.breaks}
    return {name: spans for name, spans in found.items() if len(spans) > 1}


def _busy(technician: Technician, shift: Window, close: int) -> list[Window]:
    busy: list[Window] = []
    for w in sorted(technician.busy, key=lambda w: (w.start, w.end)):
        start, end = max(w.start, shift.start), min(w.end, close)
        if start >= end:
            continue
        if busy and start <= busy[-1].end:
            busy[-1] = Window(busy[-1].start, max(end, busy[-1].end))
        else:
            busy.append(Window(start, end))
    return busy


def _begins(b: Break, busy: list[Window], open_: int, close: int) -> tuple[Span, ...]:
    """When a break may begin within a shift and beside busy hours."""
    spans: list[Span] = []
    for window in b.windows():
        if window.end < open_ or window.start + b.duration > close:
            continue
        start, end = max(window.start, open_), min(window.end, close - b.duration)
        for w in busy:
            if start < w.end and end + b.duration > w.start:
                start, end = (start, w.start - b.duration) if start + b.duration <= w.start else (w.end, end)
        if start <= end:
            spans.append((start, end))
    return tuple(spans)


def _padded(travel: Travel) -> tuple[Grid, Grid]:
    """Seconds (the slowest of all times of day: what holds for it holds always) and metres, with a place `nowhere` at the end."""
    n = len(travel.seconds)
    seconds = [list(row) for row in travel.seconds]
    for _at, grid in travel.bands:
        seconds = [[max(x, y) for x, y in zip(a, b, strict=True)] for a, b in zip(seconds, grid, strict=True)]
    metres = [list(row) for row in travel.metres] or [[0] * n for _ in range(n)]
    for padded in (seconds, metres):
        for line in padded:
            line.append(0)
        padded.append([0] * (n + 1))
    return seconds, metres


def _spans(visit: Visit, problem: Problem) -> tuple[Span, ...]:
    """Spans a visit may start in: its windows, its locks' windows, and never before what the customer was promised."""
    spans = sorted((w.start, w.end) for w in visit.windows) or [(0, FOREVER)]
    for lock in problem.locks:
        if lock.visit == visit.id and lock.window:
            spans = _cut(spans, lock.window.start, lock.window.end)
    if visit.promise:
        spans = _cut(spans, visit.promise.window.start, FOREVER)
    return tuple(spans)


def _cut(spans: list[Span], start: int, end: int) -> list[Span]:
    return [(max(s, start), min(e, end)) for s, e in spans if s <= end and start <= e]
