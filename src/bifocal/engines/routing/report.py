"""From the search's state to a plan and back: exact times (with the traffic of the hour), places of breaks, costs."""

from __future__ import annotations

from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.moves import State
from bifocal.engines.routing.plan import Costs, Pause, Plan, Route, Stop, Unserved
from bifocal.engines.routing.problem import METRES_PER_MILE, Technician, Travel
from bifocal.engines.routing.route import Run
from bifocal.engines.routing.seats import NEVER, first_start, moment


def to_plan(state: State) -> Plan:
    """The plan of a state; reasons of what is unserved are `explain`'s."""
    frame = state.frame
    routes = tuple(_route(frame, run) for run in state.runs if run.seq)
    return Plan(routes, tuple(Unserved(frame.visits[v].id) for v in sorted(state.out)), costs_of(frame, routes, state))


def costs_of(frame: Frame, routes: tuple[Route, ...], state: State) -> Costs:
    """Cents by component."""
    late = moved = preferences = fairness = travel = overtime = worked = 0
    used = [r for r in state.runs if r.seq]
    met: set[int] = set()
    for run, route in zip(used, routes, strict=True):
        t = run.lane.technician
        overtime += route.overtime * t.overtime_cost // 3600
        worked += run.work_cents()
        travel += sum(_cents(t, seconds, metres) for seconds, metres in legs_of(route))
        for stop in route.stops:
            if stop.kind != "visit":
                continue
            v = frame.number[stop.visit]
            if v not in met:  # a crew is late once
                late += frame.late(v, stop.start)
                moved += frame.moved(v, stop.start)
                met.add(v)
            preferences += frame.misfit[v].get(run.lane.index, 0)
        work = sum(s.finish - s.start for s in route.stops if s.kind == "visit")
        fairness += max(0, work - frame.fair_share) * frame.problem.fairness // 3600
    call_outs = sum(r.lane.technician.call_out for r in used)
    return Costs(travel, overtime, late, moved, preferences, fairness, call_outs, sum(frame.prize[v] for v in state.out), worked)


def legs_of(route: Route) -> list[tuple[int, int]]:
    """Seconds and metres of each leg as it is driven at its hour, the way home included."""
    home = (route.travel - sum(s.travel for s in route.stops), route.metres - sum(s.metres for s in route.stops))
    return [*((s.travel, s.metres) for s in route.stops), home]


def _cents(technician: Technician, seconds: int, metres: int) -> int:
    return round(technician.cost_per_hour * seconds / 3600 + technician.cost_per_mile * metres / METRES_PER_MILE)


def _drive(travel: Travel, grid: list[list[int]], at: int, to: int, leave: int) -> int:
    """Seconds of driving when leaving then: the slowest time known, or that of the hour."""
    n = len(travel.seconds)
    if not travel.bands or at == n or to == n:
        return grid[at][to]
    now = travel.seconds
    for begin, other in travel.bands:
        if leave % 86_400 >= begin:
            now = other
    return now[at][to]


def _route(frame: Frame, run: Run) -> Route:
    lane = run.lane
    travel = frame.problem.travel[lane.technician.profile]
    stops: list[Stop] = []
    pauses: list[Pause] = []
    at, leave = lane.first, lane.open
    if not run.gaps[0]:
        leave = _leave(run, travel)
    out, driven, metres = leave, 0, 0
    for i, stop in enumerate([*run.seq, -1]):
        to = lane.last if stop < 0 else frame.place[stop]
        drive = _drive(travel, lane.seconds, at, to, leave)
        arrive, free = _gap(run, run.gaps[i], leave, drive, pauses)
        driven, metres = driven + drive, metres + lane.metres[at][to]
        if stop >= 0:
            start = first_start(run.windows[stop], free)
            finish = start + run.finish[i] - run.begin[i]
            stops.append(_stop(frame, stop, (arrive, start, finish, drive, lane.metres[at][to])))
            at, leave = to, stops[-1].finish
    return Route(lane.technician.id, lane.shift, out, free, tuple(stops), tuple(pauses), driven, metres, max(0, free - lane.end))


def _leave(run: Run, travel: Travel) -> int:
    """As late as the first stop can still begin as soon as it could: nobody waits there, or drives in the rush for nothing."""
    lane, at, to = run.lane, run.lane.first, run.frame.place[run.seq[0]]
    soonest = first_start(run.windows[run.seq[0]], lane.open + _drive(travel, lane.seconds, at, to, lane.open))
    for by in sorted({soonest - _drive(travel, lane.seconds, at, to, begin) for begin, _grid in ((0, ()), *travel.bands)}, reverse=True):
        if by >= lane.open and by + _drive(travel, lane.seconds, at, to, by) <= soonest:
            return by
    return lane.open


