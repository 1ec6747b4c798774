"""The published benchmark: vehicle routing with time windows as Solomon (1987) and Gehring and Homberger (1999) wrote it.

Two conventions. `distance`: least total distance, distances and times cut to one decimal (DIMACS 2021). `vehicles`: fewest vehicles,
then least distance, in double precision (SINTEF).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, floor, hypot
from typing import Any, Literal

import numpy as np
import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams

from bifocal.lib.errors import Invalid

Convention = Literal["distance", "vehicles"]
Spent = Callable[[], float]
FIGURE = re.compile(r"^[+-]?\d[\d.]*(e[+-]?\d+)?$", re.IGNORECASE)
MOST = 10**12  # in any column: a thousand times of it still fits 64 bits
STALLED, LAST, PATIENCE = 0.3, 0.85, 100  # shares: not given up before, the last search begins; iterations for each customer
HOPELESS = 0.3  # the share of the budget after which a fleet that serves all is not looked for any more
FINE = 1000  # `vehicles`: thousandths, rounded up, so that what holds in whole numbers holds in real ones


@dataclass(frozen=True, slots=True)
class Customer:
    """One line of an instance; number 0 is the depot."""

    number: int
    x: float
    y: float
    demand: int
    ready: float
    due: float
    service: float


@dataclass(frozen=True, slots=True)
class Instance:
    """A fleet and its customers."""

    name: str
    vehicles: int
    capacity: int
    customers: tuple[Customer, ...]

    def distance(self, a: int, b: int) -> float:
        """Straight line in double precision."""
        return hypot(self.customers[a].x - self.customers[b].x, self.customers[a].y - self.customers[b].y)


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes as positions in the list of customers, without the depot and without empty ones."""

    routes: tuple[tuple[int, ...], ...]
    unassigned: tuple[int, ...]


def read_solomon(text: str) -> Instance:
    """An instance from its text. Raises Invalid naming the line that can't be read or can't be true."""
    lines = [(n, line.split()) for n, line in enumerate(text.splitlines(), 1) if line.split()]
    top = next((n for n, words in lines if len(words) == 2 and all(FIGURE.match(w) for w in words)), None)
    if top is None:
        raise Invalid("This is no Solomon instance: there is no line of two numbers with vehicles and capacity.", field="VEHICLE")
    rows = [(n, [_number(n, w) for w in words]) for n, words in lines if n >= top and words[0].lstrip("+-")[:1].isdigit()]
    fleet, customers = rows[0], [_customer(n, r) for n, r in rows[1:]]
    if len(customers) < 2:
        raise Invalid("The instance has no customers behind its depot.", field="CUSTOMER")
    vehicles, capacity = int(fleet[1][0]), int(fleet[1][1])
    if vehicles < 1 or capacity < 0:
        raise Invalid(f"Line {fleet[0]}: {vehicles} vehicles of capacity {capacity} can't be.", field="VEHICLE")
    numbers = [c.number for c in customers]
    if numbers[0] != 0:
        raise Invalid(f"The first line of the customers is the depot, number 0; here it is {numbers[0]}.", field="CUSTOMER")
    twice = next((n for i, n in enumerate(numbers) if n in numbers[:i]), None)
    if twice is not None:
        raise Invalid(f"Customer {twice}: there are two of this number. Give each a number of its own.", field="CUSTOMER")
    return Instance(" ".join(lines[0][1]), vehicles, capacity, tuple(customers))


