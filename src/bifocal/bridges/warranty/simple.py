"""A warranty call without dispatch: who, when, done. For companies that run projects and answer for them a few times a month."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.policy import require
from bifocal.kernel.jobs.commands import create_job
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import BillingRule, Profile
from bifocal.kernel.time import commands as time
from bifocal.lib.errors import NotFound, Refused
from bifocal.projects.closeout.models import Warranty
from bifocal.service.visits.commands.field import finish_visit
from bifocal.service.visits.commands.office import new_visit, schedule_visit
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import Status

Hours = Annotated[Decimal, Field(ge=0, le=24)]


@command("warranty.plan")
def plan_warranty(
    *, warranty: UUID, title: str, person: UUID, start: datetime, minutes: int = 120, actor: Actor, call: Call
) -> dict[str, Any]:
    """Somebody goes back to a project under warranty: who and when, no dispatch set-up. Refused where nothing covers that day."""
    cover: Warranty = Warranty.objects.select_related("job__branch", "job__customer", "job__site").find(warranty, actor)
    require(actor, "call.book")
    day = accounting_day(start, cover.job.branch)
    if not cover.starts <= day <= cover.ends:
        raise Refused(f"'{cover.name}' of {cover.job.number} runs from {cover.starts:%-d %b %Y} to {cover.ends:%-d %b %Y}.", field="start")
    inner, inside, origin = actor.within("warranty.call"), call.inner(), cover.job
    row = create_job(
        title=title, profile=Profile.WARRANTY, customer=origin.customer, site=origin.site, branch=origin.branch,
        billing_rule=BillingRule.NOT_BILLABLE, origin=origin, origin_why="warranty", actor=inner, call=inside,
    )  # fmt: skip
    visit = new_visit(job=row, actor=inner, call=inside, minutes=minutes, skill="")
    schedule_visit(visit=visit.uid, technician=person, start=start, actor=inner, call=inside)
    return {**row.answer(), "visit": str(visit.uid), "origin": origin.number}


@command("warranty.done")
def finish_warranty(*, job: UUID, note: str = "", hours: Hours = Decimal(0), actor: Actor, call: Call) -> Job:
    """The call is done: its visit and the job with it. Hours, where given, are kept for whoever went."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "call.book")
    visit: Visit | None = row.visits.exclude(status__in=[Status.DONE, Status.CANCELLED]).order_by("seq").first()
    if row.profile != Profile.WARRANTY or visit is None:
        raise NotFound(f"{row.number} has no warranty visit that is open.")
    inner = actor.within("warranty.call")
    seat = visit.assignments.filter(removed_at=None).select_related("person").first()
    finish_visit(visit=visit.uid, outcome="completed", note=note, actor=inner, call=call.inner())
    if hours and seat and visit.planned:
        began = visit.planned.lower
        time.enter_time(
            person=seat.person.uid,
            start=began,
            end=began + timedelta(hours=float(hours)),
            job=row.uid,
            note=note,
            actor=inner,
            call=call.inner(),
        )
    row.refresh_from_db()
    return row
