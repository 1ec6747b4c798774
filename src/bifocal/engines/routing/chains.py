"""Ejection chains: a visit takes another's place, that one a third's, and so on, until one fits somewhere with nobody leaving.

Glover (1996), 'Ejection chains, reference structures and alternating path methods'; as a search of paths, Ahuja, Orlin and Sharma (2000).
Every link of a chain changes a lane of its own, so what a link costs does not depend on the others and is worked out once; a
chain is the cheapest path over 'this one in place of that one', built link by link. Each link but the first has one customer more
served by somebody else. Within its lane a link may change the order of all stops (`order.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bifocal.engines.routing.moves import State, movable
from bifocal.engines.routing.order import Orders, with_one_more
from bifocal.engines.routing.route import Run

LONGEST = 5  # links before the last
WIDTH = 60  # chains of each length that are made longer, the cheapest
BRANCH = 2  # of those with the same length and the same visit out


@dataclass(frozen=True, slots=True)
class Link:
    """A lane with somebody new in it and `gone` (-1: nobody) out of it; `cents` is what that adds, prizes not counted."""

    cents: int
    lane: int
    gone: int
    run: Run


@dataclass(frozen=True, slots=True)
class Chain:
    """Links so far, what they add, and who is out by them (-1: nobody)."""

    cents: int
    out: int
    links: tuple[Link, ...] = ()

    def plus(self, link: Link) -> Chain:
        """This chain with one link more."""
        return Chain(self.cents + link.cents, link.gone, (*self.links, link))

    def touches(self, lane: int) -> bool:
        """True where a link has changed this lane."""
        return any(link.lane == lane for link in self.links)


class Links:
    """What the links from one state are, each worked out when first asked for; `orders` of a lane are tried where no place in it fits."""

    def __init__(self, state: State, orders: Orders) -> None:
        self.state = state
        self.orders = orders
        self._swaps: dict[int, list[Link]] = {}
        self._ends: dict[int, list[Link]] = {}
        self._less: dict[int, Run | None] = {}

    def swaps(self, v: int) -> list[Link]:
        """Every lane a visit could stand in if one other left it, cheapest first."""
        if v not in self._swaps:
            frame, runs = self.state.frame, self.state.runs
            free = ((n, g) for n in frame.able[v] for g in runs[n].seq if movable(self.state, g) and not frame.coupled[g])
            self._swaps[v] = sorted((k for n, g in free if (k := self._link(v, n, g))), key=_order)
        return self._swaps[v]

    def ends(self, v: int) -> list[Link]:
        """Every lane a visit fits in with nobody leaving, cheapest first."""
        if v not in self._ends:
            free = (n for n in self.state.frame.able[v] if not self.state.full(n))
            self._ends[v] = sorted((k for n in free if (k := self._link(v, n, -1))), key=_order)
        return self._ends[v]

    def _link(self, v: int, lane: int, gone: int) -> Link | None:
        run = self.state.runs[lane]
        if gone >= 0 and gone not in self._less:
            self._less[gone] = run.without({gone})
        less = self._less[gone] if gone >= 0 else run
        there = with_one_more(less, v, self.orders) if less else None
        return Link(there.cents - run.cents, lane, gone, there) if there else None


def _order(link: Link) -> tuple[int, int, int]:
    return link.cents, link.lane, link.gone


def chained(
    links: Links, v: int, *, spent: Callable[[], float], until: float = 1.0, longest: int = LONGEST, hands: int = 0
) -> State | None:
    """The state with a visit put in by the cheapest chain found before a share of the budget is spent; None: to leave it out is cheapest.

    Who is last in it gets a lane or, where the prize is less, is left out. `hands`: cents for each visit that somebody else gets.
    """
    state, prize = links.state, links.state.frame.prize
    best, least, layer = None, prize[v], [] if state.frame.coupled[v] else [Chain(0, v)]
    for length in range(longest + 1):
        longer: dict[int, list[Chain]] = {}
        for chain in sorted(layer, key=lambda c: (c.cents, c.out))[:WIDTH]:
            if spent() >= until:
                return _done(state, v, best)
            last = next((k for k in links.ends(chain.out) if not chain.touches(k.lane)), None)
            if last and chain.cents + last.cents < least:
                best, least = chain.plus(last), chain.cents + last.cents
            if length < longest:
                _lengthen(links, chain, least, longer)
        layer = [c for same in longer.values() for c in same]
        out = min(layer, key=lambda c: c.cents + prize[c.out], default=None)
        if out and out.cents + prize[out.out] < least:
            best, least = out, out.cents + prize[out.out]
        layer = [Chain(c.cents + hands, c.out, c.links) for c in layer]
    return _done(state, v, best)


def _lengthen(links: Links, chain: Chain, least: int, longer: dict[int, list[Chain]]) -> None:
    """Every chain with one link more that may still be the cheapest; of those with the same visit out only the cheapest few."""
    for link in links.swaps(chain.out):
        if chain.cents + link.cents >= least:
            break
        if not chain.touches(link.lane):
            same = longer.setdefault(link.gone, [])
            same.append(chain.plus(link))
            same.sort(key=lambda c: c.cents)
            del same[BRANCH:]


def _done(state: State, v: int, chain: Chain | None) -> State | None:
    """The state with a chain carried out."""
    if chain is None:
        return None
    state = state.copy()
    state.out.discard(v)
    for link in chain.links:
        state.runs[link.lane] = link.run
    if chain.out >= 0:
        state.out.add(chain.out)
    return state
