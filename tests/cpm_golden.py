"""Make tests/golden/cpm_mpxj.json.gz: the dates MPXJ's Primavera scheduler gives for the networks of cpm_networks. Optional, by hand:

    pip install mpxj jpype1     (and a Java runtime 17 or newer)
    PYTHONPATH=src:. python tests/cpm_golden.py

MPXJ is not needed to run the tests. It needs a stored finish for what is under way, so files carry our dates; it clears and recomputes them.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from bifocal.engines.cpm import minute, schedule
from bifocal.engines.cpm.formats import Element, ScheduleFile, with_dates
from bifocal.engines.cpm.formats.xer_write import write
from tests.cpm_networks import SORTS, START, network

OUT = Path(__file__).parent / "golden" / "cpm_mpxj.json.gz"


def solve(path: Path) -> dict[str, list[int | None]]:
    from org.mpxj.cpm import PrimaveraScheduler
    from org.mpxj.reader import UniversalProjectReader

    project = UniversalProjectReader().read(str(path))
    for task in project.getTasks():
        for field in ("EarlyStart", "EarlyFinish", "LateStart", "LateFinish"):
            getattr(task, "set" + field)(None)
    properties = project.getProjectProperties()
    PrimaveraScheduler().schedule(project, properties.getPlannedStart() or properties.getStartDate())

    def at(x: Any) -> int | None:
        return None if x is None else minute(datetime.fromisoformat(str(x))) - START

    return {
        str(t.getActivityID()): [at(t.getEarlyStart()), at(t.getEarlyFinish()), at(t.getLateStart()), at(t.getLateFinish())]
        for t in project.getTasks()
        if not t.getSummary()
    }


def main() -> None:
    import jpype
    import mpxj

    jpype.startJVM("-Xmx1g", "-XX:+UseSerialGC")
    answers: dict[str, Any] = {"by": f"MPXJ {getattr(mpxj, '__version__', '16.10')} PrimaveraScheduler"}
    with tempfile.TemporaryDirectory() as folder:
        for sort in SORTS:
            for seed in range(40):
                net = network(seed, sort)
                file = ScheduleFile("made", net, {}, (Element("1", "P", "P", None, "1"),))
                path = Path(folder) / "net.xer"
                path.write_bytes(write(with_dates(file, schedule(net))))
                answers.setdefault(sort, []).append(list(solve(path).values()))
            print(sort, len(answers[sort]), file=sys.stderr)
    OUT.write_bytes(gzip.compress(json.dumps(answers, separators=(",", ":")).encode(), mtime=0))


if __name__ == "__main__":
    main()
