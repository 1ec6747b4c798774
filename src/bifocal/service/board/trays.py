"""What waits beside the board, in four heaps: a promise without a name, at risk, on hold, no time yet."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from bifocal.core.models import Branch
from bifocal.kernel.jobs.rules import Work
from bifocal.service.board.models import Draft
from bifocal.service.board.queries import latest
from bifocal.service.dispatch.queries import late_starts
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import Status

OVER = (Work.CLOSED, Work.CANCELLED, Work.DONE, Work.READY_TO_BILL)
MOST = 60
SOON = timedelta(hours=2)


def waiting(branch: Branch, *, hold: bool = False) -> list[Visit]:
    """Visits without a time whose job is live (or on hold): the oldest promise first, then by priority."""
    rows = Visit.objects.filter(status=Status.UNSCHEDULED, job__branch=branch).exclude(job__work_status__in=OVER)
    rows = rows.filter(job__work_status=Work.ON_HOLD) if hold else rows.exclude(job__work_status=Work.ON_HOLD)
    by = (F("window__startswith").asc(nulls_last=True), "job__priority", "id")
    return list(rows.select_related("job__site", "job__customer").order_by(*by)[: MOST * 4])


def without_time(branch: Branch, draft: Draft | None = None) -> list[Visit]:
    """Visits that nobody has a time for, with a draft's moves already made."""
    moves = latest(draft)
    rows = [v for v in waiting(branch) if v.uid not in moves or moves[v.uid].get("tray")]
    known = {v.uid for v in rows}
    lifted = [uid for uid, line in moves.items() if line.get("tray") and uid not in known]
    return [*rows, *(Visit.objects.filter(uid__in=lifted).select_related("job__site", "job__customer") if lifted else ())]


def trays(branch: Branch, day: date, now: datetime, *, draft: Draft | None = None) -> list[dict[str, Any]]:
    """The heaps in the order in which they burn, each with its visits; a draft's moves are already made in them."""
    moves, rows = latest(draft), without_time(branch, draft)
    burning = [v for v in rows if v.window and v.window.lower < now + SOON]
    risk = [*(v for v in late_starts(branch, day, now) if v.uid not in moves), *burning]
    return [
        {"name": "at_risk", "visits": risk},
        {"name": "unassigned", "visits": [v for v in rows if v.window and v not in burning][:MOST]},
        {"name": "unscheduled", "visits": [v for v in rows if not v.window][:MOST]},
        {"name": "on_hold", "visits": waiting(branch, hold=True)[:MOST], "fixed": True},
    ]
