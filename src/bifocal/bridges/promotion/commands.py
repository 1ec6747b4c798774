"""Promote a service job to a project in place: same id; nothing is typed again (decision 19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.bridges.promotion.rules import PRIOR_ITEM, PRIOR_NAME, check_promotion
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import Removed, record
from bifocal.core.models import Record
from bifocal.core.policy import require
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import billed_net
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.jobs.commands import index
from bifocal.kernel.jobs.facts import JobDemoted, JobPromoted
from bifocal.kernel.jobs.models import Job, Phase
from bifocal.kernel.jobs.rules import BillingRule, Profile, Work
from bifocal.lib.errors import Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.contracts import commands as contracts
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus, OurRole
from bifocal.projects.payapps.commands import prior_application
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.register.models import Document
from bifocal.projects.setup.commands import equip

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


@command("job.promote")
def promote_job(
    *, job: UUID, number: str, sum: Money, lines: list[contracts.SovIn], starts: Date, days: int = 0,
    template: str = "equipment_replacement", our_role: OurRole = OurRole.PRIME, retainage_work: Decimal = Decimal("0.10"),
    retainage_stored: Decimal = Decimal("0.10"), team: dict[str, UUID] | None = None, actor: Actor, call: Call,
) -> Contract:  # fmt: skip
    """Make a service job a project in place. `sum` and `lines` are the contract with what was invoiced before.

    Time, parts, invoices and documents stay; posted invoices become the line 'Work before contract' (C = D, no retainage).
    """
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.promote")
    billed = billed_net(row)
    check_promotion(
        number=row.number, is_project=row.lens == "project", status=row.work_status, contract_sum=sum, billed=billed,
        drafts=Invoice.objects.filter(job=row, status=InvoiceStatus.DRAFT).count(),
        open_approvals=Document.objects.filter(job=row, status="in_review").count(),
    )  # fmt: skip
    inner, inside = actor.within("job.promote"), call.inner()
    row.change(
        profile=Profile.PROJECT, billing_rule=BillingRule.CONTRACT, promoted_at=call.occurred_at, template=template,
        work_status=Work.IN_PROGRESS if row.started_at else Work.OPEN, custom={**row.custom, "before_promotion": _before(row)},
    )  # fmt: skip
    Phase.objects.get_or_create(job=row, code="00 Service", defaults={"name": "Work before contract", "place": 0})
    equip(row, template, team or {}, actor=inner, call=inside)
    prior = [contracts.SovIn(item=PRIOR_ITEM, description=PRIOR_NAME, scheduled_value=billed)] if billed else []
    contract = contracts.write(
        row, number=number, total=sum, lines=[*prior, *lines], our_role=our_role, retainage=(retainage_work, retainage_stored),
        starts=starts, days=days, texts=("", ""), before=PRIOR_ITEM, actor=inner, call=inside,
    )  # fmt: skip
    today = accounting_day(call.occurred_at, row.branch)
    contract.change(status=ContractStatus.APPROVED, signed_on=today)
    if billed:
        prior_application(contract, previous={PRIOR_ITEM: billed}, held=ZERO, gross=billed, period_to=today)
    index(row)
    record(JobPromoted(prior_billings=dollars(billed), contract_sum=dollars(sum)), about=row, actor=actor, call=call)
    return contract


def _before(row: Job) -> dict[str, str]:
    return {"profile": row.profile, "billing_rule": row.billing_rule, "work_status": row.work_status}


def _remove(rows: Sequence[Record], *, actor: Actor, call: Call) -> None:
    """Delete records, each with its tombstone."""
    for row in rows:
        record(Removed(why="the promotion was taken back"), about=row, actor=actor, call=call)
        row.delete()


@command("job.demote")
def demote_job(*, job: UUID, reason: str, actor: Actor, call: Call) -> Job:
    """Take a promotion back, until the first pay application: the job is a service job again."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.promote")
    was = row.custom.get("before_promotion")
    if row.lens != "project" or was is None:
        raise Refused(f"{row.number} was not promoted from a service job.")
    contract = Contract.objects.filter(job=row).first()
    if contract and PayApp.objects.filter(contract=contract, prior=False).exists():
        raise Refused(f"{row.number} has a pay application: the promotion can't be taken back any more.")
    if Document.objects.filter(job=row).exclude(status__in=["draft", "void"]).exists():
        raise Refused(f"{row.number} has project documents. Withdraw them first.")
    if contract:
        apps = list(PayApp.objects.filter(contract=contract))
        _remove([*apps, *contract.sov.all(), contract], actor=actor, call=call)
    _remove(list(row.activities.all()), actor=actor, call=call)
    custom = {k: v for k, v in row.custom.items() if k != "before_promotion"}
    row.change(promoted_at=None, template="", custom=custom, **was)
    record(JobDemoted(reason=reason), about=row, actor=actor, call=call)
    return row
