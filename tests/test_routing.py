"""The routing engine: days worked out on paper, every small problem judged by the independent verifier, optima by enumeration."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import permutations, product
from random import Random

import pytest

from bifocal.engines.routing.check import check
from bifocal.engines.routing.explain import explain
from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.generate import SKILLS, day
from bifocal.engines.routing.plan import Costs, Plan, Route, Stop, Unserved
from bifocal.engines.routing.problem import (
    After,
    Break,
    Collect,
    Deadline,
    Depot,
    Lock,
    Place,
    Problem,
    Promise,
    Technician,
    Travel,
    Visit,
    Window,
)  # fmt: skip
from bifocal.engines.routing.reach import REACH, within_reach
from bifocal.engines.routing.remaining import Change
from bifocal.engines.routing.replan import first_proposal, offers, replan
from bifocal.engines.routing.report import to_plan
from bifocal.engines.routing.solve import first, iterations, plan
from bifocal.engines.routing.territory import plan_large, territories
from bifocal.engines.routing.verify import verify
from bifocal.lib.errors import Invalid
from tests.routing_cases import small

H, M = 3600, 60
SAMPLES = 4000 if os.environ.get("BIFOCAL_SAMPLES") == "soak" else 240
HALF_HOUR = Travel(((0, 30 * M, 30 * M), (30 * M, 0, 30 * M), (30 * M, 30 * M, 0)), ((0, 9000, 9000), (9000, 0, 9000), (9000, 9000, 0)))


def problem(technicians: list[Technician], visits: list[Visit], **more: object) -> Problem:
    return Problem((Place("shop"), Place("A"), Place("B")), tuple(technicians), tuple(visits), {"car": HALF_HOUR}, **more)  # type: ignore[arg-type]


def dana(**more: object) -> Technician:
    given = {"id": "Dana", "start": "shop", "end": "shop", "shifts": (Window(8 * H, 17 * H),), "skills": {"gas": 2}}
    return Technician(**{**given, **more})  # type: ignore[arg-type]


def solved(given: Problem, count: int = 60) -> Plan:
    found = plan(given, stop=iterations(count), seed=1)
    assert verify(given, found) == ()
    return found


def test_a_day_worked_out_on_paper() -> None:
    # Shop to A half an hour: there at 8:30, an hour's work to 9:30. To B half an hour: 10:00, waits for the window of 11:00, two hours to
    # 13:00. Lunch of half an hour may begin from 11:30 to 13:00: at 13:00, beside B. Home at 14:00. Driving 1.5 h at 40 $ is 60 $,
    # 27 km are 16.777 miles at 50 cents, 8.39 $ (each leg of 9 km 2.80 $, rounded): 68.40 $ in all.
    lunch = Break("lunch", Window(11 * H + 30 * M, 13 * H), 30 * M)
    given = problem([dana(breaks=(lunch,), cost_per_hour=4000, cost_per_mile=50)],
                    [Visit("a", "A", H, (Window(8 * H, 9 * H),)), Visit("b", "B", 2 * H, (Window(11 * H, 12 * H),))])  # fmt: skip
    found = solved(given)
    (route,) = found.routes
    assert [(s.visit, s.arrive, s.start, s.finish) for s in route.stops] == [
        ("a", 8 * H + 30 * M, 8 * H + 30 * M, 9 * H + 30 * M), ("b", 10 * H, 11 * H, 13 * H)]  # fmt: skip
    assert (route.back, route.pauses[0].start, route.pauses[0].end) == (14 * H, 13 * H + 30 * M, 14 * H) or (
        route.back, route.pauses[0].start) == (14 * H, 13 * H)  # fmt: skip
    assert found.costs == Costs(travel=3 * (2000 + 280))


def test_lunch_is_taken_on_the_way_where_neither_end_is_in_time() -> None:
    # Done at 11:20, lunch may begin from 11:30 to 11:40 only, the next place is half an hour away: on the way at 11:30, there at 12:20.
    lunch = Break("lunch", Window(11 * H + 30 * M, 11 * H + 40 * M), 30 * M)
    given = problem(
        [dana(breaks=(lunch,))],
        [Visit("a", "A", H, (Window(10 * H + 20 * M, 10 * H + 20 * M),)), Visit("b", "B", H, (Window(12 * H, 13 * H),))],
    )
    (route,) = solved(given).routes
    assert (route.pauses[0].start, route.stops[1].arrive, route.stops[1].start) == (11 * H + 30 * M, 12 * H + 20 * M, 12 * H + 20 * M)


def test_overtime_deadline_and_promise_cost_what_they_say() -> None:
    # A at 16:00 for an hour, home at 17:30: half an hour over at 90 $/h = 45 $. Due by 15:30: half an hour at 60 $/h = 30 $.
    # Promised until 15:00: 20 $ and one hour at 30 $.
    visit = Visit("a", "A", H, (Window(16 * H, 16 * H),), deadline=Deadline(15 * H + 30 * M, 6000), promise=Promise(Window(14 * H, 15 * H)))
    found = solved(problem([dana(overtime=H, overtime_cost=9000, cost_per_hour=0, cost_per_mile=0)], [visit]))
    assert found.costs == Costs(overtime=4500, deadlines=3000, promises=5000) and found.routes[0].overtime == 30 * M


def test_a_promised_visit_never_starts_before_its_window() -> None:
    (route,) = solved(problem([dana()], [Visit("a", "A", H, promise=Promise(Window(10 * H, 11 * H)))])).routes
    assert route.stops[0].start == 10 * H


def test_a_crew_starts_together_and_an_apprentice_does_not_lead() -> None:
    apprentice = dana(id="Sam", skills={}, apprentice=True, start="B", end="B")
    found = solved(problem([dana(), apprentice], [Visit("lift", "A", H, crew=2, skills={"gas": 1}), Visit("alone", "B", H)]))
    assert {r.technician for r in found.routes for s in r.stops if s.visit == "lift"} == {"Dana", "Sam"}
    assert {r.technician for r in found.routes for s in r.stops if s.visit == "alone"} == {"Dana"}


def test_a_crew_that_was_planned_badly_is_put_together_anew() -> None:
    """Al lives an hour off (B), Bo and Dana where the crew meets (A): whoever planned Al's two hours of driving paid for nothing."""
    people = [dana(start="A", end="A"), dana(id="Al", start="B", end="B"), dana(id="Bo", start="A", end="A")]
    given = problem(people, [Visit("lift", "A", H, crew=2, skills={"gas": 1})])
    stop = Stop("lift", 10 * H, 10 * H, 11 * H, 0)
    warm = Plan(tuple(Route(who, 0, 9 * H, 12 * H, (stop,), (), 0, 0, 0) for who in ("Dana", "Al")), (), Costs())
    found = plan(given, stop=iterations(60), warm_start=warm)
    assert {r.technician for r in found.routes if r.stops} == {"Dana", "Bo"} and verify(given, found) == ()
    assert sum(r.travel for r in found.routes) == 0


