"""One more visit in a lane whose stops may change their order: by the windows few orders are possible, and all of those are tried."""

from __future__ import annotations

from collections.abc import Callable

from bifocal.engines.routing.route import Run
from bifocal.engines.routing.seats import NEVER, first_start

MOST_TRIED = 500  # beginnings of an order, for one visit in one lane
MOST_IN_ALL = 20_000  # an eighth of a second
ASKS = 1000  # beginnings between two looks at the budget


class Orders:
    """Tries orders until so many beginnings have been looked at in all, or no time is left; 0: stops keep their order."""

    def __init__(self, left: int = MOST_IN_ALL, over: Callable[[], bool] = lambda: False) -> None:
        self.left, self.over, self._asks = left, over, left - ASKS

    def of(self, run: Run, stops: list[int]) -> list[list[int]]:
        """Orders in which every stop can begin in time, breaks not counted: depth first, beginning with who can begin first."""
        if self.left <= self._asks:
            self._asks = self.left - ASKS
            self.left = 0 if self.over() else self.left
        found: list[list[int]] = []
        if self.left > 0:
            self._go(run, max(0, self.left - MOST_TRIED), ([], run.lane.first, run.lane.open, stops), found)
        return found

    def _go(self, run: Run, until: int, begun: tuple[list[int], int, int, list[int]], found: list[list[int]]) -> None:
        """`begun`: the stops so far, where and when one is free, and what is left to do."""
        seq, at, free, left = begun
        if self.left <= until:
            return
        self.left -= 1
        lane, place, long = run.lane, run.frame.place, run.frame.long[run.lane.index]
        begin = [(first_start(run.windows[s], free + lane.seconds[at][place[s]]), s) for s in left]
        if any(start == NEVER for start, _s in begin):
            return
        for start, s in sorted(begin):
            if start + long[s] <= lane.close:
                self._go(run, until, ([*seq, s], place[s], start + long[s], [o for o in left if o != s]), found)
        if not left:
            found.append(seq)


def with_one_more(run: Run, v: int, orders: Orders) -> Run | None:
    """The route with a visit in it: at its cheapest place where there is one, else in the cheapest order of all stops that holds.

    None where there is none, or not within so many tries, and for a visit that needs an errand or more than the truck has.
    """
    frame = run.frame
    if frame.visits[v].collect or not run.carries(v):
        return None
    place = run.best(v)
    if place:
        return run.plus(v, place[1])
    if any(s >= len(frame.visits) for s in run.seq):
        return None  # an errand goes before its visit
    found = [there for seq in orders.of(run, [*run.seq, v]) if (there := run.ordered(seq, v))]
    return min(found, key=lambda r: r.cents, default=None)
