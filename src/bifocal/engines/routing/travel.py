"""Driving without any map: great circles, a factor for winding roads, a speed that grows with distance; and places that can't be right.

The factor 1.3 is the usual ratio of road to straight line (Ballou, Rahardja and Sakai, 2002, give 1.2 to 1.5 by country).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from statistics import median

from bifocal.engines.routing.problem import Place, Travel
from bifocal.lib.errors import Invalid
from bifocal.lib.places import Point

EARTH = 6_371_008.8  # mean radius, metres (IUGG)


@dataclass(frozen=True, slots=True)
class Roads:
    """Guess of roads: `speeds` are (up to metres, km/h), the last one for all beyond; `parking` seconds a leg."""

    factor: float = 1.3
    speeds: tuple[tuple[float, float], ...] = ((5_000, 30), (20_000, 45), (60_000, 65), (float("inf"), 85))
    parking: int = 60


def great_circle(a: Place, b: Place) -> float:
    """Metres between two places on a sphere (haversine). Raises Invalid where one has no coordinates."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        missing = a if a.lat is None else b
        raise Invalid(
            f"Place {missing.id} has no coordinates and there is no travel matrix. Give one of both.", field=f"place {missing.id}"
        )
    la, lb = radians(a.lat), radians(b.lat)
    h = sin((lb - la) / 2) ** 2 + cos(la) * cos(lb) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(h)))


def seconds_for(metres: float, roads: Roads) -> int:
    """Driving time over `metres` of road: each stretch at its speed, plus parking. Zero for no distance."""
    if metres < 1:
        return 0
    total, done = float(roads.parking), 0.0
    for up_to, speed in roads.speeds:
        stretch = min(metres, up_to) - done
        total += stretch * 3.6 / speed
        done += stretch
        if done >= metres:
            break
    return round(total)


ROADS = Roads()


def drive_seconds(a: Point | None, b: Point | None) -> int:
    """Driving between two places by great circle, road factor and speed table; 0 where one is not known."""
    if a is None or b is None or a == b:
        return 0
    return seconds_for(great_circle(Place("a", *a), Place("b", *b)) * ROADS.factor, ROADS)


def guess(places: Sequence[Place], roads: Roads | None = None) -> Travel:
    """Seconds and metres between all places without any data."""
    roads = roads or Roads()
    metres = tuple(tuple(0 if a.id == b.id else round(great_circle(a, b) * roads.factor) for b in places) for a in places)
    return Travel(tuple(tuple(seconds_for(m, roads) for m in row) for row in metres), metres)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A place that should be asked about, not driven to."""

    place: str
    reason: str


def suspicious(places: Sequence[Place], *, reach_metres: float = 160_000) -> tuple[Suspicion, ...]:
    """Places without coordinates, at 0/0, with latitude and longitude swapped, or far from all the others."""
    seen = [p for p in places if p.lat is not None and p.lon is not None and (abs(p.lat) > 0.01 or abs(p.lon) > 0.01)]
    known = {id(p) for p in seen}
    found: list[Suspicion] = [Suspicion(p.id, "has no coordinates") for p in places if p.lat is None or p.lon is None]
    at_sea = [p for p in places if p.lat is not None and p.lon is not None and id(p) not in known]
    found += [Suspicion(p.id, "lies at 0°, 0° in the sea") for p in at_sea]
    if len(seen) < 3:
        return tuple(found)
    centre = Place("centre", median(p.lat or 0 for p in seen), median(p.lon or 0 for p in seen))
    for place in seen:
        far = great_circle(place, centre)
        if far <= reach_metres:
            continue
        swapped = Place(place.id, place.lon, place.lat)
        near = abs(place.lon or 0) <= 90 and great_circle(swapped, centre) <= reach_metres
        hint = "; with latitude and longitude exchanged it would be near" if near else ""
        found.append(Suspicion(place.id, f"lies {far / 1609.344:.0f} miles from the middle of the others{hint}"))
    return tuple(found)
