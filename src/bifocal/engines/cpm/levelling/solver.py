"""OR-Tools' CP-SAT as an improver: it begins at a schedule we have and looks for a shorter one (extra `bifocal[solver]`)."""

from __future__ import annotations

from dataclasses import replace

from bifocal.engines.cpm.levelling.rcpsp import Problem, Solution


def available() -> bool:
    """Whether the solver is installed."""
    try:
        import ortools.sat.python.cp_model  # noqa: F401
    except ImportError:
        return False
    return True


def improve(problem: Problem, known: Solution, seconds: float, seed: int = 1) -> Solution:
    """A schedule no longer than the known one, and a bound no lower; the known one where the solver is not installed."""
    if known.makespan <= known.bound or seconds <= 0 or not available():
        return known
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    end = known.makespan
    starts = [model.new_int_var(0, end - d, f"s{i}") for i, d in enumerate(problem.durations)]
    spans = [model.new_fixed_size_interval_var(s, d, f"i{i}") for i, (s, d) in enumerate(zip(starts, problem.durations, strict=True))]
    for i, after in enumerate(problem.successors):
        for j in after:
            model.add(starts[j] >= starts[i] + problem.durations[i])
    for k, capacity in enumerate(problem.capacities):
        chosen = [i for i, row in enumerate(problem.demands) if row[k] and problem.durations[i]]
        model.add_cumulative([spans[i] for i in chosen], [problem.demands[i][k] for i in chosen], capacity)
    makespan = model.new_int_var(known.bound, end, "makespan")
    for s, d in zip(starts, problem.durations, strict=True):
        model.add(makespan >= s + d)
    for s, at in zip(starts, known.starts, strict=True):
        model.add_hint(s, at)
    model.minimize(makespan)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    bound = (
        max(known.bound, int(solver.best_objective_bound))
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN)
        else known.bound
    )
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE) or solver.value(makespan) >= known.makespan:
        return replace(known, bound=min(bound, known.makespan))
    return Solution(tuple(solver.value(s) for s in starts), solver.value(makespan), min(bound, solver.value(makespan)), known.schedules)
