"""Ruin and recreate: take strings of neighbouring stops out, put back what fits, keep what is (nearly) better.

Christiaens and Vanden Berghe (2020), 'Slack induction by string removals': strings near a seed, greedy insertion that sometimes looks
away ("blinks"), simulated annealing. Here it works on routes with breaks, skills, parts, overtime and priced lateness.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from random import Random

from bifocal.engines.routing.moves import Move, State, _cents, movable

Spent = Callable[[], float]
MEAN_REMOVED = 9
LONGEST = 8
BLINK = 0.01


def improve(state: State, *, spent: Spent, until: float, rng: Random, hot: int = 1500, cold: int = 15) -> State:
    """The best state found before the share `until` of the budget is spent; never worse than what came in (cents)."""
    near = _neighbours(state)
    best = now = state
    least = here = state.cents
    begun = share = spent()
    while share < until and near:
        heat = hot * (cold / hot) ** ((share - begun) / max(1e-9, until - begun))
        trial = _ruin(now, near, rng)
        share = spent()
        if trial is None:
            continue
        _recreate(trial, rng)
        cents = trial.cents
        if cents < here - heat * log(rng.random() or 1e-12):
            now, here = trial, cents
            if cents < least:
                best, least = trial, cents
    return best


def _neighbours(state: State) -> dict[int, list[int]]:
    """For each visit that may move or enter: the others, nearest first."""
    frame = state.frame
    if not frame.lanes:
        return {}
    seconds = frame.lanes[0].seconds
    free = [v for v in range(len(frame.visits)) if not frame.coupled[v] and (v in state.out or movable(state, v)) and frame.able[v]]
    place = frame.place
    return {v: sorted(free, key=lambda u: seconds[place[v]][place[u]] + seconds[place[u]][place[v]])[:80] for v in free}


def _ruin(state: State, near: dict[int, list[int]], rng: Random) -> State | None:
    """A copy with strings of up to LONGEST stops taken out of the lanes around a seed."""
    trial = state.copy()
    seed = rng.choice(list(near))
    lanes = state.lane_of()
    lengths = [len(r.seq) for r in state.runs if r.seq]
    longest = min(LONGEST, max(1, sum(lengths) // max(1, len(lengths))))
    count = rng.randint(1, max(1, int(4 * MEAN_REMOVED / (1 + longest))))
    gone: set[int] = set()
    ruined: set[int] = set()
    for v in near[seed]:
        if len(ruined) >= count:
            break
        lane = lanes.get(v)
        if lane is None or lane in ruined:
            continue
        gone |= _string(state, lane, v, rng.randint(1, longest), rng)
        ruined.add(lane)
    return trial if trial.remove(gone) else None


def _string(state: State, lane: int, v: int, length: int, rng: Random) -> set[int]:
    """Stops in a row around one visit, those that may move."""
    seq = state.runs[lane].seq
    at = seq.index(v)
    length = min(length, len(seq))
    first = rng.randint(max(0, at - length + 1), min(at, len(seq) - length))
    return {s for s in seq[first : first + length] if movable(state, s)}


def _recreate(state: State, rng: Random) -> None:
    """Put back greedily in one of four orders: prize with chance, demand on few lanes, far ones, narrow windows."""
    frame = state.frame
    waiting = [v for v in sorted(state.out) if frame.able[v] and not frame.coupled[v]]
    rng.shuffle(waiting)
    sort = rng.random()
    if sort < 0.5:
        waiting.sort(key=lambda v: -frame.prize[v])
    elif sort < 0.7:
        waiting.sort(key=lambda v: len(frame.able[v]))
    elif sort < 0.85:
        waiting.sort(key=lambda v: sum(e - s for s, e in frame.windows[v]))
    else:
        waiting.sort(key=lambda v: -frame.prize[v] // max(600, frame.duration[v]))
    for v in waiting:
        best: Move | None = None
        for lane in frame.able[v]:
            if rng.random() < BLINK:
                continue
            move = state.offer(lane, v)
            if move and (best is None or _cents(move) < _cents(best)):
                best = move
        if best and best.cents < frame.prize[v]:
            state.apply(v, best)
