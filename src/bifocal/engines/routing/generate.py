"""Days of technicians drawn by chance, for tests, benchmarks and simulation (our own; never real people's data).

Clustered square, log-normal work of 10 to 150 minutes, six skills, 25 % two-hour, 35 % half-day and 40 % day windows, priorities
10 / 25 / 65 % weighing 100 / 30 / 10, lunch of 30 minutes from 11:30 to 13:30, 5 % locked to a technician and a quarter of an hour,
10 % need a part from the van, shifts from 8 to 17, 40 km/h and a minute a leg.
"""

from __future__ import annotations

from math import cos, exp, pi, radians, sin
from random import Random

from bifocal.engines.routing.problem import Break, Lock, Place, Problem, Technician, Travel, Visit, Window

HOUR = 3600
SKILLS = ("refrigerant", "gas", "electrical", "plumbing", "controls", "boiler")
PARTS = ("capacitor", "igniter", "thermostat")
CENTS_PER_WEIGHT = 10_000
WEIGHTS = (100, 30, 10)


def day(jobs: int, technicians: int, seed: int) -> Problem:
    """One day of so many jobs and technicians."""
    rng = Random(f"{jobs}/{technicians}/{seed}")
    side = 30_000 if jobs <= 150 else 45_000 if jobs <= 800 else 70_000
    centres = [(rng.uniform(0.1, 0.9) * side, rng.uniform(0.1, 0.9) * side) for _ in range(max(3, technicians // 4))]
    spots = [_spot(rng, centres, side) for _ in range(technicians + jobs)]
    people = tuple(_technician(rng, n) for n in range(technicians))
    visits, locks = [], []
    for n in range(jobs):
        visit = _visit(rng, n, technicians)
        able = [t for t in people if set(visit.skills) <= set(t.skills)]
        if not able:
            visit = _visit(rng, n, technicians, tuple(people[n % technicians].skills)[:1])
            able = [t for t in people if set(visit.skills) <= set(t.skills)]
        visits.append(visit)
        if rng.random() < 0.05:
            locks.append(_lock(rng, visit, able))
    places = tuple(_place(n, spot) for n, spot in enumerate(spots))
    return Problem(places, people, tuple(visits), {"car": drive(spots)}, tuple(locks))


def _spot(rng: Random, centres: list[tuple[float, float]], side: float) -> tuple[float, float]:
    if rng.random() < 0.25:
        return rng.uniform(0, side), rng.uniform(0, side)
    x, y = rng.choice(centres)
    angle, far = rng.uniform(0, 2 * pi), abs(rng.gauss(0, side / 10))
    return min(side, max(0, x + far * cos(angle))), min(side, max(0, y + far * sin(angle)))


def _place(n: int, spot: tuple[float, float]) -> Place:
    """Metres on a plane as coordinates around Harrisburg."""
    lat = 40.0 + spot[1] / 111_320
    return Place(f"P{n}", round(lat, 6), round(-77.2 + spot[0] / (111_320 * cos(radians(40.2))), 6))


def drive(spots: list[tuple[float, float]]) -> Travel:
    """Straight lines at 40 km/h and a minute a leg."""
    metres = tuple(tuple(round(((a - c) ** 2 + (b - d) ** 2) ** 0.5) for c, d in spots) for a, b in spots)
    return Travel(tuple(tuple(round(m * 3.6 / 40) + 60 if m else 0 for m in row) for row in metres), metres)


def _technician(rng: Random, n: int) -> Technician:
    skills = dict.fromkeys(rng.sample(SKILLS, rng.randint(2, 4)), 1)
    stock = {p: rng.randint(0, 4) for p in PARTS}
    lunch = Break("lunch", Window(round(11.5 * HOUR), 13 * HOUR), HOUR // 2)
    return Technician(
        f"T{n}", f"P{n}", f"P{n}", (Window(8 * HOUR, 17 * HOUR),), skills, (lunch,), stock=stock, cost_per_hour=3600, cost_per_mile=0
    )


def _visit(rng: Random, n: int, behind: int, skills: tuple[str, ...] = ()) -> Visit:
    minutes = min(150, max(10, round(exp(rng.gauss(3.55, 0.5)) / 5) * 5))
    wanted = skills or tuple(rng.sample(SKILLS, rng.randint(1, 2)))
    weight = rng.choices(WEIGHTS, (10, 25, 65))[0]
    parts = {rng.choice(PARTS): 1} if rng.random() < 0.1 else {}
    return Visit(
        f"J{n}",
        f"P{behind + n}",
        minutes * 60,
        (_window(rng, minutes * 60),),
        dict.fromkeys(wanted, 1),
        prize=weight * CENTS_PER_WEIGHT,
        parts=parts,
    )


def _window(rng: Random, work: int) -> Window:
    draw = rng.random()
    if draw < 0.25:
        start = rng.choice((8, 10, 12, 14)) * HOUR
        return Window(start, start + 2 * HOUR)
    if draw < 0.6:
        return Window(8 * HOUR, 12 * HOUR) if rng.random() < 0.5 else Window(12 * HOUR, 17 * HOUR - work)
    return Window(8 * HOUR, 17 * HOUR - work)


def _lock(rng: Random, visit: Visit, able: list[Technician]) -> Lock:
    window = visit.windows[0]
    at = rng.randint(window.start, max(window.start, min(window.end, 17 * HOUR - visit.duration - HOUR)))
    return Lock(visit.id, rng.choice(able).id, Window(max(window.start, at - 900), min(window.end, at + 900)))
