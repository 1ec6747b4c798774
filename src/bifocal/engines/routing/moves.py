"""The state of a search and its moves: offer a place, insert, fill by regret, evict.

Regret insertion: Potvin and Rousseau (1993), Ropke and Pisinger (2006): next comes the visit that would lose most by waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bifocal.engines.routing.frame import Frame, Span
from bifocal.engines.routing.pairs import pair
from bifocal.engines.routing.route import Run
from bifocal.engines.routing.seats import NEVER


@dataclass(frozen=True, slots=True)
class Move:
    """Put a visit into a lane at a position, perhaps with an errand before it. `cents` is what it adds."""

    cents: int
    lane: int
    position: int
    errand: int = -1
    errand_at: int = 0


class State:
    """All routes, what is out, and which stops may not be moved any more."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.windows: list[tuple[Span, ...]] = list(frame.windows)
        self.runs = [Run(frame, lane, self.windows) for lane in frame.lanes]
        self.out: set[int] = set(range(len(frame.visits)))
        self.pinned: set[int] = set()

    def copy(self) -> State:
        """A state whose routes may be changed without changing this one; windows and pins are shared."""
        other = object.__new__(State)
        other.frame, other.windows, other.pinned = self.frame, self.windows, self.pinned
        other.runs = list(self.runs)
        other.out = set(self.out)
        return other

    def apart(self) -> State:
        """A copy that shares nothing, for moves that pin."""
        other = self.copy()
        other.windows, other.pinned = list(self.windows), set(self.pinned)
        other.runs = [r.copy(other.windows) for r in self.runs]
        return other

    @property
    def cents(self) -> int:
        """What this costs: routes and prizes lost."""
        return sum(r.cents for r in self.runs) + sum(self.frame.prize[v] for v in self.out)

    def priced(self, prize: list[int]) -> int:
        """What this costs at other prizes."""
        return sum([r.cents for r in self.runs]) + sum([prize[v] for v in self.out])

    def booked(self) -> State:
        """A copy whose routes remember what has been tried. Windows must not change from here on."""
        other = self.apart()
        for run in other.runs:
            run.book = {}
        return other

    def unbooked(self) -> State:
        """The same with nothing remembered. What is in a book points back at it: emptied here, it goes at once and not in a pause later."""
        for run in self.runs:
            if run.book is not None:
                run.book.clear()
        self.runs = [run.copy(self.windows) for run in self.runs]
        return self

    def lane_of(self) -> dict[int, int]:
        """Lane of each stop."""
        return {s: n for n, r in enumerate(self.runs) for s in r.seq}

    def full(self, lane: int) -> bool:
        """True where a lane has as many visits as it may."""
        run = self.runs[lane]
        return len(run.seq) >= run.lane.jobs and sum(s < len(self.frame.visits) for s in run.seq) >= run.lane.jobs

    def offer(self, lane: int, v: int) -> Move | None:
        """The cheapest place for a visit in a lane."""
        run, frame = self.runs[lane], self.frame
        visit = frame.visits[v]
        if self.full(lane):
            return None
        if visit.collect is None:
            if not frame.needs[v] or run.carries(v):
                found = run.best(v)
                return Move(found[0], lane, found[1]) if found else None
        elif not run.carries(v):
            return None
        return self._with_errand(run, v)

    def _with_errand(self, run: Run, v: int) -> Move | None:
        best: Move | None = None
        for errand in self.frame.errands_of[v] if self.windows[v] else ():
            if found := pair(run, errand, v, most=best.cents if best else NEVER):
                best = Move(found[0], run.lane.index, found[2], errand, found[1])
        return best

    def apply(self, v: int, move: Move) -> bool:
        """Do a move; False, with nothing changed, where it does not hold after all."""
        run: Run | None = self.runs[move.lane]
        if move.errand >= 0 and run:
            run = run.plus(move.errand, move.errand_at)
        fetched = move.errand >= 0 and self.frame.visits[v].collect is None
        run = run.plus(v, move.position, fetched=fetched) if run else None
        if run is None:
            return False
        self.runs[move.lane] = run
        self.out.discard(v)
        return True

    def remove(self, gone: Iterable[int]) -> bool:
        """Take visits out of their routes; False, with nothing changed, where a route would not hold."""
        leaving = set(gone)
        done = self.remove_from({n: leaving for n, run in enumerate(self.runs) if not leaving.isdisjoint(run.seq)})
        if done:
            self.out |= leaving
        return done

    def remove_from(self, gone: dict[int, set[int]]) -> bool:
        """The same where it is known who is in which lane."""
        changed: dict[int, Run] = {}
        for n, leaving in gone.items():
            other = self.runs[n].without(leaving)
            if other is None:
                return False
            changed[n] = other
        for n, run in changed.items():
            self.runs[n] = run
            self.out |= gone[n]
        return True


