"""One lane's day while it is searched: times forward, limits backward, the cheapest place for one more visit.

Breaks sit in the gaps between stops: leaving at d, with t to drive and a break (from e to l, b long), work at the next stop starts
no sooner than max(d + t, e) + b, and max(d, e) <= l must hold; the break is taken before leaving, on the way, or on arrival. Seats of
breaks are chosen by dynamic programming: with k breaks behind, the earliest departure dominates all others (waiting is free and late
starts are never cheaper). Limits: Savelsbergh (1992), forward slack.
"""

from __future__ import annotations

from bifocal.engines.routing.frame import Frame, Lane, Span
from bifocal.lib.errors import Invalid

Found = tuple[int, int]  # added cents, position
NEVER = 1 << 60


def first_start(spans: tuple[Span, ...], arrive: int) -> int:
    """The earliest start at or after arriving, or NEVER."""
    for start, end in spans:
        if arrive <= end:
            return arrive if arrive > start else start
    return NEVER


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
        if not self.settle([]):
            who = lane.technician.id
            raise Invalid(
                f"Technician {who}: breaks and busy hours of one shift can't all be taken. Widen a break.", field=f"technician {who}"
            )

    def copy(self, windows: list[tuple[Span, ...]] | None = None) -> Run:
        """The same route, free to change."""
        other = object.__new__(Run)
        for name in Run.__slots__:
            setattr(other, name, getattr(self, name))
        other.load = list(self.load)
        if windows is not None:
            other.windows = windows
        return other

    def settle(self, seq: list[int]) -> bool:
        """Take this sequence if it holds: seat the breaks, set all times and costs. False (and nothing changed) where it does not."""
        seated = self._seat(seq)
        if seated is None:
            return False
        begin, finish, gaps, back = seated
        lane, place = self.lane, self.frame.place
        at, travel, metres, cents = lane.first, 0, 0, 0
        for stop in seq:
            to = place[stop]
            travel += lane.seconds[at][to]
            metres += lane.metres[at][to]
            cents += lane.cents[at][to]
            at = to
        if seq:
            travel += lane.seconds[at][lane.last]
            metres += lane.metres[at][lane.last]
            cents += lane.cents[at][lane.last]
        if travel > lane.travel or metres > lane.reach:
            return False
        self.seq, self.begin, self.finish, self.gaps, self.back = seq, begin, finish, gaps, back
        self.travel, self.metres = travel, metres
        self.soft = lane.close > lane.end or self.frame.problem.fairness > 0 or any(self.frame.soft[s] for s in seq)
        self.cents = cents + self._beside(seq, begin, back)
        self._limits()
        self.memo: dict[int, Found | None] = {}
        return True

    def _beside(self, seq: list[int], begin: list[int], back: int) -> int:
        """Cents that are not driving: overtime, late starts, somebody not preferred, more than a fair share."""
        frame, lane = self.frame, self.lane
        total = max(0, back - lane.end) * lane.technician.overtime_cost // 3600 + lane.technician.call_out if seq else 0
        known = len(frame.visits)
        for stop, start in zip(seq, begin, strict=True):
            if stop < known:
                total += frame.misfit[stop].get(lane.index, 0)
                if frame.soft[stop]:
                    total += frame.late(stop, start) + frame.moved(stop, start)
        if frame.problem.fairness:
            work = sum(frame.takes(s, lane.index) for s in seq if s < known)
            total += max(0, work - frame.fair_share) * frame.problem.fairness // 3600
        return total

    def _seat(self, seq: list[int]) -> tuple[list[int], list[int], list[tuple[int, ...]], int] | None:
        """The earliest times of a sequence with all breaks: begins, finishes, breaks by gap, back; None where it can't be."""
        frame, lane = self.frame, self.lane
        place, windows, rests = frame.place, self.windows, lane.rests
        k = len(rests)
        layer: dict[int, tuple[int, int, tuple[tuple[int, ...], ...], tuple[int, ...]]] = {0: (lane.open, 0, (), ())}
        at = lane.first
        for stop in [*seq, -1]:
            to = lane.last if stop < 0 else place[stop]
            drive = lane.seconds[at][to] if seq else 0
            takes = 0 if stop < 0 else frame.takes(stop, lane.index)
            new: dict[int, tuple[int, int, tuple[tuple[int, ...], ...], tuple[int, ...]]] = {}
            for used, (leave, _s, seats, begins) in layer.items():
                arrive, free = leave + drive, leave
                for upto in range(used, k + 1):
                    if upto > used:
                        e, limit, long, _name = rests[upto - 1]
                        if free > limit:
                            break
                        arrive, free = max(arrive, e) + long, max(free, e) + long
                    start = arrive if stop < 0 else first_start(windows[stop], arrive)
                    if start + takes > lane.close or (upto in new and new[upto][0] <= start + takes):
                        continue
                    new[upto] = (start + takes, start, (*seats, tuple(range(used, upto))), (*begins, start))
            if not new:
                return None
            layer, at = new, to
        if k not in layer:
            return None
        back, _s, seats, begins = layer[k]
        starts = list(begins[:-1])
        return starts, [b + frame.takes(s, lane.index) for s, b in zip(seq, starts, strict=True)], list(seats), back

    def _limits(self) -> None:
        """The latest start of each stop (and of being back) that keeps all behind it in time."""
        frame, lane = self.frame, self.lane
        late = [lane.close] * (len(self.seq) + 1)
        for i in range(len(self.seq) - 1, -1, -1):
            stop = self.seq[i]
            to = lane.last if i + 1 == len(self.seq) else frame.place[self.seq[i + 1]]
            leave = self._leave_by(late[i + 1], lane.seconds[frame.place[stop]][to], self.gaps[i + 1])
            late[i] = last_start(self.windows[stop], leave - frame.takes(stop, lane.index))
        self.late = late

    def _leave_by(self, limit: int, drive: int, rests: tuple[int, ...]) -> int:
        """The latest departure over a gap so that what comes next can start by `limit`; -1 where it can't."""
        cap = NEVER
        for n in reversed(rests):
            e, latest, long, _name = self.lane.rests[n]
            limit -= long
            if e > limit:
                return -1
            cap = min(latest, cap - long)
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
        frame, lane, seq = self.frame, self.lane, self.seq
        n = len(seq)
        here, spans, takes = frame.place[v], self.windows[v], frame.pace.get((v, lane.index), frame.duration[v])
        if not spans:
            return None
        last_moment, soft = spans[-1][1], self.soft or frame.soft[v]
        cents, seconds, place = lane.cents, lane.seconds, frame.place
        away_s, away_c = seconds[here], cents[here]
        least, found = NEVER, -1
        at, leave = (place[seq[after - 1]], self.finish[after - 1]) if after else (lane.first, lane.open)
        for i in range(after, n + 1):
            to = place[seq[i]] if i < n else lane.last
            drive = seconds[at][here]
            added = cents[at][here] + away_c[to] - (cents[at][to] if n else -lane.technician.call_out)
            if (added < least or soft) and self._fits(i, leave, drive, spans, takes, away_s[to]):
                if soft:
                    added = self._exact(v, i)
                if added < least:
                    least, found = added, i
            if i < n:
                at, leave = to, self.finish[i]
                if leave > last_moment:
                    break
        if found < 0 or self._too_far(v, found):
            return None
        return (least if soft or v >= len(frame.visits) else least + frame.misfit[v].get(lane.index, 0)), found

    def _fits(self, i: int, leave: int, drive: int, spans: tuple[Span, ...], takes: int, onward: int) -> bool:
        """Whether a stop fits a gap: it starts in time, and what comes behind still does."""
        if self.gaps[i]:
            return self._fits_gap(i, leave, drive, spans, takes, onward, self.late[i])
        start = leave + drive
        for begin, end in spans:
            if start <= end:
                return (start if start > begin else begin) + takes + onward <= self.late[i]
        return False

    def _fits_gap(self, i: int, leave: int, drive: int, spans: tuple[Span, ...], takes: int, onward: int, limit: int) -> bool:
        """Whether a stop fits a gap that holds breaks, before or after each of them."""
        rests = self.gaps[i]
        arrive, free = leave + drive, leave
        for split in range(len(rests) + 1):
            if split:
                e, latest, long, _name = self.lane.rests[rests[split - 1]]
                if free > latest:
                    return False
                arrive, free = max(arrive, e) + long, max(free, e) + long
            start = first_start(spans, arrive)
            if start + takes <= self._leave_by(limit, onward, rests[split:]):
                return True
        return False

    def _exact(self, v: int, i: int) -> int:
        """Added cents with every later start counted, or NEVER."""
        trial = object.__new__(Run)
        trial.frame, trial.lane, trial.windows = self.frame, self.lane, self.windows
        return trial.cents - self.cents if trial.settle([*self.seq[:i], v, *self.seq[i:]]) else NEVER

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

    def insert(self, v: int, i: int, *, fetched: bool = False) -> bool:
        """Put a stop at a position; `fetched`: its parts are not the truck's. False where it does not hold after all."""
        if not self.settle([*self.seq[:i], v, *self.seq[i:]]):
            return False
        if not fetched:
            for p, q in self.frame.needs[v]:
                self.load[p] += q
        return True

    def without(self, gone: set[int]) -> Run | None:
        """A copy that leaves these visits (and their errands) out; None where the shorter way is the longer one (odd matrices)."""
        other = self.copy()
        known = len(self.frame.visits)
        keep = [s for s in self.seq if s not in gone and not (s >= known and self.frame.errands[s - known].visit in gone)]
        for s in self.seq:
            if s in gone and not self.fetches(s):
                for p, q in self.frame.needs[s]:
                    other.load[p] -= q
        return other if other.settle(keep) else None

    def fetches(self, v: int) -> bool:
        """True where the parts of a visit come from a depot on the way and not from the truck."""
        errand = self.errand_for(v)
        return errand is not None and bool(self.frame.errands[errand - len(self.frame.visits)].depot)

    def errand_for(self, v: int) -> int | None:
        """The errand stop that serves a visit on this route, if any."""
        known = len(self.frame.visits)
        return next((s for s in self.seq if s >= known and self.frame.errands[s - known].visit == v), None)
