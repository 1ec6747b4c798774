"""Places that should be asked about before anybody drives there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from bifocal.core.models import Branch
from bifocal.engines.routing.problem import Place
from bifocal.engines.routing.travel import suspicious
from bifocal.kernel.parties.models import Site
from bifocal.kernel.parties.pins import BY_HAND
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import PLANNED, Status

AHEAD = timedelta(days=14)


def doubtful(branch: Branch, now: datetime) -> list[dict[str, Any]]:
    """Sites of calls that are to come (tray, and two weeks of plan) without a place, in the sea, or far from all the others."""
    jobs = Visit.objects.filter(job__branch=branch).filter(
        Q(status=Status.UNSCHEDULED) | Q(status__in=PLANNED, planned__startswith__lt=now + AHEAD)
    )
    sites = {str(s.pk): s for s in Site.objects.filter(jobs__in=jobs.values("job_id")).distinct().select_related("customer")}
    known = Site.objects.filter(jobs__branch=branch, lat__isnull=False).order_by("-id")[:300]  # the ground this branch works on
    rows = {**{str(s.pk): s for s in known}, **sites}
    places = [Place(k, float(s.lat) if s.lat is not None else None, float(s.lng) if s.lng is not None else None) for k, s in rows.items()]
    found = [(sites[s.place], s.reason) for s in suspicious(places) if s.place in sites]
    return [{"site": s, "reason": why} for s, why in found if s.placed_by != BY_HAND or s.lat is None]
