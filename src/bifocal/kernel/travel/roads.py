"""The driving times of this installation: what BIFOCAL_TRAVEL names, kept by pair of places. Where it is silent, the guess and a note."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from bifocal.engines.routing.problem import Travel
from bifocal.engines.routing.travel import drive_seconds
from bifocal.kernel.travel.quick import guess_many
from bifocal.lib.errors import Refused
from bifocal.lib.places import Point

if TYPE_CHECKING:
    from bifocal.kernel.travel.ports import TravelTimes

PATIENCE = 3.0  # seconds that a page waits for a server
REST = 60.0  # seconds for which a silent server is not asked again
MOST = 1000  # places in one request
SILENT = "The map server gives no driving times now: they are guessed from the straight line."
_silent: dict[str, float] = {}


@dataclass(frozen=True)
class Driving:
    """Driving between some places. Asked for when first needed; where the server is silent, `note` says that it is a guess."""

    points: tuple[Point, ...]

    @cached_property
    def _asked(self) -> tuple[Travel | None, str]:
        setting = settings.TRAVEL
        if not setting or len(self.points) < 2:
            return None, ""
        if len(self.points) > MOST or time.monotonic() < _silent.get(setting, 0.0):
            return None, SILENT
        try:
            return _source(setting, str(settings.VAR)).matrix(self.points), ""
        except Refused:
            _silent[setting] = time.monotonic() + REST
            return None, SILENT

    @cached_property
    def _row(self) -> dict[Point, int]:
        return {p: n for n, p in enumerate(self.points)}

    @property
    def note(self) -> str:
        """What should be said beside these times; nothing where they are what was wanted."""
        return self._asked[1]

    @cached_property
    def travel(self) -> Travel:
        """The matrix of all points, in their order."""
        return self._asked[0] or guess_many(self.points)

    def between(self, a: Point | None, b: Point | None) -> int:
        """Seconds from one place to another; 0 where one is not known."""
        known = self._asked[0]
        if known is None or a not in self._row or b not in self._row:
            return drive_seconds(a, b)
        return known.seconds[self._row[a]][self._row[b]]

    def among(self, points: Sequence[Point]) -> Travel:
        """The matrix of some of the places, which may be there twice, in the order given; such as were not asked about are guessed."""
        if self._asked[0] is None:
            return guess_many(points)
        return Travel(tuple(tuple(self.between(a, b) for b in points) for a in points))


def driving(points: Iterable[Point | None]) -> Driving:
    """Driving between these places, each once."""
    return Driving(tuple(dict.fromkeys(p for p in points if p)))


@cache
def _source(setting: str, var: str) -> TravelTimes:
    """What the setting names, behind a file of this installation. Raises Refused for another word."""
    from bifocal.kernel.travel.cache import Cached
    from bifocal.kernel.travel.ports import Osrm, Valhalla

    kind, _, url = setting.partition(" ")
    made: dict[str, type[Osrm] | type[Valhalla]] = {"osrm": Osrm, "valhalla": Valhalla}
    if kind not in made or not url.startswith(("http://", "https://")):
        raise Refused(f"BIFOCAL_TRAVEL is '{setting[:60]}': say 'osrm http://…' or 'valhalla http://…', or leave it empty for the guess.")
    source = made[kind](url, timeout=PATIENCE)
    return Cached(source, Path(var) / "roads" / "driving.sqlite")
