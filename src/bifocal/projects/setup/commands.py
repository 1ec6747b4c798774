"""A project from a template, in one act."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.models import Branch, BusinessUnit
from bifocal.core.policy import require
from bifocal.kernel.jobs.commands import create_job, join
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.jobs.rules import BillingRule, Profile
from bifocal.kernel.parties.models import Customer, Site
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid
from bifocal.projects.schedule import commands as schedule
from bifocal.projects.setup.templates_data import TEMPLATES


@command("project.create")
def create_project(
    *, customer: UUID, site: UUID, title: str, template: str = "tenant_fit_out", branch: str = "", business_unit: str = "",
    team: dict[str, UUID] | None = None, customer_po: str = "", notes: str = "", override_hold: str = "",
    job: UUID | None = None, actor: Actor, call: Call,
) -> Job:  # fmt: skip
    """Set a project up from a template: phases, milestones, team by role, cost codes. Its contract comes next."""
    who: Customer = Customer.objects.find(customer, actor)
    where: Site = Site.objects.find(site, actor)
    require(actor, "project.create")
    if template not in TEMPLATES:
        raise Invalid(f"There is no template '{template}'. There are: {', '.join(TEMPLATES)}.", field="template")
    inner, inside = actor.within("project.create"), call.inner()
    office = Branch.objects.filter(code=branch).first() or Branch.objects.order_by("id")[0]
    row = create_job(
        title=title, profile=Profile.PROJECT, customer=who, site=where, branch=office, billing_rule=BillingRule.CONTRACT,
        business_unit=BusinessUnit.objects.filter(code=business_unit).first(), customer_po=customer_po, notes=notes,
        override_hold=override_hold, template=template, uid=job, actor=inner, call=inside,
    )  # fmt: skip
    equip(row, template, team or {}, actor=inner, call=inside)
    return row


def equip(job: Job, template: str, team: dict[str, UUID], *, actor: Actor, call: Call) -> None:
    """Give a job what a project of this template starts with; for new projects and promoted jobs alike."""
    plan = TEMPLATES[template]
    for code, name in plan.cost_codes:
        CostCode.objects.get_or_create(code=code, defaults={"name": name})
    have = set(job.phases.values_list("code", flat=True))
    Phase.objects.bulk_create([Phase(job=job, code=c, name=n, place=i + 1) for i, (c, n) in enumerate(plan.phases) if c not in have])
    for role, uid in team.items():
        person: Person = Person.objects.find(uid, actor)
        join(job, person, role, actor=actor, call=call)
    acts: list[Any] = [
        schedule.ActivityIn(code=c, name=n, days=d, after=list(after), phase=phase) for c, n, d, after, phase in plan.activities
    ]
    schedule.plan_activities(job=job.uid, activities=acts, actor=actor, call=call)
