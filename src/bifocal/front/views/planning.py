"""The schedule's pages: the Gantt's tab, one activity with its reasons, checks, updates and baselines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bifocal.core.actor import Actor
from bifocal.engines.cpm.calendars import moment
from bifocal.front.views.frame import page
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Allocation, Crew
from bifocal.lib.errors import NotFound
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.models import Activity
from bifocal.projects.schedule.queries import rows as schedule_rows
from bifocal.projects.schedule.reports import reasons

SHOWS = [("critical", _("critical path")), ("links", _("links")), ("float", _("float")), ("baseline", _("baseline"))]


def schedule_tab(row: Job, actor: Actor) -> dict[str, Any]:
    """What the tab needs before the Gantt fetches the rest: the list for phones, and the choices of the toolbar."""
    found = schedule_rows(row)
    for r in found["rows"]:
        r["pos"], r["size"] = r["left"] / 10, r["width"] / 10
    if found["rows"]:
        whole = (found["finish"] - found["first"]).days + 1
        gone = (timezone.localdate() - found["first"]).days * 100 / whole
        found["now_left"] = round(gone, 2) if 0 <= gone <= 100 else None
    until = found.pop("data_date", None)
    told = moment(until) if until is not None else None
    return {**found, "shows": SHOWS, "baselines": list(row.baselines.defer("rows")), "data_date": told}


@page
def activity(request: HttpRequest, actor: Actor, uid: UUID, activity: UUID) -> HttpResponse:
    """One activity: why its dates are what they are, its crew, its progress."""
    job: Job = Job.objects.find(uid, actor)
    board = load(job)
    row = next((r for r in board.rows if r.uid == activity), None)
    if row is None:
        raise NotFound("This schedule has no such activity.")
    codes = {r.pk: r.code for r in board.rows}
    first, last = board.days(row)
    return render(request, "parts/activity.html", {
        "a": row, "job": job, "first": first, "last": last, "dates": board.dates(row),
        "why": reasons(board, row.code) if board.dates(row) else [],
        "before": [codes[li.before_id] for li in board.links if li.after_id == row.pk],
        "after": [codes[li.after_id] for li in board.links if li.before_id == row.pk],
        "crews": Crew.objects.order_by("name"),
        "booked": Allocation.objects.filter(source_kind=Activity.kind, source_uid=row.uid).dates("during__startswith", "day").count()
        if row.crew_id else 0,
    })  # fmt: skip