def fill(state: State, pool: Iterable[int] | None = None) -> None:
    """Insert what fits: dearest prizes first, among equals the visit with the greatest regret."""
    waiting = sorted(v for v in (state.out if pool is None else pool) if not state.frame.coupled[v])
    table: dict[int, dict[int, Move]] = {}
    by_lane: dict[int, set[int]] = {}
    for v in waiting:
        table[v] = {}
        for lane in state.frame.able[v]:
            by_lane.setdefault(lane, set()).add(v)
            move = state.offer(lane, v)
            if move:
                table[v][lane] = move
    rank = {v: _rank(state, v, table[v]) for v in table if table[v]}
    while rank:
        v = max(rank, key=rank.__getitem__)
        move = min(table[v].values(), key=_cents)
        if not state.apply(v, move):
            del table[v][move.lane]
            _again(state, v, table, rank)
            continue
        del rank[v]
        for other in by_lane[move.lane]:
            if other in rank:
                fresh = state.offer(move.lane, other)
                if fresh:
                    table[other][move.lane] = fresh
                else:
                    table[other].pop(move.lane, None)
                _again(state, other, table, rank)


def _cents(move: Move) -> tuple[int, int]:
    return move.cents, move.lane


def _again(state: State, v: int, table: dict[int, dict[int, Move]], rank: dict[int, tuple[int, int, int]]) -> None:
    if table[v]:
        rank[v] = _rank(state, v, table[v])
    else:
        del rank[v]


def _rank(state: State, v: int, moves: dict[int, Move]) -> tuple[int, int, int]:
    """Visits with a lock come first, then by prize, then by regret (how much the second-best lane is dearer)."""
    best = second = NEVER
    for move in moves.values():
        if move.cents < best:
            best, second = move.cents, best
        elif move.cents < second:
            second = move.cents
    held = NEVER if state.frame.visits[v].id in state.frame.held else state.frame.prize[v]
    return held, second - best, -v


def cheapest(state: State, v: int, lanes: Iterable[int] | None = None) -> Move | None:
    """The cheapest place in any (or these) lanes."""
    moves = (state.offer(lane, v) for lane in (state.frame.able[v] if lanes is None else lanes))
    return min((m for m in moves if m), key=_cents, default=None)


def movable(state: State, v: int) -> bool:
    """True where the search may take a visit out again."""
    return v < len(state.frame.visits) and v not in state.pinned


def evict(state: State, v: int, *, tries: int = 8) -> State | None:
    """Make room for a visit by taking one other out (two neighbours where one is not enough), which go elsewhere where they can.

    None where nothing is gained.
    """
    if state.frame.visits[v].collect or state.frame.coupled[v]:
        return None
    prize = state.frame.prize
    swaps = _swaps(state, v, 1) or _swaps(state, v, 2)
    tried = sorted(swaps, key=lambda s: (s[0] + sum(prize[g] for g in s[2]), s[2]))[:tries] + sorted(swaps)[:tries]
    best, least = None, state.cents
    for _added, lane, gone, position in dict.fromkeys(tried):
        trial = state.copy()
        if not trial.remove(gone) or not trial.apply(v, Move(0, lane, position)):
            continue
        for other in gone:
            elsewhere = cheapest(trial, other)
            if elsewhere and elsewhere.cents < prize[other]:
                trial.apply(other, elsewhere)
        if trial.cents < least:
            best, least = trial, trial.cents
    return best


def _swaps(state: State, v: int, count: int) -> list[tuple[int, int, tuple[int, ...], int]]:
    """(added cents, lane, visits that leave, position) wherever so many neighbours less would make room for this one."""
    found: list[tuple[int, int, tuple[int, ...], int]] = []
    prize = state.frame.prize
    for lane in state.frame.able[v]:
        run = state.runs[lane]
        for i in range(len(run.seq) - count + 1):
            gone = tuple(run.seq[i : i + count])
            if not all(movable(state, g) for g in gone) or sum(prize[g] for g in gone) > prize[v]:
                continue
            less = run.without(set(gone))
            place = less.best(v) if less and (not state.frame.needs[v] or less.carries(v)) else None
            if less and place:
                found.append((less.cents - run.cents + place[0], lane, gone, place[1]))
    return found
