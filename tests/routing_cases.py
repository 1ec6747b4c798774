"""Small problems drawn by chance with everything the engine knows: crews, order, parts, errands, busy hours, overtime, promises."""

from __future__ import annotations

from random import Random

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
)  # fmt: skip

H = 3600


def small(seed: int) -> Problem:
    """One problem of 3 to 14 visits and 2 to 5 technicians."""
    rng = Random(f"small/{seed}")
    people = [_technician(rng, n) for n in range(rng.randint(2, 5))]
    size = rng.randint(6, 12)
    travel = {"car": _travel(rng, size)}
    visits = [_visit(rng, n, size, people) for n in range(rng.randint(3, 14))]
    locks = []
    for v in visits:
        able = [t for t in people if not t.apprentice and t.id not in v.banned and (not v.required or t.id in v.required)
                and all(t.skills.get(s, -1) >= level for s, level in v.skills.items())]  # fmt: skip
        if able and v.crew == 1 and rng.random() < 0.15:
            t = rng.choice(able)
            start = max(v.windows[0].start if v.windows else 0, t.shifts[0].start)
            wide = Window(start, start + rng.choice((0, 900, 7200)))
            if start <= t.shifts[0].end:
                locks.append(Lock(v.id, t.id, wide if rng.random() < 0.6 else None))
    depots = (Depot("store", "P1", frozenset({"valve", "pump"}), 600, (Window(7 * H, 15 * H),)),) if rng.random() < 0.6 else ()
    places = tuple(Place(f"P{n}") for n in range(size))
    return Problem(places, tuple(people), tuple(visits), travel, tuple(locks), depots, fairness=rng.choice((0, 0, 500)))


def _travel(rng: Random, size: int) -> Travel:
    spots = [(rng.uniform(0, 40), rng.uniform(0, 40)) for _ in range(size)]
    minutes = [[round(((a - c) ** 2 + (b - d) ** 2) ** 0.5) for c, d in spots] for a, b in spots]
    seconds = tuple(tuple(60 * m for m in row) for row in minutes)
    rush = ((7 * H, tuple(tuple(round(s * 1.4) for s in row) for row in seconds)), (9 * H, seconds))
    return Travel(seconds, tuple(tuple(700 * m for m in row) for row in minutes), rush if rng.random() < 0.2 else ())


def _technician(rng: Random, n: int) -> Technician:
    days = rng.choice((1, 1, 1, 2))
    shifts = tuple(Window(24 * H * d + 8 * H, 24 * H * d + rng.choice((12, 16, 17)) * H) for d in range(days))
    breaks = tuple(Break(f"lunch {d}", Window(24 * H * d + 11 * H, 24 * H * d + 13 * H), 1800) for d in range(days) if rng.random() < 0.6)
    busy = (Window(13 * H, 14 * H),) if rng.random() < 0.2 else (Window(9 * H, 12 * H),) if rng.random() < 0.1 else ()
    return Technician(
        f"T{n}", f"P{rng.randrange(3)}", rng.choice((None, "P0", "P2")), shifts, {s: rng.randint(1, 3) for s in ("gas", "air") if rng.random() < 0.7},
        breaks, busy, overtime=rng.choice((0, 0, 3600)), overtime_cost=6000, max_jobs=rng.choice((None, None, 3)),
        pace={"gas": 1.25} if rng.random() < 0.2 else {}, stock={"valve": rng.randint(0, 2)}, apprentice=n > 0 and rng.random() < 0.2,
        call_out=rng.choice((0, 2000)),
    )  # fmt: skip


def _visit(rng: Random, n: int, size: int, people: list[Technician]) -> Visit:
    known = sorted({s for t in people for s in t.skills})
    names = [t.id for t in people]
    start = rng.choice((8, 9, 10, 13)) * H
    windows = rng.choice(((), (Window(start, start + 2 * H),), (Window(8 * H, 9 * H), Window(13 * H, 15 * H))))
    crew = 2 if rng.random() < 0.12 else 1
    return Visit(
        f"V{n}", f"P{rng.randrange(size)}", rng.randint(1, 8) * 900, windows,
        {s: rng.randint(1, 2) for s in known if rng.random() < 0.3},
        preferred=frozenset(rng.sample(names, 1)) if rng.random() < 0.2 else frozenset(),
        banned=frozenset(rng.sample(names, 1)) if rng.random() < 0.1 else frozenset(), prize=rng.choice((100_000, 300_000, 1_000_000)),
        deadline=Deadline(rng.randint(9, 15) * H, 5000) if rng.random() < 0.2 else None,
        promise=Promise(Window(start, start + H)) if rng.random() < 0.2 else None,
        crew=crew, after=(After(f"V{rng.randrange(n)}", 600),) if n and rng.random() < 0.12 else (),
        parts={"valve": 1} if rng.random() < 0.2 else {},
        collect=Collect("P2", 300, (Window(8 * H, 16 * H),)) if crew == 1 and rng.random() < 0.08 else None,
    )  # fmt: skip
