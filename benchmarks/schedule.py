"""Measure the schedule engine: CPU seconds on networks of three sizes, a 4,000-activity file, risk, levelling; beside networkx and MPXJ
where they are installed and can do the same work. Prints a table, writes benchmarks/schedule.json.

`python benchmarks/schedule.py [--psplib SECONDS] [--full]` from the repository; `--psplib 10` levels published instances for that many
CPU seconds each (BIFOCAL_DATA names the folder of cases), with `--full` all that are there.
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.cpm_networks import START, calendars  # noqa: E402

from bifocal.engines.cpm import Activity, Link, Network, Project, schedule  # noqa: E402
from bifocal.engines.cpm.formats import Element, ScheduleFile, read, with_dates, write  # noqa: E402
from bifocal.engines.cpm.levelling import psplib, rcpsp, solver  # noqa: E402
from bifocal.engines.cpm.levelling.level import level  # noqa: E402
from bifocal.engines.cpm.risk import simulate, spread  # noqa: E402

DATA = Path(os.environ.get("BIFOCAL_DATA", ROOT.parent / "shared" / "data"))


def cpu(work: Callable[[], Any], times: int = 3) -> float:
    """The best CPU seconds of a few runs: other work on the machine only ever adds."""
    best = float("inf")
    for _ in range(times):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return round(best, 3)


def network(n: int, seed: int = 1) -> Network:
    """Activities with 1.75 links each, a fifth of them SS, FF or SF, half with lags, on three calendars with holidays; work side by side."""
    rng = random.Random(seed)
    cals = calendars(rng, 3)
    acts = tuple(
        Activity(
            str(i), f"A{i}", rng.choice(cals).id, m := rng.choice([240, 480, 960, 1440, 2400]), m, f"Activity {i}", project="1", parent="1"
        )
        for i in range(n)
    )
    links = []
    for i in range(1, n):
        for j in {rng.randrange(max(0, i - max(100, n // 20)), i) for _ in range(rng.choice([1, 2, 2, 2]))}:
            kind = rng.choices(["FS", "SS", "FF", "SF"], [80, 9, 9, 2])[0]
            links.append(Link(str(j), str(i), kind, rng.choice([0, 0, 240, 480, -240])))
    return Network((Project("1", START, START, None, "1", name="Bench"),), cals, acts, tuple(links))


def sizes(out: dict[str, Any]) -> None:
    for n, most in ((1_000, None), (10_000, 0.15), (100_000, 1.5)):
        net = network(n)
        row = {"links": len(net.links), "cpu_s": cpu(lambda net=net: schedule(net), 3 if n < 100_000 else 2), "at_most": most}
        row["networkx_longest_path_cpu_s"] = networkx(net) if n < 100_000 else None
        out[f"both passes, {n:,} activities, three calendars"] = row
    mixed = shuffled(net)
    out["the 100,000 in no order"] = {"links": len(mixed.links), "cpu_s": cpu(lambda: schedule(mixed), 2)}


def shuffled(net: Network) -> Network:
    """The same network as a file would hold it that lists its activities and links in no order."""
    rng = random.Random(5)
    acts, links = [replace(a) for a in net.activities], [replace(li) for li in net.links]
    rng.shuffle(acts)
    rng.shuffle(links)
    return replace(net, activities=tuple(acts), links=tuple(links))


def networkx(net: Network) -> float | None:
    """The longest path alone: networkx knows no calendars, late dates or floats."""
    try:
        import networkx as nx
    except ImportError:
        return None
    graph: Any = nx.DiGraph()
    length = {a.id: a.duration for a in net.activities}
    graph.add_weighted_edges_from([(li.before, li.after, length[li.before]) for li in net.links])
    return cpu(lambda: nx.dag_longest_path_length(graph), 2)


def file(out: dict[str, Any]) -> None:
    made = ScheduleFile("made", network(4_000), {}, (Element("1", "P", "P", None, "1"),))
    data = write(with_dates(made, schedule(made.network)), "xer")
    out["4,000-activity XER read and computed"] = {
        "bytes": len(data), "cpu_s": cpu(lambda: schedule(read(data).network)), "at_most": 1.5, "mpxj_wall_s": mpxj(data),
    }  # fmt: skip


def mpxj(data: bytes) -> float | None:
    """MPXJ reading and scheduling the same file, its Java machine already warm; wall seconds."""
    try:
        import jpype
        import mpxj as _
    except ImportError:
        return None
    if not jpype.isJVMStarted():
        jpype.startJVM("-Xmx1g", "-XX:+UseSerialGC")
    from org.mpxj.cpm import PrimaveraScheduler
    from org.mpxj.reader import UniversalProjectReader

    best = float("inf")
    with tempfile.NamedTemporaryFile(suffix=".xer") as kept:
        Path(kept.name).write_bytes(data)
        for _ in range(3):
            begin = time.perf_counter()
            project = UniversalProjectReader().read(kept.name)
            PrimaveraScheduler().schedule(project, project.getProjectProperties().getPlannedStart())
            best = min(best, time.perf_counter() - begin)
    return round(best, 3)


def risk(out: dict[str, Any]) -> None:
    net = network(2_000)
    begin = time.process_time()
    simulate(net, spread(net, 0.9, 1.3), samples=1000)
    out["risk, 1,000 samples, 2,000 activities, exact calendars"] = {"cpu_s": round(time.process_time() - begin, 2), "at_most": 10}


def crews(out: dict[str, Any]) -> None:
    net, rng = network(2_000), random.Random(2)
    needs = {a.id: {f"crew {rng.randrange(10)}": 1000} for a in net.activities}
    limits = {f"crew {k}": 1000 for k in range(10)}
    begin = time.process_time()
    found = level(net, needs, limits, most=1000, stop=lambda: time.process_time() - begin > 4)
    out["levelling, 2,000 activities, 10 crews, calendars"] = {
        "cpu_s": round(time.process_time() - begin, 2), "at_most": 5, "later_than_best_rule_min": found.finish - min(found.rules.values()),
        "schedules": found.schedules, "gap_to_bound": round((found.finish - found.bound) / (found.bound - START), 4),
    }  # fmt: skip


def library(out: dict[str, Any], seconds: float, full: bool) -> None:
    for name, step, most in (("j30", 6, 0.1), ("j60", 6, 1.0), ("j120", 6, 4.0)):
        best = {r["problem"]: r["optimum"] for r in csv.DictReader((DATA / "psplib" / name / "best_known.csv").open())}
        gaps = []
        for path in sorted((DATA / "psplib" / name).glob("*.sm"))[:: 1 if full else step]:
            problem, begin = psplib.parse(path.read_text()), time.process_time()
            half = seconds * (0.1 if name == "j30" else 0.5 if name == "j60" else 0.9)
            found = rcpsp.search(problem, most=1_000_000, stop=lambda b=begin, h=half: time.process_time() - b > h)
            found = solver.improve(problem, found, seconds - (time.process_time() - begin))
            known = int(best[path.name].split("..")[-1])
            gaps.append(100 * (found.makespan - known) / known)
        out[f"PSPLIB {name}, {seconds:g} CPU seconds each"] = {
            "instances": len(gaps), "mean_gap_%": round(sum(gaps) / len(gaps), 2), "worst_gap_%": round(max(gaps), 2), "at_most": most,
            "solver": solver.available(),
        }  # fmt: skip


def main() -> None:
    out: dict[str, Any] = {}
    sizes(out)
    file(out)
    risk(out)
    crews(out)
    if "--psplib" in sys.argv and (DATA / "psplib").exists():
        library(out, float(sys.argv[sys.argv.index("--psplib") + 1]), "--full" in sys.argv)
    kept = ROOT / "benchmarks" / "schedule.json"
    before = json.loads(kept.read_text()) if kept.exists() else {}
    kept.write_text(json.dumps(before | out, indent=1) + "\n")
    for name, row in out.items():
        print(f"{name}: " + ", ".join(f"{k} {v}" for k, v in row.items() if v is not None))


if __name__ == "__main__":
    main()
