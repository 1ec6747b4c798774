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
from bifocal.projects.schedule.reports import reasons


@get("/jobs/{uid}/gantt", "job_gantt", "The whole schedule for a Gantt: columns once, a list a row; instants are minutes since 1970, local")
def job_gantt(request: HttpRequest, uid: UUID, baseline: int | None = None) -> Any:
    return chart(load(Job.objects.find(uid, actor_of(request))), baseline)


@get("/jobs/{uid}/why", "job_why", "Why an activity's dates are what they are: by its id, else of every critical one")
def job_why(request: HttpRequest, uid: UUID, activity: str = "") -> Any:
    return reasons(load(Job.objects.find(uid, actor_of(request))), activity)
