"""Another program reads what we write: MPXJ, where it is installed (bifocal[mpxj] and a Java runtime); skipped, saying so, elsewhere."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from bifocal.engines.cpm.formats import load, write
from tests.conftest import case

HERE = bool(find_spec("mpxj") and find_spec("jpype") and which("java"))
pytestmark = pytest.mark.skipif(not HERE, reason="MPXJ is an optional extra (bifocal[mpxj])")
NAMES = ["mit-exupery/MDL4D.xer", "mit-exupery/MDL4RA.xer", "synthetic/synth-500-plan.xer", "synthetic/synth-500-progress.xer",
         "lgpl-mpxj/percent-complete-8.4.xer", "lgpl-mpxj/SuccessorCalendar.xer"]  # fmt: skip


def key(task: Any) -> str:
    return str(task.getActivityID() or task.getText(1) or task.getName())


def hours(duration: Any) -> float | None:
    return None if duration is None else round(float(duration.getDuration()) * {"h": 1, "d": 8}.get(str(duration.getUnits()), 1), 2)


def facts(path: Path, form: str) -> dict[str, dict[str, Any]]:
    """What MPXJ sees of each activity. Microsoft's form has no second kind of milestone, no calendar where it is the project's, whole
    percents, only one way to start or finish on a date, and says 'as soon as possible' where Primavera says nothing."""
    import jpype
    import mpxj  # noqa: F401  its classes on the way

    if not jpype.isJVMStarted():
        jpype.startJVM("-Xmx1g", "-XX:+UseSerialGC")
    from org.mpxj.reader import UniversalProjectReader

    project = UniversalProjectReader().read(str(path))
    usual = str(project.getDefaultCalendar().getName()) if form == "mspdi" else ""
    out = {}
    for t in project.getTasks():
        if t.getSummary():
            continue
        limit = str(t.getConstraintType())
        limit = limit.replace("MUST_", "") if form == "mspdi" else limit
        own = str(t.getCalendar().getName()) if t.getCalendar() else usual
        open_ = t.getActualFinish() is None
        out[key(t)] = {
            "name": str(t.getName()), "left": hours(t.getRemainingDuration()), "milestone": bool(t.getMilestone()),
            "whole": hours(t.getDuration()) if t.getActualStart() is None else None,
            "started": str(t.getActualStart()), "finished": str(t.getActualFinish()), "calendar": own,
            "limit": (None if limit in ("None", "AS_SOON_AS_POSSIBLE") else limit, str(t.getConstraintDate())),
            "links": sorted((key(r.getPredecessorTask()), str(r.getType()), hours(r.getLag())) for r in t.getPredecessors()),
            "work": sorted((str(a.getResource().getName()), hours(a.getWork())) for a in t.getResourceAssignments() if a.getResource()),
            "dates": [str(x) for x in (t.getEarlyStart(), t.getEarlyFinish(), t.getLateStart(), t.getLateFinish())] if open_ else [],
        }  # fmt: skip
    return out


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["xer", "pmxml", "mspdi"])
def test_mpxj_reads_from_what_we_write_all_that_it_reads_from_the_original(name: str, form: str, tmp_path: Path) -> None:
    source = case("schedules") / name
    again = tmp_path / ("again.xer" if form == "xer" else "again.xml")
    again.write_bytes(write(load(source), form))
    before, after = facts(source, "xer"), facts(again, form)
    assert len(before) > 0 and before == after
