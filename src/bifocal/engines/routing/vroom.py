"""VROOM's JSON (its API documentation, version 1.15) as a problem of ours, and the answer in its numbers.

Cost is VROOM's: seconds of driving, or what `costs` of the vehicle and the matrix say. Priorities come first, then the number of tasks,
then cost. Loads are followed along the route, nothing is set up twice at one place, and `steps` are where the search begins.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.plan import Costs, Plan, Route, Stop
from bifocal.engines.routing.problem import (
    FOREVER,
    METRES_PER_MILE,
    Break,
    Collect,
    Effort,
    Place,
    Problem,
    Technician,
    Travel,
    Visit,
    Window,
)
from bifocal.engines.routing.report import to_state
from bifocal.engines.routing.travel import guess
from bifocal.engines.routing.vroom_input import checked
from bifocal.lib.errors import Invalid

FINE = 100  # VROOM reckons in hundredths of a second


@dataclass(frozen=True, slots=True)
class Given:
    """The problem, VROOM's numbers of visits (job, or pick-up and delivery), its grids by vehicle, and where the search begins."""

    problem: Problem
    numbers: dict[str, tuple[int, ...]]
    bills: dict[str, _Bill]
    start: Plan | None


@dataclass(frozen=True, slots=True)
class _Bill:
    """How a vehicle's route is priced: cents per cell of two grids in 1/360000 of VROOM's unit of cost, as VROOM itself counts."""

    durations: Any
    distances: Any
    by_duration: int
    by_distance: int
    fixed: int
    by_work: int


def is_vroom(data: Any) -> bool:
    """True for VROOM's input: vehicles with jobs or shipments."""
    return isinstance(data, dict) and "vehicles" in data and "technicians" not in data


def read_vroom(data: dict[str, Any]) -> Given:
    """Raises Invalid naming the element that can't be read, or that is not honoured."""
    checked(data)
    _all_once(data)
    spots = _Spots(data)
    visits: list[Visit] = []
    numbers: dict[str, tuple[int, ...]] = {}
    for job in data.get("jobs", []):
        numbers[name := f"j{job['id']}"] = (job["id"],)
        visits.append(_job(job, name, spots))
    for n, shipment in enumerate(data.get("shipments", [])):
        numbers[name := f"s{n}"] = (shipment["pickup"]["id"], shipment["delivery"]["id"])
        visits.append(_shipment(shipment, name, spots))
    bills = {str(v["id"]): spots.bill(v) for v in data["vehicles"]}
    people = tuple(_vehicle(v, spots) for v in data["vehicles"])
    problem = Problem(spots.places(), people, tuple(visits), {t.profile: spots.travel(t.profile) for t in people})
    problem = replace(problem, visits=_prizes(problem, numbers))
    return Given(problem, numbers, bills, _start(data, problem, numbers))


def _all_once(data: dict[str, Any]) -> None:
    """No number twice, of each kind."""
    _once("job", [job["id"] for job in data.get("jobs", [])])
    for end in ("pickup", "delivery"):
        _once(end, [shipment[end]["id"] for shipment in data.get("shipments", [])])
    _once("vehicle", [vehicle["id"] for vehicle in data["vehicles"]])
    for vehicle in data["vehicles"]:
        _once(f"vehicle {vehicle['id']}, break", [b["id"] for b in vehicle.get("breaks", [])])


