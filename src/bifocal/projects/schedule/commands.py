"""The schedule: every write. A crew booked for an activity stands in the one calendar."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime, time
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max
from pydantic import BaseModel

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Crew, Person
from bifocal.kernel.people.rules import AllocationKind
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.periods import TimeRange, days
from bifocal.projects.schedule import crews
from bifocal.projects.schedule.board import calendar, load
from bifocal.projects.schedule.changes import STEP, set_progress
from bifocal.projects.schedule.edits import plan_of
from bifocal.projects.schedule.exact import begin, end
from bifocal.projects.schedule.facts import ActivitiesPlanned, ActivityProgressed, CrewBooked, CrewReleased, ProgressDespite, StartedDespite
from bifocal.projects.schedule.gates import check_finish, check_start, finish_holds, start_holds
from bifocal.projects.schedule.models import Activity, ActivityLink
from bifocal.projects.schedule.moves import tell_moves
from bifocal.projects.schedule.queries import computed, in_days


class ActivityIn(BaseModel):
    """An activity with what comes before it: 'A10', or 'A10 SS+2'."""

    code: str
    name: str
    days: int
    after: list[str] = []
    phase: str = ""
    cost_code: str = ""
    not_before: Date | None = None


@command("schedule.plan")
def plan_activities(*, job: UUID, activities: list[ActivityIn], actor: Actor, call: Call) -> dict[str, object]:
    """Add or change activities with their predecessors; refused where they would wait for each other in a loop."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    stood = load(row).all_days()
    first = (row.activities.aggregate(last=Max("place"))["last"] or 0) + STEP
    places = dict(row.activities.values_list("code", "place"))
    for place, a in enumerate(activities):
        if a.days < 0:
            raise Invalid(f"Activity {a.code} has a negative duration.", field=f"activities.{place}.days")
        Activity.objects.update_or_create(
            job=row, code=a.code,
            defaults={
                "name": a.name, "days": a.days, "not_before": a.not_before,
                "place": places.get(a.code, first + place * STEP),
                "phase": Phase.objects.filter(job=row, code=a.phase).first() if a.phase else None,
                "cost_code": CostCode.objects.filter(code=a.cost_code).first() if a.cost_code else None,
            },
        )  # fmt: skip
    known = {a.code: a for a in row.activities.all()}
    for a in activities:
        ActivityLink.objects.filter(after=known[a.code]).delete()
        for text in a.after:
            before, sort, lag = read_link(text)
            if before not in known:
                raise Invalid(f"{a.code} follows {before}, which is not an activity of this job.", field="activities")
            ActivityLink.objects.create(before=known[before], after=known[a.code], sort=sort, lag=lag)
    board = load(row)
    crews.follow(board, stood, actor=actor.within("schedule.plan"), call=call)
    tell_moves(board, stood, actor=actor, call=call)
    plan_of(row).change()
    result = in_days(board)
    told = ActivitiesPlanned(activities=[a.code for a in activities], finish=result.finish)
    record(told, about=row, actor=actor, call=call)
    return {
        "kind": "schedule",
        "job": str(row.uid),
        "finish": result.finish,
        "critical_path": list(result.critical_path),
    }


def read_link(text: str) -> tuple[str, str, int]:
    """'A10' → (A10, FS, 0); 'A10 SS+2' → (A10, SS, 2); 'A10 FF-1' → (A10, FF, -1)."""
    parts = text.split()
    if len(parts) == 1:
        return parts[0], "FS", 0
    sort, lag = parts[1][:2], parts[1][2:] or "0"
    try:
        if len(parts) == 2 and sort in ("FS", "SS", "FF", "SF"):
            return parts[0], sort, int(lag)
    except ValueError:
        pass
    raise Invalid(f"'{text}' is not a link. Write A10, or A10 SS+2.", field="after")


