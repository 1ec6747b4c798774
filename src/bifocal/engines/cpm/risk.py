"""Risk by simulation: durations drawn from three points, the forward pass on the exact calendars, thousands of times.

Gives the finish at any chance (P50, P80, P90), how often each activity is on the longest path (criticality index), and which
durations move the finish most (rank correlation, the tornado). The same seed gives the same answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bifocal.engines.cpm.graph import DONE, SPANS, WAITING, Graph, Node
from bifocal.engines.cpm.model import Network
from bifocal.engines.cpm.steps import steps_of
from bifocal.lib.errors import Invalid

CHANCES = (10, 50, 80, 90)
TOLD = 50  # samples between two words about progress


@dataclass(frozen=True, slots=True)
class ThreePoint:
    """Optimistic, most likely and pessimistic remaining duration in working minutes."""

    low: int
    likely: int
    high: int


@dataclass(frozen=True, slots=True)
class Influence:
    """An activity in the simulation: how often it was on the longest path (0..1), and its rank correlation with the finish."""

    id: str
    criticality: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Risk:
    """The outcome: the planned finish, its chance, finishes by chance in percent, and who drives them."""

    samples: int
    planned: int
    chance_of_planned: float
    finish: Mapping[int, int]
    mean: float
    influences: tuple[Influence, ...]
    finishes: tuple[int, ...]


def spread(net: Network, low: float, high: float) -> dict[str, ThreePoint]:
    """The same spread around every open activity's remaining duration: factors like 0.9 and 1.3. Raises Invalid."""
    if not 0 <= low <= 1 <= high:
        raise Invalid("The optimistic factor lies between 0 and 1, the pessimistic one is 1 or more.", field="spread")
    return {
        a.id: ThreePoint(round(a.remaining * low), a.remaining, round(a.remaining * high))
        for a in net.activities
        if a.actual_finish is None and a.remaining and a.kind not in SPANS
    }


def simulate(
    net: Network, points: Mapping[str, ThreePoint], *, samples: int = 1000, seed: int = 1, tell: Callable[[float], None] | None = None
) -> Risk:
    """Run the simulation; `tell` hears the share that is done now and then.

    Raises Invalid for points out of order, for unknown activities, and for what `schedule` refuses."""
    if not 1 <= samples <= 100_000:
        raise Invalid("Between 1 and 100,000 samples.", field="samples")
    known = {a.id: a for a in net.activities}
    for key, p in points.items():
        if key not in known:
            raise Invalid(f"There is no activity {key} to give three points to.", field=key)
        if not 0 <= p.low <= p.likely <= p.high:
            raise Invalid(f"The three points of {known[key].code} are not in order: optimistic, likely, pessimistic.", field=key)
    run = _Run(net, points)
    planned = run.pass_once(None)
    rng = random.Random(seed)  # noqa: S311 a simulation, not a secret
    drawn: list[list[int]] = []
    finishes: list[int] = []
    for n in range(samples):
        if tell is not None and n % TOLD == 0:
            tell(n / samples)
        sample = [round(rng.triangular(p.low, p.high, p.likely)) if p.high > p.low else p.likely for p in run.points]
        finishes.append(run.pass_once(sample))
        drawn.append(sample)
    return _outcome(run, planned, drawn, finishes)


class _Run:
    """The network built once; each pass only sets durations and goes forward."""

    def __init__(self, net: Network, points: Mapping[str, ThreePoint]) -> None:
        steps = steps_of(Graph(net))
        self.steps = [s.run for s in steps]
        self.nodes = order = [s.node for s in steps]
        self.base = [(n, n.dur, n.rem) for n in order]
        self.drawn = [(n, n.dur, n.rem) for n in order if n.act.id in points and n.state != DONE]
        self.points = [points[n.act.id] for n, _, _ in self.drawn]
        self.hits: dict[int, int] = {}

    def pass_once(self, sample: Sequence[int] | None) -> int:
        """One forward pass; counts who was on the longest path where durations were drawn."""
        for node, dur, rem in self.base:
            node.dur, node.rem = dur, rem
        if sample is not None:
            for (node, dur, rem), minutes in zip(self.drawn, sample, strict=True):
                node.rem = minutes
                node.dur = minutes if node.state == WAITING else dur + minutes - rem
        for step in self.steps:
            step()
        last = max(n.ef for n in self.nodes)
        if sample is not None:
            self._count([n for n in self.nodes if n.ef == last])
        return last

    def _count(self, stack: list[Node]) -> None:
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            key = id(node)
            if key not in seen:
                seen.add(key)
                self.hits[key] = self.hits.get(key, 0) + 1
                stack.extend(a.p for a in node.drivers)


def _outcome(run: _Run, planned: int, drawn: list[list[int]], finishes: list[int]) -> Risk:
    n = len(finishes)
    inorder = sorted(finishes)
    at = {p: inorder[min(n - 1, max(0, -(-p * n // 100) - 1))] for p in CHANCES}
    ranks = _ranks(finishes)
    influences = []
    for place, (node, _, _) in enumerate(run.drawn):
        hits = run.hits.get(id(node), 0)
        correlation = _correlation(_ranks([row[place] for row in drawn]), ranks) if hits else 0.0
        influences.append(Influence(node.act.id, hits / n, correlation))
    influences.sort(key=lambda i: (-abs(i.correlation), -i.criticality, i.id))
    reached = sum(1 for f in finishes if f <= planned) / n
    return Risk(n, planned, reached, at, sum(finishes) / n, tuple(influences), tuple(inorder))


def _ranks(values: Sequence[int]) -> list[float]:
    """Ranks with ties shared."""
    order = sorted(range(len(values)), key=values.__getitem__)
    out = [0.0] * len(values)
    i = 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in order[i : j + 1]:
            out[k] = (i + j) / 2
        i = j + 1
    return out


def _correlation(x: Sequence[float], y: Sequence[float]) -> float:
    """Spearman's rho: Pearson's correlation of the ranks; 0 where one of them does not vary."""
    n = len(x)
    mx, my = sum(x) / n, sum(y) / n
    sxy = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    sxx, syy = sum((a - mx) ** 2 for a in x), sum((b - my) ** 2 for b in y)
    return 0.0 if not sxx or not syy else float(sxy / (sxx * syy) ** 0.5)
