"""Live re-planning: something happened; three ranked proposals, each with who is delayed by how much, miles, overtime, service levels.

The first is there at once: inserted, else in another's place. The others come from ejection chains and from ruin and recreate within a
small budget, and are never worse than it. What is under way or driven to is not touched; a promise is moved by its price, and after an
emergency so is a visit that somebody else gets: one may be, for a visit that is saved by it, not two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from bifocal.engines.routing.chains import Links, chained
from bifocal.engines.routing.crews import place_crew, place_dearest
from bifocal.engines.routing.frame import Frame, why_not
from bifocal.engines.routing.moves import State, cheapest
from bifocal.engines.routing.order import MOST_IN_ALL, Orders
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import FOREVER, METRES_PER_MILE, Problem, Visit, Window
from bifocal.engines.routing.reach import within_reach
from bifocal.engines.routing.remaining import Change, Rest, remaining
from bifocal.engines.routing.report import to_plan, to_state
from bifocal.engines.routing.search import improve
from bifocal.engines.routing.solve import make_room
from bifocal.lib.pauses import undisturbed

NOTICED = 15 * 60
TRIES = 12
HANDS = 0.55  # what a visit that somebody else gets costs after an emergency, of the cheapest visit's prize
CHAINS = 0.7  # share of the search's time when chains end
TELL = 0.4  # what telling the others takes, of what reading the day and telling the first took (a quarter was measured)
FORGET = 0.03  # share of the budget in which what the search has kept is let go
AT_ONCE, FEW, MANY = "insert, else in another's place", "few get somebody else", "as many as can be are served"
HOT, CHEAP = 0.3, 30.0  # mean legs; see search.py


@dataclass(frozen=True, slots=True)
class Delay:
    """A customer whose start moves by more than a quarter of an hour past what is planned."""

    visit: str
    planned: int
    start: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to go on. `plan` is of the open part of the day; differences are against the plan as it stood. `cents` are what the plan
    costs and, after an emergency, what each visit costs that somebody else gets."""

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


class _Day:
    """What is left of the day, as it stood and as a state to change."""

    def __init__(self, problem: Problem, plan: Plan, now: int, changes: tuple[Change, ...]) -> None:
        self.rest: Rest = remaining(problem, plan, now=now, changes=changes, only=within_reach(problem, plan, changes))
        self.given = to_state(Frame(self.rest.problem), self.rest.plan)
        self.new = {self.given.frame.number[c.visit.id] for c in changes if c.visit}
        prizes = [v.prize for n, v in enumerate(self.rest.problem.visits) if v.prize and n not in self.new]
        urgent = all(c.sort == "emergency" for c in changes)
        self.hands = round(HANDS * min(prizes, default=0)) if urgent else 0
        self.given.frame.keep(self.given.out)
        self.before, self.lanes = to_plan(self.given), self.given.lane_of()

    def cents(self, state: State) -> int:
        """What a state costs, with those somebody else gets."""
        lanes, frame = state.lane_of(), self.given.frame
        moved = sum(frame.lanes[lanes[v]].technician != frame.lanes[n].technician for v, n in self.lanes.items() if v in lanes)
        return state.cents + self.hands * moved

    def proposal(self, state: State, how: str) -> Proposal:
        """A state as it is told."""
        before, after = self.before, to_plan(state)
        was, now = self.rest.plan.starts(), after.starts()
        out = {u.visit for u in after.unserved}
        moved = tuple((v, was[v][0], now[v][0]) for v in was if v in now and now[v][0] != was[v][0])
        far = sum(r.metres for r in after.routes) - sum(r.metres for r in before.routes)
        return Proposal(
            after, self.rest.problem, how, after.costs.total + self.hands * len(moved), tuple(sorted(set(now) - set(was))),
            tuple(Delay(v, was[v][1], now[v][1]) for v in was if v in now and now[v][1] > was[v][1] + NOTICED),
            moved, tuple(v for v in was if v in out), round(far / METRES_PER_MILE, 1),
            sum(r.overtime for r in after.routes) - sum(r.overtime for r in before.routes), after.costs.deadlines - before.costs.deadlines,
        )  # fmt: skip


@undisturbed()
def replan(
    problem: Problem, plan: Plan, *, now: int, changes: tuple[Change, ...], stop: Callable[[], float], seed: int = 0,
    most_moved: int | None = None,
) -> tuple[Proposal, ...]:  # fmt: skip
    """Up to three proposals, best first; those that move or delay more than `most_moved` customers come last.

    The budget counts from the call on and holds the telling as well; the first proposal is returned even where nothing of it is left.
    """
    clock = _Clock(stop)
    day = _Day(problem, plan, now, changes)
    gentle = _inserted(day)
    quick = _at_once(day, gentle)
    told = {_sequences(quick): day.proposal(quick, AT_ONCE)}
    clock.begin()
    for how, state in _others_too(day, (quick, gentle), clock, seed):
        if (key := _sequences(state)) not in told:
            told[key] = day.proposal(state, how)
    ranked = sorted(told.values(), key=lambda p: (most_moved is not None and len(p.delayed) + len(p.moved) > most_moved, p.cents))
    return tuple(ranked[:3])