def test_what_waits_starts_after_the_delay_in_another_route() -> None:
    found = solved(problem([dana(), dana(id="Al", skills={"air": 1})], [
        Visit("dry", "B", H, skills={"air": 1}, after=(After("pour", 2 * H),)), Visit("pour", "A", H, skills={"gas": 1})]))  # fmt: skip
    starts = found.starts()
    assert starts["dry"][1] >= starts["pour"][1] + 3 * H


def test_parts_come_from_the_truck_or_from_a_depot_on_the_way() -> None:
    visits = [Visit("one", "A", H, parts={"valve": 1}), Visit("two", "A", H, parts={"valve": 1})]
    assert len(solved(problem([dana(stock={"valve": 1})], visits)).unserved) == 1
    found = solved(problem([dana(stock={"valve": 1})], visits, depots=(Depot("store", "B", frozenset({"valve"})),)))
    assert not found.unserved and sum(s.depot == "store" for s in found.routes[0].stops) == 1


def test_collecting_comes_first() -> None:
    found = solved(problem([dana()], [Visit("bring", "A", H, collect=Collect("B", 10 * M))]))
    assert [(s.kind, s.visit) for s in found.routes[0].stops] == [("collect", "bring"), ("visit", "bring")]


def test_a_slower_pace_takes_longer_and_two_shifts_are_two_days() -> None:
    visits = [Visit(f"v{n}", "A", 3 * H, skills={"gas": 1}) for n in range(4)]
    found = solved(problem([dana(shifts=(Window(8 * H, 17 * H), Window(32 * H, 41 * H)), pace={"gas": 1.25})], visits))
    assert [len(r.stops) for r in found.routes] == [2, 2] and found.routes[0].stops[0].finish - found.routes[0].stops[0].start == 13500


