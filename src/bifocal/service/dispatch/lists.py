"""People's days as lists: visits without a time."""

from __future__ import annotations

from datetime import date

from bifocal.core.models import Branch
from bifocal.service.dispatch.queries import day_range
from bifocal.service.visits.models import Assignment, Visit
from bifocal.service.visits.rules import PLANNED


def lists_of(day: date, branch: Branch) -> dict[int, list[Visit]]:
    """Visits on a list that day by person, promised windows first, then the urgent."""
    span = day_range(day, branch.tz)
    seats = Assignment.objects.filter(
        removed_at=None, lead=True, visit__on_list=True, visit__status__in=PLANNED, visit__job__branch=branch,
        visit__planned__overlap=(span.start, span.end),
    ).select_related("visit__job__customer", "visit__job__site")  # fmt: skip
    found: dict[int, list[Visit]] = {}
    for seat in seats.order_by("visit__window", "visit__job__priority", "visit_id"):
        found.setdefault(seat.person_id, []).append(seat.visit)
    return found
