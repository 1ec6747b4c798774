"""The board of the day, and who could take a visit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.core.models import Branch
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import Profile, Work
from bifocal.kernel.people.models import Allocation, Person
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import Firmness, free_slots
from bifocal.lib.periods import TimeRange
from bifocal.service.hours.queries import hours_of
from bifocal.service.levels.queries import preferred_by
from bifocal.service.visits.models import Ban, Card, Visit
from bifocal.service.visits.rules import Status

COLUMNS = ("open", "scheduled", "in_progress", "waiting_on_parts", "ready_to_bill")


def day_range(day: date, tz: str) -> TimeRange:
    """The day from midnight to midnight in a zone. Told in UTC: then seconds from midnight are true also where the clocks change."""
    start, end = (datetime.combine(d, time(), ZoneInfo(tz)).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return TimeRange(start, end)


def tray(branch: Branch) -> list[Visit]:
    """Visits that nobody has a time for yet, oldest promise first."""
    waiting = Visit.objects.filter(status=Status.UNSCHEDULED, job__branch=branch).exclude(job__work_status=Work.ON_HOLD)
    live = waiting.exclude(job__work_status__in=[Work.CLOSED, Work.CANCELLED, Work.DONE, Work.READY_TO_BILL])
    return list(live.select_related("job", "job__site", "job__customer").order_by("job__priority", "id")[:60])


def cards(branch: Branch) -> list[Card]:
    """Conflicts from the field that nobody has settled."""
    return list(Card.objects.filter(settled_at=None, visit__job__branch=branch).select_related("visit__job").order_by("id")[:20])


def late_starts(branch: Branch, day: date, now: datetime) -> list[Visit]:
    """Visits of the day whose start is a quarter of an hour gone and whose technician is not yet on the way: at risk."""
    span = day_range(day, branch.tz)
    waiting = Visit.objects.filter(job__branch=branch, status__in=[Status.SCHEDULED, Status.DISPATCHED], on_list=False)
    over = waiting.filter(planned__overlap=(span.start, span.end), planned__startswith__lt=now - timedelta(minutes=15))
    return list(over.select_related("job", "job__site", "job__customer").prefetch_related("assignments__person").order_by("planned")[:12])


def columns(branch: Branch, limit: int = 12) -> list[dict[str, Any]]:
    """Open, scheduled, in progress, waiting on parts, ready to bill: the service jobs of the day with their counts."""
    base = Job.objects.filter(branch=branch).exclude(profile=Profile.PROJECT).exclude(profile=Profile.MAINTENANCE)
    wanted = {
        "open": base.filter(work_status=Work.OPEN), "scheduled": base.filter(work_status=Work.SCHEDULED),
        "in_progress": base.filter(work_status=Work.IN_PROGRESS),
        "waiting_on_parts": base.filter(work_status=Work.ON_HOLD, hold_reason="parts"),
        "ready_to_bill": base.filter(work_status__in=[Work.DONE, Work.READY_TO_BILL]),
    }  # fmt: skip
    return [
        {
            "name": name,
            "count": query.count(),
            "jobs": list(query.select_related("customer", "site").order_by("priority", "-id")[:limit]),
        }
        for name, query in wanted.items()
    ]


def offers(visit: Visit, day: date, limit: int = 6, *, after: datetime | None = None) -> list[dict[str, Any]]:
    """Who is free and qualified for a visit that day, with the first start that fits and is not before `after`: earliest first.

    In their shift and in the branch's hours. A visit that needs several and has no time yet: the first start that so many have
    together, and who would go along. Whom the customer would like to see again stands before the others; whom they don't want is
    none of them.
    """
    branch = visit.job.branch
    unwanted = Ban.objects.filter(customer=visit.job.customer_id).values("person")
    people = list(qualified(visit.skill, day, branch_id=branch.pk).exclude(pk__in=unwanted))
    along = visit.people - 1 if visit.status == Status.UNSCHEDULED else 0  # who goes along needs no skill
    everybody = list(qualified("", day, branch_id=branch.pk).exclude(pk__in=unwanted)) if along else people
    liked, gaps = preferred_by(visit.job.customer_id), _gaps(visit, day, everybody, after)
    found: list[dict[str, Any]] = []
    for person in people:
        first = _first(gaps, person.pk, timedelta(minutes=visit.minutes), along)
        if first:
            start, others = first
            told = {"start": start, "end": start + timedelta(minutes=visit.minutes), "along": [p for p in everybody if p.pk in others]}
            found.append({"person": person, "preferred": person.pk in liked, **told})
    return sorted(found, key=lambda f: (not f["preferred"], f["start"], f["person"].name))[:limit]


def _gaps(visit: Visit, day: date, people: list[Person], after: datetime | None) -> dict[int, list[TimeRange]]:
    """Each person's free stretches of the day that hold the visit."""
    branch = visit.job.branch
    hours, span = hours_of(branch, people), day_range(day, branch.tz)
    taken: dict[int, list[TimeRange]] = {p.pk: [] for p in people}
    rows = Allocation.objects.filter(person_id__in=taken, firmness=Firmness.FIRM, during__overlap=(span.start, span.end)).values_list(
        "person_id", "during"
    )
    for pid, during in rows:
        taken[pid].append(TimeRange(during.lower, during.upper))
    shifts = {p.pk: _from(hours.within(day, p.pk), after) for p in people}
    need = timedelta(minutes=visit.minutes)
    return {
        pk: [g for g in free_slots(work, taken[pk]) if g.end - g.start >= need] if work else [] for pk, work in shifts.items()
    }  # fmt: skip


def _first(gaps: dict[int, list[TimeRange]], who: int, need: timedelta, along: int) -> tuple[datetime, set[int]] | None:
    """The first start at which somebody and `along` others are free for so long, and which others."""
    starts = sorted({g.start for rows in (gaps.values() if along else [gaps[who]]) for g in rows})
    for start in starts:
        free = [pk for pk, rows in gaps.items() if any(g.start <= start and start + need <= g.end for g in rows)]
        others = [pk for pk in free if pk != who]
        if who in free and len(others) >= along:
            return start, set(others[:along])
    return None


def _from(work: TimeRange | None, after: datetime | None) -> TimeRange | None:
    """What is left of some hours from the next quarter of an hour on."""
    if work is None or after is None or after <= work.start:
        return work
    began = after.replace(second=0, microsecond=0) + timedelta(minutes=-after.minute % 15)
    return TimeRange(began, work.end) if began < work.end else None
