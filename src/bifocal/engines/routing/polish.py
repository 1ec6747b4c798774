"""PyVRP behind our own search: the state becomes its model, its answer is timed again by us and kept only where it is better.

Four rules, each from a failure that was measured: a skill or lock costs more than any prize, always (its penalty never
adapts); short-run parameters; locked stops start in place and are required; our own clockwork decides. Skills, parts, most jobs and
locks are load dimensions; a lane's own stops carry a code, a half of k extra dimensions, that fits this lane alone. Breaks stand where
the current routes take them and move between slices.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb, inf
from typing import Any

import numpy as np
import pyvrp
from pyvrp.IteratedLocalSearch import IteratedLocalSearch, IteratedLocalSearchParams
from pyvrp.PenaltyManager import PenaltyManager, PenaltyParams
from pyvrp.search import OPERATORS, LocalSearch, NeighbourhoodParams, PerturbationManager, PerturbationParams, compute_neighbours
from pyvrp.stop import StoppingCriterion

from bifocal.engines.routing.frame import Grid, Lane
from bifocal.engines.routing.moves import State, fill, movable
from bifocal.engines.routing.report import take
from bifocal.engines.routing.route import Run

Spent = Callable[[], float]
SLICES = (0.4, 0.65, 0.85, 1.0)
ROOM = 1_000_000


class _Penalties(PenaltyManager):
    """Lateness adapts; loads (skills, locks, parts) keep their price from the first iteration to the last."""

    def __init__(self, loads: int, price: float, params: PenaltyParams) -> None:
        super().__init__(([1.0] * loads, params.min_penalty * 20, 1.0), params)
        self._penalties[:loads] = price
        self._late = loads
        self._in_time: list[bool] = []

    def register(self, sol: Any) -> None:
        """Note whether a solution is in time; nothing else adapts."""
        self._in_time.append(sol.time_warp() == 0)
        if len(self._in_time) == self._params.solutions_between_updates:
            share = sum(self._in_time) / len(self._in_time)
            self._penalties[self._late] = self._compute(self._penalties[self._late], share)
            self._in_time.clear()

    def max_cost_evaluator(self) -> Any:
        """The evaluator with lateness at its dearest."""
        *loads, _late, far = self._penalties
        return pyvrp.CostEvaluator(loads, self._params.max_penalty, far)


def polish(state: State, *, spent: Spent, seed: int, begin: float, end: float) -> State:
    """The state or a better one, by PyVRP in slices of the budget between two shares."""
    if sum(_moves(state, s) for r in state.runs for s in r.seq) < 2:
        return state
    for n, share in enumerate(SLICES):
        until = begin + (end - begin) * share
        found = _slice(state, spent, until, seed + n)
        if found.cents < state.cents:
            state = found
    return state


def _moves(state: State, stop: int) -> bool:
    """True for a stop that PyVRP may move to another place."""
    return movable(state, stop) and not state.frame.visits[stop].collect


def _slice(state: State, spent: Spent, until: float, seed: int) -> State:
    model = _Model(state)
    routes = model.solve(lambda best_cost: spent() >= until, seed)
    other = state.copy()
    other.remove(v for r in state.runs for v in r.seq if v < len(state.frame.visits) and model.lane_now.get(v) is None)
    for lane in routes:
        run = Run(state.frame, state.frame.lanes[lane], other.windows)
        other.out |= {s for s in other.runs[lane].seq if s < len(state.frame.visits)}
        other.runs[lane] = run
    for lane, seq in routes.items():
        take(other, lane, seq)
    for v in state.pinned:
        if sum(v in r.seq for r in other.runs) != state.frame.visits[v].crew:
            return state
    fill(other)
    return other


class _Model:
    """One state as PyVRP sees it. `names` says what each client is: a stop of ours, or None for a break."""

    def __init__(self, state: State) -> None:
        self.state, self.frame = state, state.frame
        self.lane_now = state.lane_of()
        self.prices = _prices(state)
        self.skills = sorted({(s, level) for v in self.frame.visits for s, level in v.skills.items()})
        self.codes = _codes(len(self.frame.lanes))
        self.limited = any(lane.jobs < inf for lane in self.frame.lanes)
        self.names: list[int | None] = []
        self.clients: list[Any] = []
        self.groups: list[Any] = []
        self.routes: dict[int, list[int]] = {}
        self._lanes()
        self._loose()

    def dims(self) -> int:
        """How many load dimensions there are."""
        rooms = len(self.frame.room[0]) if self.codes else 0
        return len(self.skills) + len(self.frame.parts) + (len(self.codes[0]) if self.codes else 0) + self.limited + rooms

    def _load(self, stop: int | None, lane: int | None) -> list[int]:
        """What a client loads: skills and parts of a free stop, the code of a held one."""
        known = stop is not None and stop < len(self.frame.visits)
        skills, parts = [0] * len(self.skills), [0] * len(self.frame.parts)
        if known and stop is not None:
            visit = self.frame.visits[stop]
            if lane is None:
                skills = [int(visit.skills.get(s, -1) == level) for s, level in self.skills]
            if lane is None or not self.state.runs[lane].fetches(stop):
                for p, q in self.frame.needs[stop]:
                    parts[p] += q
        code = list(self.codes[lane]) if lane is not None else [0] * len(self.codes[0])
        return skills + parts + code + ([int(known)] if self.limited else [])

    def _aboard(self, stop: int | None, lane: int | None) -> tuple[list[int], list[int]]:
        """Amounts a free stop takes off the truck and puts on it. What is held in its lane is judged by our own clockwork."""
        rooms = len(self.frame.room[0])
        if stop is None or lane is not None or stop >= len(self.frame.visits):
            return [0] * rooms, [0] * rooms
        off = list(self.frame.before[stop])
        return off, [c + d for c, d in zip(self.frame.change[stop], off, strict=True)]

    def _lanes(self) -> None:
        """Held stops and breaks of each lane, and its route as it stands."""
        for run in self.state.runs:
            n, route = run.lane.index, []
            at = run.lane.first
            for i, stop in enumerate([*run.seq, -1]):
                to = self.frame.place[stop] if stop >= 0 else run.lane.last
                route += [self._rest(run, rest, i, at, to) for rest in run.gaps[i]]
                if stop >= 0:
                    held = stop >= len(self.frame.visits) or not movable(self.state, stop) or run.fetches(stop)
                    held = held or bool(self.frame.visits[stop].collect)
                    route.append(self._held(run, stop, i) if held else self._free(stop))
                    at = to
            self.routes[n] = route

    def _rest(self, run: Run, rest: int, i: int, at: int, to: int) -> int:
        """A break, where the route takes it: at the next stop if one is there in time, else before leaving."""
        earliest, latest, long, _name = run.lane.rests[rest]
        leave = run.finish[i - 1] if i else run.lane.open
        spot = to if leave + run.lane.seconds[at][to] <= latest and i < len(run.seq) else at
        return self._client(None, spot, long, (earliest, latest), n=run.lane.index, required=True)

    def _held(self, run: Run, stop: int, i: int) -> int:
        """A stop that stays in its lane, at its instant."""
        span = (run.begin[i], run.begin[i])
        return self._client(stop, self.frame.place[stop], self.frame.takes(stop, run.lane.index), span, n=run.lane.index, required=True)

    def _free(self, stop: int) -> int:
        """A stop that may go anywhere it fits. Promises and deadlines are kept as well as they are now."""
        windows = self.state.windows[stop]
        visit, now = self.frame.visits[stop], self.lane_now.get(stop)
        long = max((self.frame.takes(stop, lane) for lane in self.frame.able[stop]), default=visit.duration)
        limit = _limit(self.state, stop, now)
        spans = [(s, min(e, limit)) for s, e in windows if s <= limit]
        group = None
        if len(spans) > 1:
            group = len(self.groups)
            self.groups.append(pyvrp.ClientGroup([], required=False))
        begin = None if now is None else self.state.runs[now].begin[self.state.runs[now].seq.index(stop)]
        only = self._only(stop, now)
        chosen = -1
        for span in spans:
            n = self._client(stop, self.frame.place[stop], long, span, n=only, required=False, group=group)
            if chosen < 0 or (begin is not None and span[0] <= begin <= span[1]):
                chosen = n
        return chosen

    def _only(self, stop: int, now: int | None) -> int | None:
        """The one lane a locked stop may be in (where it is, of several shifts); None for all else."""
        if self.frame.visits[stop].id not in self.frame.held:
            return None
        return self.frame.able[stop][0] if now is None else now

    def _client(
        self, stop: int | None, place: int, long: int, span: tuple[int, int], *, n: int | None, required: bool, group: int | None = None
    ) -> int:
        prize = 0 if stop is None or stop >= len(self.frame.visits) else self.prices[stop]
        load, (off, on) = self._load(stop, n), self._aboard(stop, n)
        self.clients.append(pyvrp.Client(
            place, delivery=load + off, pickup=[0] * len(load) + on, service_duration=long, tw_early=span[0], tw_late=span[1],
            prize=prize, required=required, group=group,
        ))  # fmt: skip
        self.names.append(stop)
        if group is not None:
            self.groups[group].add_client(len(self.clients) - 1)
        return len(self.clients) - 1

    def _loose(self) -> None:
        """What is out and could be in."""
        for v in sorted(self.state.out):
            visit = self.frame.visits[v]
            apart = self.frame.coupled[v] or visit.collect
            if self.frame.able[v] and self.state.windows[v] and not apart:
                self._free(v)

    def _vehicle(self, lane: Lane, profile: int) -> Any:
        skills = [ROOM if lane.technician.skills.get(s, -1) >= level and not lane.technician.apprentice else 0 for s, level in self.skills]
        code = [ROOM if c else 0 for c in self.codes[lane.index]]
        jobs = [int(min(lane.jobs, ROOM))] if self.limited else []
        return pyvrp.VehicleType(
            1, skills + list(lane.stock) + code + jobs + self.frame.room[lane.index], start_depot=2 * lane.index,
            end_depot=2 * lane.index + 1, tw_early=lane.open, tw_late=lane.close, shift_duration=lane.end - lane.open,
            max_overtime=lane.close - lane.end,
            unit_overtime_cost=round(lane.technician.overtime_cost / 3600), profile=profile,
            fixed_cost=lane.technician.call_out,
        )  # fmt: skip

    def data(self) -> Any:
        """The whole as PyVRP's problem."""
        pairs: dict[tuple[int, int], int] = {}
        vehicles: list[Any] = []
        depots: list[Any] = []
        cents: list[Any] = []
        seconds: list[Any] = []
        for lane in self.frame.lanes:
            key = (id(lane.seconds), id(lane.cents))
            if key not in pairs:
                pairs[key] = len(pairs)
                cents.append(_hollow(lane.cents))
                seconds.append(_hollow(lane.seconds))
            depots += [pyvrp.Depot(lane.first), pyvrp.Depot(lane.last)]
            vehicles.append(self._vehicle(lane, pairs[key]))
        locations = [pyvrp.Location(0, 0) for _ in range(self.frame.nowhere + 1)]
        return pyvrp.ProblemData(locations, self.clients, depots, vehicles, cents, seconds, self.groups)

    def solve(self, stop: StoppingCriterion, seed: int) -> dict[int, list[int]]:
        """Sequences of our stops by lane, as PyVRP would have them."""
        data = self.data()
        start = pyvrp.Solution(data, [pyvrp.Route(data, visits, n) for n, visits in self.routes.items() if visits])
        price = float(3 * max([*self.prices, 1]))
        best = run_pyvrp(data, start, stop, seed, _Penalties(data.num_load_dimensions, price, SHORT))
        sequences: dict[int, list[int]] = {lane.index: [] for lane in self.frame.lanes}
        for route in best.routes():
            stops = [self.names[a.idx] for a in route if a.is_client()]
            sequences[route.vehicle_type()] = [s for s in stops if s is not None]
        return sequences


