"""Driving times between 1000 places of Liechtenstein over OSRM's own server (contraction hierarchies), by the clock and in CPU seconds.

OSRM's programs: BIFOCAL_OSRM_BIN, the PATH, or `bifocal roads build FILE --fetch` once. CPU seconds of the server are read from /proc (Linux).
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from bifocal.kernel.travel import cache, extract
from bifocal.kernel.travel.ports import Point, TravelTimes

KEPT = Path(os.environ.get("BIFOCAL_VAR", Path(__file__).parent.parent / "var")) / "osrm"


def server_cpu() -> float:
    """CPU seconds so far of the programs this process has started and that still run."""
    tick, spent = os.sysconf("SC_CLK_TCK"), 0.0
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
        spent += (int(fields[11]) + int(fields[12])) / tick
    return spent


def asked(source: TravelTimes, points: list[Point]) -> dict[str, float]:
    """Seconds of one matrix: by the clock, CPU here, CPU of the server."""
    clock, here, there = time.perf_counter(), time.process_time(), server_cpu()
    told = source.matrix(points)
    assert len(told.seconds) == len(points) and all(told.seconds[n][n] == 0 for n in range(len(points)))
    wall, mine = time.perf_counter() - clock, time.process_time() - here
    return {"wall": round(wall, 3), "cpu_here": round(mine, 3), "cpu_server": round(server_cpu() - there, 3)}


def matrix(source: Path, size: int = 1000, times: int = 5) -> dict[str, Any]:
    """The first answer, the median of the warm ones, one from the cache, and the load of the machine meanwhile."""
    rng = Random(1)
    points = [(rng.uniform(47.06, 47.25), rng.uniform(9.49, 9.60)) for _ in range(size)]
    with tempfile.TemporaryDirectory() as folder:
        binaries = extract.programs(KEPT)
        base = extract.build(source, Path(folder), binaries)
        with extract.serving(base, binaries) as server:
            first, *warm = [asked(server, points) for _ in range(times + 1)]
            kept = cache.Cached(server, Path(folder) / "driving.sqlite")
            kept.matrix(points)
            again = asked(kept, points)
    return {
        "places": size, "first": first, "warm": {k: round(median(w[k] for w in warm), 3) for k in first},
        "warm_best_wall": min(w["wall"] for w in warm), "cached": again, "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
