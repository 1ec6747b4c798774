"""What is dearer is placed first, crews and work that waits among it: worked by hand, with no time for anything but the first plan."""

from __future__ import annotations

import pytest

from bifocal.engines.routing.crews import worths
from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import After, Place, Problem, Technician, Travel, Visit, Window
from bifocal.engines.routing.report import to_plan
from bifocal.engines.routing.solve import first, iterations, plan
from bifocal.engines.routing.verify import verify

H, M = 3600, 60
ROADS = Travel(((0, 30 * M), (30 * M, 0)), ((0, 9000), (9000, 0)))
DANA = Technician("Dana", "shop", "shop", (Window(8 * H, 12 * H),))
AL = Technician("Al", "shop", "shop", (Window(8 * H, 12 * H),))
CREW = Visit("crew", "A", 3 * H, prize=300_000, crew=2)
LONG = 3 * H  # with half an hour there and back it takes somebody's whole morning


def given(*visits: Visit, people: tuple[Technician, ...] = (DANA, AL)) -> Problem:
    return Problem((Place("shop"), Place("A")), people, visits, {"car": ROADS})


def served(problem: Problem, found: Plan) -> set[str]:
    assert verify(problem, found) == ()
    return set(found.starts())


@pytest.mark.parametrize(("prize", "who"), [(300_000, {"crew"}), (300_001, {"single", "other"}), (299_999, {"crew"})])
def test_a_crew_gives_way_to_single_visits_that_are_dearer(prize: int, who: set[str]) -> None:
    """Two people have the morning: both on the crew's call (3000 $), or each on one of their own (as dear, a cent dearer, a cent less)."""
    problem = given(CREW, Visit("single", "A", LONG, prize=prize), Visit("other", "A", LONG, prize=prize))
    assert served(problem, to_plan(first(Frame(problem)))) == who
    assert served(problem, plan(problem, stop=iterations(1))) == who


def test_what_waits_for_it_makes_a_visit_worth_more() -> None:
    """`begin` is worth 1000 $ alone, and 6000 $ with `end`, which waits for it: the crew (3000 $) finds nobody left."""
    begin, end = (
        Visit("begin", "A", LONG - H, prize=100_000),
        Visit("end", "A", LONG, (Window(8 * H, 20 * H),), prize=500_000, after=(After("begin"),)),
    )
    people = (DANA, Technician("Al", "shop", "shop", (Window(8 * H, 15 * H),)))
    problem = given(CREW, begin, end, people=people)
    assert worths(Frame(problem)) == [300_000, 600_000, 500_000]
    assert served(problem, to_plan(first(Frame(problem)))) == {"begin", "end"}
    assert served(problem, plan(problem, stop=iterations(1))) == {"begin", "end"}


def test_a_chain_of_waiting_counts_each_once() -> None:
    a, b = Visit("a", "A", H, prize=1), Visit("b", "A", H, prize=10, after=(After("a"),))
    problem = given(a, b, Visit("c", "A", H, prize=100, after=(After("a"), After("b"))))
    assert worths(Frame(problem)) == [111, 110, 100]


@pytest.mark.parametrize(("prize", "who"), [(2640, set()), (2642, {"a", "b"})])
def test_waiting_work_is_not_driven_to_for_less_than_it_is_worth(prize: int, who: set[str]) -> None:
    """There and back is an hour at 45 $ and 18 km at 70 cents a mile: 5282 cents, for both together."""
    problem = given(Visit("a", "A", H, prize=prize), Visit("b", "A", H, prize=prize, after=(After("a"),)), people=(DANA,))
    assert served(problem, to_plan(first(Frame(problem)))) == who
