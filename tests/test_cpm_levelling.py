"""Levelling: published instances within their known bounds, calendars and crews, and what can never be done."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.cpm import Activity, Kind, Link, Network, Project, minute, moment, schedule, weekly
from bifocal.engines.cpm.calendars import DAY
from bifocal.engines.cpm.levelling.level import Levelled, level
from bifocal.engines.cpm.levelling.psplib import parse
from bifocal.engines.cpm.levelling.rcpsp import Problem, search
from bifocal.engines.cpm.levelling.solver import available, improve
from bifocal.lib.errors import Invalid
from tests.conftest import case


def feasible(problem: Problem, starts: tuple[int, ...]) -> bool:
    """Checked the slow way, period by period."""
    ends = [s + d for s, d in zip(starts, problem.durations, strict=True)]
    if any(starts[j] < ends[i] for i, after in enumerate(problem.successors) for j in after):
        return False
    for t in range(max(ends, default=0)):
        running = [i for i in range(len(starts)) if starts[i] <= t < ends[i]]
        if any(sum(problem.demands[i][k] for i in running) > c for k, c in enumerate(problem.capacities)):
            return False
    return True


@pytest.mark.parametrize(("folder", "step", "most", "gap"), [("j30", 12, 1500, 1.5), ("j60", 16, 900, 6.0), ("j120", 30, 300, 12.0)])
def test_published_instances_are_feasible_and_near_the_best_known(folder: str, step: int, most: int, gap: float) -> None:
    place = case("psplib") / folder
    best = {r["problem"]: r["optimum"] for r in csv.DictReader((place / "best_known.csv").open())}
    gaps = []
    for path in sorted(place.glob("*.sm"))[::step]:
        problem = parse(path.read_text())
        found = search(problem, most=most)
        assert feasible(problem, found.starts)
        known = [int(x) for x in best[path.name].split("..") if x]
        assert found.makespan >= known[0] and found.bound <= found.makespan
        gaps.append(100 * (found.makespan - known[-1]) / known[-1])
    assert sum(gaps) / len(gaps) <= gap, gaps


def test_the_solver_proves_what_the_search_can_not() -> None:
    if not available():
        pytest.skip("OR-Tools is an optional extra (bifocal[solver])")
    problem = parse((case("psplib") / "j30" / "j3029_1.sm").read_text())
    found = improve(problem, search(problem, most=30), 6.0)
    assert feasible(problem, found.starts) and found.makespan == 85 == found.bound  # optimum of the library


def test_the_same_seed_gives_the_same_schedule() -> None:
    problem = Problem((0, 3, 2, 4, 2, 0), ((1, 2, 3), (4,), (4,), (5,), (5,), ()), ((0,), (2,), (2,), (1,), (2,), (0,)), (3,))
    assert search(problem, seed=7) == search(problem, seed=7)
    assert search(problem).makespan == 7  # 3+2+2 periods of a crew of which one is left over for the fourth


def test_what_needs_more_than_there_is_is_refused() -> None:
    with pytest.raises(Invalid, match="Activity 1 needs 4 of resource 0, of which there are 3"):
        search(Problem((1, 1), ((1,), ()), ((1,), (4,)), (3,)))
    with pytest.raises(Invalid, match="loop"):
        search(Problem((1, 1), ((1,), (0,)), ((1,), (1,)), (3,)))
    with pytest.raises(Invalid, match="not a PSPLIB file"):
        parse("nonsense")


# --- on calendars ---

MONDAY = minute(datetime(2026, 3, 2, 8))


def plan(*hours: int, projects: int = 1) -> Network:
    sides = tuple(Project(str(p), MONDAY, calendar="week") for p in range(projects))
    acts = tuple(Activity(f"A{i}", f"A{i}", "week", h * 60, h * 60, project=str(i % projects)) for i, h in enumerate(hours))
    return Network(sides, (weekly("week"),), acts, ())


def overbooked(net: Network, found: Levelled, needs: dict[str, dict[str, int]], limits: dict[str, int]) -> bool:
    marks = sorted({t for span in found.spans.values() for t in span})
    return any(
        sum(needs.get(k, {}).get(crew, 0) for k, (a, b) in found.spans.items() if a <= t < b) > limit
        for t in marks
        for crew, limit in limits.items()
    )


def test_one_crew_does_one_thing_at_a_time_across_projects_and_weekends() -> None:
    net = plan(16, 16, 16, projects=2)
    needs = {f"A{i}": {"crew": 1000} for i in range(3)}
    found = level(net, needs, {"crew": 1000})
    assert not overbooked(net, found, needs, {"crew": 1000})
    assert f"{moment(found.finish)}" == "2026-03-09 17:00:00" and found.finish == found.bound  # six days of eight hours
    assert found.unlevelled == minute(datetime(2026, 3, 3, 17))


def test_work_under_way_keeps_its_crew_and_half_a_crew_is_half() -> None:
    net = plan(16, 16, 16)
    begun = replace(net.activities[1], actual_start=MONDAY - 1440 * 3)
    net = replace(net, activities=(net.activities[0], begun, net.activities[2]), projects=(replace(net.projects[0], data_date=MONDAY),))
    needs = {"A0": {"crew": 500}, "A1": {"crew": 1000}, "A2": {"crew": 500}}
    found = level(net, needs, {"crew": 1000})
    assert found.spans["A1"][0] == MONDAY and found.spans["A0"] == found.spans["A2"] == (
        minute(datetime(2026, 3, 4, 8)),
        minute(datetime(2026, 3, 5, 17)),
    )


def test_a_need_that_can_never_be_met_is_named() -> None:
    with pytest.raises(Invalid, match="A0 needs 2 of crane, of which there are 1"):
        level(plan(8), {"A0": {"crane": 2000}}, {"crane": 1000})
    with pytest.raises(Invalid, match="A0 needs crane, which has no limit"):
        level(plan(8), {"A0": {"crane": 1000}}, {})


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=7), st.integers(3, 4))
def test_no_crew_is_ever_overbooked_and_no_rule_is_beaten_by_the_answer(rows: list[tuple[int, int, int]], limit: int) -> None:
    net = plan(*(h for h, _, _ in rows))
    net = replace(net, links=tuple(Link(f"A{i - 1}", f"A{i}", "SS", 60) for i in range(1, len(rows)) if rows[i][0] % 3 == 0))
    needs = {f"A{i}": {"a": x * 1000, "b": y * 1000} for i, (_, x, y) in enumerate(rows)}
    limits = {"a": limit * 1000, "b": limit * 1000}
    found = level(net, needs, limits, most=7)
    assert not overbooked(net, found, needs, limits)
    assert found.bound <= found.finish <= min(found.rules.values())
    early = schedule(net).dates
    assert all(found.spans[k][0] >= early[k].early_start for k in found.spans)


def test_microsoft_projects_work_is_levelled_by_its_own_rules() -> None:
    """Started work stays where it began, links of a summary reach what is below it, and a task set by hand keeps its day."""
    start = minute(datetime(2026, 3, 2, 8))
    acts = (
        Activity("S", "S", "week", 0, 0, kind=Kind.SUMMARY), Activity("A", "A", "week", 480, 240, parent="S", actual_start=start - DAY * 3),
        Activity("B", "B", "week", 480, 480, parent="S"), Activity("C", "C", "week", 480, 480),
        Activity("D", "D", "week", 480, 480), Activity("M", "M", "week", 480, 480, manual=(start, start + 9 * 60)),
    )  # fmt: skip
    net = Network((Project("", start, start, None, "week"),), (weekly("week"),), acts, (Link("S", "C"),), "msp")
    plain = schedule(net)
    free = level(net, {}, {})
    assert free.spans == {k: (d.early_start, d.early_finish) for k, d in plain.dates.items() if k != "S"} and free.finish == free.unlevelled
    one = level(net, {k: {"crew": 1000} for k in "CDM"}, {"crew": 1000})
    days = {k: moment(s).day for k, (s, _) in one.spans.items()}
    assert days["A"] == 27 and days["M"] == 2 and {days["C"], days["D"]} == {3, 4}  # A began on Friday 27 February