@command("activity.progress", field_fact=True)
def progress_activity(
    *, activity: UUID, percent: int, started_on: Date | None = None, finished_on: Date | None = None, despite: str = "",
    actor: Actor, call: Call,
) -> Activity:  # fmt: skip
    """How far an activity is; 100 percent sets its finish.

    A failed inspection holds its finish and the start of what follows. Who plans the schedule is refused and may note a start `despite`
    it with the reason; what the field noted happened: it is kept, and stands at the activity for the scheduler to see.
    """
    row: Activity = Activity.objects.locked(activity, actor, call)
    require(actor, "schedule.progress")
    if not 0 <= percent <= 100:
        raise Invalid("Progress is from 0 to 100 percent.", field="percent")
    _pass_gates(row, percent, despite, actor, call)
    today = accounting_day(call.occurred_at, row.job.branch)
    start = started_on or row.actual_start or (today if percent else None)
    finish = (finished_on or today) if percent == 100 else None
    stood = load(row.job).all_days()
    row.exact.pop("remaining", None)
    if "id" in row.exact:
        _progress_to_the_minute(row, percent, start, finish)
    row.change(percent=percent, actual_start=start, actual_finish=finish, exact=row.exact)
    plan_of(row.job).change()
    # booked days stay where they are: a fact from the field is not refused for a double booking
    tell_moves(load(row.job), stood, actor=actor, call=call)
    record(ActivityProgressed(code=row.code, percent=percent), about=row.job, actor=actor, call=call)
    return row


def _pass_gates(row: Activity, percent: int, despite: str, actor: Actor, call: Call) -> None:
    """The office may be refused; what the field noted is kept with what stands against it (decision 1)."""
    reason = despite.strip()[:300]
    if actor.can("schedule.edit"):
        check_finish(row, percent)
        if held := check_start(row, percent, despite):
            record(StartedDespite(code=row.code, held=held, reason=reason), about=row.job, actor=actor, call=call)
    elif held := [*(start_holds(row) if percent else []), *finish_holds(row, percent)]:
        told = ProgressDespite(code=row.code, percent=percent, held=held, reason=reason)
        record(told, about=row.job, actor=actor, call=call)


def _progress_to_the_minute(row: Activity, percent: int, start: Date | None, finish: Date | None) -> None:
    """An imported activity keeps instants: the first and the last shift of those days."""
    began = start if start and start != row.actual_start else None
    set_progress(row, row.exact["duration"], percent, begin(began) if began else None, end(finish) if finish else None)


@command("crew.book")
def book_crew(
    *, activity: UUID, crew: UUID, first: Date | None = None, last: Date | None = None, starts: time = time(7),
    ends: time = time(15, 30), firmness: Literal["firm", "tentative"] = "firm", actor: Actor, call: Call,
) -> Activity:  # fmt: skip
    """Book a crew for an activity's days: one row per member and day, refused with who holds them (decision 11)."""
    row: Activity = Activity.objects.locked(activity, actor, call)
    require(actor, "crew.book")
    team: Crew = Crew.objects.find(crew, actor)
    dates = computed(row.job).dates[row.code]
    opens, closes = first or dates.early_start, last or dates.early_finish
    if closes < opens or (closes - opens).days > 366:
        raise Invalid("The last day must come after the first, within a year.", field="last")
    inner, zone, booking = actor.within("crew.book"), ZoneInfo(row.job.branch.tz), uuid7()
    people.release(source=row.subject, actor=inner, call=call, after=call.occurred_at)
    worked = [d for d in days(opens, closes) if calendar().works(d)]
    if not worked:
        raise Refused("None of these days is a working day.", field="first")
    for member in team.members.order_by("id"):
        for day in worked:
            span = TimeRange(datetime.combine(day, starts, zone), datetime.combine(day, ends, zone))
            _allocate(member, span, row, firmness, booking, inner, call)
        jobs.join(row.job, member, "crew", actor=inner, call=call)
    row.change(crew=team)
    hours = (datetime.combine(opens, ends) - datetime.combine(opens, starts)).total_seconds() / 3600
    told = CrewBooked(crew=team.name, activity=row.name, first=opens, last=closes, hours=f"{hours:g} h a day")
    record(told, about=row.job, actor=actor, call=call)
    return row


def _allocate(member: Person, span: TimeRange, row: Activity, firmness: str, booking: UUID, actor: Actor, call: Call) -> None:
    from bifocal.kernel.people.rules import Firmness

    people.allocate(
        person=member, during=span, use=AllocationKind.PROJECT_DAY, source=row.subject, booking=booking,
        label=f"{row.job.title}: {row.name}", firmness=Firmness(firmness), actor=actor, call=call.inner(),
    )  # fmt: skip


@command("crew.release")
def release_crew(*, activity: UUID, actor: Actor, call: Call) -> Activity:
    """Take a crew off an activity's coming days."""
    row: Activity = Activity.objects.locked(activity, actor, call)
    require(actor, "crew.book")
    name = row.crew.name if row.crew else ""
    people.release(source=row.subject, actor=actor.within("crew.book"), call=call, after=call.occurred_at)
    row.change(crew=None)
    record(CrewReleased(crew=name, activity=row.name), about=row.job, actor=actor, call=call)
    return row
