"""Visits that tie routes together: several technicians at once, and work that waits for other work.

They are placed before what is no dearer and pinned to the instant they got, so that each route can be judged alone afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise, permutations

from bifocal.engines.routing.frame import Frame, Lane, why_not
from bifocal.engines.routing.moves import Move, State, cheapest, fill
from bifocal.engines.routing.seats import NEVER, first_start

MOST_STARTS = 40


def place_dearest(state: State) -> None:
    """Place what fits, dearest first; of what is equally dear, crews and what waits or is waited for before the others."""
    frame, tried = state.frame, set[int]()
    worth = worths(frame)
    for v in _in_order(frame, worth):
        if v not in state.out:
            continue
        dearer = {s for s in state.out if not frame.coupled[s] and frame.prize[s] > worth[v]} - tried
        fill(state, dearer)
        tried |= dearer
        _place(state, v, worth[v])
    fill(state)


def _place(state: State, v: int, worth: int) -> None:
    frame, ready = state.frame, ready_at(state, v)
    if ready is None:
        return
    state.windows[v] = tuple((max(s, ready), e) for s, e in frame.windows[v] if e >= ready)
    if not (place_crew(state, v, worth) if frame.visits[v].crew > 1 else _single(state, v, worth)):
        state.windows[v] = frame.windows[v]


def worths(frame: Frame) -> list[int]:
    """What serving each visit is worth, in cents: its prize, with the prizes of all that waits for it."""
    behind: dict[int, set[int]] = {}
    for v in reversed(_in_order(frame, frame.prize)):
        for a in frame.visits[v].after:
            behind.setdefault(frame.number[a.visit], set()).update({v}, behind.get(v, set()))
    return [prize + sum(frame.prize[w] for w in behind.get(v, ())) for v, prize in enumerate(frame.prize)]


def reseat(state: State, spent: Callable[[], float], until: float) -> State:
    """Crews that nothing waits for are taken out, one or two at once, and put where they are cheapest now: other people, another hour.

    Kept where the day gets cheaper, until the share `until` of the budget is spent; nobody leaves the plan for it.
    """
    frame = state.frame
    tied = {frame.number[a.visit] for w in frame.visits for a in w.after} | {n for n, w in enumerate(frame.visits) if w.after}
    free = [v for v in _in_order(frame, frame.prize) if v in state.pinned and frame.visits[v].crew > 1 and v not in tied]
    for some in chain(permutations(free, 1), permutations(free, 2)):
        trial = _anew(state, some)
        if trial and trial.cents < state.cents:
            state = trial
        if spent() >= until:
            break
    return state


def _anew(state: State, some: tuple[int, ...]) -> State | None:
    """These crews placed anew, in this order; None where one of them finds no place."""
    trial = state.apart()
    trial.pinned.difference_update(some)
    if not trial.remove(some):
        return None
    for v in some:
        trial.windows[v] = state.frame.windows[v]
    return trial if all(place_crew(trial, v, state.frame.prize[v]) for v in some) else None


def _in_order(frame: Frame, worth: list[int]) -> list[int]:
    """Coupled visits, each behind all it waits for; otherwise dearest first."""
    left = sorted((v for v in range(len(frame.visits)) if frame.coupled[v]), key=lambda v: (-worth[v], v))
    done: list[int] = []
    while left:
        v = next(v for v in left if not any(frame.number[a.visit] in left for a in frame.visits[v].after))
        left.remove(v)
        done.append(v)
    return done


def ready_at(state: State, v: int) -> int | None:
    """When what it waits for is done; None where that is not planned."""
    ready = 0
    for a in state.frame.visits[v].after:
        before = state.frame.number[a.visit]
        if before in state.out:
            return None
        ready = max(ready, *(r.finish[r.seq.index(before)] + a.delay for r in state.runs if before in r.seq))
    return ready


def _single(state: State, v: int, worth: int) -> bool:
    move = cheapest(state, v)
    return move is not None and move.cents <= worth and state.apply(v, move) and pin(state, v, [move.lane])


def pin(state: State, v: int, lanes: list[int]) -> bool:
    """Hold a placed visit to its instant (the latest of its lanes). False where a lane would not hold."""
    at = max(state.runs[n].begin[state.runs[n].seq.index(v)] for n in lanes)
    state.windows[v] = ((at, at),)
    state.pinned.add(v)
    for n in lanes:
        run = state.runs[n].copy()
        if not run.settle(run.seq):
            return False
        state.runs[n] = run
    return True


def place_crew(state: State, v: int, worth: int) -> bool:
    """The cheapest crew and instant, where they cost no more than that is worth: a lead with all the skills, and helpers who come along."""
    frame, visit = state.frame, state.frame.visits[v]
    spans = state.windows[v]
    best: tuple[int, int, list[Move]] | None = None
    helpers = [lane for lane in frame.lanes if not why_not(visit, lane.technician, helper=True)]
    for at in _instants(state, v, helpers):
        state.windows[v] = ((at, at),)
        moves = {lane.index: m for lane in helpers if (m := _move(state, lane, v))}
        crew = _choose(state, v, moves)
        if crew and (best is None or (sum(m.cents for m in crew), at) < best[:2]):
            best = (sum(m.cents for m in crew), at, crew)
    state.windows[v] = spans
    if best is None or best[0] > worth:
        return False
    state.windows[v] = ((best[1], best[1]),)
    state.pinned.add(v)
    placed = [state.apply(v, move) for move in best[2]]
    return all(placed)


def _move(state: State, lane: Lane, v: int) -> Move | None:
    run = state.runs[lane.index]
    found = run.best(v) if len(run.seq) < lane.jobs and run.carries(v) else None
    return Move(found[0], lane.index, found[1]) if found else None


def _instants(state: State, v: int, lanes: list[Lane]) -> list[int]:
    """Moments when some technician could begin: window starts, and arrivals from each stop; thinned evenly."""
    spans, here = state.windows[v], state.frame.place[v]
    found = {s for s, _e in spans}
    for lane in lanes:
        run = state.runs[lane.index]
        froms = [(lane.first, lane.open), *((state.frame.place[s], f) for s, f in zip(run.seq, run.finish, strict=True))]
        extra = [0, *(long for _e, _l, long, _n in lane.rests)]
        found |= {first_start(spans, leave + lane.seconds[at][here] + more) for at, leave in froms for more in extra}
        found |= {end for _e, end in pairwise([0, *(e + long for e, _l, long, _n in lane.rests)]) if first_start(spans, end) == end}
    moments = sorted(found - {NEVER})
    step = -(-len(moments) // MOST_STARTS) or 1
    return moments[::step]


def _choose(state: State, v: int, moves: dict[int, Move]) -> list[Move] | None:
    """The cheapest lead and helpers, one lane a person, everybody locked to the visit among them."""
    frame, visit = state.frame, state.frame.visits[v]
    held = frame.held.get(visit.id, set())
    ranked = sorted(moves.values(), key=lambda m: (frame.lanes[m.lane].technician.id not in held, m.cents, m.lane))
    for lead in (m for m in ranked if m.lane in frame.able[v]):
        crew, people = [lead], {frame.lanes[lead.lane].technician.id}
        for move in ranked:
            who = frame.lanes[move.lane].technician.id
            if len(crew) < visit.crew and who not in people:
                crew.append(move)
                people.add(who)
        if len(crew) == visit.crew and held <= people:
            return crew
    return None
