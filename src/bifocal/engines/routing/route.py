"""One lane's day while it is searched: times forward, limits backward, the cheapest place for one more visit.

Limits: Savelsbergh (1992), forward slack. A search tries the same routes again and again: `book`, where there is one, keeps what has
been settled, with the places found in it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from math import inf

from bifocal.engines.routing.frame import Frame, Lane, Span
from bifocal.engines.routing.seats import NEVER, Leg, first_start, moment, moment_before, seat
from bifocal.lib.errors import Invalid

Found = tuple[int, int]  # added cents, position
MOST_KEPT = 4000  # sequences a lane's book holds, some kilobytes each


def last_start(spans: tuple[Span, ...], limit: int) -> int:
    """The latest start at or before a limit, or -1."""
    for start, end in reversed(spans):
        if start <= limit:
            return limit if limit < end else end
    return -1


class Run:
    """A route under construction. `windows` is shared by all: pinned stops have a window of one instant."""

    __slots__ = (
        "back",
        "begin",
        "book",
        "cents",
        "finish",
        "frame",
        "gaps",
        "lane",
        "late",
        "load",
        "memo",
        "metres",
        "seq",
        "soft",
        "travel",
        "windows",
    )

    def __init__(self, frame: Frame, lane: Lane, windows: list[tuple[Span, ...]]) -> None:
        self.frame, self.lane, self.windows = frame, lane, windows
        self.seq: list[int] = []
        self.gaps: list[tuple[int, ...]] = []
        self.load = [0] * len(frame.parts)
        self.book: dict[tuple[int, ...], Run | None] | None = None
        if not self.settle([]):
            who = lane.technician.id
            raise Invalid(
                f"Technician {who}: breaks and busy hours of one shift can't all be taken. Widen a break.", field=f"technician {who}"
            )

    def copy(self, windows: list[tuple[Span, ...]] | None = None) -> Run:
        """The same route, free to change; with windows of its own it keeps no book."""
        other = object.__new__(Run)
        other.frame, other.lane, other.windows, other.book = self.frame, self.lane, self.windows, self.book
        other.seq, other.begin, other.finish, other.gaps, other.back = self.seq, self.begin, self.finish, self.gaps, self.back
        other.travel, other.metres, other.soft, other.cents, other.late = self.travel, self.metres, self.soft, self.cents, self.late
        other.memo, other.load = self.memo, list(self.load)
        if windows is not None:
            other.windows, other.book = windows, None
        return other

    def settle(self, seq: list[int]) -> bool:
        """Take this sequence if it holds: seat the breaks, set all times and costs. False (and nothing changed) where it does not."""
        frame, lane = self.frame, self.lane
        if frame.laden and frame.overloaded(lane.index, seq):
            return False
        place, windows, long = frame.place, self.windows, frame.long[lane.index]
        seconds, prices = lane.seconds, lane.cents
        at, travel, cents, legs = lane.first, 0, 0, []
        for stop in seq:
            to = place[stop]
            drive = seconds[at][to]
            travel += drive
            cents += prices[at][to]
            legs.append((drive, long[stop], windows[stop]))
            at = to
        home = seconds[at][lane.last] if seq else 0
        travel += home
        if travel > lane.travel:
            return False
        if frame.set_up:
            legs = self._set_up(seq, legs)
        metres = lane.far(place, seq) if lane.reach < inf else 0
        seated = None if metres > lane.reach else seat(lane, legs, home)
        if seated is None:
            return False
        self.seq, (self.begin, self.gaps, self.back), self.travel, self.metres = seq, seated, travel, metres
        self.finish = [b + leg[1] for b, leg in zip(self.begin, legs, strict=True)]
        self.soft = (
            frame.whole or lane.close > lane.end or frame.problem.fairness > 0 or (frame.any_priced and any(frame.soft[s] for s in seq))
        )
        self.cents = cents + (prices[at][lane.last] if seq else 0) + self._beside(seq, self.begin, self.back)
        self._limits(legs, home)
        self.memo: dict[int, Found | None] = {}
        return True

    def _set_up(self, seq: list[int], legs: list[Leg]) -> list[Leg]:
        """The same legs with nothing set up where the stop before was at the same place."""
        place, setups, at = self.frame.place, self.frame.setups[self.lane.index], self.lane.first
        found: list[Leg] = []
        for stop, (drive, takes, spans) in zip(seq, legs, strict=True):
            found.append((drive, takes - setups[stop] if place[stop] == at else takes, spans))
            at = place[stop]
        return found

    def _beside(self, seq: list[int], begin: list[int], back: int) -> int:
        """Cents that are not driving: overtime, late starts, somebody not preferred, more than a fair share."""
        frame, lane = self.frame, self.lane
        total = lane.technician.call_out if seq else 0
        if back > lane.end and seq:
            total += (back - lane.end) * lane.technician.overtime_cost // 3600
        known = len(frame.visits)
        if frame.any_priced:
            for stop, start in zip(seq, begin, strict=True):
                if stop < known:
                    total += frame.misfit[stop].get(lane.index, 0)
                    if frame.soft[stop]:
                        total += frame.late(stop, start) + frame.moved(stop, start)
        if frame.problem.fairness:
            work = sum(f - b for s, b, f in zip(seq, begin, self.finish, strict=True) if s < known)
            total += max(0, work - frame.fair_share) * frame.problem.fairness // 3600
        if lane.technician.cost_per_work_hour:
            total += self.work_cents()
        return total

    def work_cents(self) -> int:
        """Cents of all hours of work, at this technician's price."""
        return round(sum(f - b for b, f in zip(self.begin, self.finish, strict=True)) * self.lane.technician.cost_per_work_hour / 3600)

    def _limits(self, legs: list[Leg], home: int) -> None:
        """The latest start of each stop (and of being back) that keeps all behind it in time."""
        gaps, limit = self.gaps, self.lane.close
        late, onward = [limit], home
        for i in range(len(legs) - 1, -1, -1):
            drive, takes, spans = legs[i]
            limit = self._leave_by(limit, onward, gaps[i + 1]) if gaps[i + 1] else limit - onward
            limit = last_start(spans, limit - takes)
            late.append(limit)
            onward = drive
        late.reverse()
        self.late = late

    def _leave_by(self, limit: int, drive: int, rests: tuple[int, ...]) -> int:
        """The latest departure over a gap so that what comes next can start by `limit`; -1 where it can't."""
        cap = NEVER
        for n in reversed(rests):
            rest = self.lane.rests[n]
            limit -= rest[2]
            if rest[0] > limit:
                return -1
            cap = moment_before(self.lane, rest, min(limit, cap - rest[2])) if self.lane.slots else min(rest[1], cap - rest[2])
        return min(limit - drive, cap)

    def carries(self, stop: int) -> bool:
        """True where the truck has what the stop needs besides what is spoken for."""
        return all(self.load[p] + q <= self.lane.stock[p] for p, q in self.frame.needs[stop])

    def best(self, v: int) -> Found | None:
        """The cheapest place for one more stop, all else in the same order; None: it fits nowhere. Remembered till the route changes."""
        if v in self.memo:
            return self.memo[v]
        found = self.best_behind(v, 0)
        if not self.frame.coupled[v]:  # their windows change while they are placed
            self.memo[v] = found
        return found

    def best_behind(self, v: int, after: int) -> Found | None:
        """The same, at or behind a position."""
        if not self.windows[v]:
            return None
        soft = self.soft or self.frame.soft[v]
        found = self._exactly(v, after) if soft else self._quickly(v, after)
        if found is None or self._too_far(v, found[1]):
            return None
        return found

    def _quickly(self, v: int, after: int) -> Found | None:
        """Where only driving counts: every gap in one pass."""
        frame, lane, seq, late, finish, gaps = self.frame, self.lane, self.seq, self.late, self.finish, self.gaps
        cents, seconds, place, spans = lane.cents, lane.seconds, frame.place, self.windows[v]
        here, takes = place[v], frame.long[lane.index][v]
        away_s, away_c, n = seconds[here], cents[here], len(seq)
        opens, last_moment = spans[0][0], spans[-1][1]
        single = len(spans) == 1
        least, found = NEVER, -1
        for i in range(max(after, bisect_left(late, opens + takes)), n + 1):
            at, leave = (place[seq[i - 1]], finish[i - 1]) if i else (lane.first, lane.open)
            if leave > last_moment:
                break
            to = place[seq[i]] if i < n else lane.last
            added: int = cents[at][here] + away_c[to] - (cents[at][to] if n else -lane.technician.call_out)
            if added >= least:
                continue
            if gaps[i] or not single:
                fits = self._fits_gap(i, leave, seconds[at][here], spans, takes, away_s[to], late[i])
            else:
                start = leave + seconds[at][here]
                fits = start <= last_moment and (start if start > opens else opens) + takes + away_s[to] <= late[i]
            if fits:
                least, found = added, i
        if found < 0:
            return None
        return (least if v >= len(frame.visits) else least + frame.misfit[v].get(lane.index, 0)), found

    def _exactly(self, v: int, after: int) -> Found | None:
        """Where more than driving counts: gaps by their driving, which is the least they can cost, each counted whole."""
        best: Found | None = None
        for added, i in sorted(self.gaps_for(v, after)):
            if best and added >= best[0]:
                break
            whole = self._exact(v, i)
            if best is None or whole < best[0]:
                best = (whole, i)
        return best if best and best[0] < NEVER else None

    def gaps_for(self, v: int, after: int = 0) -> list[Found]:
        """Gaps that one more stop fits by the clock, with the cents of its driving."""
        frame, lane, seq, n, spans = self.frame, self.lane, self.seq, len(self.seq), self.windows[v]
        cents, seconds, place = lane.cents, lane.seconds, frame.place
        here, takes = place[v], frame.long[lane.index][v]
        more = frame.misfit[v].get(lane.index, 0) if v < len(frame.visits) else 0
        gaps: list[Found] = []
        for i in range(max(after, bisect_left(self.late, spans[0][0])), n + 1):
            at, leave = (place[seq[i - 1]], self.finish[i - 1]) if i else (lane.first, lane.open)
            if leave > spans[-1][1]:
                break
            to = place[seq[i]] if i < n else lane.last
            long = takes - frame.setups[lane.index][v] if at == here else takes
            if self._fits_gap(i, leave, seconds[at][here], spans, long, seconds[here][to], self.late[i]):
                gaps.append((cents[at][here] + cents[here][to] - (cents[at][to] if n else -lane.technician.call_out) + more, i))
        return gaps

    def _fits_gap(self, i: int, leave: int, drive: int, spans: tuple[Span, ...], takes: int, onward: int, limit: int) -> bool:
        """Whether a stop fits a gap that holds breaks, before or after each of them."""
        rests = self.gaps[i]
        arrive, free = leave + drive, leave
        if not rests:
            return first_start(spans, arrive) + takes + onward <= limit
        for split in range(len(rests) + 1):
            if split:
                rest = self.lane.rests[rests[split - 1]]
                if free > rest[1]:
                    return False
                begin = moment(self.lane, rest, free)
                arrive, free = max(arrive, begin) + rest[2], begin + rest[2]
            start = first_start(spans, arrive)
            if start + takes <= self._leave_by(limit, onward, rests[split:]):
                return True
        return False

    def _exact(self, v: int, i: int) -> int:
        """Added cents with every later start counted, or NEVER."""
        trial = self.tried([*self.seq[:i], v, *self.seq[i:]])
        return trial.cents - self.cents if trial else NEVER

    def tried(self, seq: list[int]) -> Run | None:
        """This lane with another sequence, from the book where it is there; its load is not set. None: it does not hold."""
        key = tuple(seq)
        if self.book is not None and key in self.book:
            return self.book[key]
        trial = object.__new__(Run)
        trial.frame, trial.lane, trial.windows, trial.book, trial.load = self.frame, self.lane, self.windows, self.book, self.load
        found = trial if trial.settle(seq) else None
        if self.book is not None:
            if len(self.book) >= MOST_KEPT:
                self.book.clear()
            self.book[key] = found
        return found

    def _too_far(self, v: int, i: int) -> bool:
        lane = self.lane
        if lane.travel == lane.reach:  # both without limit
            return False
        at = self.frame.place[self.seq[i - 1]] if i else lane.first
        to = self.frame.place[self.seq[i]] if i < len(self.seq) else lane.last
        here = self.frame.place[v]

        def over(grid: list[list[int]], now: int, most: float) -> bool:
            return now + grid[at][here] + grid[here][to] - (grid[at][to] if self.seq else 0) > most

        return over(lane.seconds, self.travel, lane.travel) or over(lane.metres, self.metres, lane.reach)

    def plus(self, v: int, i: int, *, fetched: bool = False) -> Run | None:
        """The route with one more stop at a position; `fetched`: its parts are not the truck's. None where it does not hold after all."""
        return self.ordered([*self.seq[:i], v, *self.seq[i:]], v, fetched=fetched)

    def ordered(self, seq: list[int], v: int, *, fetched: bool = False) -> Run | None:
        """The route with one more stop, all in this order."""
        needs = () if fetched else self.frame.needs[v]
        other = self.tried(seq)
        return other._loaded(self.load, needs, 1) if other else None

    def insert(self, v: int, i: int, *, fetched: bool = False) -> bool:
        """Put a stop at a position of this very route. False where it does not hold after all."""
        if not self.settle([*self.seq[:i], v, *self.seq[i:]]):
            return False
        if not fetched:
            for p, q in self.frame.needs[v]:
                self.load[p] += q
        return True

    def without(self, gone: set[int]) -> Run | None:
        """A route that leaves these visits (and their errands) out; None where the shorter way is the longer one (odd matrices)."""
        known = len(self.frame.visits)
        keep = [s for s in self.seq if s not in gone and not (s >= known and self.frame.errands[s - known].visit in gone)]
        needs = [need for s in self.seq if s in gone and self.frame.needs[s] and not self.fetches(s) for need in self.frame.needs[s]]
        other = self.tried(keep)
        return other._loaded(self.load, needs, -1) if other else None

    def _loaded(self, load: list[int], needs: Iterable[tuple[int, int]], sign: int) -> Run:
        """This route with a load of its own. The load follows from the sequence, so what the book keeps has it already the next time."""
        self.load = list(load)
        for p, q in needs:
            self.load[p] += sign * q
        return self

    def fetches(self, v: int) -> bool:
        """True where the parts of a visit come from a depot on the way and not from the truck."""
        errand = self.errand_for(v)
        return errand is not None and bool(self.frame.errands[errand - len(self.frame.visits)].depot)

    def errand_for(self, v: int) -> int | None:
        """The errand stop that serves a visit on this route, if any."""
        known = len(self.frame.visits)
        return next((s for s in self.seq if s >= known and self.frame.errands[s - known].visit == v), None)