def test_rush_hour_is_driven_at_rush_hour_times() -> None:
    slow = tuple(tuple(2 * s for s in row) for row in HALF_HOUR.seconds)
    given = replace(
        problem([dana()], [Visit("a", "A", H), Visit("b", "B", H)]),
        travel={"car": replace(HALF_HOUR, bands=((7 * H, slow), (9 * H, HALF_HOUR.seconds)))},
    )
    (route,) = solved(given).routes
    assert [s.travel for s in route.stops] == [H, 30 * M]


def _optimum(given: Problem) -> int:
    """Least cost of a tiny problem by trying every order and every split: another program than the engine's."""
    n, best = len(given.visits), 10**12
    for who in product(range(len(given.technicians) + 1), repeat=n):
        total = sum(v.prize for v, w in zip(given.visits, who, strict=True) if w == len(given.technicians))
        for k, t in enumerate(given.technicians):
            mine = [v for v, w in zip(given.visits, who, strict=True) if w == k]
            costs = [c for order in permutations(mine) if (c := _cost(given, t, order)) is not None]
            total += min(costs, default=10**12)
        best = min(best, total)
    return best


def _cost(given: Problem, t: Technician, order: tuple[Visit, ...]) -> int | None:
    where, grid = {p.id: i for i, p in enumerate(given.places)}, given.travel["car"].seconds
    now, at, cents = t.shifts[0].start, where[t.start or ""], 0
    for v in order:
        if any(s not in t.skills for s in v.skills):
            return None
        to = where[v.place]
        now = max(now + grid[at][to], v.windows[0].start)
        if now > v.windows[0].end:
            return None
        cents, now, at = cents + round(grid[at][to]), now + v.duration, to
    home = where[t.end or ""]
    return None if now + grid[at][home] > t.shifts[0].end else cents + (grid[at][home] if order else 0)


@pytest.mark.parametrize("seed", range(12))
def test_tiny_days_are_solved_to_the_optimum_of_enumeration(seed: int) -> None:
    rng = Random(seed)
    whole = day(5, 2, seed)
    people = tuple(replace(t, breaks=(), shifts=(Window(8 * H, 12 * H),), cost_per_hour=3600, cost_per_mile=0) for t in whole.technicians)
    visits = tuple(
        replace(v, parts={}, duration=rng.choice((1800, 3600, 5400)), windows=(Window(s := rng.choice((8, 9, 10)) * H, s + H),))
        for v in whole.visits
    )
    given = replace(whole, technicians=people, visits=visits, locks=())
    assert solved(given, 400).costs.total == _optimum(given)


@pytest.mark.parametrize("part", range(8))
def test_every_small_problem_keeps_every_rule_and_never_gets_worse(part: int) -> None:
    served = 0
    for seed in range(part, SAMPLES, 8):
        given = small(seed)
        try:
            check(given)
        except Invalid:
            continue
        start = to_plan(first(Frame(given)))
        better = plan(given, stop=iterations(25), seed=seed)
        again = plan(given, stop=iterations(10), seed=seed + 1, warm_start=better)
        for found in (start, better, again):
            assert verify(given, found) == (), seed
        assert again.costs.total <= better.costs.total <= start.costs.total, seed
        assert all(u.reason for u in explain(given, better)), seed
        served += len(given.visits) - len(better.unserved)
    assert served > SAMPLES // 8 * 3


