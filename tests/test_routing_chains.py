"""Ejection chains: worked by hand, compared with every way there is, and never worse than what they began with."""

from __future__ import annotations

import os
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bifocal.engines.routing.chains import Links, chained
from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.moves import State, fill
from bifocal.engines.routing.order import Orders, with_one_more
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import Place, Problem, Technician, Travel, Visit, Window
from bifocal.engines.routing.remaining import Change
from bifocal.engines.routing.replan import first_proposal, replan
from bifocal.engines.routing.report import to_plan, to_state
from bifocal.engines.routing.solve import first, iterations
from bifocal.engines.routing.verify import verify
from bifocal.lib.errors import Invalid
from tests.routing_cases import H, small

SAMPLES = 2000 if os.environ.get("BIFOCAL_SAMPLES") == "soak" else 120
M = 60


def never() -> float:
    return 0.0


def hour(name: str, *skills: str, prize: int = 100_000) -> Visit:
    return Visit(name, "P0", H, (Window(10 * H, 10 * H),), dict.fromkeys(skills, 1), prize=prize)


def one_hour_each(people: dict[str, set[str]], visits: list[Visit]) -> Problem:
    """Everybody at one place, with time for just one visit, at ten."""
    technicians = tuple(Technician(n, "P0", "P0", (Window(8 * H, 11 * H),), dict.fromkeys(sorted(s), 1)) for n, s in people.items())
    return Problem((Place("P0"),), technicians, tuple(visits), {"car": Travel(((0,),), ((0,),))})


def in_a_row(count: int = 2) -> tuple[Problem, Plan]:
    """Ann alone knows gas. Her visit could be Ben's, whose visit could be Cid's (and his Dee's); the last is free, no other could change."""
    names, skills = ("Ann", "Ben", "Cid", "Dee"), ("gas", "air", "pump", "fan")
    people = {names[n]: set(skills[n : n + (2 if n < count else 1)]) for n in range(count + 1)}
    visits = [hour("abc"[n], skills[n + 1]) for n in range(count)]
    problem = one_hour_each(people, visits)
    state = State(Frame(problem))
    for n in range(len(visits)):
        move = state.offer(n, n)
        assert move and state.apply(n, move)
    return problem, to_plan(state)


def test_a_chain_of_three_serves_all_where_nothing_shorter_does() -> None:
    problem, before = in_a_row()
    more = one_hour_each({t.id: set(t.skills) for t in problem.technicians}, [*problem.visits, hour("E", "gas", prize=900_000)])
    state = to_state(Frame(more), before)
    assert state.cents == 900_000 and state.offer(0, 2) is None
    short, whole = (chained(Links(state, Orders(0)), 2, spent=never, longest=n) for n in (1, 2))
    assert short and short.cents == 100_000 and short.out == {0}  # Ann goes, hers is left out: Ben has no hour for it
    assert whole and whole.cents == 0 and [r.seq for r in whole.runs] == [[2], [0], [1]]
    assert state.cents == 900_000, "what was given has changed"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_changes_of_hands_are_paid_with_the_visit_they_save(count: int) -> None:
    """A visit is worth 1000 $; somebody else for a customer is 380 $, and 50 $ for not being preferred. One and two (860 $) are told
    first, three (1290 $) come after leaving one visit out."""
    problem, before = in_a_row(count)
    change = (Change("emergency", visit=hour("E", "gas", prize=900_000)),)
    quick = first_proposal(problem, before, now=9 * H, changes=change)
    told = replan(problem, before, now=9 * H, changes=change, stop=iterations(100))
    hands = (("a", "Ann", "Ben"), ("b", "Ben", "Cid"), ("c", "Cid", "Dee"))[:count]
    best = told[0 if count < 3 else 1]
    assert best.dropped == () and best.moved == hands and best.cents == count * (38_000 + 5_000)
    assert quick.served == ("E",)
    if count > 1:  # at once: one link only
        assert (quick.dropped, quick.moved, quick.cents) == (("a",), (), 100_000)
    if count > 2:
        assert (told[0].dropped, told[0].moved, told[0].cents) == (("a",), (), 100_000)


def test_stops_change_their_order_where_only_that_makes_room() -> None:
    """a at eight and b at nine; only b at eight, the new one at nine and a at ten holds."""
    visits = [
        Visit("a", "P0", H, (Window(8 * H, 10 * H),)), Visit("b", "P0", H, (Window(8 * H, 9 * H),)),
        Visit("c", "P0", H, (Window(9 * H, 9 * H),)),
    ]  # fmt: skip
    state = State(Frame(one_hour_each({"Ann": set()}, visits)))
    run = state.runs[0]
    assert run.settle([0, 1]) and run.best(2) is None
    assert with_one_more(run, 2, Orders(0)) is None
    there = with_one_more(run, 2, Orders())
    assert there and there.seq == [1, 2, 0] and there.begin == [8 * H, 9 * H, 10 * H]


@given(st.lists(st.sets(st.integers(0, 4), min_size=1, max_size=3), min_size=2, max_size=5), st.data())
@settings(max_examples=SAMPLES, deadline=None)
def test_a_chain_is_found_where_there_is_one(able: list[set[int]], data: st.DataObject) -> None:
    """Berge (1957): one more can be matched just where an augmenting path leads to a free one; here every way is tried instead.

    `able`: who may do each visit, of five with one hour each. All visits but the last have somebody."""
    who = data.draw(
        st.sampled_from([p for p in permutations(range(5), len(able) - 1) if all(t in a for t, a in zip(p, able, strict=False))] or [()])
    )
    if len(who) < len(able) - 1:
        return
    skills = {f"T{t}": {f"s{n}" for n, a in enumerate(able) if t in a} for t in range(5)}
    problem = one_hour_each(skills, [hour(f"v{n}", f"s{n}") for n in range(len(able))])
    state = State(Frame(problem))
    for v, lane in enumerate(who):
        move = state.offer(lane, v)
        assert move and state.apply(v, move)
    found = chained(Links(state, Orders(0)), len(able) - 1, spent=never)
    possible = any(all(t in a for t, a in zip(p, able, strict=True)) for p in permutations(range(5), len(able)))
    assert (found is not None) == possible
    assert found is None or (not found.out and verify(problem, to_plan(found)) == ())


@pytest.mark.parametrize("hands", [0, 60_000])
def test_chains_break_no_rule_and_are_never_worse(hands: int) -> None:
    better = 0
    for seed in range(SAMPLES):
        problem = small(seed)
        try:
            state = first(Frame(problem))
        except Invalid:
            continue
        out = sorted(state.out)
        rng = Random(seed)
        served = [v for r in state.runs for v in r.seq if v < len(problem.visits) and v not in state.pinned]
        if not out and served:  # somebody is taken out so that there is something to do
            state.remove({rng.choice(served)})
            out = sorted(state.out)
        for v in out:
            found = chained(Links(state, Orders()), v, spent=never, hands=hands)
            if found:
                assert found.cents < state.cents, seed
                assert found.cents == sum(r.cents for r in found.runs) + sum(problem.visits[n].prize for n in found.out), seed
                assert verify(problem, to_plan(found)) == (), seed
                state, better = found, better + 1
    assert better > SAMPLES // 10


def test_no_time_left_is_no_chain() -> None:
    problem, before = in_a_row()
    more = one_hour_each({t.id: set(t.skills) for t in problem.technicians}, [*problem.visits, hour("E", "gas", prize=900_000)])
    state = to_state(Frame(more), before)
    assert chained(Links(state, Orders()), 2, spent=lambda: 1.0) is None
    fill(state)
    assert state.out == {2}
