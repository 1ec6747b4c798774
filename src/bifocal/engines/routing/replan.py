"""Live re-planning: something happened; three ranked proposals, each with who is delayed by how much, miles, overtime, service levels.

The first is there at once by insertion or eviction; the others come from ruin and recreate within a small budget, from that start and
never worse than it. What is under way or driven to is not touched; a promise is moved by its price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from bifocal.engines.routing.crews import place_coupled
from bifocal.engines.routing.frame import Frame, why_not
from bifocal.engines.routing.moves import State, cheapest, fill
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import METRES_PER_MILE, Problem, Visit, Window
from bifocal.engines.routing.remaining import Change, Rest, remaining
from bifocal.engines.routing.report import to_plan, to_state
from bifocal.engines.routing.search import improve
from bifocal.engines.routing.solve import make_room

REACH = 40
NOTICED = 15 * 60
TRIES = 12


@dataclass(frozen=True, slots=True)
class Delay:
    """A customer whose start moves by more than a quarter of an hour past what is planned."""

    visit: str
    planned: int
    start: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to go on. `plan` is of the open part of the day; differences are against the plan as it stood."""

    plan: Plan
    problem: Problem
    how: str
    cents: int
    served: tuple[str, ...]
    delayed: tuple[Delay, ...]
    moved: tuple[tuple[str, str, str], ...]
    dropped: tuple[str, ...]
    miles: float
    overtime: int
    deadlines: int


def replan(
    problem: Problem, plan: Plan, *, now: int, changes: tuple[Change, ...], stop: Callable[[], float], seed: int = 0,
    most_moved: int | None = None,
) -> tuple[Proposal, ...]:  # fmt: skip
    """Up to three proposals, best first; those that move or delay more than `most_moved` customers come last."""
    rest = remaining(problem, plan, now=now, changes=changes, only=within_reach(problem, plan, changes))
    new = {c.visit.id for c in changes if c.visit}
    given = to_state(Frame(rest.problem), rest.plan)
    given.frame.keep(given.out)
    found = _answers(given, new, stop, seed)
    told = [_proposal(rest, given, state, how) for how, state in found]
    told.sort(key=lambda p: (most_moved is not None and len(p.delayed) + len(p.moved) > most_moved, p.cents))
    return tuple(told[:3])


def first_proposal(problem: Problem, plan: Plan, *, now: int, changes: tuple[Change, ...]) -> Proposal:
    """The answer at once: insert, else evict one."""
    rest = remaining(problem, plan, now=now, changes=changes, only=within_reach(problem, plan, changes))
    given = to_state(Frame(rest.problem), rest.plan)
    given.frame.keep(given.out)
    return _proposal(rest, given, _at_once(given), "insert, else evict one")


def within_reach(problem: Problem, plan: Plan, changes: tuple[Change, ...]) -> frozenset[str] | None:
    """The technicians nearest to an emergency who may do it; None (all) where the day is small or something else happened."""
    urgent = [c.visit for c in changes if c.sort == "emergency" and c.visit]
    if len(problem.technicians) <= REACH or len(urgent) != len(changes):
        return None
    where = {p.id: n for n, p in enumerate(problem.places)}
    place = {v.id: where[v.place] for v in problem.visits}
    spots = {t.id: {where[p] for p in (t.start,) if p} for t in problem.technicians}
    for route in plan.routes:
        spots[route.technician] |= {place[s.visit] for s in route.stops}
    near: set[str] = set()
    for visit in urgent:
        to = where[visit.place]
        able = [t for t in problem.technicians if visit.crew > 1 or not why_not(visit, t)]
        able.sort(key=lambda t: min((problem.travel[t.profile].seconds[a][to] for a in spots[t.id]), default=0))
        near |= {t.id for t in able[: max(visit.crew, REACH)]}
    return frozenset(near)