@pytest.mark.parametrize("sort", ["emergency", "overrun", "no_show", "sick", "time_off", "parts"])
def test_every_replan_keeps_every_rule_and_what_is_under_way(sort: str) -> None:
    for seed in range(SAMPLES // 12):
        given, rng = small(seed), Random(seed)
        try:
            before = plan(given, stop=iterations(15), seed=seed)
        except Invalid:
            continue
        served = [s.visit for r in before.routes for s in r.stops]
        now, who = rng.randint(7, 16) * H, rng.choice(given.technicians).id
        change = Change(
            sort, visit=Visit("E", "P1", 1800, (Window(now, now + 2 * H),), prize=5_000_000) if sort == "emergency" else None,
            visit_id=rng.choice(served or [""]), technician=who, until=now + H, window=Window(now + 1800, now + 5400), parts=(("valve", 2),),
        )  # fmt: skip
        told = replan(given, before, now=now, changes=(change,), stop=iterations(10), seed=seed)
        assert 1 <= len(told) <= 3 and [p.cents for p in told] == sorted(p.cents for p in told), seed
        under_way = {s.visit for r in before.routes for s in r.stops if s.arrive - s.travel <= now and s.kind == "visit"}
        for proposal in told:
            assert verify(proposal.problem, proposal.plan) == (), (sort, seed)
            assert not under_way & set(proposal.plan.starts()), (sort, seed)


def test_an_emergency_is_served_at_once_and_improving_never_makes_it_worse() -> None:
    given = day(60, 6, 3)
    before = plan(given, stop=iterations(200), seed=1)
    now = 10 * H + 40 * M
    urgent = Visit("E", "P5", 2700, (Window(now, now + 2 * H),), {SKILLS[0]: 1}, prize=20_000_000)
    if not any(SKILLS[0] in t.skills for t in given.technicians):
        pytest.fail("the generator made nobody with this skill")
    quick = first_proposal(given, before, now=now, changes=(Change("emergency", visit=urgent),))
    told = replan(given, before, now=now, changes=(Change("emergency", visit=urgent),), stop=iterations(60), seed=1)
    assert quick.served == ("E",) and told[0].served == ("E",) and told[0].cents <= quick.cents
    assert len({p.how for p in told}) == len(told)


def test_only_technicians_within_reach_are_asked_in_a_large_company() -> None:
    given = day(100, 60, 1)
    urgent = Visit("E", "P70", 2700, (), {SKILLS[0]: 1})
    empty = Plan((), (), Costs())
    near = within_reach(given, empty, (Change("emergency", visit=urgent),))
    assert near is not None and len(near) <= 40 and all(SKILLS[0] in t.skills for t in given.technicians if t.id in near)
    asked = within_reach(given, empty, (Change("sick", technician="T1"),))
    assert asked is not None and "T1" in asked and len(asked) == REACH
    assert within_reach(day(100, 40, 1), empty, (Change("sick", technician="T1"),)) is None


def test_who_is_tied_to_somebody_within_reach_is_asked_too_and_the_crew_stays() -> None:
    """A crew of the nearest and the farthest, and one of the farthest with somebody farther still: none of it falls apart."""
    given = day(120, 60, 1)
    before = plan(given, stop=iterations(5), seed=1)
    near = within_reach(given, before, (Change("sick", technician="T1"),))
    assert near is not None
    inside, outside = sorted(near - {"T1"})[0], sorted({t.id for t in given.technicians} - near)[:2]
    pairs = ((inside, outside[0]), (outside[0], outside[1]))
    crews = tuple(Visit(f"crew {n}", "P70", 1800, crew=2, prize=50_000_000) for n in range(2))
    locks = tuple(Lock(crew.id, who) for crew, pair in zip(crews, pairs, strict=True) for who in pair)
    given = replace(given, visits=(*given.visits, *crews), locks=(*given.locks, *locks))
    before = plan(given, stop=iterations(5), seed=1)
    assert {"crew 0", "crew 1"} <= set(before.starts())
    for change in (Change("sick", technician="T1"), Change("overrun", visit_id=before.routes[0].stops[0].visit, until=9 * H)):
        told = replan(given, before, now=7 * H, changes=(change,), stop=iterations(20))
        for p in told:
            assert verify(p.problem, p.plan) == () and not {"crew 0", "crew 1"} & set(p.dropped)
        asked = {r.technician for r in told[0].plan.routes}
        assert change.sort != "sick" or {inside, *outside} <= asked


def test_hours_that_are_won_are_not_given_to_what_waits_for_somebody_who_is_not_asked() -> None:
    given = day(120, 60, 1)
    before = plan(given, stop=iterations(5), seed=1)
    gone = before.routes[0].stops[-1].visit
    change = (Change("no_show", visit_id=gone),)
    far = min({t.id for t in given.technicians} - (within_reach(given, before, change) or set()))
    here = next(v for v in given.visits if v.id == gone).place
    more = tuple(Visit(name, here, 600, prize=9_000_000) for name in ("locked", "free"))
    given = replace(
        given,
        visits=(*given.visits, *more, Visit("waits", here, 600, after=(After(given.visits[0].id),))),
        locks=(*given.locks, Lock("locked", far)),
    )
    before = replace(before, unserved=tuple(Unserved(name) for name in ("locked", "free", "waits")))
    told = replan(given, before, now=7 * H, changes=change, stop=iterations(20))
    assert told[0].served == ("free",) and all(verify(p.problem, p.plan) == () for p in told)


def test_offers_cost_what_the_cheapest_insertion_adds() -> None:
    # An empty day: any window costs the way there and back, an hour at 45 $ and 18 km at 70 cents a mile: 2 x (2250 + 391).
    told = offers(
        problem([dana()], []),
        Plan((), (), Costs()),
        Visit("new", "A", H),
        (Window(9 * H, 11 * H), Window(16 * H + 45 * M, 18 * H), Window(13 * H, 15 * H)),
    )
    assert [(o.window.start, o.cents) for o in told] == [(9 * H, 5282), (13 * H, 5282)] and told[0].technician == "Dana"


def test_the_same_seed_and_iterations_give_the_same_plan() -> None:
    given = day(40, 5, 2)
    assert plan(given, stop=iterations(80), seed=7) == plan(given, stop=iterations(80), seed=7)


def test_a_large_day_is_cut_solved_and_joined() -> None:
    given = day(120, 12, 5)
    parts = territories(given, most=50)
    assert len(parts) == 3 and sorted(v.id for p in parts for v in p.visits) == sorted(v.id for v in given.visits)
    found = plan_large(given, solve=lambda all_: [plan(p, stop=iterations(20), seed=1) for p in all_], stop=iterations(20), most=50)
    assert verify(given, found) == ()


@pytest.mark.parametrize("seed", range(4))
def test_territories_keep_what_ties_people_of_several_together(seed: int) -> None:
    """Crews, people asked for, liked and banned, and work that waits: some of it lies across a border."""
    given, rng = day(90, 12, seed), Random(seed)
    names, visits = [t.id for t in given.technicians], []
    for n, v in enumerate(given.visits):
        if n % 9 == 0:
            v = replace(v, crew=2)
        if n % 7 == 0:
            v = replace(v, required=frozenset(rng.sample(names, 2)), skills={})
        v = replace(v, preferred=frozenset(rng.sample(names, 2)), banned=frozenset(rng.sample(names, 1)) - v.required)
        visits.append(replace(v, after=(After(visits[n - 5].id, 600),)) if n % 10 == 5 else v)
    free = [v.id for v in visits if v.crew == 2 and not v.required]
    locks = tuple(Lock(free[0], who) for who in names[:: len(names) - 1] if who not in given.visits[0].banned)
    visits = [replace(v, banned=frozenset(), skills={}) if v.id == free[0] else v for v in visits]
    given = replace(given, visits=tuple(visits), locks=locks)
    parts = territories(given, most=30)
    assert len(parts) == 3
    found = plan_large(given, solve=lambda all_: [plan(p, stop=iterations(8), strict=False) for p in all_], stop=iterations(8), most=30)
    assert verify(given, found) == ()
    assert free[0] in found.starts()  # its two people live far from each other


@pytest.mark.parametrize(("visit", "words"), [
    (Visit("x", "A", H, skills={"gas": 3}), "needs gas level 3, which nobody on shift has"),
    (Visit("x", "A", H, banned=frozenset({"Dana"})), "does not want Dana"),
    (Visit("x", "A", H, (Window(8 * H, 8 * H + 60),)), "cannot be reached within its window"),
    (Visit("x", "A", H, parts={"pump": 1}), "needs pump"),
    (Visit("x", "A", 2 * H, (Window(8 * H, 10 * H),)), "no technician is free before 10:00: the days of Dana are full"),
])  # fmt: skip
def test_why_a_visit_is_not_served(visit: Visit, words: str) -> None:
    given = problem([dana()], [visit, Visit("big", "B", 8 * H - 10 * M, prize=9_000_000)])
    (told,) = explain(given, solved(given))
    assert told.visit == "x" and words in told.reason


def test_the_cheapest_relaxation_is_told_with_its_minutes() -> None:
    # Work at B till 16:00 (8:30 + 7:30), half an hour to A, half an hour's work, home at 17:30: half an hour over.
    given = problem([dana()], [Visit("big", "B", 7 * H + 30 * M, prize=9_000_000), Visit("x", "A", 30 * M)])
    (told,) = explain(given, solved(given))
    assert told.relaxation == "overtime of 30 minutes for Dana would do"


@pytest.mark.parametrize(("change", "names"), [
    ({"visits": (Visit("x", "nowhere", H),)}, "visit x.*nowhere"), ({"visits": (Visit("x", "A", -1),)}, "visit x.*negative"),
    ({"visits": (Visit("x", "A", H, skills={"gsa": 1}),)}, "visit x.*gsa"), ({"visits": (Visit("x", "A", H, (Window(5 * H, 6 * H),)),)}, "visit x.*before any shift"),
    ({"visits": (Visit("x", "A", H, (Window(9 * H, 8 * H),)),)}, "visit x"), ({"visits": (Visit("x", "A", H), Visit("x", "A", H))}, "visit x.*two"),
    ({"travel": {"car": Travel(((0, 1), (1, 0)))}}, "travel car.*2 rows.*3 places"), ({"locks": (Lock("x", "Dana"),)}, "lock of visit x"),
    ({"visits": (Visit("x", "A", H, skills={"gas": 5}),), "locks": (Lock("x", "Dana"),)}, "lock of visit x.*Dana has no gas"),
    ({"visits": (Visit("x", "A", H, after=(After("y"),)), Visit("y", "A", H, after=(After("x"),)))}, "waits for itself"),
    ({"technicians": (dana(shifts=()),)}, "technician Dana.*shift"), ({"technicians": (dana(profile="boat"),)}, "technician Dana.*boat"),
    ({"technicians": (dana(breaks=(Break("nap", Window(20 * H, 21 * H), H),)),)}, "break nap"), ({"visits": (Visit("x", "A", H, crew=3),)}, "visit x.*crew"),
])  # fmt: skip
def test_what_can_not_be_true_is_named(change: dict, names: str) -> None:
    with pytest.raises(Invalid, match=f"(?i){names}"):
        check(replace(problem([dana()], []), **change))


def test_the_verifier_finds_each_broken_rule() -> None:
    given = problem(
        [dana(), dana(id="Al", skills={})],
        [Visit("a", "A", H, (Window(9 * H, 10 * H),), {"gas": 1}), Visit("b", "B", H)],
        locks=(Lock("b", "Al"),),
    )
    good = solved(given)

    def broken(route: Route, **stop: object) -> set[str]:
        return {
            b.rule
            for b in verify(given, replace(good, routes=(replace(route, stops=(replace(route.stops[0], **stop),)), *good.routes[1:])))
        }

    mine = next(r for r in good.routes if r.technician == "Dana")
    good = replace(good, routes=(mine, *(r for r in good.routes if r is not mine)))
    assert "window" in broken(mine, start=8 * H + 40 * M, finish=9 * H + 40 * M) and "duration" in broken(
        mine, finish=mine.stops[0].start + 60
    )
    assert "travel" in broken(mine, arrive=mine.leave) and "skill" in broken(replace(mine, technician="Al"))
    assert "lock" in {b.rule for b in verify(given, replace(good, routes=(replace(mine, stops=(replace(mine.stops[0], visit="b"),)),)))}
    assert {b.rule for b in verify(given, replace(good, routes=(mine, mine)))} >= {"double allocation", "crew", "served"}
    assert "figures" in {b.rule for b in verify(given, replace(good, costs=replace(good.costs, unserved=5)))}
    assert "shift" in {b.rule for b in verify(given, replace(good, routes=(replace(mine, back=20 * H, overtime=3 * H), *good.routes[1:])))}
    assert isinstance(mine.stops[0], Stop)


def test_two_simulated_days_are_the_same_twice_and_replanning_pays() -> None:
    from bifocal.engines.routing.simulate import WAYS, year

    told = year(2, 24, 3, seed=4)
    assert told == year(2, 24, 3, seed=4) and set(told) == set(WAYS)
    assert {t.calls for t in told.values()} == {48} and all(t.on_time <= t.served <= t.calls for t in told.values())
    assert told["live"].weight > told["first come"].weight and told["first come"].moved == told["planned"].moved == 0
