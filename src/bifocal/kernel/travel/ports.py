"""One port for driving times, `matrix(points) -> Travel`, and what stands behind it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Protocol

import httpx
import numpy as np
from numpy.typing import NDArray

from bifocal.engines.routing.problem import Place, Travel
from bifocal.engines.routing.travel import Roads, guess
from bifocal.lib.errors import Refused
from bifocal.lib.places import Point

Floats = NDArray[np.float64]


class TravelTimes(Protocol):
    """Seconds and metres between all points. `name` tells caches apart."""

    name: str

    def matrix(self, points: Sequence[Point]) -> Travel:
        """Driving between all points. Raises Refused where the source does not answer."""
        ...


class Guess:
    """Great circles, a road factor, a speed table: needs no data."""

    name = "guess"

    def __init__(self, roads: Roads | None = None) -> None:
        self.roads = roads

    def matrix(self, points: Sequence[Point]) -> Travel:
        """See `engines.routing.travel.guess`."""
        return guess(_places(points), self.roads)


class Osrm:
    """An OSRM server (its table service), ours on this machine or anybody's."""

    def __init__(self, url: str, *, timeout: float = 60) -> None:
        self.url, self.timeout, self.name = url.rstrip("/"), timeout, f"osrm {url}"

    def matrix(self, points: Sequence[Point]) -> Travel:
        """One request for all pairs; a pair without a road is guessed."""
        if len(points) < 2:
            return guess(_places(points))
        where = ";".join(f"{lon:.5f},{lat:.5f}" for lat, lon in points)
        asked = {"annotations": "duration,distance", "skip_waypoints": "true", "generate_hints": "false"}
        told = _ask("OSRM", "GET", f"{self.url}/table/v1/driving/{where}.flatbuffers", self.timeout, params=asked)
        try:
            durations, distances = table(told.content, len(points))
        except (struct.error, ValueError, IndexError):
            raise Refused(f"OSRM at {self.url[:60]} answers in a form that can't be read. Use version 5.24 or newer.") from None
        return _mended(points, durations, distances)


NO_ROAD = 1e9


def table(answer: bytes, size: int) -> tuple[Floats, Floats]:
    """Durations and distances out of OSRM's flatbuffers (fbresult.fbs: result's field 5 is the table, its fields 0 and 3 are ours).

    A thousand places are two million numbers: as JSON they take seconds, like this milliseconds.
    """

    def field(at: int, number: int) -> int:
        vtable = at - struct.unpack_from("<i", answer, at)[0]
        if 4 + 2 * number >= struct.unpack_from("<H", answer, vtable)[0]:
            raise ValueError("no such field")
        offset: int = struct.unpack_from("<H", answer, vtable + 4 + 2 * number)[0]
        if not offset:
            raise ValueError("no such field")
        return at + offset + int(struct.unpack_from("<I", answer, at + offset)[0])

    def grid(at: int) -> Floats:
        return np.frombuffer(answer, dtype="<f4", count=size * size, offset=at + 4).reshape(size, size).astype(float)

    found = field(struct.unpack_from("<I", answer, 0)[0], 5)
    return grid(field(found, 0)), grid(field(found, 3))


class Valhalla:
    """A Valhalla server (sources_to_targets)."""

    def __init__(self, url: str, *, costing: str = "auto", timeout: float = 120) -> None:
        self.url, self.costing, self.timeout, self.name = url.rstrip("/"), costing, timeout, f"valhalla {url}"

    def matrix(self, points: Sequence[Point]) -> Travel:
        """One request for all pairs; a pair without a road is guessed."""
        spots = [{"lat": lat, "lon": lon} for lat, lon in points]
        body = {"sources": spots, "targets": spots, "costing": self.costing, "units": "kilometers"}
        told = _ask("Valhalla", "POST", f"{self.url}/sources_to_targets", self.timeout, json=body)
        try:
            rows = told.json()["sources_to_targets"]
            seconds = [[NO_ROAD if c["time"] is None else c["time"] for c in row] for row in rows]
            metres = [[NO_ROAD if c["distance"] is None else c["distance"] * 1000 for c in row] for row in rows]
        except (ValueError, KeyError, TypeError):
            raise Refused(f"Valhalla at {self.url[:60]} answers in a form that can't be read.") from None
        return _mended(points, np.array(seconds), np.array(metres))


def _ask(who: str, verb: str, url: str, timeout: float, **more: Any) -> httpx.Response:
    try:
        answer = httpx.request(verb, url, timeout=timeout, headers={"Accept-Encoding": "identity"}, **more)
        answer.raise_for_status()
        return answer
    except httpx.HTTPError as error:
        reason = str(error).split("\n")[0][:120]
        raise Refused(f"{who} at {url[:60]} gives no driving times ({reason}). Check its address, or plan with the guess.") from None


def _places(points: Sequence[Point]) -> list[Place]:
    return [Place(str(n), lat, lon) for n, (lat, lon) in enumerate(points)]


def _mended(points: Sequence[Point], durations: Floats, distances: Floats) -> Travel:
    """Whole seconds and metres; where there is no road (an island, a fenced yard) the guess stands in."""
    broken = (durations >= NO_ROAD) | (distances >= NO_ROAD)
    if broken.any():
        rough = guess(_places(points))
        durations, distances = np.where(broken, rough.seconds, durations), np.where(broken, rough.metres, distances)
    return Travel(_whole(durations), _whole(distances))


def _whole(grid: Floats) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, np.rint(grid).astype(np.int64).tolist()))
