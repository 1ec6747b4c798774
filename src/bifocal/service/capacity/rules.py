"""How many minutes of a skill can still be sold, when everybody can do several things and much is sold before anybody is named.

Adding up free hours by skill sells a person twice who holds two skills. So what is wanted is put on people, each minute on one of them,
as well as can be (a maximum flow: Ford and Fulkerson, 1956); what more of a skill could then be put on is its room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Hands:
    """Somebody's free minutes, what they may do and where; no zones: everywhere."""

    minutes: int
    skills: frozenset[str]
    zones: frozenset[str] = frozenset()

    def can(self, skill: str, zone: str) -> bool:
        """Whether they may do this skill there; '' asks for nothing."""
        return (not skill or skill in self.skills) and (not zone or not self.zones or zone in self.zones)


@dataclass(frozen=True)
class Wanted:
    """Minutes that are sold or planned, with nobody named yet; `label`: by whom."""

    skill: str
    zone: str
    minutes: int
    label: str = ""


def free_minutes(shift: int, held: int, calls: int, drive: int, reserve: Decimal) -> int:
    """shift − firm allocations − drive of the calls that stand − reserve (a share of the shift); never less than 0."""
    return max(0, shift - held - calls * drive - round(shift * reserve))


def placed(hands: Sequence[Hands], wanted: Sequence[Wanted]) -> int:
    """The most of what is wanted that can be put on these people, in minutes."""
    left = [h.minutes for h in hands]
    on: list[list[int]] = [[0] * len(hands) for _ in wanted]
    total = 0
    for n, w in enumerate(wanted):
        open_ = w.minutes
        while open_ > 0:
            path = _path(n, hands, wanted, left, on)
            if not path:
                break
            handed = [on[want][giver] for (want, _to), (_w, giver) in zip(path[1:], path[:-1], strict=True)]
            step = min(open_, left[path[-1][1]], *handed)
            for k, (m, h) in enumerate(path):
                on[m][h] += step
                if k + 1 < len(path):
                    on[path[k + 1][0]][h] -= step
            left[path[-1][1]] -= step
            open_ -= step
            total += step
    return total


def _path(first: int, hands: Sequence[Hands], wanted: Sequence[Wanted], left: list[int], on: list[list[int]]) -> list[tuple[int, int]]:
    """A chain 'this on that person, who hands one of theirs to another' that ends with free minutes: (want, person) pairs; empty: none."""
    came: dict[int, tuple[int, int | None]] = {}  # person -> (what goes onto them, from which person it comes)
    queue: list[tuple[int, int | None]] = [(first, None)]
    while queue:
        want, source = queue.pop(0)
        for h, who in enumerate(hands):
            if h in came or not who.can(wanted[want].skill, wanted[want].zone):
                continue
            came[h] = (want, source)
            if left[h] > 0:
                chain, at = [], h
                while True:
                    w, before = came[at]
                    chain.append((w, at))
                    if before is None:
                        return chain[::-1]
                    at = before
            queue += [(other, h) for other in range(len(wanted)) if on[other][h] > 0 and other != want]
    return []


def room(hands: Sequence[Hands], wanted: Sequence[Wanted], skill: str, zone: str = "") -> int:
    """Minutes of a skill in a zone that can still be sold beside all that is wanted already."""
    merged = _alike(hands)
    every = sum(h.minutes for h in merged)
    return placed(merged, [*wanted, Wanted(skill, zone, every)]) - placed(merged, wanted)


def _alike(hands: Sequence[Hands]) -> list[Hands]:
    """People who can do the same in the same places, as one."""
    sums: dict[tuple[frozenset[str], frozenset[str]], int] = {}
    for h in hands:
        sums[h.skills, h.zones] = sums.get((h.skills, h.zones), 0) + h.minutes
    return [Hands(m, s, z) for (s, z), m in sums.items()]
