"""VROOM's JSON as its documentation describes it: answers worked out by hand on a line of places, and VROOM's own answers beside ours."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from bifocal.engines.routing import files, vroom
from bifocal.engines.routing.verify import verify
from bifocal.front.cli import app

RUN = CliRunner()
LINE = [[10 * abs(a - b) for b in range(5)] for a in range(5)]  # places 0 to 4, ten seconds apart
VAN = {"id": 1, "start_index": 0, "end_index": 0}


def solved(folder: Path, *, code: int = 0, iterations: int = 60, **data: Any) -> Any:
    file = folder / "vroom.json"
    file.write_text(json.dumps({"matrices": {"car": {"durations": LINE}}, "vehicles": [VAN], "jobs": [], **data}))
    done = RUN.invoke(app, ["dispatch", "solve", str(file), "--iterations", str(iterations), "--json"])
    assert done.exit_code == code, (done.output, done.stderr, done.exception)
    if code:
        return " ".join(done.stderr.split())
    answer = json.loads(done.stdout)
    given = vroom.read_vroom(json.loads(file.read_text()))
    assert verify(given.problem, files.read_plan(answer)) == ()
    return answer


def short(answer: Any) -> tuple[int, list[list[int]], list[int]]:
    return answer["cost"], answer["routes"], sorted(answer["unassigned"])


def job(number: int, place: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "location_index": place, **more}


def parcel(number: int, a: int, b: int, amount: int, **more: Any) -> dict[str, Any]:
    return {"amount": [amount], "pickup": job(number, a), "delivery": job(number + 1, b), **more}


def test_what_is_delivered_makes_room_for_what_comes_next(tmp_path: Path) -> None:
    # Room for one parcel: from 1 to 2, then from 3 to 4, and 40 home. Both at once never fit.
    one = {**VAN, "capacity": [1]}
    assert short(solved(tmp_path, vehicles=[one], shipments=[parcel(10, 3, 4, 1), parcel(20, 1, 2, 1)])) == (80, [[20, 21, 10, 11]], [])
    # One inside the other needs room for two: 2 to 3 on the way from 1 to 4; with room for one it is 1-4 and back to 2-3: 40 + 20 + 10 + 30.
    both = [parcel(10, 1, 4, 1), parcel(20, 2, 3, 1)]
    assert solved(tmp_path, vehicles=[{**VAN, "capacity": [2]}], shipments=both)["cost"] == 80
    assert short(solved(tmp_path, vehicles=[one], shipments=both))[0] == 100


def test_what_is_brought_back_waits_until_there_is_room(tmp_path: Path) -> None:
    # Two are delivered at 2 and two picked up at 1, on the way out or home; with room for two only on the way home.
    van, jobs = {**VAN, "capacity": [2]}, [job(5, 2, delivery=[2]), job(6, 1, pickup=[2])]
    assert short(solved(tmp_path, vehicles=[van], jobs=jobs)) == (40, [[5, 6]], [])
    # By the window of 6 it is on the way out: one of both stays.
    answer = solved(tmp_path, vehicles=[van], jobs=[jobs[0], {**jobs[1], "time_windows": [[0, 15]]}])
    assert len(answer["unassigned"]) == 1


def test_nothing_is_set_up_twice_at_one_place(tmp_path: Path) -> None:
    # 10 there, 50 to set up, twice 100, 10 back: 270.
    jobs = [job(n, 1, setup=50, service=100) for n in (5, 6)]
    assert len(solved(tmp_path, vehicles=[{**VAN, "time_window": [0, 270]}], jobs=jobs)["unassigned"]) == 0
    assert len(solved(tmp_path, vehicles=[{**VAN, "time_window": [0, 269]}], jobs=jobs)["unassigned"]) == 1


def test_times_and_prices_by_vehicle(tmp_path: Path) -> None:
    # A minute for the fast type, ten for all others: only the second can be back in 80 seconds.
    vans = [{**VAN, "id": n, "type": t, "time_window": [0, 80]} for n, t in ((1, "slow"), (2, "fast"))]
    answer = solved(tmp_path, vehicles=vans, jobs=[job(5, 1, service=600, service_per_type={"fast": 60})])
    assert (answer["route_vehicles"], answer["cost"]) == ([2], 20)
    # Half an hour of work at 100 an hour, or none: 20 + 50 or 20 + 30 of fixed costs. Dear as it is, the job is done.
    dear, fixed = {"per_task_hour": 100}, {"fixed": 30}
    vans = [{**VAN, "id": 1, "costs": dear}, {**VAN, "id": 2, "costs": fixed}]
    answer = solved(tmp_path, vehicles=vans, jobs=[job(5, 1, service=1800)])
    assert (answer["route_vehicles"], answer["cost"]) == ([2], 50)
    assert short(solved(tmp_path, vehicles=[{**VAN, "costs": {"fixed": 10**6}}], jobs=[job(5, 1)])) == (1_000_020, [[5]], [])
    assert solved(tmp_path, vehicles=[{**VAN, "costs": dear}], jobs=[job(5, 1, service=1800)])["cost"] == 70


def test_a_break_begins_in_any_of_its_windows(tmp_path: Path) -> None:
    # At work from 30 to 70, so not in the first window; from 75 on, half way home, which is reached at 70 + 10 + 20.
    pause = {"id": 3, "service": 20, "time_windows": [[40, 60], [75, 79]]}
    day = {"jobs": [job(5, 1, service=40, time_windows=[[30, 30]])], "vehicles": [{**VAN, "time_window": [0, 100], "breaks": [pause]}]}
    (route,) = solved(tmp_path, **day)["plan"]["routes"]
    assert [(p["start"], p["end"]) for p in route["pauses"]] == [(75, 95)] and route["back"] == 100
    day["vehicles"][0]["breaks"][0]["time_windows"].pop()
    assert solved(tmp_path, **day)["unassigned"] == [5]


def test_grids_as_they_are(tmp_path: Path) -> None:
    # Two jobs at place 1, where going round costs 5: 10 + 5 + 10. By costs: 3 + 1 + 3, whatever the durations say.
    round_ = [[0, 10], [10, 5]]
    jobs = [job(5, 1), job(6, 1)]
    assert solved(tmp_path, jobs=jobs, matrices={"car": {"durations": round_}})["cost"] == 25
    assert solved(tmp_path, jobs=jobs, matrices={"car": {"durations": round_, "costs": [[0, 3], [3, 1]]}})["cost"] == 7
    # Twice as fast: 9 seconds each way become 4.5, together 9; no whole second is lost of the cost, and none is gained of the time.
    answer = solved(tmp_path, jobs=[job(5, 1)], vehicles=[{**VAN, "speed_factor": 2}], matrices={"car": {"durations": [[0, 9], [9, 0]]}})
    assert answer["cost"] == 9 and answer["plan"]["routes"][0]["travel"] == 10
    # 2 km at 250 a kilometre beside 20 seconds at an hour's 7200.
    grids = {"durations": LINE, "distances": [[100 * cell for cell in row] for row in LINE]}
    assert (
        solved(tmp_path, jobs=[job(5, 1)], vehicles=[{**VAN, "costs": {"per_hour": 7200, "per_km": 250}}], matrices={"car": grids})["cost"]
        == 540
    )


def test_a_parcel_is_two_tasks(tmp_path: Path) -> None:
    # Three tasks at most: a parcel and one of two jobs, or both jobs; more is not served by leaving the parcel.
    work = {"jobs": [job(5, 1), job(6, 2)], "shipments": [parcel(10, 1, 2, 1)]}
    van = {**VAN, "capacity": [1], "max_tasks": 3}
    answer = solved(tmp_path, vehicles=[van], **work)
    assert (len(answer["routes"][0]), answer["unassigned"]) == (3, [6]) and answer["cost"] == 40
    assert short(solved(tmp_path, vehicles=[{**van, "max_tasks": 4}], **work))[2] == []


def steps(*asked: tuple[str, int]) -> dict[str, Any]:
    return {**VAN, "capacity": [1], "steps": [{"type": "start"}, *({"type": t, "id": n} for t, n in asked), {"type": "end"}]}


def test_steps_are_where_the_search_begins(tmp_path: Path) -> None:
    given = [parcel(10, 1, 2, 1), parcel(20, 3, 4, 1)]
    good = steps(("pickup", 10), ("delivery", 11), ("pickup", 20), ("delivery", 21))
    assert short(solved(tmp_path, vehicles=[good], shipments=given, iterations=1)) == (80, [[10, 11, 20, 21]], [])
    both = steps(("pickup", 10), ("pickup", 20), ("delivery", 11), ("delivery", 21))
    assert "Vehicle 1: its steps break a rule at 20 and 21" in solved(tmp_path, vehicles=[both], shipments=given, code=2)
    turned = steps(("delivery", 11), ("pickup", 10))
    assert "its steps break a rule at 10 and 11" in solved(tmp_path, vehicles=[turned], shipments=given, code=2)
    assert "name job 9, which is not in the file" in solved(tmp_path, vehicles=[steps(("job", 9))], shipments=given, code=2)


@pytest.mark.parametrize(("data", "words"), [
    ({"jobs": [job(5, 1, delivery=[1])]}, "Vehicle 1: has no capacity, but jobs.0.delivery (5) has 1 amounts"),
    ({"vehicles": [{**VAN, "breaks": [{"id": 1}, {"id": 1}]}]}, "Vehicle 1, break 1: there are two"),
    ({"vehicles": [{**VAN, "breaks": [{"id": 1, "max_load": [1]}]}]}, "the most load during a break is not honoured"),
    ({"vehicles": [{**VAN, "profile": "bike"}]}, "There is no matrix for the profile bike"),
    ({"vehicles": [{**VAN, "steps": [{"type": "jump", "id": 1}]}]}, "vehicles.0.steps.0.type"),
])  # fmt: skip
def test_what_can_not_be_is_refused_by_name(tmp_path: Path, data: dict[str, Any], words: str) -> None:
    assert words in solved(tmp_path, code=2, **data)


def test_a_corrupted_load_is_caught(tmp_path: Path) -> None:
    data = {
        "matrices": {"car": {"durations": LINE}},
        "vehicles": [{**VAN, "capacity": [1]}],
        "shipments": [parcel(10, 1, 2, 1), parcel(20, 3, 4, 1)],
    }
    answer = solved(tmp_path, **data)
    problem, plan = vroom.read_vroom(data).problem, answer["plan"]
    a, b, c, d = plan["routes"][0]["stops"]

    def rules(*stops: Any) -> set[str]:
        return {x.rule for x in verify(problem, files.read_plan({**plan, "routes": [{**plan["routes"][0], "stops": stops}]}))}

    assert "room" in rules(a, c, b, d) and "collect" in rules(b, a, c, d)


def drawn(seed: int) -> dict[str, Any]:
    """Parcels and jobs with pick-ups and deliveries, skills, windows, a break: three vans, places in a square."""
    rng = Random(f"vroom/{seed}")
    spots = [(rng.uniform(0, 30), rng.uniform(0, 30)) for _ in range(26)]
    grid = [[int(60 * ((a - c) ** 2 + (b - d) ** 2) ** 0.5) for c, d in spots] for a, b in spots]
    vans = [{"id": n, "start_index": n, "end_index": n, "capacity": [rng.randint(3, 5), 6], "skills": [0, n % 2], "time_window": [0, 30_000],
             "breaks": [{"id": 1, "service": 1800, "time_windows": [[12_000, 15_000], [16_000, 18_000]]}]} for n in range(3)]  # fmt: skip
    jobs = [job(100 + n, 3 + n, service=900, setup=300, priority=rng.choice((0, 0, 9)), skills=[rng.randint(0, 1)] if rng.random() < 0.3 else [],
                **{rng.choice(("pickup", "delivery")): [rng.randint(0, 2), 1]}) for n in range(9)]  # fmt: skip
    parcels = [{**parcel(200 + 2 * n, 12 + 2 * n, 13 + 2 * n, 1), "amount": [rng.randint(1, 3), 2]} for n in range(7)]
    parcels[0]["pickup"]["time_windows"] = [[3000, 9000]]
    return {"matrices": {"car": {"durations": grid}}, "vehicles": vans, "jobs": jobs, "shipments": parcels}


def fits(data: dict[str, Any], answer: Any) -> bool:
    """Loads and order counted from the routes' numbers alone."""
    jobs, parcels = {j["id"]: j for j in data["jobs"]}, {s["pickup"]["id"]: s["amount"] for s in data["shipments"]}
    for van, route in zip(answer["route_vehicles"], answer["routes"], strict=True):
        load = [sum(jobs.get(n, {}).get("delivery", [0, 0])[k] for n in route) for k in (0, 1)]
        for n in [None, *route]:
            more, less = (jobs[n].get("pickup", [0, 0]), jobs[n].get("delivery", [0, 0])) if n in jobs else (parcels.get(n, [0, 0]), [0, 0])
            if n is not None and n not in jobs and n not in parcels:
                if n - 1 not in route[: route.index(n)]:
                    return False
                less = parcels[n - 1]
            load = [x + a - b for x, a, b in zip(load, more, less, strict=True)]
            if any(x > most for x, most in zip(load, data["vehicles"][van]["capacity"], strict=True)):
                return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_parcels_are_carried_as_well_as_by_vroom(tmp_path: Path, seed: int) -> None:
    theirs = pytest.importorskip("vroom")
    data = drawn(seed)
    answer = solved(tmp_path, iterations=400, **data)
    assert fits(data, answer)
    found = theirs.Input.from_json(tmp_path / "vroom.json").solve(exploration_level=5, nb_threads=1)
    assert len(answer["unassigned"]) <= len(found.unassigned)
    if len(answer["unassigned"]) == len(found.unassigned):
        assert answer["cost"] <= found.summary.cost * 1.06