class _Spots:
    """Places by index of the matrix, or by coordinates where there is none."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.matrices: dict[str, Any] = dict(data.get("matrices") or {})
        if "matrix" in data:
            self.matrices.setdefault("car", {"durations": data["matrix"]})
        self.size = len(next(iter(self.matrices.values()))["durations"]) if self.matrices else 0
        self.seen: dict[tuple[float, float], int] = {}
        self.kinds: dict[str, list[str]] = {}
        for vehicle in data["vehicles"]:
            if "type" in vehicle:
                self.kinds.setdefault(vehicle["type"], []).append(str(vehicle["id"]))
        jobs = data.get("jobs", [])
        # A shipment is two tasks: where there are any, most tasks are room for so many aboard, each taken from the start.
        self.counted = bool(data.get("shipments")) and any("max_tasks" in v for v in data["vehicles"])
        self.flows = any("amount" in s for s in data.get("shipments", [])) or (
            any("pickup" in j for j in jobs) and any("delivery" in j or "amount" in j for j in jobs)
        )

    def of(self, thing: dict[str, Any], what: str, at: str = "location") -> str:
        index = thing.get(f"{at}_index")
        if self.matrices:
            if not isinstance(index, int) or not 0 <= index < self.size:
                raise Invalid(f"{what}: {at}_index {index} is not in the matrix of {self.size}.", field=what)
            return str(index)
        where = thing.get(at)
        if not isinstance(where, list) or len(where) != 2:
            raise Invalid(f"{what}: {at} must be [longitude, latitude], since there is no matrix.", field=what)
        return str(self.seen.setdefault((float(where[1]), float(where[0])), len(self.seen)))

    def places(self) -> tuple[Place, ...]:
        if self.matrices:
            return tuple(Place(str(n)) for n in range(self.size))
        return tuple(Place(str(n), lat, lon) for (lat, lon), n in self.seen.items())

    def grids(self, profile: str) -> dict[str, Any]:
        """Durations of a profile, with distances or costs where known."""
        if not self.matrices:
            road = guess(self.places())
            return {"durations": road.seconds, "distances": road.metres}
        if profile not in self.matrices:
            raise Invalid(f"There is no matrix for the profile {profile}.", field=f"profile {profile}")
        found: dict[str, Any] = self.matrices[profile]
        return found

    def travel(self, profile: str) -> Travel:
        """The grids of a profile as it is written for a technician: name*pace."""
        name, _, pace = profile.rpartition("*")
        grids = self.grids(name)
        metres = grids.get("costs") or grids.get("distances") or ()
        seconds = tuple(tuple(-(-cell * int(pace) // FINE) for cell in row) for row in grids["durations"])
        return Travel(seconds, tuple(tuple(row) for row in metres))

    def bill(self, vehicle: dict[str, Any]) -> _Bill:
        """How VROOM prices this vehicle's routes."""
        grids, costs = self.grids(str(vehicle.get("profile", "car"))), vehicle.get("costs", {})
        fixed, by_work = 3600 * FINE * costs.get("fixed", 0), FINE * costs.get("per_task_hour", 0)
        if "costs" in grids:
            return _Bill(grids["costs"], grids["costs"], 3600 * FINE, 0, fixed, by_work)
        hour, far = costs.get("per_hour", 3600), grids.get("distances") or grids["durations"]
        by_distance = 360 * costs.get("per_km", 0) if "distances" in grids else 0
        return _Bill(grids["durations"], far, round(FINE * hour / vehicle.get("speed_factor", 1)), by_distance, fixed, by_work)


def _once(kind: str, ids: list[int]) -> None:
    twice = next((n for n in ids if ids.count(n) > 1), None)
    if twice is not None:
        raise Invalid(f"{kind.capitalize()} {twice}: there are two of this id. Give each an id of its own.", field=f"{kind} {twice}")


def _windows(thing: dict[str, Any], what: str) -> tuple[Window, ...]:
    spans = tuple(Window(start, end) for start, end in thing.get("time_windows", []))
    for span in spans:
        if span.end < span.start:
            raise Invalid(f"{what}: a time window ends ({span.end}) before it starts ({span.start}).", field=what)
    return spans


def _skills(thing: dict[str, Any]) -> dict[str, int]:
    return {f"skill {s}": 1 for s in thing.get("skills", [])}


def _amounts(amounts: list[int] | None, *, empty: bool = False) -> dict[str, int]:
    return {f"amount {n}": q for n, q in enumerate(amounts or []) if q or empty}


def _delivered(job: dict[str, Any]) -> list[int] | None:
    """`amount` alone, the old name, is a delivery."""
    found: list[int] | None = job.get("delivery", None if "pickup" in job else job.get("amount"))
    return found


