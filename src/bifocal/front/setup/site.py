"""What the set-up page says about address and HTTPS, as every process sees it: read again every five seconds."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from django.conf import settings

from bifocal.core.models import Company, User
from bifocal.front.setup.rules import HERE, Https, host_of, is_bare_address

LIFE = 5.0  # seconds for which a process believes what it has read


@dataclass(frozen=True)
class Site:
    """The installation as seen from outside."""

    address: str = ""
    https: Https = Https.OFF
    founded: bool = False

    def knows(self, host: str) -> bool:
        """True where the server answers to this name: its own, this machine's, a bare address; before it has an owner, any."""
        return not self.founded or host in HERE or is_bare_address(host) or host in {host_of(self.address), *settings.HOSTS}


_kept: tuple[float, Site] | None = None


def current() -> Site:
    """The site as it is set; the environment (BIFOCAL_HTTPS=1: a proxy) goes before the set-up page."""
    global _kept
    now = time.monotonic()
    if _kept is None or now - _kept[0] > LIFE:
        _kept = (now, _read())
    return _kept[1]


def _read() -> Site:
    row = Company.objects.filter(id=1).values("base_url", "https").first() or {"base_url": "", "https": Https.OFF}
    https = Https.PROXY if os.environ.get("BIFOCAL_HTTPS") == "1" else Https(row["https"])
    return Site(address=row["base_url"], https=https, founded=User.objects.exists())


def forget() -> None:
    """Read again at the next request: the set-up has changed."""
    global _kept
    _kept = None
