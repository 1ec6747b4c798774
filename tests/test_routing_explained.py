"""Every relaxation that is told is true: the problem is changed as told, and the visit is served with nobody else lost.

The change is written here a second time, from what a `Remedy` says; the search finds the plan, the independent verifier judges it.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import pytest

from bifocal.engines.routing.explain import explain
from bifocal.engines.routing.plan import Remedy
from bifocal.engines.routing.problem import After, Break, Collect, Lock, Place, Problem, Promise, Technician, Travel, Visit, Window
from bifocal.engines.routing.solve import iterations, plan
from bifocal.engines.routing.verify import verify
from bifocal.lib.errors import Invalid
from tests.routing_cases import small

H, M = 3600, 60
SAMPLES = 2000 if os.environ.get("BIFOCAL_SAMPLES") == "soak" else 200
ROADS = Travel(((0, 30 * M, 30 * M), (30 * M, 0, 30 * M), (30 * M, 30 * M, 0)), ((0, 9000, 9000), (9000, 0, 9000), (9000, 9000, 0)))
DANA = Technician("Dana", "shop", "shop", (Window(8 * H, 17 * H),), {"gas": 1})
BIG = Visit("big", "B", 8 * H - 10 * M, prize=90_000_000)


def day(*visits: Visit, people: tuple[Technician, ...] = (DANA,), locks: tuple[Lock, ...] = ()) -> Problem:
    return Problem((Place("shop"), Place("A"), Place("B")), people, visits, {"car": ROADS}, locks)


def loosened(given: Problem, visit: Visit, how: Remedy) -> Problem:
    """The problem changed as the remedy says, and nothing else."""
    people = {t.id: t for t in given.technicians}
    for name in how.people:
        t = people[name]
        skills = {s: max(level, t.skills.get(s, 0)) for s, level in visit.skills.items()}
        if how.kind == "overtime":
            people[name] = replace(t, overtime=max(t.overtime, how.amount))
        elif how.kind == "jobs":
            people[name] = replace(t, max_jobs=(t.max_jobs or 0) + 1)
        elif how.kind == "stock":
            people[name] = replace(t, stock={**t.stock, **{p: t.stock.get(p, 0) + q for p, q in visit.parts.items()}})
        elif how.kind == "driving":
            people[name] = replace(t, max_travel=None, max_metres=None)
        elif how.kind == "busy":
            people[name] = replace(t, busy=())
        elif how.kind == "break":
            people[name] = replace(t, breaks=tuple(b for b in t.breaks if b.id != how.other))
        elif how.kind == "skill":
            people[name] = replace(t, skills={**t.skills, **skills})
        elif how.kind == "another":
            people["another"] = replace(t, id="another", skills={**t.skills, **skills}, busy=(), stock=dict(visit.parts))
    changed = {
        "start": {"windows": (Window(how.amount, how.amount),)},
        "banned": {"banned": visit.banned - set(how.people)},
        "required": {"required": visit.required | set(how.people)},
        "fewer": {"crew": how.amount},
    }.get(how.kind, {})
    visits = tuple(replace(v, **changed) if v.id == visit.id else v for v in given.visits if (how.kind, v.id) != ("drop", how.other))
    freed = how.kind == "unlock"
    locks = tuple(lock for lock in given.locks if not (freed and lock.visit == visit.id))
    return replace(given, technicians=tuple(people.values()), visits=visits, locks=locks)


def holds(given: Problem, before: object, visit: Visit, how: Remedy) -> None:
    served = set(before.starts()) - {how.other}  # type: ignore[attr-defined]
    dear = tuple(replace(v, prize=10**9 if v.id in served else 10**8) for v in given.visits if v.id in {visit.id, how.other, *served})
    asked = {v.id for v in dear}
    given = replace(given, visits=dear, locks=tuple(lock for lock in given.locks if lock.visit in asked))
    other = loosened(given, visit, how)
    warm = replace(before, unserved=(), routes=tuple(  # type: ignore[type-var]
        replace(r, stops=tuple(s for s in r.stops if (how.kind, s.visit) != ("drop", how.other))) for r in before.routes))  # type: ignore[attr-defined]  # fmt: skip
    found = plan(other, stop=iterations(30), warm_start=warm, strict=False)
    assert verify(other, found) == (), how
    assert {visit.id, *served} <= set(found.starts()), how


def test_what_would_do_does() -> None:
    told: Counter[str] = Counter()
    bad = []
    for seed in range(SAMPLES):
        given = small(seed)
        try:
            before = plan(given, stop=iterations(10), seed=seed)
        except Invalid:
            continue
        for missed in explain(given, before):
            told[missed.remedy.kind if missed.remedy else "none"] += 1
            visit = next(v for v in given.visits if v.id == missed.visit)
            if missed.remedy and missed.remedy.kind != "first":
                try:
                    holds(given, before, visit, missed.remedy)
                except AssertionError as wrong:
                    bad.append(f"seed {seed}, {missed}: {str(wrong)[:90]}")
    assert not bad, "\n".join([str(told), *bad])
    assert len(set(told) - {"none"}) >= 6, told
