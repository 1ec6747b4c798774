"""Who hears of which fact: one visible table, handed to `core.facts` at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bifocal.bridges.warranty.handlers import equip_site_with_warranty
from bifocal.core.facts import Fact, Handler
from bifocal.kernel.purchasing.gates import Gate
from bifocal.projects.closeout.facts import SubstantiallyCompleted
from bifocal.projects.notices.handlers import tell_when_settled
from bifocal.projects.rollup.queries import holds as holds_until_paid
from bifocal.projects.schedule.facts import DatesMoved
from bifocal.projects.subapps.queries import holds

WIRING: Mapping[type[Fact], Iterable[Handler]] = {
    SubstantiallyCompleted: (equip_site_with_warranty,),
    DatesMoved: (tell_when_settled,),
}

# Who may hold a check: a subcontractor's missing waiver or expired papers; the owner who has not paid yet.
PAY_GATES: Iterable[Gate] = (holds, holds_until_paid)
