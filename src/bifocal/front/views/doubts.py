"""Places that should be asked about before anybody drives there."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.front.views.frame import branch_of, page
from bifocal.lib.errors import NotFound
from bifocal.service.dispatch.places import doubtful


@page
def doubts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Sites of coming calls whose place is missing or can't be right, each with the ways to put it right."""
    if not actor.sees_all:
        raise NotFound("Places to ask about are for the office.")
    branch = branch_of(request, actor)
    told = {"branch": branch, "doubtful": doubtful(branch, timezone.now()), "looks_up": bool(settings.GEOCODER)}
    return render(request, "pages/places.html", told)
