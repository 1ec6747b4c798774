"""The resource-constrained project in whole periods: serial generation of schedules, a genetic search over activity lists with
forward-backward justification (Hartmann 1998; Valls, Ballestín and Quintanilla 2005), and lower bounds.

All resources of a period stand in one integer, a field each with a guard bit above it, so that one subtraction asks them all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bifocal.lib.errors import Invalid

WIDTH = 16  # bits a resource; the top one is the guard


@dataclass(frozen=True, slots=True)
class Problem:
    """Activities 0..n-1 with durations in periods, their successors, what they need of each resource, and what there is."""

    durations: tuple[int, ...]
    successors: tuple[tuple[int, ...], ...]
    demands: tuple[tuple[int, ...], ...]
    capacities: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """Starts, the length of the whole, a lower bound on it, and how many schedules were made."""

    starts: tuple[int, ...]
    makespan: int
    bound: int
    schedules: int


class _Space:
    """A problem made ready: predecessors, order, packed demands."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.d = problem, problem.durations
        self.n = len(self.d)
        self.succs = problem.successors
        self.preds: list[list[int]] = [[] for _ in range(self.n)]
        for i, after in enumerate(self.succs):
            for j in after:
                self.preds[j].append(i)
        for i, need in enumerate(problem.demands):
            for k, (x, capacity) in enumerate(zip(need, problem.capacities, strict=True)):
                if x > capacity:
                    raise Invalid(
                        f"Activity {i} needs {x} of resource {k}, of which there are {capacity}: it can never be done.", field=str(i)
                    )
        self.guard = sum(1 << (WIDTH * k + WIDTH - 1) for k in range(len(problem.capacities)))
        self.full = self.guard | sum(c << (WIDTH * k) for k, c in enumerate(problem.capacities))
        self.need = [sum(x << (WIDTH * k) for k, x in enumerate(row)) for row in problem.demands]
        self.horizon = sum(self.d) + 1
        self.order = self._order()
        self.tail = [0] * self.n
        for i in reversed(self.order):
            self.tail[i] = self.d[i] + max((self.tail[j] for j in self.succs[i]), default=0)
        self.head = [0] * self.n
        for i in self.order:
            self.head[i] = max((self.head[p] + self.d[p] for p in self.preds[i]), default=0)

    def _order(self) -> list[int]:
        waits = [len(p) for p in self.preds]
        ready = [i for i in range(self.n) if not waits[i]]
        for i in ready:
            for j in self.succs[i]:
                waits[j] -= 1
                if not waits[j]:
                    ready.append(j)
        if len(ready) < self.n:
            raise Invalid("The activities wait for each other in a loop.", field="successors")
        return ready

    def bound(self) -> int:
        """The longest path, or the most loaded resource: no schedule is shorter."""
        path = max((self.head[i] + self.tail[i] for i in range(self.n)), default=0)
        loads = [
            -(-sum(self.d[i] * self.problem.demands[i][k] for i in range(self.n)) // c) for k, c in enumerate(self.problem.capacities) if c
        ]
        return max([path, *loads])

    def place(self, order: Sequence[int], before: Sequence[Sequence[int]]) -> list[int]:
        """Serial generation: each activity as early as its predecessors and the resources let it."""
        free = [self.full] * self.horizon
        guard, need, d = self.guard, self.need, self.d
        start, finish = [0] * self.n, [0] * self.n
        for i in order:
            t = 0
            for p in before[i]:
                if finish[p] > t:
                    t = finish[p]
            length, want = d[i], need[i]
            if length and want:
                u = t + length - 1
                while u >= t:
                    if (free[u] - want) & guard != guard:
                        t = u + 1
                        u = t + length - 1
                    else:
                        u -= 1
                for u in range(t, t + length):
                    free[u] -= want
            start[i] = t
            finish[i] = t + length
        return start

    def justified(self, order: Sequence[int]) -> tuple[int, list[int]]:
        """Left, then right, then left again: seldom longer, often shorter. Returns the length and the starts."""
        d = self.d
        start = self.place(order, self.preds)
        back = sorted(order, key=lambda i: -(start[i] + d[i]))
        late = self.place(_feasible(back, self.succs, self.n), self.succs)
        end = max((late[i] + d[i] for i in order), default=0)
        again = sorted(order, key=lambda i: end - late[i] - d[i])
        better = self.place(_feasible(again, self.preds, self.n), self.preds)
        length = max((better[i] + d[i] for i in order), default=0)
        first = max((start[i] + d[i] for i in order), default=0)
        return (length, better) if length <= first else (first, start)


def _feasible(order: list[int], before: Sequence[Sequence[int]], n: int) -> list[int]:
    """The order with those of no length moved behind what they wait for, where sorting by time left ties."""
    done, out = bytearray(n), []
    waiting = order
    while waiting:
        later = []
        for i in waiting:
            if all(done[p] for p in before[i]):
                done[i] = 1
                out.append(i)
            else:
                later.append(i)
        waiting = later
    return out


def search(problem: Problem, *, seed: int = 1, most: int = 5000, stop: Callable[[], bool] = lambda: False) -> Solution:
    """The best schedule found within `most` schedules or until `stop()`. Same seed and no clock: same answer. Raises Invalid."""
    space, rng = _Space(problem), random.Random(seed)  # noqa: S311
    bound, made = space.bound(), 0
    size = 40 if space.n > 40 else 30
    people: list[tuple[int, list[int]]] = []
    while len(people) < size and (not people or (made < most and not stop())):
        order = _sample(space, rng, greedy=not people)
        length, starts = space.justified(order)
        made += 3
        people.append((length, starts))
        if length == bound:
            break
    people.sort(key=lambda p: p[0])
    while people[0][0] > bound and made < most and not stop():
        if rng.random() < 0.5:
            mother, father = (min(rng.sample(range(len(people)), min(2, len(people)))) for _ in range(2))
            child = _cross(space, people[mother][1], people[father][1], rng)
        else:
            child = _shake(space, people[min(rng.randrange(len(people)), rng.randrange(len(people)))][1], rng)
        length, starts = space.justified(child)
        made += 3
        if length <= people[-1][0] and all(starts != p[1] for p in people if p[0] == length):
            people[-1] = (length, starts)
            people.sort(key=lambda p: p[0])
        elif rng.random() < 0.01:
            people[-1] = space.justified(_sample(space, rng, greedy=False))
            people.sort(key=lambda p: p[0])
    return Solution(tuple(people[0][1]), people[0][0], bound, made)


def _sample(space: _Space, rng: random.Random, greedy: bool) -> list[int]:
    """An activity list by latest finish time, with a biased throw of the dice."""
    waits = [len(p) for p in space.preds]
    ready = [i for i in range(space.n) if not waits[i]]
    out = []
    while ready:
        if greedy:
            i = max(ready, key=lambda j: (space.tail[j], -j))
        else:
            least = min(space.tail[j] for j in ready)
            weights = [(space.tail[j] - least + 1) for j in ready]
            i = rng.choices(ready, weights)[0]
        ready.remove(i)
        out.append(i)
        for j in space.succs[i]:
            waits[j] -= 1
            if not waits[j]:
                ready.append(j)
    return out


def _shake(space: _Space, starts: list[int], rng: random.Random) -> list[int]:
    """A schedule's own order, a stretch of it thrown about."""
    order = sorted(space.order, key=starts.__getitem__)
    length = rng.randint(4, max(5, space.n // 4))
    first = rng.randrange(max(1, space.n - length))
    part = order[first : first + length]
    rng.shuffle(part)
    return _feasible([*order[:first], *part, *order[first + length :]], space.preds, space.n)


def _cross(space: _Space, a: list[int], b: list[int], rng: random.Random) -> list[int]:
    """Two-point crossover of two lists sorted by start; a few swaps of neighbours that may swap."""
    first = sorted(space.order, key=a.__getitem__)
    second = sorted(space.order, key=b.__getitem__)
    if rng.random() < 0.5:
        first, second = second, first
    x, y = sorted((rng.randrange(space.n), rng.randrange(space.n)))
    head = first[:x]
    seen = set(head)
    middle = [i for i in second if i not in seen][: y - x]
    seen.update(middle)
    child = [*head, *middle, *(i for i in first if i not in seen)]
    for k in range(space.n - 1):
        if rng.random() < 0.03 and child[k] not in space.preds[child[k + 1]]:
            child[k], child[k + 1] = child[k + 1], child[k]
    return _feasible(child, space.preds, space.n)
