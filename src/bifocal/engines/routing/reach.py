"""Whom a change concerns in a large company: those who have the work, the technicians nearest to it, and who is tied to them."""

from __future__ import annotations

from bifocal.engines.routing.frame import why_not
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import Problem, Technician
from bifocal.engines.routing.remaining import Change

REACH = 40


def within_reach(problem: Problem, plan: Plan, changes: tuple[Change, ...]) -> frozenset[str] | None:
    """The technicians who are asked when this happens; None (all) where there are not many. An emergency asks only who may do it."""
    if len(problem.technicians) <= REACH:
        return None
    where = {p.id: n for n, p in enumerate(problem.places)}
    place = {v.id: where[v.place] for v in problem.visits}
    spots = {t.id: {where[p] for p in (t.start,) if p} for t in problem.technicians}
    for route in plan.routes:
        spots[route.technician] |= {place[s.visit] for s in route.stops}
    near: set[str] = set()
    for change in changes:
        theirs = _who_has_it(plan, change)
        to = {where[change.visit.place]} if change.visit else {spot for who in theirs for spot in spots[who]}
        near |= theirs | _nearest(problem, change, spots, to)
    return frozenset(_with_who_is_tied(problem, plan, near))


def _who_has_it(plan: Plan, change: Change) -> set[str]:
    """The people of a change: whom it happens to, or who has the visit that it happens to."""
    if change.sort in ("overrun", "no_show"):
        return {r.technician for r in plan.routes if any(s.visit == change.visit_id for s in r.stops)}
    return {change.technician} if change.technician else set()


def _nearest(problem: Problem, change: Change, spots: dict[str, set[int]], to: set[int]) -> set[str]:
    visit = change.visit
    able = [t for t in problem.technicians if not visit or visit.crew > 1 or not why_not(visit, t)]

    def away(t: Technician) -> int:
        seconds = problem.travel[t.profile].seconds
        return min((seconds[a][b] for a in spots[t.id] for b in to), default=0)

    return {t.id for t in sorted(able, key=away)[: max(visit.crew if visit else 0, REACH)]}


def _with_who_is_tied(problem: Problem, plan: Plan, near: set[str]) -> set[str]:
    """All of a crew, and who has the work that other work waits for: a part of them alone could not keep it as it is."""
    has: dict[str, set[str]] = {}
    for route in plan.routes:
        for stop in route.stops:
            has.setdefault(stop.visit, set()).add(route.technician)
    ties = [
        set[str]().union(*(has.get(name, ()) for name in (v.id, *(a.visit for a in v.after))))
        for v in problem.visits
        if v.crew > 1 or v.after
    ]
    while more := set[str]().union(*(tie for tie in ties if tie & near)) - near:
        near = near | more
    return near
