"""The board on a map: routes, visits, and where everybody was seen last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bifocal.lib.places import Point
from bifocal.service.board.queries import Ground
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import LIVE, Status


def places(found: Ground, waiting: Sequence[Visit]) -> dict[str, list[dict[str, Any]]]:
    """Routes by person from home to home, a pin for every visit that has a place, as (longitude, latitude)."""
    people, pins = [], []
    for p in found.people:
        bands = [b for b in found.of(p.pk) if b.visit and b.visit.job.site.point]
        if not bands:
            continue
        home = p.home
        stops = [site for b in bands if b.visit and (site := b.visit.job.site.point)]
        route = [_turned(s) for s in ([home] if home else []) + stops + ([home] if home else [])]
        seen = [b.visit for b in bands if b.visit and (b.visit.status in LIVE or b.visit.status == Status.DONE)]
        last = seen[-1].job.site.point if seen else home
        at = seen[-1].job.site.one_line if seen else ""
        people.append({"uid": p.uid, "name": p.name, "route": route, "last": _turned(last) if last else None, "at": at})
        pins += [_pin(b.visit, p.name) for b in bands if b.visit and b.lead]
    return {"people": people, "visits": [*pins, *(_pin(v, "") for v in waiting if v.job.site.point)]}


def _pin(visit: Visit, who: str) -> dict[str, Any]:
    site = visit.job.site.point
    return {"visit": visit.uid, "title": visit.job.title, "who": who, "place": _turned(site) if site else None, "state": visit.status}


def _turned(point: Point) -> tuple[float, float]:
    return point[1], point[0]
