"""What still stands between a project and its end."""

from __future__ import annotations

from collections.abc import Sequence
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
from bifocal.projects.contracts.models import Contract, SovLine
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort

PAPERS = (
    (Sort.PUNCH, "1 punch item is open", "{0} punch items are open"),
    (Sort.RFI, "1 RFI is still open", "{0} RFIs are still open"),
    (Sort.SUBMITTAL, "1 submittal is still open", "{0} submittals are still open"),
    (Sort.CHANGE, "1 change order is open", "{0} change orders are open"),
)


def _counted(count: int, one: str, many: str) -> list[str]:
    """How many there are, in words; nothing where there is none."""
    return [one if count == 1 else many.format(count)] if count else []


def open_ends(job: Job) -> list[str]:
    """What still stands between a project and its closing, in words; empty when nothing does."""
    ends: list[str] = []
    documents = Document.objects.filter(job=job).exclude(status__in=["closed", "void", "approved", "rejected", "signed"])
    for sort, one, many in PAPERS:
        ends += _counted(documents.filter(sort=sort).count(), one, many)
    unpaid = [
        i
        for i in Invoice.objects.filter(job=job).exclude(status=InvoiceStatus.VOID)
        if i.open_amount != 0 or i.status == InvoiceStatus.DRAFT
    ]
    ends += _counted(len(unpaid), "1 invoice is unpaid or a draft", "{0} invoices are unpaid or drafts")
    held = balance(Acc.RETAINAGE_RECEIVABLE, job_id=job.pk)
    if held:
        ends.append(f"{dollars(held)} of retainage still held")
    ends += _not_billed(job, job.contract)
    missing = job.deliverables.filter(status="open").count()
    ends += _counted(missing, "1 closeout deliverable is open", "{0} closeout deliverables are open")
    waiting = TimeSegment.objects.filter(job=job).exclude(status=TimeStatus.APPROVED).count()
    return ends + _counted(waiting, "1 time entry is not approved", "{0} time entries are not approved")


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


def prior_gross_of(contracts: Sequence[Contract]) -> dict[int, Decimal]:
    """The same for many contracts at once, by contract; 0 is left out."""
    ids = [c.pk for c in contracts]
    own = SovLine.objects.filter(contract__in=ids, before_contract=True).values("contract_id")
    found = PayApp.objects.filter(contract__in=ids, prior=True).exclude(contract__in=own).order_by("contract_id", "-number")
    return {a.contract_id: a.line4 for a in found}


def closeout(job: Job) -> dict[str, Any]:
    """Everything about a project's end on one page: certificate, deliverables, what is open, warranties."""
    done = Completion.objects.filter(job=job).values("date", "certified_by", "note").first()
    return {
        "substantially_complete": done,
        "deliverables": list(job.deliverables.order_by("id").values("uid", "name", "status", "note", "by", "at", "version")),
        "open_ends": open_ends(job) if Contract.objects.filter(job=job).exists() else ["There is no contract yet"],
        "warranties": list(Warranty.objects.filter(job=job).order_by("ends").values("uid", "name", "starts", "ends")),
    }
