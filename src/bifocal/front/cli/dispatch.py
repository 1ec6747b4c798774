"""`bifocal dispatch`: plan a day from a file, verify a plan, measure on published instances. Needs no database."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bifocal.front.cli.common import Json, fail, say

if TYPE_CHECKING:
    from bifocal.engines.routing.plan import Plan
    from bifocal.engines.routing.problem import Problem
    from bifocal.engines.routing.vrptw import Convention, Instance

app = typer.Typer(help="Plan dispatched days from files.", no_args_is_help=True)
PARTS_SHARE = 0.8  # of a large day's seconds; the rest is for the borders
Seconds = Annotated[float, typer.Option(help="CPU seconds of this process; twice that by the clock at most", min=0.0)]
Iterations = Annotated[int | None, typer.Option(help="Iterations instead of seconds: the same answer every time", min=1)]
Seed = Annotated[int, typer.Option(help="Another seed, another search", min=0)]
Kind = Annotated[str, typer.Option(help="For Solomon and Homberger: distance (cut to 0.1) or vehicles (fewest first)")]


@app.command()
def solve(
    file: Path, seconds: Seconds = 10.0, iterations: Iterations = None, seed: Seed = 0, convention: Kind = "distance",
    start: Annotated[Path | None, typer.Option(help="A plan to start from; it is never made worse")] = None,
    workers: Annotated[int, typer.Option(help="Processes for a large day (over 450 visits), each with its own seconds", min=1)] = 1,
    trust: Annotated[bool, typer.Option(help="Drive to places that look wrong as well")] = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Plan FILE: a problem of ours (JSON), VROOM's JSON, or a Solomon or Homberger instance (text)."""
    how = _How(seconds, iterations, seed, workers, trust, start, budget(seconds, iterations))
    with _refusing():
        told = _solve(_text(file), _convention(convention), how)
    if as_json:
        typer.echo(json.dumps(told))
        return
    vehicles = f", {told['vehicles']} vehicles" if "vehicles" in told else ""
    say.print(f"Cost {told['cost']}{vehicles}, {len(told['routes'])} routes, {len(told['unassigned'])} unassigned.")
    for route in told["routes"]:
        say.print("  " + " → ".join(str(stop) for stop in route))
    for missed in told.get("plan", {}).get("unserved", []):
        say.print(f"  not served: {missed['visit']}: {missed['reason']}; {missed['relaxation']}")


def budget(seconds: float, iterations: int | None, *, now: bool = False) -> Callable[[], float]:
    """The share of the budget spent: of iterations, or of this process's CPU seconds (from its start, or from `now` on) with a wall cap
    of twice that."""
    if iterations is not None:
        from bifocal.engines.routing.solve import iterations as counted

        return counted(iterations)
    begun, before = (time.monotonic(), time.process_time()) if now else (time.monotonic() - _age(), 0.0)
    limit = max(0.001, seconds)
    return lambda: max((time.process_time() - before) / limit, (time.monotonic() - begun) / (2 * limit))


def _age() -> float:
    """Seconds by the clock that this process lives already: starting Python takes a moment too (0 where the system does not tell)."""
    try:
        started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - int(started) / os.sysconf("SC_CLK_TCK"))
    except (OSError, AttributeError, ValueError, IndexError):
        return 0.0


def _later(seconds: float, iterations: int | None) -> Callable[[], float]:
    """A budget that begins when it is first asked."""
    begun: list[Callable[[], float]] = []

    def stop() -> float:
        if not begun:
            begun.append(budget(seconds, iterations, now=True))
        return begun[0]()

    return stop


def _text(file: Path) -> str:
    if not file.exists() or file.is_dir():
        raise fail(f"There is no file {file}.")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise fail(f"{file} is no text. Give JSON or a Solomon instance.") from None
    if not text.strip():
        raise fail(f"{file} is empty. Give JSON or a Solomon instance.")
    return text


class _refusing:
    """What can't be true becomes one sentence and exit status 2; `where` is said before it."""

    def __init__(self, where: str = "") -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        from bifocal.lib.errors import DomainError

        if isinstance(error, DomainError):
            raise fail(self.where + error.sentence) from None


def _convention(name: str) -> Convention:
    if name in ("distance", "vehicles"):
        return "distance" if name == "distance" else "vehicles"
    raise fail(f"--convention is distance or vehicles, not {name}.")


@dataclass(frozen=True, slots=True)
class _How:
    """What `solve` was asked. `stop` began with the process."""

    seconds: float
    iterations: int | None
    seed: int
    workers: int
    trust: bool
    start: Path | None
    stop: Callable[[], float]


