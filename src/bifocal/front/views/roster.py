"""The next day as everybody gets it."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.bridges.roster.models import RosterHour, RosterSent
from bifocal.bridges.roster.queries import next_working_day, roster
from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.front.views.frame import branch_of, page
from bifocal.lib.errors import NotFound


@page
def roster_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Each person's lines, foremen with their crews; when it goes out, and whether it did."""
    if not actor.sees_all:
        raise NotFound("The roster is for the office.")
    branch = branch_of(request, actor)
    try:
        day = date.fromisoformat(request.GET["day"]) if request.GET.get("day") else next_working_day(branch, timezone.now())
    except ValueError:
        day = next_working_day(branch, timezone.now())
    zone = ZoneInfo(branch.tz)
    shown = [{"day": d, "lines": [line.text(zone) for line in d.lines]} for d in roster(branch, day)]
    sent = RosterSent.objects.filter(branch=branch, day=day).first()
    return render(
        request,
        "pages/roster.html",
        {"branch": branch, "branches": Branch.objects.order_by("id"), "on": day, "people": shown, "sent": sent, "held": RosterHour.get()},
    )
