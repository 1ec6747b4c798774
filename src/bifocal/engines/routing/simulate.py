"""A year of days drawn by chance, dispatched in three ways on the same calls, overruns and sick leave.

`first come`: each call goes behind the last visit of the able technician who can start it first. `planned`: the engine plans the morning
and nothing is moved afterwards; later calls go behind the last visit. `live`: the engine plans the morning and re-plans every quarter
of an hour on what has happened by then. A late call of the first priority is an emergency: within two hours, or never. Work takes as
long as planned or longer (log-normal), never less; a visit starts when its technician gets there, on time when that is by the end of
the hour the customer was first told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import exp
from random import Random

from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.generate import CENTS_PER_WEIGHT, WEIGHTS, day
from bifocal.engines.routing.moves import State, fill
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import Problem, Technician, Visit, Window
from bifocal.engines.routing.remaining import Change, remaining
from bifocal.engines.routing.report import to_plan, to_state
from bifocal.engines.routing.solve import iterations, make_room, plan

EPOCH = 900
HOUR = 3600
PROMISE = 1800
OVERTIME = 3600
SICK = 0.03
LATE_CALLS = 0.2
URGENT = 2 * HOUR
MORNING = 1000  # iterations of the plan of the morning
WAYS = ("first come", "planned", "live")


@dataclass
class Told:
    """What a way of dispatching achieved; hours in seconds."""

    calls: int = 0
    served: int = 0
    weight: int = 0
    on_time: int = 0
    moved: int = 0
    driving: int = 0
    working: int = 0
    overtime: int = 0
    urgent: int = 0
    urgent_served: int = 0

    def add(self, other: Told) -> None:
        """Add another day."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class Day:
    """One day as it will turn out: what is known in the morning, when the others call, how long work really takes."""

    problem: Problem
    calls: dict[str, int]
    takes: dict[str, int]
    urgent: frozenset[str] = frozenset()


@dataclass
class _Log:
    """What happened: real starts, promises as first told, real ends by technician."""

    told: Told = field(default_factory=Told)
    promised: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)
    urgent: frozenset[str] = frozenset()

    def visit(self, v: Visit, who: Technician, start: int, drive: int, takes: int) -> None:
        self.told.served += 1
        self.told.urgent_served += v.id in self.urgent
        self.told.weight += v.prize // CENTS_PER_WEIGHT
        self.told.on_time += start <= self.promised[v.id]
        self.told.driving += drive
        self.told.working += takes
        self.free[who.id] = start + takes

    def promise(self, starts: dict[str, tuple[str, int]]) -> None:
        """Tell customers an hour; who is told again counts as moved."""
        for visit, (_who, start) in starts.items():
            first = visit not in self.promised
            if first:
                self.promised[visit] = start + PROMISE
            if first or start > self.last[visit]:
                self.told.moved += not first
                self.last[visit] = start + PROMISE


def year(days: int, jobs: int, technicians: int, seed: int) -> dict[str, Told]:
    """Each way's result over so many days."""
    total = {way: Told() for way in WAYS}
    for n in range(days):
        drawn = draw(jobs, technicians, seed * 100_003 + n)
        morning = _morning(drawn, n)
        for way in WAYS:
            total[way].add(run(drawn, way, morning))
    return total


def draw(jobs: int, technicians: int, seed: int) -> Day:
    """A day: a fifth of the calls come in the course of it, some technicians are sick, work overruns."""
    rng = Random(f"day/{seed}")
    whole = day(jobs, technicians, seed)
    well = (
        tuple(replace(t, overtime=OVERTIME, overtime_cost=6000) for t in whole.technicians if rng.random() >= SICK) or whole.technicians[:1]
    )
    here = {t.id for t in well}
    calls: dict[str, int] = {}
    visits: list[Visit] = []
    for v in whole.visits:
        opens = v.windows[0].end - HOUR
        calls[v.id] = rng.randint(8 * HOUR, max(8 * HOUR, opens)) if rng.random() < LATE_CALLS and opens > 9 * HOUR else 0
        if calls[v.id] and v.prize == WEIGHTS[0] * CENTS_PER_WEIGHT:
            v = replace(v, windows=(Window(calls[v.id], calls[v.id] + URGENT),))
        visits.append(v)
    urgent = frozenset(v.id for v in visits if calls[v.id] and v.prize == WEIGHTS[0] * CENTS_PER_WEIGHT)
    takes = {v.id: round(v.duration * max(1.0, exp(rng.gauss(0, 0.3)))) for v in visits}
    locks = tuple(k for k in whole.locks if k.technician in here and k.visit not in urgent)
    return Day(replace(whole, technicians=well, visits=tuple(visits), locks=locks), calls, takes, urgent)


def run(drawn: Day, way: str, morning: Plan) -> Told:
    """One day in one way; `morning` is the engine's plan of what is known at its beginning."""
    log = _Log(urgent=drawn.urgent)
    log.told.calls, log.told.urgent = len(drawn.problem.visits), len(drawn.urgent)
    if way == "live":
        _live(drawn, log, morning)
    else:
        _by_hand(drawn, log, morning if way == "planned" else None)
    ends = {t.id: t.shifts[0].end for t in drawn.problem.technicians}
    log.told.overtime += sum(max(0, end - ends[who]) for who, end in log.free.items())
    return log.told


