"""Reads of the schedule: the Gantt, why a date is what it is, updates and baselines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from bifocal.front.api import actor_of
from bifocal.front.api.queries import get
from bifocal.front.templatetags.show import word
from bifocal.kernel.jobs.models import Job
from bifocal.projects.lookahead.queries import look
from bifocal.projects.notices.queries import due
from bifocal.projects.risk.queries import risk_of
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.gantt import chart
from bifocal.projects.schedule.models import Baseline, Update
from bifocal.projects.schedule.reports import checks, progress_curve, reasons, time_impact, variances
from bifocal.projects.ties.models import Fragment
from bifocal.projects.ties.queries import inspections_of, ties_of, trouble


@get("/jobs/{uid}/gantt", "job_gantt", "The whole schedule for a Gantt: columns once, a list a row; instants are minutes since 1970, local")
def job_gantt(request: HttpRequest, uid: UUID, baseline: int | None = None) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    return {**chart(load(job), baseline), "trouble": _trouble(job)}


@get("/jobs/{uid}/schedule-trouble", "job_schedule_trouble", "What is late, failed or waited for at a job's activities: words by uid")
def job_trouble(request: HttpRequest, uid: UUID) -> Any:
    return _trouble(Job.objects.find(uid, actor_of(request)))


def _trouble(job: Job) -> dict[str, list[str]]:
    return {str(a): [f"{what}: {word(why)}" for what, why in said] for a, said in trouble(job, timezone.localdate()).items()}


@get("/jobs/{uid}/why", "job_why", "Why an activity's dates are what they are: by its id, else of every critical one")
def job_why(request: HttpRequest, uid: UUID, activity: str = "") -> Any:
    return reasons(load(Job.objects.find(uid, actor_of(request))), activity)


@get("/jobs/{uid}/schedule-checks", "job_schedule_checks", "The 14 DCMA checks on the schedule, with the last baseline")
def job_checks(request: HttpRequest, uid: UUID) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    return checks(load(job), job.baselines.last())


@get("/jobs/{uid}/baselines", "job_baselines", "The frozen schedules of a job, and the variance against the last one in working days")
def job_baselines(request: HttpRequest, uid: UUID) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    kept = list(Baseline.objects.filter(job=job))
    rows = [{"uid": b.uid, "number": b.number, "name": b.name, "finish": b.finish, "taken_at": b.created_at} for b in kept]
    return {"rows": rows, "variance": variances(load(job), kept[-1]) if kept else []}


@get(
    "/jobs/{uid}/time-impact",
    "job_time_impact",
    "What so many days of more work behind an activity do to the finish; nothing is changed",
)
def job_impact(request: HttpRequest, uid: UUID, days: float = 0, after: str = "", before: str = "") -> Any:
    board = load(Job.objects.find(uid, actor_of(request)))
    return time_impact(board, days, after, before) if after else {"finish_before": board.last_day(board.finish)}


@get(
    "/jobs/{uid}/earned",
    "job_earned",
    "Earned value in days of work against the last baseline: planned curve, earned, SPI, SPI by time",
)
def job_earned(request: HttpRequest, uid: UUID) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    baseline = job.baselines.last()
    return progress_curve(load(job), baseline) if baseline else {}


@get("/jobs/{uid}/schedule-updates", "job_schedule_updates", "Schedule files that were uploaded, each with its difference to what was here")
def job_updates(request: HttpRequest, uid: UUID) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    columns = ("uid", "number", "name", "format", "status", "difference", "by", "created_at", "accepted_at")
    return list(Update.objects.filter(job=job).values(*columns))


@get("/jobs/{uid}/lookahead", "job_lookahead", "The next 2 to 6 weeks: activities, what they wait for, promises, percent plan complete")
def job_lookahead(request: HttpRequest, uid: UUID, weeks: int = 3) -> Any:
    found = look(Job.objects.find(uid, actor_of(request)), timezone.localdate(), weeks)
    rows = [
        {"uid": r["activity"].uid, "code": r["activity"].code, "name": r["activity"].name, "first": r["first"], "last": r["last"],
         "critical": r["critical"], "days_left": r["left"], "proposed": r["proposal"].days if r["proposal"] else None,
         "constraints": [{**c.answer(), "who": c.who, "needed_by": c.needed_by} for c in (*r["open"], *r["cleared"])]}
        for r in found["rows"]
    ]  # fmt: skip
    promises = [{**p.answer(), "who": p.who, "note": p.note} for _, kept in found["promised"] for p in kept]
    return {"weeks": found["weeks"], "rows": rows, "promises": promises, "ppc": found["ppc"], "chart": found["chart"]}


@get("/jobs/{uid}/ties", "job_ties", "What hangs on the activities: inspections, submittals with their dates, the work of changes")
def job_ties(request: HttpRequest, uid: UUID) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    inspections = [
        {**i.answer(), "activity": i.activity.code, "inspector": i.inspector, "judged_on": i.judged_on, "note": i.note}
        for i in inspections_of(job)
    ]
    submittals = [
        {
            **t["document"].answer(),
            "activity": t["activity"].code,
            "on_site": t.get("on_site"),
            "submit_by": t.get("submit_by"),
            "late": t["late"],
        }
        for t in ties_of(job, timezone.localdate())
    ]
    changes = [
        {**f.answer(), "change": f.document.uid, "entered_at": f.entered_at, "stuck": f.stuck}
        for f in Fragment.objects.filter(document__job=job).select_related("document").order_by("id")
    ]
    return {"inspections": inspections, "submittals": submittals, "changes": changes}


@get("/jobs/{uid}/date-notices", "job_date_notices", "Who was told of dates that moved, who confirmed, and who would be told now")
def job_notices(request: HttpRequest, uid: UUID, more_than: int = 0) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    told = job.date_notices.values("uid", "name", "email", "moves", "created_at", "confirmed_at", "confirmed_by", "note")
    return {"told": list(told), "due": [{"name": d.name, "email": d.email, "moves": d.moves} for d in due(load(job), more_than)]}


@get(
    "/jobs/{uid}/schedule-risk",
    "job_schedule_risk",
    "The last simulation of the schedule: P50, P80, P90 finish, criticality, tornado; stale?",
)
def job_risk(request: HttpRequest, uid: UUID) -> Any:
    found = risk_of(load(Job.objects.find(uid, actor_of(request))))
    run = found["run"]
    return {
        **(run.answer() if run else {"status": None}),
        "stale": found["stale"],
        "outcome": found["outcome"],
        "varies": len(found["points"]),
    }
