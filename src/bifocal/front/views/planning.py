"""The schedule's pages: the Gantt's tab, one activity with its reasons, checks, updates and baselines."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.engines.cpm.calendars import moment
from bifocal.front.sentences import say
from bifocal.front.views import ties
from bifocal.front.views.frame import page
from bifocal.front.views.portal import dated
from bifocal.kernel.documents.paper import render as print_paper
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Allocation, Crew
from bifocal.lib.errors import DomainError, NotFound
from bifocal.projects.lookahead.queries import look
from bifocal.projects.lookahead.rules import LEAST, MOST, Constrains, Missed
from bifocal.projects.notices.models import Follower
from bifocal.projects.notices.queries import Letter, due
from bifocal.projects.notices.rules import Way
from bifocal.projects.notices.settling import telling_of
from bifocal.projects.schedule.board import Board, load
from bifocal.projects.schedule.incoming import export
from bifocal.projects.schedule.models import Activity
from bifocal.projects.schedule.paper import paper_data
from bifocal.projects.schedule.queries import rows as schedule_rows
from bifocal.projects.schedule.reports import between, progress_curve, reasons, time_impact, variances
from bifocal.projects.schedule.reports import checks as assessed
from bifocal.projects.ties.queries import trouble

LIST = 150  # rows of the phone's list
SHOWS = [("critical", _("critical path")), ("links", _("links")), ("float", _("float")), ("baseline", _("baseline"))]


def schedule_tab(row: Job, actor: Actor) -> dict[str, Any]:
    """What the tab needs before the Gantt fetches the rest: the list for phones, and the choices of the toolbar."""
    found = schedule_rows(row)
    if len(found["rows"]) > LIST:  # a phone is for what is next; the Gantt has all
        since = timezone.localdate() - timedelta(days=7)
        ahead = [r for r in found["rows"] if not r["group"] and r["dates"].early_finish >= since]
        found["rows"] = sorted(ahead or found["rows"], key=lambda r: r["dates"].early_start)[:LIST]
    wrong = trouble(row, timezone.localdate())
    for r in found["rows"]:
        r["trouble"] = wrong.get(r["activity"].uid, [])
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
        **ties.panel(board, row), "crews": Crew.objects.order_by("name"),
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
    if form == "pdf":
        sheet = "tabloid" if request.GET.get("sheet") == "tabloid" else "letter"
        data = paper_data(load(job), job.baselines.last(), sheet, timezone.localdate())
        return HttpResponse(print_paper("schedule", data), content_type="application/pdf")
    if form not in MEDIA:
        raise NotFound("Schedules are written as xer, pmxml, mspdi or pdf.")
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
        "ev": _drawn(progress_curve(board, baseline)) if baseline else None, **_impact(request, board),
        "variances": [v for v in variances(board, baseline) if v["start"] or v["finish"] or v["duration"]] if baseline else [],
    })  # fmt: skip


def _drawn(ev: dict[str, Any]) -> dict[str, Any]:
    """The S-curve in a box of 600 by 150, with the point of what was earned."""
    if not ev:
        return {}
    whole, top = max(ev["last"] - ev["first"], 1), ev["budget"] or 1

    def place(t: int, v: Any) -> tuple[float, float]:
        return round(min(max((t - ev["first"]) / whole, 0), 1) * 600, 1), round(150 - float(v / top) * 140, 1)

    x, y = place(ev["now"], ev["earned"])
    words = {"label_y": str(min(y, 142)), "end": x > 520, "start": x < 90, "plan_y": str(place(ev["now"], ev["planned"])[1])}
    points = " ".join(f"{a},{b}" for a, b in (place(t, v) for t, v in ev["curve"]))
    return {**ev, "from": moment(ev["first"]), "to": moment(ev["last"]), "points": points, "x": str(x), "y": str(y), **words}


def _impact(request: HttpRequest, board: Board) -> dict[str, Any]:
    """What a fragment asked for in the address would do; a refusal is said beside the form."""
    asked = {k: request.GET.get(k, "") for k in ("days", "after", "before")}
    if not asked["after"]:
        return {"asked": asked}
    try:
        days = float(asked["days"]) if re.fullmatch(r"\d{1,4}(\.\d+)?", asked["days"]) else 0.0
        return {"asked": asked, "impact": time_impact(board, days, asked["after"], asked["before"])}
    except DomainError as refusal:
        return {"asked": asked, "refused": say(refusal.sentence)}


@page
def lookahead(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The next 2 to 6 weeks, for superintendents and foremen on a phone."""
    require(actor, "read")
    job: Job = Job.objects.find(uid, actor)
    asked = request.GET.get("weeks", "3")
    count = int(asked) if asked.isdigit() and LEAST <= int(asked) <= MOST else 3
    found = look(job, timezone.localdate(), count)
    return render(request, "pages/lookahead.html", {
        **found, "job": job, "count": count, "choices": range(LEAST, MOST + 1), "until": found["weeks"][-1] + timedelta(days=6),
        "sorts": list(Constrains), "missed": list(Missed),
    })  # fmt: skip


def _as_days(letter: Letter) -> Letter:
    """The same letter with its days as days: a page says them in its reader's language."""
    return replace(letter, moves=dated(letter.moves))


@page
def notices(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """Who must know of dates that moved, who was told, who confirmed."""
    require(actor, "read")
    job: Job = Job.objects.find(uid, actor)
    telling = telling_of(job)
    asked = request.GET.get("more_than", "")
    more_than = int(asked) if asked.isdigit() and int(asked) <= 365 else telling.more_than
    board = load(job)
    told = list(job.date_notices.all()[:100])
    newest: dict[str, int] = {}
    for n in reversed(told):
        newest[n.email] = n.pk
    return render(request, "pages/date_notices.html", {
        "job": job, "more_than": more_than, "letters": [_as_days(letter) for letter in due(board, more_than)], "notices": told,
        "newest": set(newest.values()),
        "telling": telling, "told_ways": list(Way), "open": sum(n.confirmed_at is None and n.pk in newest.values() for n in told),
        "followers": Follower.objects.filter(activity__job=job).select_related("activity"),
        "activities": [r for r in board.rows if r.pk in board.keys][:500],
    })  # fmt: skip