def _number(line: int, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise Invalid(f"Line {line}: {word} is no number.", field=f"line {line}") from None
    if not abs(value) <= MOST:
        raise Invalid(f"Line {line}: {word} is beyond all measure. The most is {MOST:.0g}.", field=f"line {line}")
    return value


def _customer(line: int, row: list[float]) -> Customer:
    if len(row) != 7:
        raise Invalid(f"Line {line}: a customer has 7 numbers, here are {len(row)}.", field=f"line {line}")
    number, x, y, demand, ready, due, service = row
    if due < ready:
        raise Invalid(f"Line {line}: customer {number:.0f} is due at {due:g}, before it is ready at {ready:g}.", field=f"line {line}")
    if service < 0 or demand < 0:
        raise Invalid(f"Line {line}: customer {number:.0f} has a negative service time or demand.", field=f"line {line}")
    if number != int(number) or demand != int(demand):
        raise Invalid(
            f"Line {line}: a customer's number and demand are whole numbers, here {number:g} and {demand:g}.", field=f"line {line}"
        )
    return Customer(int(number), x, y, int(demand), ready, due, service)


def arc(instance: Instance, convention: Convention, a: int, b: int) -> float:
    """The length of an arc: cut to one decimal under `distance`."""
    straight = instance.distance(a, b)
    return floor(straight * 10 + 1e-9) / 10 if convention == "distance" else straight


def cost(instance: Instance, convention: Convention, routes: tuple[tuple[int, ...], ...]) -> float:
    """Total distance in instance units."""
    total = sum(arc(instance, convention, a, b) for r in routes for a, b in zip((0, *r), (*r, 0), strict=True))
    return round(total, 1 if convention == "distance" else 6)


def holds(instance: Instance, convention: Convention, route: tuple[int, ...]) -> str:
    """Why a route breaks capacity or a window, in words; empty where it holds."""
    customers = instance.customers
    if sum(customers[c].demand for c in route) > instance.capacity:
        return f"loads {sum(customers[c].demand for c in route)}, capacity {instance.capacity}"
    now, at = customers[0].ready, 0
    for c in (*route, 0):
        now += arc(instance, convention, at, c)
        if now > customers[c].due + 1e-6:
            return f"reaches {customers[c].number} at {now:.1f}, due {customers[c].due:g}"
        now = max(now, customers[c].ready) + customers[c].service
        at = c
    return ""


def verify_vrptw(instance: Instance, convention: Convention, solution: Solution) -> tuple[str, ...]:
    """All that does not hold in a solution."""
    wrong = [f"Route {n}: {why}." for n, r in enumerate(solution.routes, 1) if (why := holds(instance, convention, r))]
    seen = [c for r in solution.routes for c in r] + list(solution.unassigned)
    if sorted(seen) != list(range(1, len(instance.customers))):
        wrong.append("Every customer must be in one route or unassigned, once.")
    if len(solution.routes) > instance.vehicles:
        wrong.append(f"{len(solution.routes)} routes, but {instance.vehicles} vehicles.")
    return tuple(wrong)


def solve_vrptw(instance: Instance, convention: Convention, *, stop: Spent, seed: int = 0) -> Solution:
    """The best solution found within the budget. Whom no vehicle could reach alone, or hold, is left out from the beginning."""
    able = [0, *(c for c in range(1, len(instance.customers)) if not holds(instance, convention, (c,)))]
    part = replace(instance, customers=tuple(instance.customers[c] for c in able))
    if len(able) == 1:
        return Solution((), tuple(range(1, len(instance.customers))))
    found = _fewest(part, stop, seed) if convention == "vehicles" else _shortest(part, stop, seed)
    routes = tuple(tuple(able[c] for c in r) for r in found.routes)
    served = {c for r in routes for c in r}
    return Solution(routes, tuple(c for c in range(1, len(instance.customers)) if c not in served))


def _shortest(instance: Instance, stop: Spent, seed: int) -> Solution:
    data = _data(instance, "distance", instance.vehicles)
    watch = _Watch(stop, 1.0, hopeless=HOPELESS, patience=PATIENCE * data.num_clients)
    found = _search(data, watch, seed)
    if not found.is_feasible():
        found = _most(instance, "distance", found, stop, seed)
    elif watch.now < 1.0:
        found = _again(data, found, watch, seed)
    return _finish(instance, "distance", found)


def _again(data: Any, best: Any, watch: _Watch, seed: int) -> Any:
    """The first search finds no more: others from the beginning, each given the time it took, with the fleet held at what the best has or
    one more, since a search that may always open a route ends elsewhere. The last goes on from the best."""
    turn, now, turns = min(0.3, max(0.1, 1.3 * watch.last)), watch.now, 0
    while now + turn <= LAST:
        fleet = data.vehicle_type(0).replace(num_available=min(data.num_vehicles, best.num_routes() + turns % 2))
        turns, now = turns + 1, now + turn
        found = _search(data.replace(vehicle_types=[fleet]), _Watch(watch.stop, now), seed + turns)
        if found.is_feasible() and found.distance() < best.distance():
            best = found
    return _search(data, _Watch(watch.stop, 1.0), seed, start=pyvrp.Solution(data, [[c - 1 for c in r] for r in _routes(best)]))


def _most(instance: Instance, convention: Convention, found: Any, stop: Spent, seed: int) -> Any:
    """The fleet is too small for all, it seems: as many customers as it can serve, then the shortest way."""
    data = _data(instance, convention, instance.vehicles, all_of_them=False)
    kept = [[c - 1 for c in r] for r in _routes(found) if not holds(instance, convention, r)]
    return _search(data, _Watch(stop, 1.0), seed + 1, start=pyvrp.Solution(data, kept))


def _data(instance: Instance, convention: Convention, vehicles: int, *, all_of_them: bool = True) -> Any:
    scale, whole = (10, floor) if convention == "distance" else (FINE, ceil)
    customers = instance.customers
    size = range(len(customers))
    lengths: Any = np.array([[whole(instance.distance(a, b) * scale + (1e-8 if whole is floor else -1e-8)) for b in size] for a in size])
    prize = 0 if all_of_them else 20 * int(lengths.max())  # one more customer outweighs any detour
    clients = [
        pyvrp.Client(
            n,
            delivery=[c.demand],
            service_duration=ceil(c.service * scale),
            tw_early=ceil(c.ready * scale),
            tw_late=floor(c.due * scale),
            prize=prize,
            required=all_of_them,
        )
        for n, c in enumerate(customers)
        if n
    ]
    depot, used = customers[0], min(vehicles, len(clients))  # more than one a customer are never used, and cost memory
    fleet = pyvrp.VehicleType(used, [instance.capacity], tw_early=ceil(depot.ready * scale), tw_late=floor(depot.due * scale))
    return pyvrp.ProblemData([pyvrp.Location(c.x, c.y) for c in customers], clients, [pyvrp.Depot(0)], [fleet], [lengths], [lengths])


@dataclass
class _Watch(IteratedLocalSearchCallbacks):
    """When one search of PyVRP ends: at a share of the budget, when something holds (`first`), when nothing has by a share (`hopeless`),
    or when something holds and nothing better was found in so many iterations (`patience`; 0: never) nor since half of its time, the first
    part of the budget aside."""

    stop: Spent
    until: float
    first: bool = False
    hopeless: float = 1.0
    patience: int = 0
    now: float = 0.0
    last: float = 0.0  # share of the budget at which the best was found
    since: int = 0  # iterations since then
    holds: bool = False

    def on_best(self, best: Any) -> None:
        """Note that, and when."""
        self.last, self.since = self.now, 0
        self.holds = self.holds or best.is_feasible()

    def done(self, best_cost: int) -> bool:
        """PyVRP asks once an iteration."""
        self.now, self.since = self.stop(), self.since + 1
        if self.now >= self.until or (self.first and self.holds):
            return True
        if not self.holds:
            return self.now >= self.hopeless
        return 0 < self.patience <= self.since and self.now >= STALLED and self.last < self.now / 2


def _search(data: Any, watch: _Watch, seed: int, *, start: Any = None) -> Any:
    """PyVRP until it is to end; its best."""
    params = pyvrp.SolveParams(ils=IteratedLocalSearchParams(callbacks=watch))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # `_finish` judges by itself
        return pyvrp.solve(data, watch.done, seed=seed, collect_stats=False, initial_solution=start, params=params).best


def _routes(found: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(a.idx + 1 for a in r if a.is_client()) for r in found.routes() if r.num_clients())


def _fewest(instance: Instance, stop: Spent, seed: int) -> Solution:
    """One vehicle less as long as something holds within its share; then the shortest with that many."""
    least = max(1, ceil(sum(c.demand for c in instance.customers) / max(1, instance.capacity)))
    best = _search(_data(instance, "vehicles", instance.vehicles), _Watch(stop, 0.08), seed)
    if not best.is_feasible():
        data = _data(instance, "vehicles", instance.vehicles)
        start = pyvrp.Solution(data, [[c - 1 for c in r] for r in _routes(best)])
        best = _search(data, _Watch(stop, HOPELESS, first=True), seed, start=start)
    if not best.is_feasible():
        return _finish(instance, "vehicles", _most(instance, "vehicles", best, stop, seed))
    spent = max(0.08, stop())
    while best.is_feasible() and best.num_routes() > least and spent < 0.65:
        spent = min(0.7, max(spent, stop()) + 0.25)
        fewer = _search(_data(instance, "vehicles", best.num_routes() - 1), _Watch(stop, spent, first=True), seed + best.num_routes())
        if not fewer.is_feasible():
            break
        best = fewer
    data = _data(instance, "vehicles", best.num_routes())
    start = pyvrp.Solution(data, [[c - 1 for c in r] for r in _routes(best)])
    return _finish(instance, "vehicles", _search(data, _Watch(stop, 1.0), seed + 1, start=start))


def _finish(instance: Instance, convention: Convention, found: Any) -> Solution:
    """Our own clockwork decides: routes that do not hold are put together again by cheapest insertion."""
    kept = [r for r in _routes(found) if not holds(instance, convention, r)]
    seen = {c for r in kept for c in r}
    out: list[int] = []
    for c in sorted(set(range(1, len(instance.customers))) - seen, key=lambda c: instance.customers[c].due):
        if not _insert(instance, convention, kept, c):
            out.append(c)
    return Solution(tuple(kept), tuple(sorted(out)))


def _insert(instance: Instance, convention: Convention, routes: list[tuple[int, ...]], c: int) -> bool:
    options = [
        (cost(instance, convention, (new,)) - (cost(instance, convention, (r,)) if r else 0), n, new)
        for n, r in enumerate([*routes, ()] if len(routes) < instance.vehicles else routes)
        for i in range(len(r) + 1)
        if not holds(instance, convention, new := (*r[:i], c, *r[i:]))
    ]
    if not options:
        return False
    _added, n, new = min(options)
    routes[n : n + 1] = [new]
    return True
