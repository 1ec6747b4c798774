"""The end of a project."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from uuid import UUID

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import billed_net
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.costs.queries import margin
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.facts import JobClosed
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import Work
from bifocal.kernel.ledger.queries import balance
from bifocal.kernel.ledger.rules import Acc
from bifocal.kernel.time.models import TimeSegment
from bifocal.kernel.time.rules import Status as TimeStatus
from bifocal.lib.errors import Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.closeout.facts import ProjectClosed, SubstantiallyCompleted
from bifocal.projects.closeout.models import Completion, Warranty
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort


class WarrantyIn(BaseModel):
    """A warranty and its length."""

    name: str = "Workmanship"
    months: int = 12


@command("project.complete")
def complete_project(
    *, job: UUID, date: Date, certified_by: str, warranties: list[WarrantyIn] | None = None, note: str = "",
    actor: Actor, call: Call,
) -> Completion:  # fmt: skip
    """Certify substantial completion: its date starts the warranty clocks at the site."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "project.complete")
    if row.lens != "project" or not Contract.objects.filter(job=row).exists():
        raise Refused(f"{row.number} is not a project with a contract.")
    if Completion.objects.filter(job=row).exists():
        raise Refused(f"{row.number} is substantially complete already.")
    inner = actor.within("project.complete")
    done = {"outcome": "completed", "done_at": call.occurred_at, "hold_reason": "", "hold_note": ""}
    jobs.move_job(row, Work.DONE, actor=inner, call=call, reason="substantial completion", **done)
    made = [
        Warranty.objects.create(job=row, site=row.site, name=w.name, starts=date, ends=date + relativedelta(months=w.months))
        for w in warranties or [WarrantyIn()]
    ]
    completion = Completion.objects.create(job=row, date=date, certified_by=certified_by, note=note)
    told = SubstantiallyCompleted(date=date, warranties=[f"{w.name} until {w.ends}" for w in made])
    record(told, about=row, actor=actor, call=call)
    return completion


def open_ends(job: Job) -> list[str]:
    """What still stands between a project and its closing, in words; empty when nothing does."""
    ends = []
    documents = Document.objects.filter(job=job).exclude(status__in=["closed", "void", "approved", "rejected", "signed"])
    for sort, name in (
        (Sort.PUNCH, "punch items"),
        (Sort.RFI, "RFIs"),
        (Sort.SUBMITTAL, "submittals"),
        (Sort.CHANGE, "change orders"),
    ):
        count = documents.filter(sort=sort).count()
        if count:
            ends.append(f"{count} open {name}")
    unpaid = [
        i
        for i in Invoice.objects.filter(job=job).exclude(status=InvoiceStatus.VOID)
        if i.open_amount != 0 or i.status == InvoiceStatus.DRAFT
    ]
    if unpaid:
        ends.append(f"{len(unpaid)} unpaid or draft invoices")
    held = balance(Acc.RETAINAGE_RECEIVABLE, job_id=job.pk)
    if held:
        ends.append(f"{dollars(held)} of retainage still held")
    contract = job.contract
    billed = billed_net(job) + prior_gross(contract)
    if billed != contract.sum:
        ends.append(f"{dollars(contract.sum - billed)} of the contract not billed")
    waiting = TimeSegment.objects.filter(job=job).exclude(status=TimeStatus.APPROVED).count()
    if waiting:
        ends.append(f"{waiting} time entries not approved")
    return ends


def prior_gross(contract: Contract) -> Decimal:
    """What was billed elsewhere before an import; a promotion's prior work is invoiced here already."""
    app = contract.payapps.filter(prior=True).first()
    return app.line4 if app and not contract.sov.filter(before_contract=True).exists() else ZERO


@command("project.close")
def close_project(*, job: UUID, actor: Actor, call: Call) -> Job:
    """Close a project with its margin. Refused with the list of what is still open."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "project.close")
    if not Completion.objects.filter(job=row).exists():
        raise Refused(f"{row.number} is not substantially complete yet.")
    ends = open_ends(row)
    if ends:
        raise Refused(f"{row.number} can't be closed: {'; '.join(ends)}.", open_ends=ends)
    result = margin(row, call.occurred_at)
    inner = actor.within("project.close")
    jobs.move_job(row, Work.CLOSED, actor=inner, call=call, closed_at=call.occurred_at)
    contract: Contract = Contract.objects.select_for_update().get(job=row)
    contract.change(status=ContractStatus.COMPLETE)
    revenue, cost = dollars(result["revenue"]), dollars(result["cost"])
    told = ProjectClosed(contract_sum=dollars(contract.sum), revenue=revenue, cost=cost, margin=dollars(result["margin"]))
    record(told, about=row, actor=actor, call=call)
    record(JobClosed(revenue=revenue, cost=cost), about=row, actor=actor, call=call)
    return row
