"""What still stands between a project and its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import billed_net
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import balance
from bifocal.kernel.ledger.rules import Acc
from bifocal.kernel.time.models import TimeSegment
from bifocal.kernel.time.rules import Status as TimeStatus
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.billings.queries import plan_of, unbilled
from bifocal.projects.billings.rules import Way
from bifocal.projects.closeout.models import Completion, Warranty
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort


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
    ends += _not_billed(job, contract)
    missing = job.deliverables.filter(status="open").count()
    if missing:
        ends.append(f"{missing} closeout deliverables")
    waiting = TimeSegment.objects.filter(job=job).exclude(status=TimeStatus.APPROVED).count()
    if waiting:
        ends.append(f"{waiting} time entries not approved")
    return ends


def _not_billed(job: Job, contract: Contract) -> list[str]:
    """What the contract, or the cost and quantities of a job that is billed by them, still has to bill."""
    plan = plan_of(job)
    if plan and plan.way not in (Way.PROGRESS, Way.DRAWS):
        rest = unbilled(job)
        return [f"{dollars(rest)} of cost or quantities not billed"] if rest else []
    billed = billed_net(job) + prior_gross(contract)
    return [f"{dollars(contract.sum - billed)} of the contract not billed"] if billed != contract.sum else []


def prior_gross(contract: Contract) -> Decimal:
    """What was billed elsewhere before an import; a promotion's prior work is invoiced here already."""
    app = contract.payapps.filter(prior=True).first()
    return app.line4 if app and not contract.sov.filter(before_contract=True).exists() else ZERO


def closeout(job: Job) -> dict[str, Any]:
    """Everything about a project's end on one page: certificate, deliverables, what is open, warranties."""
    done = Completion.objects.filter(job=job).values("date", "certified_by", "note").first()
    return {
        "substantially_complete": done,
        "deliverables": list(job.deliverables.order_by("id").values("uid", "name", "status", "note", "by", "at", "version")),
        "open_ends": open_ends(job) if Contract.objects.filter(job=job).exists() else ["no contract yet"],
        "warranties": list(Warranty.objects.filter(job=job).order_by("ends").values("uid", "name", "starts", "ends")),
    }