def _stop(frame: Frame, stop: int, times: tuple[int, int, int, int, int]) -> Stop:
    if stop < len(frame.visits):
        return Stop(frame.visits[stop].id, *times)
    errand = frame.errands[stop - len(frame.visits)]
    return Stop(frame.visits[errand.visit].id, *times, "collect", errand.depot)


def _gap(run: Run, rests: tuple[int, ...], leave: int, drive: int, pauses: list[Pause]) -> tuple[int, int]:
    """When one arrives and is free to start, with the gap's breaks taken: on arrival where that is in time, else before or on the way."""
    now, left, arrived = leave, drive, leave + drive
    for n in rests:
        rest = run.lane.rests[n]
        long, name, begin = rest[2], rest[3], moment(run.lane, rest, now)
        there = moment(run.lane, rest, now + left) if now + left <= rest[1] else NEVER
        if there == max(now + left, begin):
            if left:
                arrived = now + left
            begin, left = there, 0
        else:
            left -= min(left, begin - now)
        pauses.append(Pause(name, begin, begin + long))
        now = begin + long
        if left:
            arrived = now + left
    return arrived, now + left


def to_state(frame: Frame, plan: Plan) -> State:
    """A state that holds as much of a plan as the problem allows: what no longer holds is left out."""
    state = State(frame)
    lanes = {(lane.technician.id, lane.shift): lane.index for lane in frame.lanes}
    errands = {(e.visit, e.depot): len(frame.visits) + n for n, e in enumerate(frame.errands)}
    wanted: dict[int, list[int]] = {}
    for route in plan.routes:
        lane = lanes.get((route.technician, route.shift))
        if lane is None:
            continue
        for stop in route.stops:
            v = frame.number.get(stop.visit)
            if v is None:
                continue
            if frame.coupled[v] and stop.kind == "visit":
                state.windows[v] = ((stop.start, stop.start),)
            wanted.setdefault(lane, []).append(v if stop.kind == "visit" else errands.get((v, stop.depot), -1))
    for lane, seq in wanted.items():
        take(state, lane, [s for s in seq if s >= 0])
    _whole_crews(state)
    return state


def take(state: State, lane: int, seq: list[int]) -> None:
    """Give a lane as much of a sequence as holds: the whole, or stop by stop in its order."""
    frame, run = state.frame, state.runs[lane].copy()
    allowed = [s for s in seq if s >= len(frame.visits) or _allowed(state, s, lane)]
    known = len(frame.visits)
    stops = [s for s in allowed if s < known or frame.errands[s - known].visit in allowed]
    if _whole(state, run, stops):
        state.runs[lane] = run
        return
    trial = run.copy()
    jobs = 0
    for s in stops:
        errand = trial.errand_for(s) if s < known else None
        fetched = errand is not None and bool(frame.errands[errand - known].depot)
        if s < known and (jobs >= run.lane.jobs or not (fetched or trial.carries(s))):
            continue
        if s < known and frame.visits[s].collect and errand is None:
            continue
        if trial.insert(s, len(trial.seq), fetched=fetched) and s < known:
            jobs += 1
            state.out.discard(s)
    lost = [s for s in trial.seq if s >= known and frame.errands[s - known].visit in state.out]
    if lost:
        trial.settle([s for s in trial.seq if s not in lost])
    state.runs[lane] = trial


def _whole(state: State, run: Run, stops: list[int]) -> bool:
    """The usual case: the sequence as it is, with nothing fetched on the way."""
    frame = state.frame
    if len(stops) > run.lane.jobs or any(s >= len(frame.visits) or frame.visits[s].collect for s in stops):
        return False
    load = list(run.load)
    for s in stops:
        for p, q in frame.needs[s]:
            load[p] += q
    if any(q > most for q, most in zip(load, run.lane.stock, strict=True)) or not run.settle(stops):
        return False
    run.load = load
    state.out.difference_update(stops)
    return True


def _allowed(state: State, v: int, lane: int) -> bool:
    frame = state.frame
    return lane in frame.able[v] or frame.visits[v].crew > 1


def _whole_crews(state: State) -> None:
    """A crew that is not whole any more, or work whose predecessor is gone, leaves the plan; the rest is pinned."""
    frame = state.frame
    left = {v for v in range(len(frame.visits)) if frame.coupled[v] and v not in state.out}
    broken = {v for v in left if sum(v in r.seq for r in state.runs) != frame.visits[v].crew}
    while broken:
        state.remove(broken)
        for v in broken:
            state.windows[v] = frame.windows[v]
        left -= broken
        broken = {v for v in left if any(frame.number[a.visit] in state.out for a in frame.visits[v].after)}
    state.pinned |= left
