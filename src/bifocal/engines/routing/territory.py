"""Large days: cut into territories, each solved for itself (on as many workers as there are), joined, and mended at the borders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import numpy as np

from bifocal.engines.routing.check import check
from bifocal.engines.routing.crews import place_dearest
from bifocal.engines.routing.frame import Frame, why_not
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import Problem, Visit
from bifocal.engines.routing.remaining import only_places
from bifocal.engines.routing.report import to_plan, to_state
from bifocal.engines.routing.search import improve
from bifocal.engines.routing.solve import make_room

MOST_VISITS = 450
AROUND = 25  # so many nearest decide whether a visit lies at a border
Solve = Callable[[Sequence[Problem]], Sequence[Plan]]


def plan_large(
    problem: Problem, *, solve: Solve, stop: Callable[[], float], seed: int = 0, strict: bool = True, most: int = MOST_VISITS
) -> Plan:
    """A plan by territories. `solve` answers each part (in this process, in others, through a queue); `stop` is for the borders.

    Raises Invalid for a problem that can't be true.
    """
    check(problem, strict=strict)
    parts = territories(problem, most)
    plans = solve(parts)
    joined = replace(plans[0], routes=tuple(r for p in plans for r in p.routes), unserved=())
    frame = Frame(problem)
    state = to_state(frame, joined).apart()
    place_dearest(state)
    state = make_room(state, tries=2)
    if len(parts) == 1:
        return to_plan(state)
    return to_plan(improve(state, spent=stop, until=1.0, rng=Random(seed), hot=0.1, around=_borders(frame, parts)))


def _borders(frame: Frame, parts: Sequence[Problem]) -> list[int]:
    """Visits among whose nearest are some of another territory."""
    member = {v.id: n for n, part in enumerate(parts) for v in part.visits}
    whose = np.array([member.get(v.id, -1) for v in frame.visits])
    there = np.array(frame.lanes[0].seconds)[np.ix_(frame.place[: len(whose)], frame.place[: len(whose)])]
    near = np.argsort(there, axis=1, kind="stable")[:, :AROUND]
    return [int(v) for v in np.flatnonzero((whose[near] != whose[:, None]).any(axis=1))]


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
    for v in _between(problem, of, member):
        del member[v]
    return [_part(problem, {who for who in of if of[who] == n}, {v for v in member if member[v] == n}) for n in range(len(groups))]


def _between(problem: Problem, of: dict[str, int], member: dict[str, int]) -> set[str]:
    """Visits that no territory can hold alone (locked to people of several, asking for somebody of another, a crew too large), and what
    waits for them: they are placed when the parts are joined."""
    size = Counter(of.values())
    locked: dict[str, set[int]] = {}
    for k in problem.locks:
        locked.setdefault(k.visit, set()).add(of[k.technician])
    found = {v.id for v in problem.visits if locked.get(v.id, {member[v.id]}) != {member[v.id]} or v.crew > size[member[v.id]]}
    found |= {v.id for v in problem.visits if v.required and member[v.id] not in {of[t] for t in v.required}}
    while True:
        waiting = {v.id for v in problem.visits if any(a.visit in found for a in v.after)}
        if waiting <= found:
            return found
        found |= waiting


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
        visits=tuple(
            replace(v, required=v.required & people, preferred=v.preferred & people, banned=v.banned & people)
            for v in problem.visits if v.id in visits
        ),
        locks=tuple(k for k in problem.locks if k.visit in visits and k.technician in people),
    )  # fmt: skip
    return only_places(part)
