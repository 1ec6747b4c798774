"""Who hears of which fact: one visible table, handed to `core.facts` at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bifocal.bridges.warranty.handlers import equip_site_with_warranty
from bifocal.core.facts import Fact, Handler
from bifocal.kernel.purchasing.gates import Gate
from bifocal.projects.changes.facts import ChangeApproved
from bifocal.projects.closeout.facts import SubstantiallyCompleted
from bifocal.projects.notices.handlers import tell_when_settled
from bifocal.projects.rollup.queries import holds as holds_until_paid
from bifocal.projects.schedule.facts import DatesMoved
from bifocal.projects.schedule.gates import Gate as WorkGate
from bifocal.projects.subapps.queries import holds
from bifocal.projects.ties.handlers import plan_approved_work, redate_submittals
from bifocal.projects.ties.queries import failed_before, standing_failures

WIRING: Mapping[type[Fact], Iterable[Handler]] = {
    SubstantiallyCompleted: (equip_site_with_warranty,),
    DatesMoved: (tell_when_settled, redate_submittals),
    ChangeApproved: (plan_approved_work,),
}

# Who may hold a check: a subcontractor's missing waiver or expired papers; the owner who has not paid yet.
PAY_GATES: Iterable[Gate] = (holds, holds_until_paid)

# What may hold the finish of an activity: an inspection that stands as failed.
FINISH_GATES: Iterable[WorkGate] = (standing_failures,)

# What may hold its start: an inspection that stands as failed on the work before it.
START_GATES: Iterable[WorkGate] = (failed_before,)