def _work(task: dict[str, Any], spots: _Spots) -> tuple[int, int, dict[str, Effort]]:
    """Seconds of service, of setting up, and what vehicles of other types need."""
    service, setup = int(task.get("service", 0)), int(task.get("setup", 0))
    by_service, by_setup = task.get("service_per_type", {}), task.get("setup_per_type", {})
    kinds = {k: Effort(by_service.get(k, service), by_setup.get(k, setup)) for k in (*by_service, *by_setup)}
    return service, setup, {who: effort for k, effort in kinds.items() for who in spots.kinds.get(k, ())}


def _job(job: dict[str, Any], name: str, spots: _Spots) -> Visit:
    what = f"job {job['id']}"
    service, setup, instead = _work(job, spots)
    visit = Visit(
        name,
        spots.of(job, what),
        service,
        _windows(job, what),
        _skills(job),
        prize=int(job.get("priority", 0)),
        setup=setup,
        instead=instead,
    )
    dropped, taken = _amounts(_delivered(job)), _amounts(job.get("pickup"))
    one = {"tasks": 1} if spots.counted else {}
    return replace(visit, drops=dropped | one, takes=taken) if spots.flows else replace(visit, drops=one, parts=dropped or taken)


def _shipment(shipment: dict[str, Any], name: str, spots: _Spots) -> Visit:
    pick, drop = shipment["pickup"], shipment["delivery"]
    what, other = f"pickup {pick['id']}", f"delivery {drop['id']}"
    service, setup, instead = _work(pick, spots)
    first = Collect(spots.of(pick, what), service, _windows(pick, what), setup, instead, _amounts(shipment.get("amount")))
    service, setup, instead = _work(drop, spots)
    return Visit(
        name, spots.of(drop, other), service, _windows(drop, other), _skills(shipment),
        prize=int(shipment.get("priority", 0)), collect=first, drops={"tasks": 2} if spots.counted else {}, setup=setup, instead=instead,
    )  # fmt: skip


def _vehicle(vehicle: dict[str, Any], spots: _Spots) -> Technician:
    number, costs = vehicle["id"], vehicle.get("costs", {})
    what = f"vehicle {number}"
    start, end = (spots.of(vehicle, what, k) if k in vehicle or f"{k}_index" in vehicle else None for k in ("start", "end"))
    opens, closes = vehicle.get("time_window", [0, FOREVER])
    room, priced = _amounts(vehicle.get("capacity"), empty=True), "costs" in spots.grids(str(vehicle.get("profile", "car")))
    most = {"tasks": int(vehicle["max_tasks"])} if spots.counted and "max_tasks" in vehicle else {}
    return Technician(
        str(number), start, end, (Window(opens, closes),), _skills(vehicle), tuple(_break(b, what) for b in vehicle.get("breaks", [])),
        profile=f"{vehicle.get('profile', 'car')}*{round(FINE / vehicle.get('speed_factor', 1))}",
        cost_per_hour=0 if priced else costs.get("per_hour", 3600),
        cost_per_mile=METRES_PER_MILE if priced else costs.get("per_km", 0) * METRES_PER_MILE / 1000,
        max_jobs=None if spots.counted else vehicle.get("max_tasks"),
        max_travel=vehicle.get("max_travel_time"), max_metres=vehicle.get("max_distance"),
        stock={} if spots.flows else room, room=(room if spots.flows else {}) | most,
        call_out=int(costs.get("fixed", 0)), cost_per_work_hour=costs.get("per_task_hour", 0),
    )  # fmt: skip


def _break(pause: dict[str, Any], what: str) -> Break:
    first, *more = _windows(pause, f"{what}, break {pause.get('id')}") or (Window(0, FOREVER),)
    return Break(f"break {pause['id']}", first, int(pause.get("service", 0)), tuple(more))


