"""Where a site is: looked up, or pinned by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.conf import settings
from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.parties.facts import SitePinned
from bifocal.kernel.parties.models import Site
from bifocal.kernel.travel.geocode import chosen
from bifocal.lib.errors import Invalid, Refused

Lat = Annotated[Decimal, Field(ge=-90, le=90)]
Lng = Annotated[Decimal, Field(ge=-180, le=180)]
BY_HAND = "hand"


@command("site.pin")
def pin_site(*, site: UUID, lat: Lat, lng: Lng, actor: Actor, call: Call) -> Site:
    """Set a site's place on the map by hand: it is not asked about again, however far off."""
    row: Site = Site.objects.locked(site, actor, call)
    require(actor, "customer.edit")
    if not lat and not lng:
        raise Invalid("0, 0 lies in the sea. Give the place's latitude and longitude.", field="lat")
    return _placed(row, lat, lng, BY_HAND, actor, call)


@command("site.locate")
def locate_site(*, site: UUID, actor: Actor, call: Call) -> Site:
    """Look a site's address up where the set-up says (off by default). Refused unless exactly one place is meant."""
    asked: Site = Site.objects.find(site, actor)
    require(actor, "customer.edit")
    if not asked.one_line:
        raise Refused("This site has no address to look up. Set the pin by hand.", field="site")
    source = chosen(settings.GEOCODER)
    found = source.find(asked.one_line)  # before the row is locked: somebody else's server may take its time
    if len(found) != 1:
        names = "; ".join(f.name for f in found[:3])
        told = f"{len(found)} places could be meant ({names})" if found else "Nobody knows this address"
        raise Refused(f"{told}. Correct the address, or set the pin by hand.", field="site")
    row: Site = Site.objects.locked(site, actor, call)
    return _placed(row, Decimal(str(found[0].lat)), Decimal(str(found[0].lng)), source.name, actor, call)


def _placed(row: Site, lat: Decimal, lng: Decimal, by: str, actor: Actor, call: Call) -> Site:
    at = [v.quantize(Decimal("0.000001")) for v in (lat, lng)]
    row.change(lat=at[0], lng=at[1], placed_by=by)
    record(SitePinned(lat=str(at[0]), lng=str(at[1]), by=by), about=row, actor=actor, call=call)
    return row
