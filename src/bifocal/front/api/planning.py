"""Reads of the schedule: the Gantt, why a date is what it is, updates and baselines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from bifocal.front.api import actor_of
from bifocal.front.api.queries import get
from bifocal.kernel.jobs.models import Job
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.gantt import chart
from bifocal.projects.schedule.models import Baseline, Update
from bifocal.projects.schedule.reports import checks, reasons, variances


@get("/jobs/{uid}/gantt", "job_gantt", "The whole schedule for a Gantt: columns once, a list a row; instants are minutes since 1970, local")
def job_gantt(request: HttpRequest, uid: UUID, baseline: int | None = None) -> Any:
    return chart(load(Job.objects.find(uid, actor_of(request))), baseline)


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


@get("/jobs/{uid}/schedule-updates", "job_schedule_updates", "Schedule files that were uploaded, each with its difference to what was here")
def job_updates(request: HttpRequest, uid: UUID) -> Any:
    job: Job = Job.objects.find(uid, actor_of(request))
    columns = ("uid", "number", "name", "format", "status", "difference", "by", "created_at", "accepted_at")
    return list(Update.objects.filter(job=job).values(*columns))
