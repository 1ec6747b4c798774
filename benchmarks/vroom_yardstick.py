"""A day given to VROOM through pyvroom (a yardstick of the tests and benchmarks only), its answer as a plan of ours."""

from __future__ import annotations

import time

import numpy as np
import vroom

from bifocal.engines.routing.frame import Frame
from bifocal.engines.routing.moves import State
from bifocal.engines.routing.plan import Plan
from bifocal.engines.routing.problem import Problem
from bifocal.engines.routing.report import take, to_plan


def solve(problem: Problem, exploration: int = 5) -> tuple[Plan, float, int]:
    """(VROOM's routes timed by our clockwork, CPU seconds, jobs VROOM says it serves)."""
    frame = Frame(problem)
    given = vroom.Input()
    grid = problem.travel["car"].seconds
    given.set_durations_matrix("car", np.array(grid, dtype=np.uint32))
    names = sorted({s for t in problem.technicians for s in t.skills})
    code = {s: n for n, s in enumerate(names)}
    person = {t.id: 100 + n for n, t in enumerate(problem.technicians)}
    held = {lock.visit: lock for lock in problem.locks}
    for n, t in enumerate(problem.technicians):
        breaks = [vroom.Break(k, [vroom.TimeWindow(b.window.start, b.window.end)], b.duration) for k, b in enumerate(t.breaks)]
        given.add_vehicle(vroom.Vehicle(
            n, start=frame.where[t.start], end=frame.where[t.end], profile="car", skills={code[s] for s in t.skills} | {person[t.id]},
            time_window=vroom.TimeWindow(t.shifts[0].start, t.shifts[0].end), breaks=breaks, capacity=vroom.Amount([t.stock.get(p, 0) for p in frame.parts]),
        ))  # fmt: skip
    for n, v in enumerate(problem.visits):
        lock = held.get(v.id)
        skills = {code[s] for s in v.skills} | ({person[lock.technician]} if lock else set())
        windows = [vroom.TimeWindow(s, e) for s, e in frame.windows[n]]
        given.add_job(vroom.Job(
            n, location=frame.place[n], default_service=v.duration, skills=skills, priority=v.prize // 10_000, time_windows=windows,
            delivery=vroom.Amount([v.parts.get(p, 0) for p in frame.parts]),
        ))  # fmt: skip
    begun = time.process_time()
    found = given.solve(exploration_level=exploration, nb_threads=1)
    cpu = time.process_time() - begun
    state = State(frame)
    routes = found.routes
    jobs = routes[routes["type"] == "job"]
    for vehicle, rows in jobs.groupby("vehicle_id"):
        take(state, int(vehicle), [int(x) for x in rows["id"]])
    return to_plan(state), cpu, len(jobs)
