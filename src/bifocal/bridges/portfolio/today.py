"""What the owner and the superintendent look at first: capacity, mix, today's crews. Reads over both lenses."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.people.models import Allocation
from bifocal.projects.dailylogs.models import DailyLog

WEEK_HOURS = 40


def lens_totals() -> list[dict[str, Any]]:
    """Revenue, cost and jobs of this year by lens, from the ledger: the mix of work."""
    return rows(
        "select case when j.profile = 'project' then 'project' else 'service' end as lens,"
        " -coalesce(sum(l.amount) filter (where a.code like '4%%'), 0) as revenue,"
        " coalesce(sum(l.amount) filter (where a.code like '5%%'), 0) as cost, count(distinct l.job_id) as jobs,"
        " coalesce(sum(l.quantity) filter (where a.code like '5%%' and l.person_id is not null), 0) as hours"
        " from journal_line l join journal_entry e on e.id = l.entry_id join account a on a.id = l.account_id"
        " join jobs_job j on j.id = l.job_id where e.date >= %s group by 1 order by 1 desc",
        [timezone.localdate().replace(month=1, day=1)],
    )


def capacity(first: date, weeks: int = 12) -> list[dict[str, Any]]:
    """Hours booked by lens and hours there are, week by week from the Monday of `first`: 40 a week and field person."""
    monday = first - timedelta(days=first.weekday())
    start = datetime.combine(monday, datetime.min.time(), ZoneInfo(timezone.get_current_timezone_name()))
    people = rows(
        "select count(*) as n from people_person p where active and (dispatchable or exists"
        " (select 1 from people_crew_members m where m.person_id = p.id))"
    )[0]["n"]
    booked = rows(
        "select floor(extract(epoch from lower(during) - %s) / 604800)::int as week, use,"
        " sum(extract(epoch from upper(during) - lower(during))) / 3600 as hours from people_allocation"
        " where during && tstzrange(%s, %s) and firmness <> 'tentative' and person_id is not null group by 1, 2",
        [start, start, start + timedelta(weeks=weeks)],
    )
    held = {(r["week"], r["use"]): r["hours"] for r in booked}
    out = []
    for n in range(weeks):
        service, project = held.get((n, "visit"), 0), held.get((n, "project_day"), 0)
        there = max(people * WEEK_HOURS - held.get((n, "time_off"), 0), 0)
        out.append({"monday": monday + timedelta(weeks=n), "service": service, "project": project, "there": there})
    return out


def crews_of(day: date) -> list[dict[str, Any]]:
    """Who is on which project today, one line a job."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    start = datetime.combine(day, datetime.min.time(), zone)
    held = Allocation.objects.filter(use="project_day", during__overlap=(start, start + timedelta(days=1)), person__isnull=False)
    found: dict[str, list[str]] = {}
    for row in held.select_related("person").order_by("person__name"):
        found.setdefault(row.label, []).append(row.person.name)
    return [{"label": label, "people": names} for label, names in sorted(found.items())]


def logs_to_sign(jobs: list[Any], today: date) -> dict[str, Any]:
    """Logs written and not yet signed, and live projects without a log today."""
    unsigned = list(DailyLog.objects.filter(job__in=jobs, signed_at=None).select_related("document", "job").order_by("day")[:20])
    written = set(DailyLog.objects.filter(job__in=jobs, day=today).values_list("job_id", flat=True))
    return {"unsigned": unsigned, "unwritten": [j for j in jobs if j.pk not in written]}
