"""VROOM's JSON (its API documentation, version 1.14) as a problem of ours, and the answer in its numbers.

Cost is VROOM's: seconds of driving, or what `costs` of the vehicle and the matrix say. Priorities come first, then the number of
jobs, then cost. Kept on the safe side: setup is always counted, pick-ups fill the vehicle from the start, of several windows of a
break the first is used.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import FOREVER, Break, Collect, Place, Problem, Technician, Travel, Visit, Window
from bifocal.engines.routing.travel import guess
from bifocal.engines.routing.vroom_input import checked
from bifocal.lib.errors import Invalid

MILE = 1609.344


@dataclass(frozen=True, slots=True)
class Given:
    """The problem, and VROOM's numbers of visits: (job number, or pick-up and delivery numbers)."""

    problem: Problem
    numbers: dict[str, tuple[int, ...]]


def is_vroom(data: Any) -> bool:
    """True for VROOM's input: vehicles with jobs or shipments."""
    return isinstance(data, dict) and "vehicles" in data and ("jobs" in data or "shipments" in data)


def read_vroom(data: dict[str, Any]) -> Given:
    """Raises Invalid naming the element that can't be read, or that is not honoured."""
    checked(data)
    spots = _Spots(data)
    visits: list[Visit] = []
    numbers: dict[str, tuple[int, ...]] = {}
    for job in data.get("jobs", []):
        name = f"j{job['id']}"
        visits.append(_job(job, name, spots))
        numbers[name] = (job["id"],)
    for n, shipment in enumerate(data.get("shipments", [])):
        name = f"s{n}"
        visits.append(_shipment(shipment, name, spots))
        numbers[name] = (shipment["pickup"]["id"], shipment["delivery"]["id"])
    _once("job", [job["id"] for job in data.get("jobs", [])])
    for end in ("pickup", "delivery"):
        _once(end, [shipment[end]["id"] for shipment in data.get("shipments", [])])
    _once("vehicle", [vehicle["id"] for vehicle in data["vehicles"]])
    people = [_vehicle(v, spots) for v in data["vehicles"]]
    travel = {t.profile: spots.travel(t.profile) for t in people}
    people = [_priced(t, data["vehicles"][n], spots) for n, t in enumerate(people)]
    prized = _prizes(visits, data, travel)
    return Given(Problem(spots.places(), tuple(people), prized, travel), numbers)


