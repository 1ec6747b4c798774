"""Places that should be asked about before anybody drives there, and the map on which a pin is set by hand."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.front.views.frame import branch_of, page
from bifocal.front.views.tiles import tiles
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import NotFound
from bifocal.service.dispatch.places import doubtful

AROUND = 120  # places that say where on the ground one is


@page
def doubts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Sites of coming calls whose place is missing or can't be right, each with the ways to put it right."""
    if not actor.sees_all:
        raise NotFound("Places to ask about are for the office.")
    branch = branch_of(request, actor)
    found = doubtful(branch, timezone.now())
    told = {"branch": branch, "branches": Branch.objects.order_by("id"), "doubtful": found, "looks_up": bool(settings.GEOCODER)}
    return render(request, "pages/places.html", {**told, "ground": ground_of(branch, [d["site"].pk for d in found])})


def ground_of(branch: Branch, but: list[int]) -> str:
    """What a map for setting a pin shows around it: the company's tiles, sites of the branch and homes of its people; as JSON.

    `but` are the sites that are asked about: a place that may be wrong is no help in finding one's way.
    """
    sites = Site.objects.filter(jobs__branch=branch, lat__isnull=False, lng__isnull=False).exclude(pk__in=but)
    near = [
        [float(lng), float(lat), name] for name, lat, lng in sites.order_by("-id").values_list("name", "lat", "lng").distinct()[:AROUND]
    ]
    homes = Person.objects.filter(branch=branch, active=True, home_lat__isnull=False, home_lng__isnull=False)
    near += [[float(lng), float(lat), name] for name, lat, lng in homes.values_list("name", "home_lat", "home_lng")]
    return json.dumps({"near": near, "tiles": tiles()})
