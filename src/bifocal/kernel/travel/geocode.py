"""One port for finding an address on the map, `find(address) -> places`, and what stands behind it. Off unless somebody turns it on:
the address of a customer is sent to whoever is asked.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

from bifocal.lib.errors import Refused

CENSUS = "https://geocoding.geo.census.gov/geocoder/locations/onelineaddress"
PUBLIC = "nominatim.openstreetmap.org"
AGENT = "Bifocal (self-hosted; one address at a time, asked for by a person)"
_turn, _last = threading.Lock(), [0.0]


@dataclass(frozen=True)
class Found:
    """A place that may be meant."""

    lat: float
    lng: float
    name: str


class Geocoder(Protocol):
    """Where an address is: the likeliest first; nothing where it is not known. Raises Refused where the source does not answer."""

    name: str

    def find(self, address: str) -> list[Found]:
        """Places for one address."""
        ...


class Off:
    """Nobody is asked."""

    name = "off"

    def find(self, address: str) -> list[Found]:
        """Raises Refused: say how to turn it on."""
        raise Refused("Looking addresses up is off. Set BIFOCAL_GEOCODER (census, or a Nominatim's address), or set the pin by hand.")


class Census:
    """The U.S. Census Bureau's geocoder: addresses of the United States, no key."""

    name = "census"

    def __init__(self, url: str = CENSUS) -> None:
        self.url = url

    def find(self, address: str) -> list[Found]:
        """One request; every match that it names."""
        told = _ask(self.name, self.url, {"address": address, "benchmark": "Public_AR_Current", "format": "json"})
        try:
            rows = told["result"]["addressMatches"]
            return [Found(float(r["coordinates"]["y"]), float(r["coordinates"]["x"]), str(r["matchedAddress"])) for r in rows]
        except (KeyError, TypeError, ValueError):
            raise Refused("The Census geocoder answers in a form that can't be read.") from None


class Nominatim:
    """A Nominatim server, ours or a public one (which is asked once a second at most, as its policy says)."""

    name = "nominatim"

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def find(self, address: str) -> list[Found]:
        """One request; up to five places."""
        if PUBLIC in self.url:
            _wait()
        told = _ask(self.name, f"{self.url}/search", {"q": address, "format": "jsonv2", "limit": "5"})
        try:
            return [Found(float(r["lat"]), float(r["lon"]), str(r["display_name"])) for r in told]
        except (KeyError, TypeError, ValueError):
            raise Refused("Nominatim answers in a form that can't be read.") from None


def chosen(setting: str) -> Geocoder:
    """What BIFOCAL_GEOCODER names: nothing, 'census', or the address of a Nominatim."""
    if not setting:
        return Off()
    return Census() if setting == "census" else Nominatim(setting)


def _wait() -> None:
    with _turn:
        time.sleep(max(0.0, _last[0] + 1.0 - time.monotonic()))
        _last[0] = time.monotonic()


def _ask(who: str, url: str, params: dict[str, str]) -> Any:
    import httpx

    try:
        answer = httpx.get(url, params=params, timeout=8, headers={"User-Agent": AGENT})
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, ValueError) as error:
        reason = str(error).split("\n")[0][:120]
        raise Refused(f"{who} does not find addresses now ({reason}). Set the pin by hand, or try later.") from None
