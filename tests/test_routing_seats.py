"""Seats of breaks, the cheapest place for a stop and the book of routes tried: against trying everything."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bifocal.engines.routing.check import check
from bifocal.engines.routing.frame import Frame, Lane
from bifocal.engines.routing.generate import day
from bifocal.engines.routing.problem import Lock, Place, Problem, Technician, Travel, Visit, Window
from bifocal.engines.routing.route import Run
from bifocal.engines.routing.search import improve
from bifocal.engines.routing.seats import Leg, seat
from bifocal.engines.routing.solve import first, iterations, plan
from bifocal.lib.errors import Invalid
from tests.routing_cases import small

FAR = float("inf")


def lane(rests: tuple[tuple[int, int, int, str], ...], close: int = 100) -> Lane:
    return Lane(0, Technician("T", None, None, ()), 0, 0, close, close, 0, 0, [], [], [], rests, (), FAR, FAR, FAR)


def by_trying(legs: list[Leg], home: int, rests: tuple[tuple[int, int, int, str], ...], close: int) -> int | None:
    """When one is back at the earliest: every way of putting the breaks, in their order, into the gaps."""
    best: int | None = None
    for where in combinations_with_replacement(range(len(legs) + 1), len(rests)):
        now: int | None = 0
        for n, (drive, takes, spans) in enumerate([*legs, (home, 0, ((0, 10**9),))]):
            assert now is not None
            left, moment = drive, now
            for earliest, latest, long, _name in (r for r, at in zip(rests, where, strict=True) if at == n):
                begin = max(moment, earliest)  # as much of the way as fits is driven before it
                if begin > latest:
                    now = None
                    break
                left -= min(left, begin - moment)
                moment = begin + long
            if now is None:
                break
            arrive = moment + left
            start = min((max(arrive, a) for a, b in spans if arrive <= b), default=None)
            now = None if start is None or start + takes > close else start + takes
            if now is None:
                break
        if now is not None and (best is None or now < best):
            best = now
    return best


span = st.tuples(st.integers(0, 60), st.integers(0, 40)).map(lambda p: (p[0], p[0] + p[1]))
spans = st.one_of(st.tuples(span), st.tuples(span, span).map(lambda two: tuple(sorted(two))))
legs_ = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 15), spans), max_size=5)
rest = st.tuples(st.integers(0, 60), st.integers(0, 25), st.integers(1, 10)).map(lambda r: (r[0], r[0] + r[1], r[2], "rest"))


@settings(max_examples=100, deadline=None)
@given(legs_, st.integers(0, 12), st.lists(rest, max_size=3).map(lambda r: tuple(sorted(r))))
def test_breaks_are_seated_as_early_as_trying_every_gap(legs: list[Leg], home: int, rests: tuple[tuple[int, int, int, str], ...]) -> None:
    home = home if legs else 0
    found, wanted = seat(lane(rests), legs, home), by_trying(legs, home, rests, 100)
    assert (found[2] if found else None) == wanted
    if found:
        assert len(found[0]) == len(legs) and sorted(n for gap in found[1] for n in gap) == list(range(len(rests)))


@pytest.mark.parametrize("part", range(4))
def test_the_cheapest_place_is_the_cheapest_of_all_places(part: int) -> None:
    """Added cents are what the whole route costs more; without breaks in the way no other place is cheaper."""
    compared = 0
    for seed in range(part, 60, 4):
        problem = small(seed)
        try:
            check(problem)
        except Invalid:
            continue
        state = first(Frame(problem))
        for run in state.runs:
            for v in sorted(state.out | set(range(0, len(problem.visits), 3))):
                found = None if v in run.seq or not state.windows[v] else run.best(v)
                every = [c for i in range(len(run.seq) + 1) if (c := _added(run, v, i)) is not None]
                if found:
                    assert _added(run, v, found[1]) == found[0], (seed, v)
                    compared += 1
                if found and not run.lane.rests and run.lane.travel == run.lane.reach:
                    assert found[0] == min(every), (seed, v)
    assert compared > 20


def _added(run: Run, v: int, i: int) -> int | None:
    trial = run.copy()
    return trial.cents - run.cents if trial.settle([*run.seq[:i], v, *run.seq[i:]]) else None


def test_a_search_with_a_book_costs_what_its_routes_cost_settled_again() -> None:
    state = first(Frame(day(40, 4, 6)))
    found = improve(state, spent=iterations(400), until=1.0, rng=Random(3))
    assert found.cents < state.cents
    for run in found.runs:
        fresh = Run(found.frame, run.lane, found.windows)
        assert fresh.settle(list(run.seq)) and (fresh.cents, fresh.begin, fresh.back) == (run.cents, run.begin, run.back)
        load = [sum(q for s in run.seq for p, q in found.frame.needs[s] if p == part) for part in range(len(found.frame.parts))]
        assert run.load == load and all(a <= b for a, b in zip(load, run.lane.stock, strict=True))


def test_what_is_locked_in_a_plan_stays_though_something_dearer_wants_its_place() -> None:
    """A new plan leaves a cheap locked visit out for a dear one that needs the same day; a plan that has it keeps it."""
    near = Travel(((0, 600), (600, 0)))
    people = (Technician("Dana", "shop", "shop", (Window(8 * 3600, 17 * 3600),)),)
    cheap, dear = Visit("cheap", "site", 5 * 3600, prize=50_000), Visit("dear", "site", 6 * 3600, prize=900_000)
    without = Problem((Place("shop"), Place("site")), people, (cheap,), {"car": near}, (Lock("cheap", "Dana"),))
    both = replace(without, visits=(cheap, dear))
    had = plan(without, stop=iterations(5), seed=1)
    assert set(plan(both, stop=iterations(60), seed=1).starts()) == {"dear"}
    assert set(plan(both, stop=iterations(60), seed=1, warm_start=had).starts()) == {"cheap"}
    unlocked = replace(both, locks=())
    assert set(plan(unlocked, stop=iterations(60), seed=1, warm_start=had).starts()) == {"dear"}
