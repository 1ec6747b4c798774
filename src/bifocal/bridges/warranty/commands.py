"""A warranty call at a project's site: a service job, linked to the project, not billable."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.policy import require
from bifocal.kernel.jobs.commands import create_job
from bifocal.kernel.jobs.models import Job, JobType
from bifocal.kernel.jobs.rules import BillingRule, Profile
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.closeout.models import Warranty
from bifocal.service.visits.commands.office import new_visit


@command("warranty.call")
def warranty_call(*, project: UUID, title: str, job_type: str, notes: str = "", actor: Actor, call: Call) -> dict[str, Any]:
    """Book a warranty call at a project's site: linked to the project, no charge, cost to callback and rework."""
    origin: Job = Job.objects.find(project, actor)
    require(actor, "call.book")
    sort = JobType.objects.filter(code=job_type).first()
    if sort is None:
        raise Invalid(f"There is no job type '{job_type}'.", field="job_type")
    today = accounting_day(call.occurred_at, origin.branch)
    cover = Warranty.objects.filter(job=origin, starts__lte=today, ends__gte=today).order_by("ends").first()
    if cover is None:
        raise Refused(f"No warranty of {origin.number} covers {today:%-d %b %Y}. Book a billable call instead.", field="project")
    inner, inside = actor.within("warranty.call"), call.inner()
    row = create_job(
        title=title, profile=Profile.WARRANTY, customer=origin.customer, site=origin.site, branch=origin.branch, job_type=sort,
        billing_rule=BillingRule.NOT_BILLABLE, notes=notes, origin=origin, origin_why="warranty", actor=inner, call=inside,
    )  # fmt: skip
    visit = new_visit(job=row, actor=inner, call=inside)
    return {
        **row.answer(),
        "visit": str(visit.uid),
        "origin": origin.number,
        "warranty": cover.name,
        "until": str(cover.ends),
    }
