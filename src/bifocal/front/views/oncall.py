"""The on-call rota, and a call after hours: its price, who is asked, who comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.front.views.frame import branch_of, page
from bifocal.kernel.people.models import Person, Skill
from bifocal.lib.errors import NotFound
from bifocal.service.hours.queries import hours_of
from bifocal.service.levels.models import AfterHours
from bifocal.service.levels.queries import levels_of
from bifocal.service.oncall.models import CallOut
from bifocal.service.oncall.queries import proposal, turns, uncovered
from bifocal.service.visits.models import Visit


def next_turn(now: datetime, branch: Branch) -> datetime:
    """Where a new turn is likely to begin, by the branch's clock: when it closes on its first day of next week."""
    hours, today = hours_of(branch), accounting_day(now, branch)
    monday = today + timedelta(days=7 - today.weekday())
    span = hours.open(next(iter(hours.days(monday, 1)), monday))
    return (span.end if span else now + timedelta(days=7)).astimezone(ZoneInfo(branch.tz))


@page
def rota(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who is on call by trade now and next; call-outs that wait for an answer; the after-hours rate."""
    if not actor.sees_all:
        raise NotFound("The rota is for the office.")
    branch, now = branch_of(request, actor), timezone.now()
    open_ = CallOut.objects.filter(visit__job__branch=branch).select_related("visit__job__customer", "asked").order_by("-id")[:12]
    people = Person.objects.filter(branch=branch, active=True, dispatchable=True).order_by("name")
    begin = next_turn(now, branch)
    told = {
        "branch": branch, "branches": Branch.objects.order_by("id"), "zone": branch.tz, "turns": turns(branch, now), "now": now,
        "uncovered": uncovered(branch, now),
        "call_outs": open_, "terms": AfterHours.get(), "levels": levels_of(None), "skills": Skill.objects.order_by("name"),
        "people": people, "start": f"{begin:%Y-%m-%dT%H:%M}", "end": f"{begin + timedelta(days=7):%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    return render(request, "pages/on_call.html", told)


@page
def after_hours(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """What the call costs now, to be accepted by the caller before anybody is sent."""
    visit: Visit = Visit.objects.select_related("job__site", "job__branch", "job__job_type", "job__customer").find(uid, actor)
    require(actor, "callout.manage")
    found = {**proposal(visit, timezone.now()), "call_out": visit.call_outs.select_related("asked").order_by("-id").first()}
    return render(request, "pages/after_hours.html", {"visit": visit, "zone": visit.job.branch.tz, **found})