def _morning(drawn: Day, seed: int) -> Plan:
    known = tuple(v for v in drawn.problem.visits if not drawn.calls[v.id])
    names = {v.id for v in known}
    rest = replace(drawn.problem, visits=known, locks=tuple(k for k in drawn.problem.locks if k.visit in names))
    return plan(rest, stop=iterations(MORNING), seed=seed, strict=False)  # who is sick may be the only one with a skill


def _by_hand(drawn: Day, log: _Log, morning: Plan | None) -> None:
    """Lists a technician that are only ever added to; then the day happens."""
    frame = Frame(drawn.problem)
    lists: dict[str, list[int]] = {t.id: [] for t in drawn.problem.technicians}
    state = State(frame)
    if morning:
        log.promise(morning.starts())
        for r in morning.routes:
            lists[r.technician] = [frame.number[s.visit] for s in r.stops]
        state = to_state(frame, morning)
    for v in sorted(range(len(frame.visits)), key=lambda v: (drawn.calls[frame.visits[v].id], v)):
        if v in state.out and (morning is None or drawn.calls[frame.visits[v].id]):
            _behind(state, v, lists, log, drawn.calls[frame.visits[v].id])
    for who in drawn.problem.technicians:
        _drive(frame, who, lists[who.id], drawn, log)


def _behind(state: State, v: int, lists: dict[str, list[int]], log: _Log, now: int) -> None:
    """Behind the last visit of whoever can start it first."""
    options = []
    for n in state.frame.able[v]:
        run_ = state.runs[n].copy()
        if run_.carries(v) and run_.insert(v, len(run_.seq)) and run_.begin[-1] >= now:
            options.append((run_.begin[-1], n, run_))
    if options:
        start, n, run_ = min(options, key=lambda o: o[:2])
        state.runs[n] = run_
        state.out.discard(v)
        lists[run_.lane.technician.id].append(v)
        log.promise({state.frame.visits[v].id: ("", start)})


def _drive(frame: Frame, who: Technician, stops: list[int], drawn: Day, log: _Log) -> None:
    """A list as it happens: lunch when it is time, late where work overran; home when the shift and its overtime are over."""
    now, at, lunch = who.shifts[0].start, frame.where[who.start or ""], bool(who.breaks)
    seconds = drawn.problem.travel[who.profile].seconds
    last = 0
    for v in stops:
        visit = frame.visits[v]
        drive = seconds[at][frame.place[v]]
        if lunch and now + drive >= who.breaks[0].window.start:
            now, lunch = now + who.breaks[0].duration, False
        start = max(now + drive, frame.windows[v][0][0])
        if start + visit.duration + seconds[frame.place[v]][frame.where[who.end or ""]] > who.shifts[0].end + who.overtime:
            continue
        log.visit(visit, who, start, drive, drawn.takes[visit.id])
        now, at = start + drawn.takes[visit.id], frame.place[v]
        last = seconds[at][frame.where[who.end or ""]]
    log.told.driving += last
    log.free[who.id] = now + last if stops else 0


def _live(drawn: Day, log: _Log, morning: Plan) -> None:
    """Every quarter of an hour: what began is done, what overran is known, new calls are in; the rest is planned again."""
    known = tuple(v for v in drawn.problem.visits if not drawn.calls[v.id])
    problem, now_plan = replace(drawn.problem, visits=known), morning
    problem = replace(problem, locks=tuple(k for k in problem.locks if k.visit in {v.id for v in known}))
    log.promise(now_plan.starts())
    people = {t.id: t for t in drawn.problem.technicians}
    for now in range(8 * HOUR, 18 * HOUR, EPOCH):
        new = tuple(v for v in drawn.problem.visits if drawn.calls[v.id] > 0 and now - EPOCH < drawn.calls[v.id] <= now)
        tried = tuple(v for v in problem.visits if v.id in {u.visit for u in now_plan.unserved})
        rest = remaining(problem, now_plan, now=now, changes=tuple(Change("emergency", visit=v) for v in (*new, *tried)))
        for (who, _shift), stops in rest.frozen.items():
            for s in stops:
                visit = next(v for v in problem.visits if v.id == s.visit)
                log.visit(visit, people[who], max(s.start, log.free.get(who, 0) + s.travel), s.travel, drawn.takes[s.visit])
        whole = replace(rest.problem, places=drawn.problem.places, travel=drawn.problem.travel)
        problem = replace(whole, technicians=tuple(_as_known(t, log, now) for t in rest.problem.technicians))
        state = to_state(Frame(problem), rest.plan)
        fill(state)
        now_plan = to_plan(make_room(state))
        log.promise(now_plan.starts())


def _as_known(t: Technician, log: _Log, now: int) -> Technician:
    """Who is still at work past the plan is thought to need until the next look."""
    until = log.free.get(t.id, 0)
    guess = until if until <= now else min(until, now + EPOCH)
    shift = t.shifts[0]
    return replace(t, shifts=(replace(shift, start=min(max(shift.start, guess), shift.end)),))