SHORT = PenaltyParams(solutions_between_updates=50, min_penalty=1, max_penalty=1000)


def run_pyvrp(data: Any, start: Any, stop: StoppingCriterion, seed: int, penalties: PenaltyManager) -> Any:
    """Iterated local search from a start with parameters for short runs; the best found."""
    rng = pyvrp.RandomNumberGenerator(seed=seed % 2**32)
    search = LocalSearch(data, rng, compute_neighbours(data, NeighbourhoodParams()), PerturbationManager(PerturbationParams(1, 15)))
    for operator in OPERATORS:
        if operator.supports(data):
            search.add_operator(operator(data))
    params = IteratedLocalSearchParams(history_length=50)
    return IteratedLocalSearch(data, penalties, search, start, params).run(stop, collect_stats=False).best


def _hollow(grid: Grid) -> Any:
    """A matrix with nothing on its diagonal, as PyVRP wants it; what stays at its place is timed by our own clockwork."""
    copied = np.array(grid)
    np.fill_diagonal(copied, 0)
    return copied


def _codes(lanes: int) -> list[tuple[int, ...]]:
    """A code for each lane, none inside another: all halves of the smallest set that has enough of them."""
    k = next(k for k in range(1, 64) if comb(k, k // 2) >= max(1, lanes) and (k > 1 or lanes <= 1))
    halves = list(combinations(range(k), max(1, k // 2)))[: max(1, lanes)]
    return [tuple(int(d in half) for d in range(k)) for half in halves]


def _prices(state: State) -> list[int]:
    """Prizes for the search: in the same proportion, but not so large that a move through a drop looks hopeless."""
    prizes = state.frame.prize
    least = min((p for p in prizes if p > 0), default=1)
    scale = min(1.0, 8000 / least)
    return [round(p * scale) for p in prizes]


def _limit(state: State, stop: int, now: int | None) -> int:
    """The latest start that makes no promise and no deadline worse than it is."""
    visit = state.frame.visits[stop]
    soft = [
        w for w in (visit.deadline.by if visit.deadline else None, visit.promise.window.end if visit.promise else None) if w is not None
    ]
    if not soft or now is None:
        return 1 << 40
    return max(min(soft), state.runs[now].begin[state.runs[now].seq.index(stop)])
