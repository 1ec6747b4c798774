"""Dispatch files as a stranger writes them: what can't be meant is refused by name; every corrupted plan is caught by the verifier."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bifocal.engines.routing import vrptw
from bifocal.engines.routing.explain import explain
from bifocal.engines.routing.plan import Costs, Pause, Plan, Unserved
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
)
from bifocal.engines.routing.solve import iterations, plan
from bifocal.engines.routing.verify import verify
from bifocal.front.cli import app
from bifocal.lib.errors import Invalid

H, M = 3600, 60
RUN = CliRunner()
DAY: dict[str, Any] = {
    "places": [{"id": "shop", "lat": 40.26, "lon": -76.88}, {"id": "mill", "lat": 40.3, "lon": -76.8}],
    "technicians": [
        {"id": "Dana", "start": "shop", "end": "shop", "shifts": [["08:00", "17:00"]], "skills": {"gas": 2}, "overtime": "1:00"}
    ],
    "visits": [{"id": "J-17", "place": "mill", "duration": "1:30", "windows": [["08:00", "12:00"]], "skills": ["gas"]}],
}
VANS: dict[str, Any] = {
    "vehicles": [
        {"id": 7, "start_index": 0, "end_index": 0, "capacity": [4], "time_window": [0, 9000], "breaks": [{"id": 1, "service": 60}]}
    ],
    "jobs": [{"id": 5, "location_index": 1, "service": 60, "delivery": [1], "time_windows": [[0, 900]]}],
    "matrices": {"car": {"durations": [[0, 9], [9, 0]]}},
}


def put(data: Any, path: str, value: Any) -> str:
    """JSON text of the data with one element changed."""
    data = json.loads(json.dumps(data))
    *way, last = [int(p) if p.isdigit() else p for p in path.split("/")]
    node = data
    for step in way:
        node = node[step]
    node[last] = value
    return json.dumps(data)


def refused(folder: Path, text: str) -> str:
    file = folder / "file"
    file.write_text(text)
    done = RUN.invoke(app, ["dispatch", "solve", str(file), "--iterations", "2"])
    assert done.exit_code == 2 and done.stdout == "" and isinstance(done.exception, SystemExit), (
        done.exit_code,
        done.output,
        done.exception,
    )
    return " ".join(done.stderr.split())


@pytest.mark.parametrize(("path", "value", "words"), [
    ("visits/0/duration", True, "visits.0.duration (J-17): must be a whole number"),
    ("visits/0/prize", 10**30, "visits.0.prize (J-17): 1e+30 is beyond all measure"),
    ("places/0/lat", float("nan"), "NaN, which is no number"), ("places/0/lon", 1e300, "places.0.lon (shop)"), ("technicians", None, "technicians"),
    ("technicians/0/shifts/0/0", -3600, "Technician Dana: a shift starts before the first midnight"), ("technicians/0/skils", {}, "technicians.0.skils (Dana)"),
    ("technicians/0/breaks", [{"id": "tea", "window": [30000, 40000], "duration": 60}] * 2, "Break of Dana tea: there are two"),
    ("visits/0/windows/0", ["12:00", "08:00"], "Visit J-17: a window ends"), ("visits/0/skills", ["gsa"], "Visit J-17: no technician has the skill gsa"),
])  # fmt: skip
def test_what_can_not_be_meant_is_named(tmp_path: Path, path: str, value: Any, words: str) -> None:
    assert words in refused(tmp_path, put(DAY, path, value))


@pytest.mark.parametrize(("path", "value", "words"), [
    ("vehicles/0/steps", [{"type": "job", "id": 6}], "Vehicle 7: its steps name job 6"), ("jobs/0/service_per_type", {"a": -1}, "jobs.0.service_per_type.a (5)"),
    ("vehicles/0/breaks/0/max_load", [1], "the most load during a break is not honoured"), ("vehicles/0/costs", {"per_task_hour": -3}, "vehicles.0.costs.per_task_hour (7)"),
    ("jobs/0/time_window", [0, 9], "jobs.0.time_window (5): is not known here"), ("jobs/0/priority", 101, "jobs.0.priority (5)"), ("jobs/0/delivery", [1, 2], "2 amounts"),
    ("vehicles/0/speed_factor", 0, "vehicles.0.speed_factor (7)"), ("vehicles/0/max_distance", 9, "max_distance needs distances"), ("vehicles", [], "vehicles"),
    ("vehicles/0/costs", {"per_km": 3}, "costs.per_km needs distances"), ("jobs/0/location_index", 2, "job 5: location_index 2 is not in the matrix of 2"),
    ("matrices/car/durations", [[0, 9], [9]], "matrices.car.durations"), ("jobs/0/time_windows", [[9, 3]], "job 5: a time window ends (3)"),
    ("jobs/0/id", "5", "jobs.0.id"), ("jobs", [VANS["jobs"][0]] * 2, "Job 5: there are two"), ("vehicles/0/time_window", [9, 3], "ends (3) before it starts (9)"),
])  # fmt: skip
def test_what_vrooms_file_says_is_honoured_or_refused_by_name(tmp_path: Path, path: str, value: Any, words: str) -> None:
    assert words in refused(tmp_path, put(VANS, path, value))


@pytest.mark.parametrize("text", ["", "{", '{"visits": [', "[" * 100_000, '{"a":' * 100_000, '{"fairness": ' + "9" * 5000 + "}", "[]", "5"])
def test_what_is_no_file_of_ours_is_one_sentence(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text).count("bifocal: ") == 1


SOLOMON = "TINY\n\nVEHICLE\nNUMBER CAPACITY\n 9 10\n\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND\n0 0 0 0 0 100 0\n1 3 4 6 0 50 10\n2 0 10 6 20 60 10"


@pytest.mark.parametrize("written", [
    SOLOMON.replace("\n", "\r\n"), SOLOMON.replace(" ", "\t"), SOLOMON.replace(" ", "   ").replace("\n", "  \n") + "\n\n  \n",
    "\ufeff" + SOLOMON, SOLOMON.replace("3 4 6", "3.0 4.00 6.0"), SOLOMON.replace(" 9 10", " 999999999 10"),
])  # fmt: skip
def test_an_instance_is_read_however_it_is_spaced(tmp_path: Path, written: str) -> None:
    file = tmp_path / "tiny.txt"
    file.write_bytes(written.encode())
    done = RUN.invoke(app, ["dispatch", "solve", str(file), "--iterations", "20", "--json"])
    assert json.loads(done.stdout)["cost"] == 30.0


@pytest.mark.parametrize(("old", "new", "words"), [
    ("3 4 6", "nan 4 6", "Line 10: nan"), ("100", "inf", "Line 9: inf"), ("3 4 6", "1e300 4 6", "Line 10: 1e300"), ("3 4 6", "3 4 6.5", "whole numbers"),
    ("0 0 0 0 0 100 0\n", "", "is the depot, number 0; here it is 1"),
])  # fmt: skip
def test_a_number_that_can_not_be_of_an_instance_is_named(old: str, new: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        vrptw.read_solomon(SOLOMON.replace(old, new))


ROADS = Travel(((0, 30 * M, 30 * M), (30 * M, 0, 30 * M), (30 * M, 30 * M, 0)), ((0, 9000, 9000), (9000, 0, 9000), (9000, 9000, 0)))
DANA = Technician("Dana", "shop", "shop", (Window(8 * H, 17 * H),), {"gas": 2}, (Break("lunch", Window(11 * H, 13 * H), 30 * M),), (Window(14 * H, 15 * H),),
                  stock={"valve": 1}, overtime=H, overtime_cost=6000, call_out=500)  # fmt: skip
SAM = Technician("Sam", "shop", "shop", (Window(8 * H, 17 * H),), {}, apprentice=True)
TASKS = (
    Visit("a", "A", H, (Window(8 * H, 10 * H),), {"gas": 2}, parts={"valve": 1}, preferred=frozenset({"Al"})), Visit("b", "B", H, after=(After("a", 600),)),
    Visit("lift", "A", H, (Window(15 * H, 16 * H),), crew=2), Visit("c", "B", 15 * M, promise=Promise(Window(10 * H, 11 * H)), collect=Collect("shop", 60)),
)  # fmt: skip


def shop(**more: object) -> Problem:
    al = replace(DANA, id="Al", skills={"gas": 1}, busy=(), stock={}, breaks=(), max_jobs=4)
    given = Problem((Place("shop"), Place("A"), Place("B")), (DANA, SAM, al), TASKS, {"car": ROADS}, (Lock("a", "Dana", Window(8 * H, 9 * H)),),
                    (Depot("store", "B", frozenset({"valve"})),))  # fmt: skip
    return replace(given, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def good() -> Plan:
    found = plan(shop(), stop=iterations(30), seed=1)
    assert verify(shop(), found) == () and not found.unserved
    return found


def rules(found: Plan, given: Problem | None = None) -> set[str]:
    return {b.rule for b in verify(given or shop(), found)}


def with_stop(found: Plan, visit: str, /, **change: object) -> Plan:
    routes = [
        replace(r, stops=tuple(replace(s, **change) if s.visit == visit and s.kind == "visit" else s for s in r.stops))  # type: ignore[arg-type]
        for r in found.routes
    ]
    return replace(found, routes=tuple(routes))


def without_stop(found: Plan, visit: str, kind: str = "visit") -> Plan:
    gone = [replace(r, stops=tuple(s for s in r.stops if (s.visit, s.kind) != (visit, kind))) for r in found.routes]
    return replace(found, routes=tuple(gone))


def test_a_plan_corrupted_in_its_stops_is_caught(good: Plan) -> None:
    assert "window" in rules(with_stop(good, "a", start=11 * H, finish=12 * H)) and "duration" in rules(with_stop(good, "a", finish=9 * H))
    assert "lock" in rules(with_stop(good, "a", start=9 * H + 60, finish=10 * H + 60)) and "served" in rules(without_stop(good, "a"))
    assert "promise" in rules(with_stop(good, "c", start=9 * H, finish=9 * H + 15 * M)) and "collect" in rules(
        without_stop(good, "c", "collect")
    )
    assert "order" in rules(with_stop(good, "b", start=9 * H, finish=10 * H)) and "visit" in rules(with_stop(good, "a", visit="ghost"))
    assert "served" in rules(replace(good, unserved=(Unserved("a"),))) and "visit" in rules(replace(good, unserved=(Unserved("ghost"),)))
    route = next(r for r in good.routes if any(s.visit == "lift" for s in r.stops))
    assert "crew" in rules(replace(good, routes=tuple(r for r in good.routes if r is not route)))
    one = tuple(replace(s, start=s.start + 60, finish=s.finish + 60) if s.visit == "lift" else s for s in route.stops)
    assert "crew" in rules(replace(good, routes=tuple(replace(r, stops=one) if r is route else r for r in good.routes)))
    twice = replace(route, stops=(*route.stops, route.stops[-1]))
    assert "crew" in rules(replace(good, routes=tuple(twice if r is route else r for r in good.routes)))


def test_a_plan_corrupted_in_its_routes_is_caught(good: Plan) -> None:
    mine = next(r for r in good.routes if r.technician == "Dana")
    rest = tuple(r for r in good.routes if r is not mine)

    def changed(**more: object) -> set[str]:
        return rules(replace(good, routes=(replace(mine, **more), *rest)))  # type: ignore[arg-type]

    assert (
        {"break", "double allocation"} <= changed(pauses=())
        and "shift" in changed(leave=7 * H)
        and "shift" in changed(back=19 * H, overtime=2 * H)
    )
    assert (
        "technician" in changed(technician="ghost") and "technician" in changed(shift=1) and "figures" in changed(travel=mine.travel - 60)
    )
    assert "skill" in changed(technician="Sam") and "stock" in rules(
        good, shop(depots=(), technicians=(replace(DANA, stock={}), *shop().technicians[1:]))
    )
    lunch = next(p for p in mine.pauses if p.id == "lunch")
    early = Pause("lunch", mine.leave - 20 * M, mine.leave + 10 * M)  # half of it lies over the drive that follows
    assert "break" in changed(pauses=tuple(replace(p, end=p.end - 60) if p is lunch else p for p in mine.pauses))
    assert "break" in changed(pauses=tuple(early if p is lunch else p for p in mine.pauses))
    assert "most jobs" in rules(good, shop(technicians=tuple(replace(t, max_jobs=0) for t in shop().technicians)))
    assert "most driving" in rules(good, shop(technicians=tuple(replace(t, max_travel=60) for t in shop().technicians)))
    assert "banned" in rules(good, shop(visits=(replace(TASKS[0], banned=frozenset({"Dana"})), *TASKS[1:])))


@pytest.mark.parametrize("component", list(Costs.__slots__))
def test_each_component_of_the_cost_is_counted_again(good: Plan, component: str) -> None:
    lied = replace(good.costs, **{component: getattr(good.costs, component) + 1})
    assert good.costs.preferences == 1500 and rules(replace(good, costs=lied)) == {"figures"}


def test_driving_over_a_break_is_caught() -> None:
    # Work at A from 12:30; left at 12:00 with lunch from 11:45 to 12:15: a quarter of an hour of it lies over the drive.
    given = shop(visits=(Visit("a", "A", H, (Window(12 * H + 30 * M, 12 * H + 30 * M),)),), locks=(), technicians=(replace(DANA, busy=()),))
    found = plan(given, stop=iterations(5))
    (route,) = found.routes
    over = replace(route, leave=12 * H, pauses=(Pause("lunch", 11 * H + 45 * M, 12 * H + 15 * M),))
    assert verify(given, found) == () and "travel" in rules(replace(found, routes=(over,)), given)


def test_overtime_does_not_run_into_the_next_shift() -> None:
    # Two shifts that touch at noon, an hour of overtime: three hours at A can begin at 8:30 at the soonest and end past noon at 9:30.
    split = replace(DANA, shifts=(Window(8 * H, 12 * H), Window(12 * H, 17 * H)), breaks=(), busy=())
    tasks = (Visit("a", "A", 3 * H, (Window(8 * H + 45 * M, 10 * H),)), Visit("b", "B", H, (Window(12 * H + 30 * M, 12 * H + 45 * M),)))
    given = shop(technicians=(split,), visits=tasks, locks=())
    found = plan(given, stop=iterations(20))
    assert verify(given, found) == () and [u.visit for u in found.unserved] == ["a"]
    roomy = replace(given, technicians=(replace(split, shifts=(Window(8 * H, 12 * H), Window(13 * H, 17 * H))),), visits=tasks[:1])
    assert plan(roomy, stop=iterations(20)).routes[0].overtime == 15 * M


def test_driving_costs_what_the_hour_says() -> None:
    # Out in the rush at twice the time (an hour, 45 $), home after it (half an hour, 22.50 $); no miles.
    slow = tuple(tuple(2 * s for s in row) for row in ROADS.seconds)
    rush = Travel(ROADS.seconds, (), ((7 * H, slow), (9 * H, ROADS.seconds)))
    given = shop(travel={"car": rush}, technicians=(replace(DANA, breaks=(), busy=(), call_out=0),), visits=(Visit("a", "A", H),), locks=())
    assert plan(given, stop=iterations(5)).costs == Costs(travel=6750)


def test_a_crew_is_late_once_and_what_is_not_worth_the_way_says_so() -> None:
    # Both free at noon, there at 12:30: two and a half hours past 10:00 at 10 $ an hour, once for the customer.
    taken = replace(DANA, breaks=(), busy=(Window(8 * H, 12 * H),), call_out=0)
    task = Visit("lift", "A", H, crew=2, deadline=Deadline(10 * H, 1000))
    found = plan(shop(technicians=(taken, replace(taken, id="Al")), visits=(task,), locks=()), stop=iterations(5))
    assert found.costs.deadlines == 2500
    # There and back an hour at 45 $ and 18 km (11.18 miles) at 70 cents, each leg of 22.50 $ + 3.91 $ rounded; worth a dollar.
    given = shop(technicians=(replace(DANA, call_out=0),), visits=(Visit("far", "A", H, prize=100),), locks=())
    (told,) = explain(given, plan(given, stop=iterations(5)))
    assert (told.reason, told.relaxation) == ("would cost 52.82 and is worth 1.00", "being worth 52.82 would do")
