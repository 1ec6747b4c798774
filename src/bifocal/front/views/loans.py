"""Nobody is free: the ways to serve a call all the same. Idle hours that activities want."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.bridges.loans.models import Loan
from bifocal.bridges.loans.queries import idle_hours, ways
from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.views.frame import page
from bifocal.lib.errors import NotFound
from bifocal.service.levels.queries import level_of
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import Status


def loans_shown() -> QuerySet[Loan]:
    """Loans with what a card of them says, the latest first."""
    return Loan.objects.select_related("person", "foreman", "activity__job__branch", "visit__job").order_by("-id")


@page
def ways_page(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """Who could come for this call, free or borrowed, with what each way costs both lenses."""
    visit: Visit = Visit.objects.select_related("job__site", "job__branch", "job__job_type", "job__customer").find(uid, actor)
    require(actor, "crew.lend")
    open_ = visit.status in (Status.UNSCHEDULED, Status.SCHEDULED)
    told = {
        "visit": visit, "ways": ways(visit, timezone.now()) if open_ else [], "level": level_of(visit.job), "zone": visit.job.branch.tz,
        "loans": loans_shown().filter(visit=visit),
    }  # fmt: skip
    return render(request, "pages/ways.html", told)


@page
def idle(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Next week's hours that activities want and the service side has free."""
    if not actor.sees_all:
        raise NotFound("Idle hours are for the office.")
    today = timezone.localdate()
    try:
        first = date.fromisoformat(request.GET["first"]) if request.GET.get("first") else today + timedelta(days=7 - today.weekday())
    except ValueError:
        first = today + timedelta(days=7 - today.weekday())
    last = first + timedelta(days=6)
    around = {"first": first, "last": last, "before": first - timedelta(days=7), "after": first + timedelta(days=7)}
    lent = loans_shown().filter(during__overlap=(timezone.now() - timedelta(days=7), timezone.now() + timedelta(days=365)))[:20]
    return render(request, "pages/idle.html", {"wanted": idle_hours(first, last), "loans": lent, **around})