def _answers(given: State, new: set[str], stop: Callable[[], float], seed: int) -> list[tuple[str, State]]:
    quick = _at_once(given)
    gentle = given.apart()
    place_coupled(gentle)
    fill(gentle)
    better = improve(quick, spent=stop, until=1.0, rng=Random(seed), hot=0.1)
    found = [("improved from the first answer", better), ("insert, else evict one", quick), ("nobody else is moved", gentle)]
    found += [(f"with {who}", s) for who, s in _others(given, quick, new)]
    kept: dict[tuple[tuple[int, ...], ...], tuple[str, State]] = {}
    for how, state in found:
        kept.setdefault(tuple(tuple(r.seq) for r in state.runs), (how, state))
    return list(kept.values())


def _at_once(given: State) -> State:
    state = given.apart()
    place_coupled(state)
    fill(state)
    return make_room(state, tries=TRIES)


def _others(given: State, quick: State, new: set[str]) -> list[tuple[str, State]]:
    """The same emergency with somebody else: the two next cheapest."""
    frame = given.frame
    urgent = [frame.number[v] for v in new if frame.number[v] not in quick.out and not frame.coupled[frame.number[v]]]
    if len(urgent) != 1:
        return []
    v, told = urgent[0], []
    for lane in frame.able[v]:
        if v in quick.runs[lane].seq:
            continue
        state = given.copy()
        move = cheapest(state, v, [lane])
        if move and state.apply(v, move):
            told.append((state.cents, lane, state))
    told.sort(key=lambda t: t[:2])
    return [(frame.lanes[lane].technician.id, state) for _c, lane, state in told[:2]]


def _proposal(rest: Rest, given: State, state: State, how: str) -> Proposal:
    before, after = to_plan(given), to_plan(state)
    was, now = rest.plan.starts(), after.starts()
    out = {u.visit for u in after.unserved}
    far = sum(r.metres for r in after.routes) - sum(r.metres for r in before.routes)
    return Proposal(
        after, rest.problem, how, after.costs.total, tuple(sorted(set(now) - set(was))),
        tuple(Delay(v, was[v][1], now[v][1]) for v in was if v in now and now[v][1] > was[v][1] + NOTICED),
        tuple((v, was[v][0], now[v][0]) for v in was if v in now and now[v][0] != was[v][0]),
        tuple(v for v in was if v in out), round(far / METRES_PER_MILE, 1),
        sum(r.overtime for r in after.routes) - sum(r.overtime for r in before.routes), after.costs.deadlines - before.costs.deadlines,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A window for the caller: what it adds in cents, who would come and when."""

    window: Window
    cents: int
    technician: str
    start: int


def offers(problem: Problem, plan: Plan, visit: Visit, windows: tuple[Window, ...], *, count: int = 10) -> tuple[Offer, ...]:
    """The cheapest windows for a new visit with nothing else moved to other people, best first."""
    able = {t.id for t in problem.technicians if not why_not(visit, t)}
    routes = tuple(r for r in plan.routes if r.technician in able)
    theirs = {s.visit for r in routes for s in r.stops}
    asked = replace(
        problem, technicians=tuple(t for t in problem.technicians if t.id in able),
        visits=(*(v for v in problem.visits if v.id in theirs), visit),
        locks=tuple(k for k in problem.locks if k.visit in theirs and k.technician in able),
    )  # fmt: skip
    asked = replace(asked, visits=tuple(replace(v, after=tuple(a for a in v.after if a.visit in theirs)) for v in asked.visits))
    state = to_state(Frame(asked), replace(plan, routes=routes, unserved=()))
    v = len(asked.visits) - 1
    found: list[Offer] = []
    for window in windows:
        state.windows[v] = ((window.start, window.end),)
        for run in state.runs:
            run.memo.pop(v, None)
        move = cheapest(state, v)
        if move:
            trial = state.copy()
            if trial.apply(v, move):
                run = trial.runs[move.lane]
                found.append(Offer(window, move.cents, run.lane.technician.id, run.begin[run.seq.index(v)]))
    return tuple(sorted(found, key=lambda o: (o.cents, o.window.start))[:count])
