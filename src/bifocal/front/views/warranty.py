"""Warranty calls of a company that runs projects."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.views.frame import page
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import LIVE, Profile
from bifocal.kernel.people.models import Person
from bifocal.projects.closeout.models import Warranty


@page
def warranty(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Warranty calls on one page: who, when, done. No dispatch set-up."""
    require(actor, "call.book")
    today = timezone.localdate()
    jobs = Job.objects.filter(profile=Profile.WARRANTY).select_related("customer", "site", "origin").order_by("-id")
    rows = [{"job": j, "visit": j.visits.order_by("-seq").prefetch_related("assignments__person").first()} for j in jobs[:40]]
    context = {
        "open": [r for r in rows if r["job"].work_status in LIVE], "done": [r for r in rows if r["job"].work_status not in LIVE],
        "covers": Warranty.objects.filter(starts__lte=today, ends__gte=today).select_related("job__customer").order_by("-job_id"),
        "people": Person.objects.filter(active=True).order_by("name"), "now": timezone.localtime(),
    }  # fmt: skip
    return render(request, "pages/warranty.html", context)
