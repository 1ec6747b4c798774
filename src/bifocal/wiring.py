"""Who hears of which fact: one visible table, handed to `core.facts` at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bifocal.bridges.warranty.handlers import equip_site_with_warranty
from bifocal.core.facts import Fact, Handler
from bifocal.projects.closeout.facts import SubstantiallyCompleted

WIRING: Mapping[type[Fact], Iterable[Handler]] = {
    SubstantiallyCompleted: (equip_site_with_warranty,),
}
