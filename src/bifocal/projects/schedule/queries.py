"""The computed schedule."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from bifocal.engines.cpm import LinkType
from bifocal.engines.cpm.days import Activity as Node
from bifocal.engines.cpm.days import Calendar, Link, Network, Result, schedule
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import WorkCalendar
from bifocal.lib.periods import days
from bifocal.projects.schedule.models import ActivityLink


def calendar() -> Calendar:
    """The company's work calendar; Monday to Friday where none is set."""
    row = WorkCalendar.objects.order_by("id").first()
    if row is None:
        return Calendar(frozenset(range(5)))
    return Calendar(frozenset(row.weekdays), frozenset(row.days_off))


def network(job: Job, start: date) -> Network:
    """The job's activities and links as the engine wants them."""
    rows = list(job.activities.all())
    links = ActivityLink.objects.filter(after__job=job).select_related("before", "after").order_by("id")
    nodes = tuple(Node(a.code, a.days, a.not_before, a.actual_start, a.actual_finish) for a in rows)
    arrows = tuple(Link(li.before.code, li.after.code, cast(LinkType, li.sort), li.lag) for li in links)
    return Network(start, calendar(), nodes, arrows)


def computed(job: Job, start: date) -> Result:
    """Dates, float and critical path of the job."""
    return schedule(network(job, start))


def rows(job: Job, start: date) -> dict[str, Any]:
    """What the schedule page paints: bars in percent of the whole span, weeks along the top."""
    result = computed(job, start)
    acts = list(job.activities.select_related("crew", "phase").all())
    if not acts:
        return {"rows": [], "finish": None, "path": [], "weeks": []}
    first = min(d.early_start for d in result.dates.values())
    span = max((result.finish - first).days + 1, 1)
    out = []
    for a in acts:
        d = result.dates[a.code]
        width = (d.early_finish - d.early_start).days + 1 if a.days else 0
        out.append({
            "activity": a, "dates": d, "left": round((d.early_start - first).days / span * 1000),
            "width": round(width / span * 1000), "links": [li.before.code for li in a.links_in.select_related("before")],
        })  # fmt: skip
    weeks = [{"day": d, "left": round((d - first).days / span * 1000)} for d in days(first, result.finish) if d.weekday() == 0]
    step = max(1, len(weeks) // 8)
    return {"rows": out, "finish": result.finish, "path": result.critical_path, "weeks": weeks[::step], "first": first}
