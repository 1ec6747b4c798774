"""On which date something is accounted: the clock's instant, read in the zone of the branch (decision 13)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bifocal.core.models import Branch


def accounting_day(at: datetime, branch: Branch | None = None) -> date:
    """The date of an instant in the branch's zone; without a branch, in the head office's (the first branch).

    A call finished at 21:30 in Baltimore on 31 March is March's, though UTC already writes 1 April.
    """
    where = branch or Branch.objects.order_by("id").first()
    return at.astimezone(ZoneInfo(where.tz)).date() if where else at.date()
