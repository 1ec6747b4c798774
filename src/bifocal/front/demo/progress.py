"""How far the demo's live projects are: what began and what ended, a little later than planned, and the day up to which it is known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from bifocal.front.demo.base import Base, at, run
from bifocal.kernel.jobs.models import Job
from bifocal.projects.schedule.exact import begin
from bifocal.projects.schedule.queries import computed

# How much longer than planned each live project takes; the contract's days leave room for it.
STRETCH = ("1.45", "1.40", "1.40", "1.30", "1.15", "1.05")


def load_progress(job: str, start: date, today: date, n: int) -> None:
    """Every activity that by this pace began before today is noted by the superintendent, in the order of the work."""
    row = Job.objects.get(uid=job)
    stretch, plan = Decimal(STRETCH[n % 6]), computed(row).dates
    for activity in row.activities.order_by("place"):
        began, ended = (_later(start, d, stretch) for d in (plan[activity.code].early_start, plan[activity.code].early_finish))
        if began >= today:
            continue
        if ended < today:
            run("activity.progress", at(ended), "super", activity=activity.uid, percent=100, started_on=began, finished_on=ended)
        else:
            share = 5 * round(Decimal((today - began).days) / (ended - began + timedelta(days=1)).days * 20)
            run("activity.progress", at(today), "super", activity=activity.uid, percent=min(max(share, 5), 95), started_on=began)
    run("schedule.data_date", at(today), "pm", job=job, until=begin(today))


def load_crews(base: Base, today: date) -> None:
    """The crews' coming weeks: each goes from one live project's next work to another's, as their days allow; the mechanics' week has begun."""
    live = list(Job.objects.filter(profile="project", work_status="in_progress", activities__code="A80").order_by("-id"))
    overhead = live[0].activities.get(code="A40")
    free = {"Mechanical crew": today + timedelta(days=5), "Electrical crew": today}
    first, last = today, free["Mechanical crew"] - timedelta(days=1)
    run("crew.book", at(today, 6), "super", activity=overhead.uid, crew=base.crews["Mechanical crew"].uid, first=first, last=last)
    for job in live:
        plan = computed(job).dates
        for activity in job.activities.filter(code__in=("A50", "A80", "A90"), percent__lt=100).order_by("place"):
            first, last = max(plan[activity.code].early_start, today), plan[activity.code].early_finish
            crew = next((c for c, since in free.items() if since <= first), None)
            if crew and first <= last:
                run("crew.book", at(today, 6), "super", activity=activity.uid, crew=base.crews[crew].uid, first=first, last=last)
                free[crew] = last + timedelta(days=1)


def _later(start: date, planned: date, stretch: Decimal) -> date:
    """The working day on which it really was."""
    day = start + timedelta(days=int((planned - start).days * stretch))
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