class _Clock:
    """The budget of one call. What reading the day and the first proposal took says how slow the machine is now: by that much the
    search ends sooner, so that the others are told in time."""

    def __init__(self, stop: Callable[[], float]) -> None:
        self.spent = stop
        self._called = stop()

    def begin(self) -> None:
        """The search begins."""
        self._begun = self.spent()
        self._end = 1 - FORGET - TELL * (self._begun - self._called)

    def at(self, share: float) -> float:
        """The share of the whole budget that is spent when this share of the search is over."""
        return self._begun + share * max(0.0, self._end - self._begun)

    def over(self, share: float = 1.0) -> bool:
        """True where so much of the search's time is spent."""
        return self.spent() >= self.at(share)


@undisturbed()
def first_proposal(problem: Problem, plan: Plan, *, now: int, changes: tuple[Change, ...]) -> Proposal:
    """The answer at once: insert, else in another's place."""
    day = _Day(problem, plan, now, changes)
    return day.proposal(_at_once(day, _inserted(day)), AT_ONCE)


def _others_too(day: _Day, quick_and_gentle: tuple[State, State], clock: _Clock, seed: int) -> list[tuple[str, State]]:
    """Other ways to go on, as many as there is time for."""
    if clock.over():
        return []
    quick, gentle = quick_and_gentle
    found = [("nobody else is moved", gentle), *((f"with {who}", s) for who, s in _with_somebody_else(day.given, quick, day.new))]
    start = gentle if day.hands else quick
    if day.hands:
        found.append((FEW, _by_chains(start, clock, CHAINS - 0.2, hands=day.hands, orders=MOST_IN_ALL)))
    found.append((MANY, _by_chains(start, clock, CHAINS, hands=0, orders=0)))
    if not clock.over():
        best = min((state for _how, state in [("", quick), *found]), key=day.cents)
        found.append(("improved", improve(best, spent=clock.spent, until=clock.at(1.0), rng=Random(seed), hot=HOT, cheap=CHEAP)))
    return found


def _sequences(state: State) -> tuple[tuple[int, ...], ...]:
    """Who visits whom in which order: the same are one proposal."""
    return tuple(tuple(r.seq) for r in state.runs)


def _inserted(day: _Day) -> State:
    state = day.given.apart()
    place_dearest(state)
    return state


def _at_once(day: _Day, inserted: State) -> State:
    state = inserted
    for v in _dearest(state) if day.hands else ():
        state = chained(Links(state, Orders(0)), v, spent=lambda: 0.0, longest=1, hands=day.hands) or state
    return state if day.hands and not day.new & state.out else make_room(state, tries=TRIES)


def _by_chains(state: State, clock: _Clock, share: float, *, hands: int, orders: int) -> State:
    tried = Orders(orders, over=lambda: clock.over(share))
    for v in _dearest(state):
        state = chained(Links(state, tried), v, spent=clock.spent, until=clock.at(share), hands=hands) or state
    return state


def _dearest(state: State) -> list[int]:
    return sorted(state.out, key=lambda v: (-state.frame.prize[v], v))


def _with_somebody_else(given: State, quick: State, new: set[int]) -> list[tuple[str, State]]:
    """The same emergency with somebody else: the two next cheapest."""
    frame = given.frame
    urgent = [v for v in new if v not in quick.out and not frame.coupled[v]]
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


@dataclass(frozen=True, slots=True)
class Offer:
    """A window for the caller: what it adds in cents, who would come and when, and who along where several must."""

    window: Window
    cents: int
    technician: str
    start: int
    along: tuple[str, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """All who would come."""
        return (self.technician, *self.along)


def offers(problem: Problem, plan: Plan, visit: Visit, windows: tuple[Window, ...], *, count: int = 10) -> tuple[Offer, ...]:
    """The cheapest windows for a new visit with nothing else moved to other people, best first."""
    able = {t.id for t in problem.technicians if not why_not(visit, t, helper=visit.crew > 1)}
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
        made = _together(state, v, window) if visit.crew > 1 else _alone(state, v, window)
        found += [made] if made else []
    return tuple(sorted(found, key=lambda o: (o.cents, o.window.start))[:count])


def _alone(state: State, v: int, window: Window) -> Offer | None:
    move = cheapest(state, v)
    trial = state.copy()
    if move is None or not trial.apply(v, move):
        return None
    run = trial.runs[move.lane]
    return Offer(window, move.cents, run.lane.technician.id, run.begin[run.seq.index(v)])


def _together(state: State, v: int, window: Window) -> Offer | None:
    """The cheapest who can be there at one moment; who may lead leads."""
    trial = state.apart()
    if not place_crew(trial, v, FOREVER):  # what it adds is said; whether it is worth it, the caller decides
        return None
    lanes = [run for run in trial.runs if v in run.seq]
    lanes.sort(key=lambda run: (run.lane.index not in state.frame.able[v], run.lane.index))
    adds = trial.cents + state.frame.prize[v] - state.cents
    lead, *along = (run.lane.technician.id for run in lanes)
    return Offer(window, adds, lead, lanes[0].begin[lanes[0].seq.index(v)], tuple(along))