def _solve(text: str, convention: Convention, how: _How) -> dict[str, Any]:
    from bifocal.engines.routing import files, vroom, vrptw
    from bifocal.engines.routing.explain import explained

    if not text.lstrip().startswith(("{", "[")):
        instance = vrptw.read_solomon(text)
        return _answer(instance, convention, vrptw.solve_vrptw(instance, convention, stop=how.stop, seed=how.seed))
    data = _json(text)
    if vroom.is_vroom(data):
        given = vroom.read_vroom(data)
        return vroom.answer_vroom(given, _plan(given.problem, how, given.start, strict=False))
    problem = files.read_problem(data, trust=how.trust)
    return files.answer(explained(problem, _plan(problem, how)))


def _plan(problem: Problem, how: _How, begin: Plan | None = None, *, strict: bool = True) -> Plan:
    """The day as a whole, or a large one by territories; from `begin` on, where no plan was given."""
    from bifocal.engines.routing import files
    from bifocal.engines.routing.solve import plan
    from bifocal.engines.routing.territory import MOST_VISITS, plan_large

    warm = files.read_plan(_json(_text(how.start))) if how.start else begin
    if warm or len(problem.visits) <= MOST_VISITS:
        return plan(problem, stop=how.stop, seed=how.seed, warm_start=warm, strict=strict)
    borders = how.stop if how.workers == 1 else _later(how.seconds * (1 - PARTS_SHARE), how.iterations)
    return plan_large(problem, solve=lambda parts: _shared(parts, how), stop=borders, seed=how.seed, strict=strict)


def _shared(parts: Sequence[Problem], how: _How) -> list[Plan]:
    """The plans of territories: one after another in this process, or on several."""
    workers = min(how.workers, len(parts))
    each = how.seconds * max(0.0, PARTS_SHARE - how.stop()) * workers / len(parts)
    asked = [(part, each, how.iterations, how.seed) for part in parts]
    if workers == 1:
        return [_part(one) for one in asked]
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_part, asked))


def _part(asked: tuple[Problem, float, int | None, int]) -> Plan:
    """One territory within its seconds; the whole has been checked."""
    from bifocal.engines.routing.solve import plan

    problem, seconds, iterations, seed = asked
    return plan(problem, stop=budget(seconds, iterations, now=True), seed=seed, strict=False)


def _json(text: str) -> Any:
    from bifocal.engines.routing.sane import parse
    from bifocal.lib.errors import Invalid

    try:
        return parse(text)
    except Invalid as error:
        raise fail(error.sentence) from None


def _answer(instance: Instance, convention: Convention, found: Any) -> dict[str, Any]:
    from bifocal.engines.routing.vrptw import cost

    number = [c.number for c in instance.customers]
    total = cost(instance, convention, found.routes)
    return {
        "instance": instance.name, "convention": convention, "cost": total, "distance": total, "vehicles": len(found.routes),
        "routes": [[number[c] for c in r] for r in found.routes],
        "unassigned": [number[c] for c in found.unassigned],
    }  # fmt: skip


@app.command()
def verify(problem: Path, plan: Path, convention: Kind = "distance", as_json: Json = False) -> None:
    """Whether PLAN (what `solve --json` printed) keeps every hard rule of PROBLEM. Exit status 1 where it does not."""
    text, told = _text(problem), _json(_text(plan))
    with _refusing():
        wrong = _breaches(text, told, _convention(convention))
    if as_json:
        typer.echo(json.dumps({"ok": not wrong, "breaches": wrong}))
    else:
        for sentence in wrong:
            say.print(f"  {sentence}")
        say.print("Every hard rule holds." if not wrong else f"{len(wrong)} do not hold.")
    raise typer.Exit(1 if wrong else 0)


def _breaches(text: str, told: Any, convention: Convention) -> list[str]:
    from bifocal.engines.routing import check, files, vroom, vrptw
    from bifocal.engines.routing.verify import verify as judge

    if not text.lstrip().startswith(("{", "[")):
        return _breaches_of_instance(vrptw.read_solomon(text), told, convention)
    data = _json(text)
    foreign = vroom.is_vroom(data)
    given = vroom.read_vroom(data) if foreign else None
    problem = given.problem if given else files.read_problem(data, trust=True)
    check.check(problem, strict=not foreign)
    plan = files.read_plan(told)
    wrong = [f"{b.rule}: {b.sentence}" for b in judge(problem, plan)]
    return wrong or files.contradictions(told, vroom.answer_vroom(given, plan) if given else files.answer(plan))


def _breaches_of_instance(instance: Instance, told: Any, convention: Convention) -> list[str]:
    from bifocal.engines.routing import vrptw
    from bifocal.lib.errors import Invalid

    place = {c.number: n for n, c in enumerate(instance.customers)}
    try:
        routes = tuple(tuple(place[c] for c in r) for r in told["routes"])
        unassigned = tuple(place[c] for c in told.get("unassigned", []))
    except (KeyError, TypeError, AttributeError):
        raise Invalid("The plan needs routes of customer numbers of this instance.", field="routes") from None
    convention = told.get("convention", convention)
    wrong = list(vrptw.verify_vrptw(instance, convention, vrptw.Solution(routes, unassigned)))
    counted = vrptw.cost(instance, convention, routes)
    if "cost" in told and abs(counted - told["cost"]) > 0.01:
        wrong.append(f"The cost is {counted}, not {told['cost']}.")
    return wrong


