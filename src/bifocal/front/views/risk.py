"""The page of a schedule's risk: three durations, the simulation with its progress, finishes by chance."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.risk_charts import day, histogram, tornado
from bifocal.front.views.frame import page
from bifocal.kernel.jobs.models import Job
from bifocal.projects.risk.models import RiskRun
from bifocal.projects.risk.queries import risk_of, table
from bifocal.projects.schedule.board import load

ROWS = 200  # open activities shown to edit; a spread reaches all


@page
def risk(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """How sure the finish is; while the queue works, only its progress."""
    require(actor, "read")
    job: Job = Job.objects.find(uid, actor)
    if request.GET.get("part") == "progress":
        run = RiskRun.objects.filter(job=job).first()
        if run is None or run.status not in ("waiting", "working"):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "parts/risk_progress.html", {"job": job, "run": run})
    board = load(job)
    found = risk_of(board)
    out, rows = found["outcome"], table(board, found["points"])
    return render(request, "pages/risk.html", {
        "job": job, "run": found["run"], "stale": found["stale"], "out": out, "rows": rows[:ROWS], "more": max(0, len(rows) - ROWS),
        "finishes": [(p, day(out["finish"][p])) for p in ("50", "80", "90")] if out else [], "planned": day(out["planned"]) if out else "",
        "chance": round(out["chance"] * 100) if out else None, "chart": histogram(out) if out else "",
        "tornado": tornado(out["tornado"]) if out else "",
        "critical": [{**c, "share": round(c["criticality"] * 100)} for c in out.get("critical", [])],
        "branches": [r for r in board.rows if r.pk in board.groups], "varies": len(found["points"]),
    })  # fmt: skip
