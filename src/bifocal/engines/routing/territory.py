"""Large days: cut into territories, each solved for itself (on as many workers as there are), joined, and mended at the borders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from bifocal.engines.routing.check import check
from bifocal.engines.routing.frame import Frame, why_not
from bifocal.engines.routing.moves import fill
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import Problem, Visit
from bifocal.engines.routing.remaining import only_places
from bifocal.engines.routing.report import to_plan, to_state
from bifocal.engines.routing.search import improve
from bifocal.engines.routing.solve import make_room

MOST_VISITS = 450
Solve = Callable[[Sequence[Problem]], Sequence[Plan]]


def plan_large(problem: Problem, *, solve: Solve, stop: Callable[[], float], seed: int = 0) -> Plan:
    """A plan by territories. `solve` answers each part (in this process, in others, through a queue); `stop` is for the borders.

    Raises Invalid for a problem that can't be true.
    """
    check(problem)
    parts = territories(problem)
    plans = solve(parts)
    joined = replace(plans[0], routes=tuple(r for p in plans for r in p.routes), unserved=())
    state = to_state(Frame(problem), joined)
    fill(state)
    state = make_room(state, tries=2)
    return to_plan(improve(state, spent=stop, until=1.0, rng=Random(seed), hot=0.1))


def territories(problem: Problem, most: int = MOST_VISITS) -> list[Problem]:
    """Parts of at most about `most` visits: halves by two far technicians, again and again; visits go where their technicians are."""
    count = -(-len(problem.visits) // most)
    if count <= 1 or len(problem.technicians) < 2 * count:
        return [problem]
    where = {p.id: n for n, p in enumerate(problem.places)}
    homes = {t.id: where[t.start or t.end or problem.places[0].id] for t in problem.technicians}
    seconds = next(iter(problem.travel.values())).seconds
    groups = _halves([t.id for t in problem.technicians], homes, seconds, count)
    of = {who: n for n, group in enumerate(groups) for who in group}
    member = _members(problem, of, homes, where)
    return [_part(problem, {who for who in of if of[who] == n}, {v for v in member if member[v] == n}) for n in range(len(groups))]


def _halves(people: list[str], homes: dict[str, int], seconds: Sequence[Sequence[int]], count: int) -> list[list[str]]:
    """So many groups of about the same size, near each other."""
    if count <= 1 or len(people) < 2:
        return [people]
    one = max(people, key=lambda t: (seconds[homes[people[0]]][homes[t]], t))
    two = max(people, key=lambda t: (seconds[homes[one]][homes[t]], t))
    people = sorted(people, key=lambda t: (seconds[homes[one]][homes[t]] - seconds[homes[two]][homes[t]], t))
    left = count // 2
    cut = len(people) * left // count
    return _halves(people[:cut], homes, seconds, left) + _halves(people[cut:], homes, seconds, count - left)


def _members(problem: Problem, of: dict[str, int], homes: dict[str, int], where: dict[str, int]) -> dict[str, int]:
    """Territory of each visit: of its lock, of what it waits for, else the one whose three nearest able technicians are nearest."""
    locked = {k.visit: of[k.technician] for k in problem.locks}
    member: dict[str, int] = {}
    seconds = next(iter(problem.travel.values())).seconds
    able: dict[tuple[object, ...], list[str]] = {}
    for v in problem.visits:
        key = (tuple(sorted(v.skills.items())), v.required, v.banned)
        if key not in able:
            able[key] = [t.id for t in problem.technicians if not why_not(v, t)]
        row = seconds[where[v.place]]
        near = sorted(able[key] or of, key=lambda t: row[homes[t]])[:3]
        places = [of[t] for t in near]
        member[v.id] = locked.get(v.id, max(set(places), key=lambda n: (places.count(n), -places.index(n))))
    _together(problem.visits, member)
    return member


def _together(visits: Sequence[Visit], member: dict[str, int]) -> None:
    for _ in visits:
        moved = False
        for v in visits:
            for a in v.after:
                if member[v.id] != member[a.visit]:
                    member[v.id] = member[a.visit] = min(member[v.id], member[a.visit])
                    moved = True
        if not moved:
            return


def _part(problem: Problem, people: set[str], visits: set[str]) -> Problem:
    part = replace(
        problem, technicians=tuple(t for t in problem.technicians if t.id in people),
        visits=tuple(v for v in problem.visits if v.id in visits),
        locks=tuple(k for k in problem.locks if k.visit in visits and k.technician in people),
    )  # fmt: skip
    return only_places(part)
