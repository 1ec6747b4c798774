"""VROOM's input as its API documentation (1.15) describes it, strictly: what is wrong, unknown or not honoured is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from bifocal.engines.routing.sane import named, told
from bifocal.lib.errors import Invalid

Id = Annotated[int, Field(ge=0, strict=True)]
Count = Annotated[int, Field(ge=0, strict=True)]
Point = Annotated[list[Annotated[float, Field(strict=True)]], Field(min_length=2, max_length=2)]
Span = Annotated[list[Count], Field(min_length=2, max_length=2)]
Amounts = list[Count]
Priority = Annotated[int, Field(ge=0, le=100, strict=True)]
Matrix = Annotated[list[list[Count]], Field(min_length=1)]
STRICT = ConfigDict(extra="forbid")


@with_config(STRICT)
class Step(TypedDict):
    """A job, or the pick-up or delivery of a shipment."""

    id: Id
    description: NotRequired[str]
    location: NotRequired[Point]
    location_index: NotRequired[Count]
    setup: NotRequired[Count]
    service: NotRequired[Count]
    setup_per_type: NotRequired[dict[str, Count]]
    service_per_type: NotRequired[dict[str, Count]]
    time_windows: NotRequired[list[Span]]


@with_config(STRICT)
class Job(Step):
    """A job: amounts are loaded at the start (delivery) or brought back (pickup)."""

    amount: NotRequired[Amounts]
    delivery: NotRequired[Amounts]
    pickup: NotRequired[Amounts]
    skills: NotRequired[list[Count]]
    priority: NotRequired[Priority]


@with_config(STRICT)
class Shipment(TypedDict):
    """What is picked up at one place and delivered at another by the same vehicle."""

    pickup: Step
    delivery: Step
    amount: NotRequired[Amounts]
    skills: NotRequired[list[Count]]
    priority: NotRequired[Priority]


@with_config(STRICT)
class Costs(TypedDict):
    """Prices of a vehicle."""

    fixed: NotRequired[Count]
    per_hour: NotRequired[Count]
    per_km: NotRequired[Count]
    per_task_hour: NotRequired[Count]


@with_config(STRICT)
class Break(TypedDict):
    """A break of a vehicle."""

    id: Id
    time_windows: NotRequired[list[Span]]
    service: NotRequired[Count]
    description: NotRequired[str]


@with_config(STRICT)
class VehicleStep(TypedDict):
    """A step of a route to start the search from; VROOM uses the times (service_…) in its plan mode only."""

    type: Literal["start", "job", "pickup", "delivery", "break", "end"]
    id: NotRequired[Id]
    description: NotRequired[str]
    service_at: NotRequired[Count]
    service_after: NotRequired[Count]
    service_before: NotRequired[Count]


@with_config(STRICT)
class Vehicle(TypedDict):
    """A vehicle."""

    id: Id
    profile: NotRequired[str]
    description: NotRequired[str]
    type: NotRequired[str]
    start: NotRequired[Point]
    start_index: NotRequired[Count]
    end: NotRequired[Point]
    end_index: NotRequired[Count]
    capacity: NotRequired[Amounts]
    costs: NotRequired[Costs]
    skills: NotRequired[list[Count]]
    time_window: NotRequired[Span]
    breaks: NotRequired[list[Break]]
    speed_factor: NotRequired[Annotated[float, Field(gt=0, le=5, strict=True)]]
    max_tasks: NotRequired[Count]
    max_travel_time: NotRequired[Count]
    max_distance: NotRequired[Count]
    steps: NotRequired[list[VehicleStep]]


@with_config(STRICT)
class Grids(TypedDict):
    """The matrices of one profile."""

    durations: Matrix
    distances: NotRequired[Matrix]
    costs: NotRequired[Matrix]


@with_config(STRICT)
class File(TypedDict):
    """The whole input. `options` are those of vroom-express and mean nothing here."""

    vehicles: Annotated[list[Vehicle], Field(min_length=1)]
    jobs: NotRequired[list[Job]]
    shipments: NotRequired[list[Shipment]]
    matrices: NotRequired[dict[str, Grids]]
    matrix: NotRequired[Matrix]
    options: NotRequired[dict[str, Any]]


FILE = TypeAdapter(File)
NOT_HONOURED = {"max_load": "the most load during a break"}


def checked(data: dict[str, Any]) -> None:
    """Raises Invalid naming the element that is wrong, unknown or not honoured."""
    try:
        FILE.validate_python(data)
    except ValidationError as error:
        word = str(error.errors()[0]["loc"][-1])
        if word in NOT_HONOURED:
            refused = told(error, data)
            where = refused.sentence.partition(":")[0]
            raise Invalid(f"{where}: {NOT_HONOURED[word]} is not honoured here. Leave it out.", field=refused.field) from None
        raise told(error, data) from None
    _amounts(data)
    _matrices(data)
    for vehicle in data["vehicles"]:
        _prices(vehicle, data)


def _bad(what: str, sentence: str) -> Invalid:
    return Invalid(f"{what}: {sentence}", field=what)


def _amounts(data: dict[str, Any]) -> None:
    """All arrays of amounts are of one length."""
    first = ("", -1)
    for kind, keys in (("vehicles", ("capacity",)), ("jobs", ("amount", "delivery", "pickup")), ("shipments", ("amount",))):
        for n, thing in enumerate(data.get(kind, [])):
            for key in (k for k in keys if k in thing):
                here = (named((kind, n, key), data), len(thing[key]))
                first = first if first[0] else here
                if here[1] != first[1]:
                    raise _bad(here[0], f"{here[1]} amounts, but {first[0]} has {first[1]}. Give all the same number.")
    bare = next((v for v in data["vehicles"] if "capacity" not in v), None)
    if first[1] > 0 and bare:
        raise _bad(f"Vehicle {bare['id']}", f"has no capacity, but {first[0]} has {first[1]} amounts. Give it as many.")


def _grids(data: dict[str, Any]) -> Iterator[tuple[str, list[list[int]]]]:
    if "matrix" in data:
        yield "matrix", data["matrix"]
    for profile, grids in data.get("matrices", {}).items():
        for name, grid in grids.items():
            yield f"matrices.{profile}.{name}", grid


def _matrices(data: dict[str, Any]) -> None:
    """All matrices are square and of one size."""
    size = 0
    for name, grid in _grids(data):
        size = size or len(grid)
        if len(grid) != size or any(len(row) != size for row in grid):
            short = next((f", row {n} has {len(row)}" for n, row in enumerate(grid) if len(row) != size), "")
            raise _bad(name, f"the matrix has {len(grid)} rows{short}, but all must be {size} × {size}.")


def _prices(vehicle: dict[str, Any], data: dict[str, Any]) -> None:
    what, costs = f"Vehicle {vehicle['id']}", vehicle.get("costs", {})
    grids = data.get("matrices", {}).get(vehicle.get("profile", "car"), {})
    if "start" not in vehicle and "end" not in vehicle and "start_index" not in vehicle and "end_index" not in vehicle:
        raise _bad(what, "has neither start nor end. Give at least one.")
    if "costs" in grids and (costs.get("per_hour", 3600) != 3600 or costs.get("per_km")):
        raise _bad(what, "costs per hour or per kilometre contradict the matrix of costs of its profile. Give one of both.")
    if "costs" in grids and "max_distance" in vehicle:
        raise _bad(what, "max_distance is not honoured beside a matrix of costs. Leave one of both out.")
    measured = "distances" in grids or not (grids or "matrix" in data)
    for word, given in (("max_distance", "max_distance" in vehicle), ("costs.per_km", bool(costs.get("per_km")))):
        if given and not measured:
            raise _bad(
                what, f"{word} needs distances, and its matrix has durations only. Give matrices.{vehicle.get('profile', 'car')}.distances."
            )