class _Spots:
    """Places by index of the matrix, or by coordinates where there is none."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.matrices: dict[str, Any] = dict(data.get("matrices") or {})
        if "matrix" in data:
            self.matrices.setdefault("car", {"durations": data["matrix"]})
        self.size = len(next(iter(self.matrices.values()))["durations"]) if self.matrices else 0
        self.seen: dict[tuple[float, float], int] = {}

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

    def travel(self, profile: str) -> Travel:
        name, _, factor = profile.rpartition("*")
        speed = float(factor)
        if not self.matrices:
            road = guess(self.places())
            return Travel(_scaled(road.seconds, speed), road.metres)
        if name not in self.matrices:
            raise Invalid(f"There is no matrix for the profile {name}.", field=f"profile {name}")
        grid = self.matrices[name]
        metres = grid.get("costs") or grid.get("distances") or ()
        return Travel(_scaled(grid["durations"], speed), tuple(tuple(row) for row in metres))


def _scaled(grid: Any, speed: float) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(round(cell / speed) for cell in row) for row in grid)


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


def _amounts(*lists: list[int] | None) -> dict[str, int]:
    total: dict[str, int] = {}
    for amounts in lists:
        for n, q in enumerate(amounts or []):
            total[f"amount {n}"] = total.get(f"amount {n}", 0) + q
    return {k: q for k, q in total.items() if q}


def _job(job: dict[str, Any], name: str, spots: _Spots) -> Visit:
    what = f"job {job['id']}"
    work = int(job.get("service", 0)) + int(job.get("setup", 0))
    parts = _amounts(job.get("delivery", job.get("amount")), job.get("pickup"))
    return Visit(name, spots.of(job, what), work, _windows(job, what), _skills(job), prize=int(job.get("priority", 0)), parts=parts)


def _shipment(shipment: dict[str, Any], name: str, spots: _Spots) -> Visit:
    pick, drop = shipment["pickup"], shipment["delivery"]
    what, other = f"pickup {pick['id']}", f"delivery {drop['id']}"
    first = Collect(spots.of(pick, what), int(pick.get("service", 0)) + int(pick.get("setup", 0)), _windows(pick, what))
    return Visit(
        name, spots.of(drop, other), int(drop.get("service", 0)) + int(drop.get("setup", 0)), _windows(drop, other), _skills(shipment),
        prize=int(shipment.get("priority", 0)), parts=_amounts(shipment.get("amount")), collect=first,
    )  # fmt: skip


def _vehicle(vehicle: dict[str, Any], spots: _Spots) -> Technician:
    number = vehicle["id"]
    what = f"vehicle {number}"
    start, end = (spots.of(vehicle, what, k) if k in vehicle or f"{k}_index" in vehicle else None for k in ("start", "end"))
    opens, closes = vehicle.get("time_window", [0, FOREVER])
    breaks = tuple(_break(b, what) for b in vehicle.get("breaks", []))
    return Technician(
        str(number), start, end, (Window(opens, closes),), _skills(vehicle), breaks,
        profile=f"{vehicle.get('profile', 'car')}*{vehicle.get('speed_factor', 1)}",
        max_jobs=vehicle.get("max_tasks"), max_travel=vehicle.get("max_travel_time"), max_metres=vehicle.get("max_distance"),
        stock=_amounts(vehicle["capacity"]) if "capacity" in vehicle else {f"amount {n}": FOREVER for n in range(8)},
        call_out=int(vehicle.get("costs", {}).get("fixed", 0)),
    )  # fmt: skip


def _break(pause: dict[str, Any], what: str) -> Break:
    windows = _windows(pause, f"{what}, break {pause.get('id')}") or (Window(0, FOREVER),)
    return Break(f"break {pause['id']}", windows[0], int(pause.get("service", 0)))


def _priced(t: Technician, vehicle: dict[str, Any], spots: _Spots) -> Technician:
    """VROOM's prices: `costs` of the matrix as they are, else per hour of driving (3600: a second costs 1) and per kilometre."""
    from dataclasses import replace

    matrix = spots.matrices.get(str(vehicle.get("profile", "car")), {})
    if matrix.get("costs"):
        return replace(t, cost_per_hour=0, cost_per_mile=MILE, max_metres=None)
    costs = vehicle.get("costs", {})
    return replace(t, cost_per_hour=costs.get("per_hour", 3600), cost_per_mile=costs.get("per_km", 0) * MILE / 1000)


def _prizes(visits: list[Visit], data: dict[str, Any], travel: dict[str, Travel]) -> tuple[Visit, ...]:
    """Prizes that put priorities first, then numbers served, then cost: one job outweighs any detour, one priority all jobs."""
    from dataclasses import replace

    far = max((cell for t in travel.values() for grid in (t.seconds, t.metres) for row in grid for cell in row), default=1)
    rate = max([1.0, *(float(v.get("costs", {}).get("per_hour", 3600)) / 3600 for v in data["vehicles"])])
    one = 20 * max(1, round(far * rate))
    return tuple(replace(v, prize=one * (1 + v.prize * (len(visits) + 1))) for v in visits)


def answer_vroom(given: Given, plan: Plan) -> dict[str, Any]:
    """Cost, routes and what is unassigned in VROOM's numbers, with our timed plan beside."""
    routes = []
    for route in plan.routes:
        stops = [(given.numbers[s.visit][0] if s.kind != "visit" else given.numbers[s.visit][-1]) for s in route.stops]
        routes.append(stops)
    return {
        "cost": plan.costs.total - plan.costs.unserved,
        "routes": routes,
        "route_vehicles": [int(r.technician) for r in plan.routes],
        "unassigned": [n for u in plan.unserved for n in given.numbers[u.visit]],
        "plan": asdict(plan),
    }