def _prizes(problem: Problem, numbers: dict[str, tuple[int, ...]]) -> tuple[Visit, ...]:
    """Prizes that put priorities first, then tasks served, then cost: one task outweighs any detour, one priority all tasks."""
    dearest = 1.0
    for t in problem.technicians:
        road = problem.travel[t.profile]
        far, long = (max((max(row) for row in grid), default=0) for grid in (road.metres, road.seconds))
        work = max((v.duration + v.setup for v in problem.visits), default=0)
        leg = t.cost_per_hour * long / 3600 + t.cost_per_mile * far / METRES_PER_MILE
        dearest = max(dearest, 20 * leg + t.call_out + 2 * t.cost_per_work_hour * work / 3600)
    tasks = sum(len(n) for n in numbers.values())
    return tuple(replace(v, prize=len(numbers[v.id]) * round(dearest) * (1 + v.prize * (tasks + 1))) for v in problem.visits)


def _start(data: dict[str, Any], problem: Problem, numbers: dict[str, tuple[int, ...]]) -> Plan | None:
    """The plan that `steps` of the vehicles describe. Raises Invalid where it breaks a rule, as VROOM does."""
    names = {("job", n[0]): (name, "visit") for name, n in numbers.items() if len(n) == 1}
    names |= {("pickup", n[0]): (name, "collect") for name, n in numbers.items() if len(n) == 2}
    names |= {("delivery", n[1]): (name, "visit") for name, n in numbers.items() if len(n) == 2}
    routes: list[Route] = []
    for vehicle in data["vehicles"]:
        asked = [(s["type"], s.get("id")) for s in vehicle.get("steps", []) if s["type"] in ("job", "pickup", "delivery")]
        for kind, number in asked:
            if (kind, number) not in names:
                raise Invalid(f"Vehicle {vehicle['id']}: its steps name {kind} {number}, which is not in the file.", field="steps")
        stops = tuple(Stop(name, 0, 0, 0, 0, kind=kind) for name, kind in (names[a] for a in asked))
        routes += [Route(str(vehicle["id"]), 0, 0, 0, stops, (), 0, 0, 0)] if stops else []
    if not routes:
        return None
    plan = Plan(tuple(routes), (), Costs())
    held = to_state(Frame(problem), plan)
    for route in routes:
        lost = [s for s in route.stops if s.kind == "visit" and held.frame.number[s.visit] in held.out]
        if lost:
            raise Invalid(f"Vehicle {route.technician}: its steps break a rule at {' and '.join(str(i) for i in numbers[lost[0].visit])}."
                          " Mend them or leave them out.", field="steps")  # fmt: skip
    return plan


def answer_vroom(given: Given, plan: Plan) -> dict[str, Any]:
    """Cost, routes and what is unassigned in VROOM's numbers, with our timed plan beside."""
    routes = []
    for route in plan.routes:
        stops = [(given.numbers[s.visit][0] if s.kind != "visit" else given.numbers[s.visit][-1]) for s in route.stops]
        routes.append(stops)
    return {
        "cost": sum(_counted(given, route) for route in plan.routes) // (3600 * FINE),
        "routes": routes,
        "route_vehicles": [int(r.technician) for r in plan.routes],
        "unassigned": [n for u in plan.unserved for n in given.numbers[u.visit]],
        "plan": asdict(plan),
    }


def _counted(given: Given, route: Route) -> int:
    """What VROOM would say that a route costs, in 1/360000: its own rounding, not that of our seconds."""
    bill = given.bills[route.technician]
    visits = {v.id: v for v in given.problem.visits}
    who = next(t for t in given.problem.technicians if t.id == route.technician)
    sites = [
        who.start,
        *(v.collect.place if s.kind != "visit" and (v := visits[s.visit]).collect else visits[s.visit].place for s in route.stops),
        who.end,
    ]
    total = bill.fixed + bill.by_work * sum(s.finish - s.start for s in route.stops)
    for a, b in pairwise(int(place) for place in sites if place is not None):
        total += bill.by_duration * bill.durations[a][b] + bill.by_distance * bill.distances[a][b]
    return total
