"""The schedule's pages: the Gantt's tab, one activity with its reasons, checks, updates and baselines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.engines.cpm.calendars import moment
from bifocal.front.views.frame import page
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Allocation, Crew
from bifocal.lib.errors import NotFound
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.incoming import export
from bifocal.projects.schedule.models import Activity
from bifocal.projects.schedule.queries import rows as schedule_rows
from bifocal.projects.schedule.reports import between, reasons, variances
from bifocal.projects.schedule.reports import checks as assessed

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


FORMS = [("xer", "XER"), ("pmxml", "P6 XML"), ("mspdi", "Project XML")]
MEDIA = {"xer": "text/plain", "pmxml": "application/xml", "mspdi": "application/xml"}
ENDS = {"xer": "xer", "pmxml": "pmxml.xml", "mspdi": "xml"}


@page
def updates(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """Updates from files: bring one, see how it differs, accept it; compare any two."""
    require(actor, "read")
    job: Job = Job.objects.find(uid, actor)
    kept = list(job.schedule_updates.defer("data", "difference"))
    shown, found, title = None, None, ""
    if wanted := request.GET.get("update"):
        shown = next((u for u in kept if str(u.uid) == wanted), None)
        if shown is None:
            raise NotFound("There is no such update of this schedule.")
        found, title = shown.difference, f"{shown.number} {shown.name}"
    old, new = (next((u for u in kept if str(u.number) == request.GET.get(k)), None) for k in ("old", "new"))
    if old and new:
        found, title = between(old, new), f"{old.name} → {new.name}"
    words = [("added", _("added")), ("deleted", _("deleted")), ("changed", _("changed")), ("links", _("links")), ("moved", _("moved"))]
    return render(request, "pages/schedule_updates.html", {
        "job": job, "updates": kept, "shown": shown, "d": found, "title": title, "forms": FORMS,
        "old": old.number if old else None, "new": new.number if new else None,
        "counts": [(found["counts"][k], word) for k, word in words] if found else [],
    })  # fmt: skip


@page
def schedule_file(request: HttpRequest, actor: Actor, uid: UUID, form: str) -> HttpResponse:
    """The schedule as a file of another program."""
    require(actor, "read")
    job: Job = Job.objects.find(uid, actor)
    if form not in MEDIA:
        raise NotFound("Schedules are written as xer, pmxml or mspdi.")
    name = f'attachment; filename="{job.number}.{ENDS[form]}"'
    return HttpResponse(export(load(job), form), content_type=MEDIA[form], headers={"Content-Disposition": name})


@page
def checks(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The 14 checks, and the variance against a baseline."""
    require(actor, "read")
    job: Job = Job.objects.find(uid, actor)
    board, kept = load(job), list(job.baselines.all())
    wanted = request.GET.get("baseline", "")
    baseline = next((b for b in kept if str(b.number) == wanted), kept[-1] if kept else None)
    found = assessed(board, baseline)
    return render(request, "pages/schedule_checks.html", {
        "job": job, "checks": found, "baselines": kept, "baseline": baseline,
        "passed": sum(c["passed"] is True for c in found), "failed": sum(c["passed"] is False for c in found),
        "variances": [v for v in variances(board, baseline) if v["start"] or v["finish"] or v["duration"]] if baseline else [],
    })  # fmt: skip
