"""`bifocal dispatch` and `bifocal roads`: files in, one answer out; published instances; VROOM's own answer beside ours."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bifocal.engines.routing import vroom, vrptw
from bifocal.engines.routing.generate import day
from bifocal.engines.routing.problem import Place
from bifocal.engines.routing.solve import iterations
from bifocal.engines.routing.travel import great_circle, guess, suspicious
from bifocal.engines.routing.verify import verify
from bifocal.front.cli import app
from bifocal.kernel.travel import cache, extract, ports
from tests.conftest import case

RUN = CliRunner()
TEXT = """TINY

VEHICLE
NUMBER CAPACITY
 {fleet} 10

CUSTOMER
CUST NO. XCOORD. YCOORD. DEMAND READY TIME DUE DATE SERVICE TIME
0 0 0 0 0 100 0
1 3 4 6 0 50 10
2 0 10 6 {ready} 60 10
"""


def told(*words: object, code: int = 0) -> Any:
    done = RUN.invoke(app, [str(w) for w in words])
    assert done.exit_code == code, (done.exit_code, done.output, done.stderr)
    return json.loads(done.stdout) if done.stdout.startswith("{") else done.output + done.stderr


def tiny(folder: Path, fleet: int = 2, ready: int = 20) -> Path:
    file = folder / "tiny.txt"
    file.write_text(TEXT.format(fleet=fleet, ready=ready))
    return file


def test_an_instance_worked_out_by_hand(tmp_path: Path) -> None:
    # Both loads do not fit one vehicle: there and back twice, 2 x 5 and 2 x 10.
    answer = told("dispatch", "solve", tiny(tmp_path), "--iterations", 20, "--json")
    assert (answer["cost"], answer["unassigned"], sorted(answer["routes"])) == (30.0, [], [[1], [2]])


def test_what_does_not_fit_the_fleet_is_unassigned_and_the_answer_still_holds(tmp_path: Path) -> None:
    file, plan = tiny(tmp_path, fleet=1), tmp_path / "plan.json"
    answer = told("dispatch", "solve", file, "--iterations", 20, "--json")
    plan.write_text(json.dumps(answer))
    assert len(answer["unassigned"]) == 1 and told("dispatch", "verify", file, plan, "--json") == {"ok": True, "breaches": []}
    plan.write_text(json.dumps({**answer, "routes": [[1, 2]], "unassigned": []}))
    broken = told("dispatch", "verify", file, plan, "--json", code=1)
    assert "capacity 10" in broken["breaches"][0]


@pytest.mark.parametrize(("old", "new", "words"), [
    ("0 10 6", "0 ten 6", "Line 11: ten is no number"), ("3 4 6 0 50 10", "3 4 6 60 50 10", "customer 1 is due at 50"), ("CUSTOMER", "2 3 4\nCUSTOMER", "7 numbers"),
])  # fmt: skip
def test_a_line_that_can_not_be_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_text(TEXT.format(fleet=2, ready=20).replace(old, new))
    assert words in " ".join(told("dispatch", "solve", file, code=2).split())


@pytest.mark.parametrize(("name", "best"), [("C101", 827.3), ("C205", 586.4), ("C208", 585.8)])
def test_published_optima_are_reached(name: str, best: float) -> None:
    file = case(f"vrptw/solomon/{name}.txt")
    answer = told("dispatch", "solve", file, "--iterations", 1500, "--json")
    assert answer["cost"] == pytest.approx(best, abs=0.05) and not answer["unassigned"]


@pytest.mark.parametrize(("name", "best"), [("R101", 617.1), ("RC102", 351.8)])
def test_the_first_25_customers_are_solved_to_the_proven_optimum(name: str, best: float) -> None:
    """Optima of the 25-customer problems: Kohl, Desrosiers, Madsen, Solomon and Soumis (1999). Long enough to begin again several times."""
    whole = vrptw.read_solomon(case(f"vrptw/solomon/{name}.txt").read_text())
    few = replace(whole, customers=whole.customers[:26])
    asked = 0

    def stop() -> float:
        nonlocal asked
        asked += 1
        return asked / 5_000

    found = vrptw.solve_vrptw(few, "distance", stop=stop, seed=3)
    assert vrptw.cost(few, "distance", found.routes) == best and not vrptw.verify_vrptw(few, "distance", found)
    assert asked == 5_000  # the whole budget, and no more


def test_a_search_that_has_ended_begins_again_with_the_fleet_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = vrptw.read_solomon(case("vrptw/solomon/RC102.txt").read_text())
    few = replace(whole, customers=whole.customers[:13])
    fleets: list[int] = []
    search = vrptw._search

    def noted(data: Any, *rest: Any, **more: Any) -> Any:
        fleets.append(data.num_vehicles)
        return search(data, *rest, **more)

    def solved(vehicles: int, count: int) -> vrptw.Solution:
        fleets.clear()
        return vrptw.solve_vrptw(replace(few, vehicles=vehicles), "distance", stop=iterations(count), seed=1)

    monkeypatch.setattr(vrptw, "_search", noted)
    found, order = solved(12, 2_500), list(fleets)
    used = len(found.routes)
    assert order[0] == order[-1] == 12 and order[1:4] == [used, used + 1, used]
    assert solved(12, 2_500) == found and fleets == order  # the same seed and iterations
    solved(12, 800)
    assert fleets == [12]  # too short to know that it has ended
    assert solved(1, 1_500).unassigned and fleets == [1, 1]  # one van can't serve all: as many as it can, with what is left of the budget


def test_fewest_vehicles_come_first_under_the_other_convention() -> None:
    # Best known (SINTEF): C101 10 vehicles 828.94; R101's distance optimum uses 20 vehicles.
    answer = told("dispatch", "solve", case("vrptw/solomon/C101.txt"), "--convention", "vehicles", "--iterations", 400, "--json")
    assert answer["vehicles"] == 10 and answer["distance"] == pytest.approx(828.94, abs=0.01)
    instance = vrptw.read_solomon(case("vrptw/solomon/R101.txt").read_text())
    assert (
        len(told("dispatch", "solve", case("vrptw/solomon/R101.txt"), "--convention", "vehicles", "--iterations", 1500, "--json")["routes"])
        <= 20
    )
    assert instance.vehicles == 25


def test_bench_compares_with_best_known(tmp_path: Path) -> None:
    shutil.copy(case("vrptw/solomon/C101.txt"), tmp_path)
    (tmp_path / "BKS.json").write_text('{"C101": 800.0}')
    answer = told("dispatch", "bench", tmp_path, "--iterations", 300, "--json")
    assert answer["instances"][0]["gap"] == pytest.approx(3.413, abs=0.01) and answer["max_gap"] == answer["mean_gap"]


def ours(tmp_path: Path, **change: Any) -> Path:
    data = json.loads(json.dumps(asdict(day(12, 3, 1)), default=sorted)) | change
    file = tmp_path / "day.json"
    file.write_text(json.dumps(data))
    return file


def test_a_day_of_ours_is_solved_verified_repeated_and_started_from(tmp_path: Path) -> None:
    file, plan = ours(tmp_path), tmp_path / "plan.json"
    answer = told("dispatch", "solve", file, "--iterations", 60, "--seed", 3, "--json")
    assert answer == told("dispatch", "solve", file, "--iterations", 60, "--seed", 3, "--json")
    plan.write_text(json.dumps(answer))
    assert told("dispatch", "verify", file, plan, "--json") == {"ok": True, "breaches": []}
    assert told("dispatch", "solve", file, "--iterations", 5, "--start", plan, "--json")["cost"] <= answer["cost"]
    answer["plan"]["routes"][0]["stops"][0]["start"] -= 7 * 3600
    plan.write_text(json.dumps(answer))
    assert not told("dispatch", "verify", file, plan, "--json", code=1)["ok"]


@pytest.mark.parametrize(("change", "words"), [
    ({"visits": [{"id": "a", "place": "P1", "duration": "soon"}]}, "visits.0.duration (a)"), ({"vists": []}, "vists"),
    ({"technicians": []}, "has no technicians"), ({"fairness": -1}, "fairness"), ({"visits": [{"id": "a", "place": "P1"}]}, "duration (a): is missing"),
])  # fmt: skip
def test_a_bad_element_of_a_day_is_named_by_its_path(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    assert words in " ".join(told("dispatch", "solve", ours(tmp_path, **change), code=2).split())


def test_clocks_pairs_and_lists_are_read_and_a_far_place_is_asked_about(tmp_path: Path) -> None:
    places = [{"id": f"p{n}", "lat": 40.2 + n / 50, "lon": -76.9} for n in range(4)]
    data: dict[str, Any] = {
        "places": places, "technicians": [{"id": "Dana", "start": "p0", "end": "p0", "shifts": [["08:00", "16:00"]], "skills": ["gas"]}],
        "visits": [{"id": "a", "place": "p3", "duration": "1:30", "windows": [["09:00", "10:00"]], "skills": ["gas"]}],
    }  # fmt: skip
    file = tmp_path / "clock.json"
    file.write_text(json.dumps(data))
    (route,) = told("dispatch", "solve", file, "--iterations", 5, "--json")["plan"]["routes"]
    assert (route["stops"][0]["start"], route["stops"][0]["finish"]) == (9 * 3600, 10 * 3600 + 1800)
    data["places"][3]["lat"] = 45.0
    file.write_text(json.dumps(data))
    assert "Place p3 lies 3" in told("dispatch", "solve", file, code=2)
    assert told("dispatch", "solve", file, "--iterations", 5, "--trust", "--json")["unassigned"] == ["a"]


def _foreign(seed: int) -> dict[str, Any]:
    """A day in VROOM's JSON: skills, priorities, amounts, breaks, Unix times."""
    given, zero = day(24, 4, seed), 1_700_000_000
    skills = {s: n for n, s in enumerate(sorted({s for t in given.technicians for s in t.skills}))}
    return {
        "matrices": {"car": {"durations": [list(row) for row in given.travel["car"].seconds]}},
        "vehicles": [{"id": n, "start_index": n, "end_index": n, "skills": [skills[s] for s in t.skills], "time_window": [zero + 28800, zero + 61200],
                      "breaks": [{"id": 1, "time_windows": [[zero + 41400, zero + 46800]], "service": 1800}]} for n, t in enumerate(given.technicians)],
        "jobs": [{"id": 10 + n, "location_index": 4 + n, "service": v.duration, "skills": [skills[s] for s in v.skills], "priority": v.prize // 100_000,
                  "time_windows": [[zero + v.windows[0].start, zero + v.windows[0].end]]} for n, v in enumerate(given.visits)],
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_vrooms_json_is_answered_no_worse_than_by_vroom_itself(tmp_path: Path, seed: int) -> None:
    theirs = pytest.importorskip("vroom")
    file, plan = tmp_path / "vroom.json", tmp_path / "plan.json"
    data = _foreign(seed)
    file.write_text(json.dumps(data))
    answer = told("dispatch", "solve", file, "--iterations", 500, "--json")
    plan.write_text(json.dumps(answer))
    assert told("dispatch", "verify", file, plan, "--json") == {"ok": True, "breaches": []}
    found = theirs.Input.from_json(file).solve(exploration_level=5, nb_threads=1)
    priority = {j["id"]: j["priority"] for j in data["jobs"]}

    def lost(unassigned: list[int]) -> int:
        return sum(priority[j] for j in unassigned)

    missed = [j.id for j in found.unassigned]
    assert lost(answer["unassigned"]) <= lost(missed)
    if sorted(answer["unassigned"]) == sorted(missed):
        assert answer["cost"] <= found.summary.cost * 1.02


def test_a_shipment_is_picked_up_before_it_is_delivered() -> None:
    grid = [[0, 10, 20], [10, 0, 10], [20, 10, 0]]
    data = {"matrix": grid, "vehicles": [{"id": 7, "start_index": 0, "capacity": [2]}], "jobs": [], "shipments": [
        {"amount": [2], "pickup": {"id": 5, "location_index": 2}, "delivery": {"id": 6, "location_index": 1}}]}  # fmt: skip
    from bifocal.engines.routing.solve import iterations, plan

    given = vroom.read_vroom(data)
    found = plan(given.problem, stop=iterations(5), strict=False)
    answer = vroom.answer_vroom(given, found)
    assert verify(given.problem, found) == () and (answer["routes"], answer["cost"], answer["route_vehicles"]) == ([[5, 6]], 30, [7])


def test_distances_on_earth() -> None:
    # A degree of latitude on a sphere of 6371.0088 km is 111.195 km; the factor makes it 144.554 km of road.
    north, south = Place("n", 41.0, -77.0), Place("s", 40.0, -77.0)
    assert great_circle(north, south) == pytest.approx(111_195, abs=1)
    assert guess([north, south]).metres[0][1] == pytest.approx(144_554, abs=1)


def test_places_that_can_not_be_right_are_found() -> None:
    near = [Place(f"p{n}", 40.2 + n / 100, -76.9) for n in range(5)]
    found = {
        s.place: s.reason
        for s in suspicious([*near, Place("sea", 0.0, 0.0), Place("none"), Place("swap", -76.9, 40.2), Place("far", 45.0, -76.9)])
    }
    assert set(found) == {"sea", "none", "swap", "far"} and "exchanged" in found["swap"] and "33" in found["far"]


def test_driving_times_are_asked_for_once(tmp_path: Path) -> None:
    class Counting(ports.Guess):
        asked = 0

        def matrix(self, points: Any) -> Any:
            self.asked += 1
            return super().matrix(points)

    source, points = Counting(), [(40.2 + n / 100, -76.9) for n in range(6)]
    kept = cache.Cached(source, tmp_path / "drive.sqlite")
    first = kept.matrix(points)
    assert (
        kept.matrix(points) == first
        and kept.matrix(points[2:5]) == source.__class__.__mro__[1].matrix(source, points[2:5])
        and source.asked == 1
    )
    kept.matrix([*points, (41.0, -76.0)])
    assert source.asked == 2


def test_a_server_that_does_not_answer_is_a_sentence() -> None:
    from bifocal.lib.errors import Refused

    with pytest.raises(Refused, match="gives no driving times"):
        ports.Osrm("http://127.0.0.1:9", timeout=1).matrix([(47.1, 9.5), (47.2, 9.5)])


def test_roads_of_a_whole_country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Vaduz to Balzers is some 9 to 12 km by road, a quarter of an hour (Liechtenstein's extract; skips where OSRM's programs are not here).
    from bifocal.lib.errors import Refused

    source = case("osm/liechtenstein-latest.osm.pbf")
    monkeypatch.setenv("BIFOCAL_VAR", str(tmp_path))
    try:
        extract.programs(tmp_path / "osrm")
    except Refused:
        pytest.skip("no OSRM programs (BIFOCAL_OSRM_BIN)")
    told("roads", "build", source)
    places = tmp_path / "places.csv"
    places.write_text("id,lat,lon\nvaduz,47.141,9.521\nbalzers,47.066,9.502\nschaan,47.165,9.509\n")
    answer = told("roads", "matrix", places, "--roads", tmp_path / "roads" / "liechtenstein-latest.osrm", "--json")
    assert 8_000 < answer["metres"][0][1] < 13_000 and 480 < answer["seconds"][0][1] < 1500
    assert (tmp_path / "roads" / "driving.sqlite").exists()


@pytest.mark.parametrize(("text", "words"), [
    ("id,lat,lon\na,47.1\n", "place 1 (a): id, lat and lon are needed"), ("id,lat,lon\na,nan,9.5\n", "Place a: latitude nan"), ("id,lat,lon\na,47.1,999\n", "is not on earth"),
    ("id,lat,lon\na,47.1,9.5\na,47.2,9.5\n", "Place a: there are two"), ("", "has no places"), ("[[[[", "can't be read"), ('{"a": 1}', "has no places"), ("[1]", "place 1: id"),
])  # fmt: skip
def test_places_that_can_not_be_driven_between_are_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "places.csv"
    file.write_text(text)
    assert words in " ".join(told("roads", "matrix", file, code=2).split())


def test_bench_names_the_file_it_can_not_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no instance")
    assert "notes.txt: This is no Solomon instance" in told("dispatch", "bench", tmp_path, code=2)


def test_a_fleet_too_small_serves_as_many_as_it_can(tmp_path: Path) -> None:
    # One vehicle of 10: the two of 5 fit together, the one of 9 does not fit beside another; nobody reaches 9 before it is due.
    file, lines = tmp_path / "few.txt", ["0 0 0 0 0 100 0", "1 3 4 9 0 50 0", "2 0 10 5 0 60 0", "3 0 20 5 0 60 0", "4 50 0 1 0 40 0"]
    file.write_text("3 customers or so\n1 10\n" + "\n".join(lines))
    for convention in ("distance", "vehicles"):
        answer = told("dispatch", "solve", file, "--iterations", 50, "--convention", convention, "--json")
        assert (answer["cost"], sorted(answer["routes"][0]), answer["unassigned"]) == (40, [2, 3], [1, 4])


def test_what_stands_around_a_plan_must_be_what_the_plan_says(tmp_path: Path) -> None:
    file, plan = ours(tmp_path), tmp_path / "plan.json"
    answer = told("dispatch", "solve", file, "--iterations", 5, "--json")
    plan.write_text(json.dumps({**answer, "cost": answer["cost"] - 1, "unassigned": ["V1"], "routes": answer["routes"][:1]}))
    broken = told("dispatch", "verify", file, plan, "--json", code=1)["breaches"]
    assert [b.split(" is ")[0] for b in broken] == ["figures: cost", "figures: routes", "figures: unassigned"]
    for text, words in (
        ('{"routes": [["V1"]]}', "judged by its times"),
        ('{"routes": [], "unserved": [], "costs": 1}', "costs: must be an object"),
        (" ", "is empty"),
    ):
        plan.write_text(text)
        assert words in told("dispatch", "verify", file, plan, code=2)
