"""Ruin and recreate: take strings of neighbouring stops out, put back what fits, keep what is (nearly) better.

Christiaens and Vanden Berghe (2020), 'Slack induction by string removals': strings near a seed, greedy insertion that sometimes looks
away ("blinks"), simulated annealing. Here it works on routes with breaks, skills, parts, overtime and priced lateness, and on days that
are too full: while it is hot, a visit that is out costs only a few legs of driving (all prizes in proportion), so that the search can
go through plans that miss one; what is kept is judged by the real prices.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from random import Random

from bifocal.engines.routing.moves import Move, State, movable

Spent = Callable[[], float]
MEAN_REMOVED = 9
LONGEST = 8
BLINK = 0.01
HOT, COLD = 0.9, 0.01  # heat at the beginning and the end, in mean legs
CHEAP, DEAR = 2.7, 18.0  # what the cheapest visit is worth at the beginning and the end, in mean legs
STEPS = 40  # how often heat and prices change


def improve(state: State, *, spent: Spent, until: float, rng: Random, hot: float = HOT, cheap: float = CHEAP) -> State:
    """The best state found before the share `until` of the budget is spent; never worse than what came in (cents)."""
    near = _neighbours(state)
    if not near:
        return state
    leg = _mean_leg(state)
    best = now = state.booked()
    least, step, prize, here, heat = state.cents, -1, state.frame.prize, 0.0, 0.0
    lanes = now.lane_of()
    begun = share = spent()
    while share < until:
        gone = (share - begun) / max(1e-9, until - begun)
        if int(gone * STEPS) > step:
            step = int(gone * STEPS)
            heat = leg * hot * (COLD / hot) ** gone
            prize = _prices(state, leg * cheap * (DEAR / cheap) ** gone)
            here = now.priced(prize)
        trial = _ruin(now, lanes, near, rng)
        share = spent()
        if trial is None:
            continue
        _recreate(trial, prize, rng)
        cents = trial.priced(prize)
        if cents < here - heat * log(rng.random() or 1e-12):
            now, here, lanes = trial, cents, trial.lane_of()
            if (real := trial.cents) < least:
                best, least = trial, real
    return best.unbooked()


def _mean_leg(state: State) -> float:
    """What a leg costs, about: cents of all routes by their legs."""
    used = [r for r in state.runs if r.seq]
    return max(1.0, sum(r.cents for r in used) / max(1, sum(len(r.seq) + 1 for r in used)))


def _prices(state: State, least: float) -> list[int]:
    """Prizes in the same proportion, but the least of them so small."""
    prizes = state.frame.prize
    scale = min(1.0, least / min((p for p in prizes if p > 0), default=1))
    return [round(p * scale) for p in prizes]


def _neighbours(state: State) -> dict[int, list[int]]:
    """For each visit that may move or enter: the others, nearest first."""
    frame = state.frame
    if not frame.lanes:
        return {}
    seconds = frame.lanes[0].seconds
    free = [v for v in range(len(frame.visits)) if not frame.coupled[v] and (v in state.out or movable(state, v)) and frame.able[v]]
    place = frame.place
    return {v: sorted(free, key=lambda u: seconds[place[v]][place[u]] + seconds[place[u]][place[v]])[:80] for v in free}


def _ruin(state: State, lanes: dict[int, int], near: dict[int, list[int]], rng: Random) -> State | None:
    """A copy with strings of up to LONGEST stops taken out of the lanes around a seed."""
    trial = state.copy()
    seed = rng.choice(list(near))
    used = [len(r.seq) for r in state.runs if r.seq]
    longest = min(LONGEST, max(1, sum(used) // max(1, len(used))))
    count = rng.randint(1, max(1, int(4 * MEAN_REMOVED / (1 + longest))))
    ruined: dict[int, set[int]] = {}
    for v in near[seed]:
        if len(ruined) >= count:
            break
        lane = lanes.get(v)
        if lane is not None and lane not in ruined:
            ruined[lane] = _string(state, lane, v, rng.randint(1, longest), rng)
    return trial if trial.remove_from(ruined) else None


def _string(state: State, lane: int, v: int, length: int, rng: Random) -> set[int]:
    """Stops in a row around one visit, those that may move."""
    seq = state.runs[lane].seq
    at = seq.index(v)
    length = min(length, len(seq))
    first = rng.randint(max(0, at - length + 1), min(at, len(seq) - length))
    return {s for s in seq[first : first + length] if movable(state, s)}


def _recreate(state: State, prize: list[int], rng: Random) -> None:
    """Put back greedily in one of four orders: prize with chance, demand on few lanes, far ones, narrow windows."""
    frame = state.frame
    waiting = [v for v in sorted(state.out) if frame.able[v] and not frame.coupled[v]]
    rng.shuffle(waiting)
    sort = rng.random()
    if sort < 0.5:
        waiting.sort(key=lambda v: -prize[v])
    elif sort < 0.7:
        waiting.sort(key=lambda v: len(frame.able[v]))
    elif sort < 0.85:
        waiting.sort(key=lambda v: sum(e - s for s, e in frame.windows[v]))
    else:
        waiting.sort(key=lambda v: -prize[v] // max(600, frame.duration[v]))
    for v in waiting:
        best = _glance(state, v, prize[v], rng) if frame.plain[v] else _look(state, v, prize[v], rng)
        if best:
            state.apply(v, best)


def _glance(state: State, v: int, worth: int, rng: Random) -> Move | None:
    """The cheapest place worth it, some lanes overlooked; for visits that need nothing from a truck (`_look` is for all)."""
    runs, chance = state.runs, rng.random
    least, lane, position = worth, -1, 0
    for n in state.frame.able[v]:
        run = runs[n]
        found = run.memo[v] if v in run.memo else run.best(v)
        if found and found[0] < least and chance() >= BLINK and len(run.seq) < run.lane.jobs:
            least, position = found
            lane = n
    return Move(least, lane, position) if lane >= 0 else None


def _look(state: State, v: int, worth: int, rng: Random) -> Move | None:
    moves = (state.offer(n, v) for n in state.frame.able[v] if rng.random() >= BLINK)
    return min((m for m in moves if m and m.cents < worth), key=lambda m: (m.cents, m.lane), default=None)
