"""The links of a printed schedule, cut into the pieces that each row of the table draws: a table breaks over sheets, a line does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bifocal.engines.cpm.model import Link
from bifocal.projects.schedule.board import Board

MOST_LINKS = 600  # beyond it only those that drive a date are drawn: more of them is a gray sheet
STEM = 0.004  # of the width, between a bar and the line that turns beside it


@dataclass
class _Pieces:
    """What one row draws: flat lines (from, to), upright ones (at, in its upper half, in its lower half), heads (at, which way)."""

    flat: set[tuple[float, float, bool]] = field(default_factory=set)
    upright: dict[tuple[float, bool], tuple[bool, bool]] = field(default_factory=dict)
    heads: set[tuple[float, str, bool]] = field(default_factory=set)

    def stand(self, at: float, critical: bool, *, upper: bool, lower: bool) -> None:
        was = self.upright.get((at, critical), (False, False))
        self.upright[at, critical] = (was[0] or upper, was[1] or lower)

    def told(self) -> dict[str, Any]:
        return {
            "flat": [list(f) for f in sorted(self.flat, key=lambda f: f[2])],
            "upright": [[at, *halves, critical] for (at, critical), halves in sorted(self.upright.items(), key=lambda u: u[0][1])],
            "heads": [list(h) for h in sorted(self.heads, key=lambda h: h[2])],
        }


def routes(board: Board, order: Sequence[int], first: int, whole: int) -> dict[int, dict[str, Any]]:
    """By key of each row the pieces of the links that end at it or pass it; `order`: rows as printed; places are shares of the span."""
    place = {pk: n for n, pk in enumerate(order)}
    pieces = {pk: _Pieces() for pk in order}
    few = len(board.links) <= MOST_LINKS
    for link in board.network.links:
        driving = link in board.result.dates[link.after].driving
        if few or driving:
            _draw(board, link, driving, place, order, pieces, first, whole)
    return {pk: p.told() for pk, p in pieces.items()}


def _draw(
    board: Board, link: Link, driving: bool, place: dict[int, int], order: Sequence[int], pieces: dict[int, _Pieces], first: int, whole: int
) -> None:
    before, after = board.by_key[link.before], board.by_key[link.after]
    one, two = board.result.dates[link.before], board.result.dates[link.after]
    critical = driving and one.critical and two.critical
    begins = round(((one.finish if link.type[0] == "F" else one.start) - first) / whole, 4)
    ends = round(((two.start if link.type[1] == "S" else two.finish) - first) / whole, 4)
    turn, head = turning(link.type, begins, ends)
    pieces[before.id].flat.add((*sorted((begins, turn)), critical))  # type: ignore[arg-type]
    if head in "><":
        pieces[after.id].flat.add((*sorted((turn, ends)), critical))  # type: ignore[arg-type]
    a, b = place[before.id], place[after.id]
    for n in range(min(a, b), max(a, b) + 1):
        at_end = n in (a, b)
        pieces[order[n]].stand(turn, critical, upper=not at_end or n == max(a, b), lower=not at_end or n == min(a, b))
    pieces[after.id].heads.add((ends if head in "><" else turn, head if head in "><" else "v" if b > a else "^", critical))


def turning(sort: str, begins: float, ends: float) -> tuple[float, str]:
    """Where a link turns from flat to upright, and how its head points: onto the bar ('|') where it comes down on it, else at its end."""
    if sort == "FS" and ends >= begins:
        return round(ends + STEM / 2, 4), "|"
    if sort[1] == "S":  # into the start, from the left
        return round(max(0.0, min(begins, ends) - STEM), 4), ">"
    return round(min(1.0, max(begins, ends) + STEM), 4), "<"
