"""`plan`: first plan by regret, room made by eviction, a moment of PyVRP, ruin and recreate for most of the time, PyVRP at the end."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from bifocal.engines.routing.check import check
from bifocal.engines.routing.crews import place_dearest, reseat
from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.moves import State, evict
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.polish import polish
from bifocal.engines.routing.problem import Problem
from bifocal.engines.routing.report import to_plan, to_state
from bifocal.engines.routing.search import CHEAP, HOT, improve

ROUGH, FINE = 0.1, 0.85  # shares of the budget when PyVRP's first turn ends and its last begins
SHORT_ROUGH, SHORT_FINE, SHORT_HOT, SHORT_CHEAP = 0.2, 0.7, 0.3, 8.0  # the same, heat and prices, where there is little time for each visit
FEW, MANY = 3, 200  # under so many turns of PyVRP for each visit, in its first tenth, time is little; measured on days of 400 visits only
Spent = Callable[[], float]  # share of the budget that is spent, 0 to 1; called once an iteration


def iterations(count: int) -> Spent:
    """A budget of so many iterations: the same answer on every machine."""
    done = 0

    def spent() -> float:
        nonlocal done
        done += 1
        return done / max(1, count)

    return spent


def plan(problem: Problem, *, stop: Spent, seed: int = 0, warm_start: Plan | None = None, strict: bool = True) -> Plan:
    """The best plan found within a budget. Deterministic for the same seed and a budget of iterations.

    A warm start is never made worse, and what is locked in it stays. Raises Invalid for a problem that can't be true.
    """
    check(problem, strict=strict)
    frame = Frame(problem)
    state = first(frame) if warm_start is None else to_state(frame, warm_start)
    if warm_start is not None:
        frame.keep(state.out)
    given, found = to_plan(state), to_plan(better(state, stop=stop, seed=seed))
    return found if found.costs.total <= given.costs.total else given  # counted with the traffic of the hour


def first(frame: Frame) -> State:
    """A plan in no time: coupled visits, regret insertion, then eviction for what is still out."""
    state = State(frame)
    place_dearest(state)
    return make_room(state)


def make_room(state: State, *, tries: int = 3) -> State:
    """Evict for each visit that is out, dearest first, where that gains; who had to leave is tried again at once."""
    waiting = sorted(state.out, key=lambda v: (-state.frame.prize[v], v))
    while waiting:
        v = waiting.pop(0)
        room = evict(state, v, tries=tries) if v in state.out and state.frame.able[v] else None
        if room is not None:
            waiting += sorted(room.out - state.out)
            state = room
    return state


def better(state: State, *, stop: Spent, seed: int) -> State:
    """Improve a state until the budget is spent: PyVRP shortens a rough plan at once, ruin and recreate decides who is served by whom."""
    given, turns = state, 0

    def counted() -> float:
        nonlocal turns
        turns += 1
        return stop()

    place_dearest(state := state.apart())
    state = polish(reseat(state, stop, ROUGH / 2), spent=counted, seed=seed, begin=0.0, end=ROUGH)
    visits = len(state.frame.visits)
    short = visits > MANY and turns < FEW * visits
    fine, hot, cheap = (SHORT_FINE, SHORT_HOT, SHORT_CHEAP) if short else (FINE, HOT, CHEAP)
    if short:
        state = polish(state, spent=stop, seed=seed + 20, begin=ROUGH, end=SHORT_ROUGH)
    state = improve(state, spent=stop, until=fine, rng=Random(seed), hot=hot, cheap=cheap)
    state = polish(reseat(state, stop, fine + 0.03), spent=stop, seed=seed + 10, begin=fine, end=1.0)
    return state if state.cents <= given.cents else given
