"""Levelling a real schedule: crews with limits shared by several projects, calendars, every link type, progress.

Serial generation on the calendars: activities are taken in order of priority as their predecessors allow, each as early as logic
and crews let it begin; what is under way or done stays. Several priority rules are tried, then better orders by forward-backward
improvement of the best; the answer is never later than the best rule's.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bifocal.engines.cpm.calendars import Table, union
from bifocal.engines.cpm.compute import schedule
from bifocal.engines.cpm.graph import WAITING, Graph, Node
from bifocal.engines.cpm.model import Network, Result
from bifocal.engines.cpm.steps import steps_of
from bifocal.lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Levelled:
    """Starts and finishes by activity, the finish of all, a bound no levelled schedule can beat, and what each rule gave."""

    spans: Mapping[str, tuple[int, int]]
    finish: int
    unlevelled: int
    bound: int
    rule: str
    rules: Mapping[str, int]
    schedules: int


class _Crew:
    """How much of one crew is in use over time: a step function kept as breakpoints."""

    __slots__ = ("limit", "times", "used")

    def __init__(self, limit: int) -> None:
        self.limit, self.times, self.used = limit, [-(1 << 60)], [0]

    def clash(self, start: int, finish: int, want: int) -> int | None:
        """The end of the last time between the two at which there is too little; None where there is enough."""
        room = self.limit - want
        i = bisect_right(self.times, finish - 1) - 1
        while True:
            if self.used[i] > room:
                return self.times[i + 1] if i + 1 < len(self.times) else finish
            if self.times[i] <= start:
                return None
            i -= 1

    def take(self, start: int, finish: int, want: int) -> None:
        """Book it."""
        i, j = self._cut(start), self._cut(finish)
        for k in range(i, j):
            self.used[k] += want

    def _cut(self, t: int) -> int:
        i = bisect_right(self.times, t) - 1
        if self.times[i] != t:
            i += 1
            self.times.insert(i, t)
            self.used.insert(i, self.used[i - 1])
        return i


Needs = Mapping[str, Mapping[str, int]]  # activity -> crew -> thousandths of a unit


def level(net: Network, needs: Needs, limits: Mapping[str, int], *, seed: int = 1, most: int = 60,
          stop: Callable[[], bool] = lambda: False) -> Levelled:  # fmt: skip
    """Level the network. `needs` and `limits` count in thousandths of a crew, so that half a machine is a whole number.

    Raises Invalid where an activity needs more of a crew than there is, and for what `schedule` refuses.
    """
    codes = {a.id: a.code for a in net.activities}
    for key, wants in needs.items():
        for crew, amount in wants.items():
            if crew not in limits:
                raise Invalid(f"Activity {codes.get(key, key)} needs {crew}, which has no limit set.", field=crew)
            if amount > limits[crew]:
                have, want = limits[crew] / 1000, amount / 1000
                raise Invalid(f"Activity {codes.get(key, key)} needs {want:g} of {crew}, of which there are {have:g}.", field=crew)
    run = _Run(net, needs, limits)
    rules = {name: run.make(order) for name, order in run.priorities().items()}
    best_rule = min(rules, key=lambda name: rules[name][0])
    best = rules[best_rule]
    made = len(rules)
    rng = random.Random(seed)  # noqa: S311
    while best[0] > run.bound and made < most and not stop():
        trial = run.make(run.shaken(best[1], rng))
        made += 1
        if trial[0] <= best[0]:
            best = trial
    return Levelled(best[1], best[0], run.plain_finish, run.bound, best_rule, {name: r[0] for name, r in rules.items()}, made)


Made = tuple[int, dict[str, tuple[int, int]]]


class _Run:
    """The graph built once; each schedule only places again."""

    def __init__(self, net: Network, needs: Needs, limits: Mapping[str, int]) -> None:
        self.plain: Result = schedule(net)
        self.graph = Graph(net)
        self.steps = steps_of(self.graph)
        self.order = [s.node for s in self.steps]
        self.base = [(n, n.dur, n.rem) for n in self.order]
        self.needs = {key: [(crew, amount) for crew, amount in wants.items() if amount] for key, wants in needs.items()}
        self.limits = limits
        self.plain_finish = max((self.plain.dates[n.act.id].early_finish for n in self.order), default=0)
        self.bound = max(self.plain_finish, self._load())

    def _load(self) -> int:
        """No crew can do all its work sooner than by working on it at its limit whenever any of its activities may."""
        work: dict[str, int] = {}
        where: dict[str, set[str]] = {}
        for n in self.order:
            for crew, amount in self.needs.get(n.act.id, ()):
                work[crew] = work.get(crew, 0) + amount * n.rem
                where.setdefault(crew, set()).add(n.act.calendar)
        first = min((s.start for s in self.graph.sides.values()), default=0)
        calendars = {c.id: c for c in self.graph.network.calendars}
        return max((
            Table(union([calendars[k] for k in sorted(where[crew])]), first, first).add(first, total // self.limits[crew])
            for crew, total in work.items() if self.limits[crew]
        ), default=first)  # fmt: skip

    def priorities(self) -> dict[str, dict[str, tuple[int, ...]]]:
        """Five rules: late finish, late start, total float, most work behind, early start."""
        d = self.plain.dates
        keys = [n.act.id for n in self.order]
        behind = dict.fromkeys(keys, 0)
        for s in reversed(self.steps):
            behind[s.node.act.id] = s.node.rem + max((behind[a.s.act.id] for a in s.succs), default=0)
        return {
            "late finish": {k: (d[k].late_finish,) for k in keys}, "late start": {k: (d[k].late_start,) for k in keys},
            "total float": {k: (d[k].total_float or 0, d[k].early_start) for k in keys}, "work behind": {k: (-behind[k],) for k in keys},
            "early start": {k: (d[k].early_start, d[k].late_finish) for k in keys},
        }  # fmt: skip

    def shaken(self, spans: Mapping[str, tuple[int, int]], rng: random.Random) -> dict[str, tuple[int, ...]]:
        """Priorities of a schedule's own starts, some of them drawn forward by a while."""
        length = max(1, max(s[1] for s in spans.values()) - min(s[0] for s in spans.values()))
        return {k: (s[0] - (rng.randrange(length // 8 + 1) if rng.random() < 0.1 else 0),) for k, s in spans.items()}

    def make(self, priority: Mapping[str, tuple[int, ...]]) -> Made:
        """One schedule by priorities, smallest first among those whose predecessors are placed."""
        from heapq import heapify, heappop, heappush

        crews = {name: _Crew(limit) for name, limit in self.limits.items()}
        place = {id(n): i for i, n in enumerate(self.order)}
        waits = [len(s.preds) for s in self.steps]
        for node, dur, rem in self.base:
            node.dur, node.rem = dur, rem
        ready = [(_moves(n), priority[n.act.id], i) for i, n in enumerate(self.order) if not waits[i]]
        heapify(ready)
        spans: dict[str, tuple[int, int]] = {}
        while ready:
            _, _, i = heappop(ready)
            node = self.order[i]
            self.steps[i].run()
            self._fit(node, crews)
            spans[node.act.id] = (node.es, node.ef)
            for a in self.steps[i].succs:
                j = place[id(a.s)]
                waits[j] -= 1
                if not waits[j]:
                    heappush(ready, (_moves(self.order[j]), priority[self.order[j].act.id], j))
        return max((s[1] for s in spans.values()), default=0), spans

    def _fit(self, node: Node, crews: Mapping[str, _Crew]) -> None:
        """Move the start until every crew it needs has enough, and book them; what is under way keeps its crew."""
        wants = self.needs.get(node.act.id, [])
        if not wants or node.ef <= node.es:
            return
        while _moves(node):
            ends = [c for crew, amount in wants if (c := crews[crew].clash(node.es, node.ef, amount)) is not None]
            if not ends:
                break
            node.es = node.res = node.clock.next_start(max(ends))
            node.ef = node.ref = node.clock.add(node.es, node.dur)
        for crew, amount in wants:
            crews[crew].take(node.es, node.ef, amount)


def _moves(node: Node) -> bool:
    """Whether levelling may move it: what is under way stays, and so does what MS Project's user set by hand."""
    return node.state == WAITING and node.act.manual is None
