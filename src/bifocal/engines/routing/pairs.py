"""The cheapest places for two stops of one route at once: an errand, and behind it the visit that needs it.

Both are judged alone first (time: Savelsbergh 1992, forward slack; what it adds in driving), then pairs are tried whole, the cheapest
driving first, until no other can be cheaper.
"""

from __future__ import annotations

from bifocal.engines.routing.route import Run
from bifocal.engines.routing.seats import NEVER

Pair = tuple[int, int, int]  # added cents, position of the errand, position of the visit with the errand in place


def pair(run: Run, errand: int, v: int, *, most: int = NEVER) -> Pair | None:
    """Where an errand and its visit cost least, all else in the same order; None where they fit nowhere for less than `most` cents."""
    seq, first, second = run.seq, run.gaps_for(errand), run.gaps_for(v)
    drives: list[Pair] = []
    for one, i in first:
        if (beside := _together(run, errand, v, i)) < most:
            drives.append((beside, i, i + 1))
        drives += [(one + two, i, j + 1) for two, j in second if j > i and one + two < most]
    best: Pair | None = None
    for cents, i, j in sorted(drives):
        if cents >= (best[0] if best else most):
            break
        trial = run.tried([*seq[:i], errand, *seq[i : j - 1], v, *seq[j - 1 :]])
        if trial and trial.cents - run.cents < (best[0] if best else most):
            best = (trial.cents - run.cents, i, j)
            if not run.soft and not trial.soft:
                break
    return best


def _together(run: Run, errand: int, v: int, i: int) -> int:
    """Cents of driving for both, one behind the other, in a gap."""
    cents, place, lane, seq = run.lane.cents, run.frame.place, run.lane, run.seq
    at, to = place[seq[i - 1]] if i else lane.first, place[seq[i]] if i < len(seq) else lane.last
    straight = cents[at][to] if seq else -lane.technician.call_out
    return cents[at][place[errand]] + cents[place[errand]][place[v]] + cents[place[v]][to] - straight