@app.command()
def bench(
    folder: Path, seconds: Seconds = 5.0, iterations: Iterations = None, seed: Seed = 1, convention: Kind = "distance",
    best: Annotated[Path | None, typer.Option(help="JSON of best known costs by name")] = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Solve every instance (*.txt) of a folder and compare with best-known costs where a file of them lies near."""
    if not folder.is_dir():
        raise fail(f"There is no folder {folder}.")
    known = _known(folder, best)
    rows = []
    if not (instances := sorted(folder.glob("*.txt"))):
        raise fail(f"There is no instance (*.txt) in {folder}.")
    for file in instances:
        with _refusing(f"{file.name}: "):
            rows.append(_bench_one(file, seconds, iterations, seed, _convention(convention), known))
        if not as_json:
            say.print("{name:<12} {vehicles:>4} vehicles {cost:>12}  gap {gap}  {cpu:.1f} CPU s".format(**rows[-1]))
    gaps = [r["gap"] for r in rows if r["gap"] is not None]
    mean = round(sum(gaps) / len(gaps), 3) if gaps else None
    if as_json:
        typer.echo(json.dumps({"instances": rows, "mean_gap": mean, "max_gap": max(gaps, default=None), "seconds": seconds}))
    else:
        told = f"mean gap {mean} %, at most {max(gaps)} %" if gaps else "and no best known cost of any (--best)"
        say.print(f"{len(rows)} instances, {told}.")
    raise typer.Exit(1 if any(r["breaches"] for r in rows) else 0)


def _known(folder: Path, best: Path | None) -> dict[str, float]:
    near = [best] if best else [*folder.glob("BKS*.json"), *folder.parent.glob("BKS*.json")]
    if not near:
        return {}
    told = _json(_text(near[0]))
    return {str(k).upper(): float(v) for k, v in told.items() if isinstance(v, int | float)}


def _bench_one(
    file: Path, seconds: float, iterations: int | None, seed: int, convention: Convention, known: dict[str, float]
) -> dict[str, Any]:
    from bifocal.engines.routing import vrptw
    from bifocal.engines.routing.solve import iterations as counted

    instance = vrptw.read_solomon(_text(file))
    cpu, wall = time.process_time(), time.monotonic()
    stop = (
        counted(iterations)
        if iterations is not None
        else lambda: max((time.process_time() - cpu) / max(0.001, seconds), (time.monotonic() - wall) / max(0.002, 2 * seconds))
    )
    found = vrptw.solve_vrptw(instance, convention, stop=stop, seed=seed)
    counted_cost = vrptw.cost(instance, convention, found.routes)
    target = known.get(file.stem.upper()) if convention == "distance" else None
    return {
        "name": file.stem.upper(), "cost": counted_cost, "vehicles": len(found.routes), "best_known": target,
        "gap": round(100 * (counted_cost / target - 1), 3) if target else None, "unassigned": len(found.unassigned),
        "breaches": list(vrptw.verify_vrptw(instance, convention, found)), "cpu": time.process_time() - cpu,
    }  # fmt: skip


@app.command()
def simulate(
    days: Annotated[int, typer.Option(help="Working days", min=1)] = 250,
    jobs: Annotated[int, typer.Option(help="Calls a day", min=1)] = 36,
    technicians: Annotated[int, typer.Option(min=1)] = 4,
    seed: Seed = 0,
    chart: Annotated[Path | None, typer.Option(help="Draw it into this file (SVG)")] = None,
    as_json: Json = False,
) -> None:
    """A seeded year of calls, emergencies, overruns and sick leave: first come, planned once, and re-planned live, side by side."""
    from bifocal.engines.routing.chart import svg
    from bifocal.engines.routing.simulate import year

    rows, told = {}, year(days, jobs, technicians, seed)
    if chart:
        _write(chart, svg(told, f"{days} days of {jobs} calls and {technicians} technicians"))
    for way, t in told.items():
        rows[way] = {
            "calls": t.calls, "served": t.served, "weight": t.weight, "on_time_share": round(t.on_time / max(1, t.served), 4),
            "drive_share": round(t.driving / max(1, t.driving + t.working), 4), "promises_moved": t.moved,
            "overtime_hours": round(t.overtime / 3600, 1), "emergencies": t.urgent, "emergencies_served": t.urgent_served,
        }  # fmt: skip
    if as_json:
        typer.echo(json.dumps({"days": days, "jobs": jobs, "technicians": technicians, "seed": seed, "ways": rows}))
        return
    for way, row in rows.items():
        say.print(f"{way:<11} " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items()))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text)
    except OSError as error:
        raise fail(f"{file} can't be written: {error.strerror}.") from None
