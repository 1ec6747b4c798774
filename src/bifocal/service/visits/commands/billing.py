"""From done to invoiced to closed."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.billing import commands as billing
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import money_of_jobs
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.kernel.costs.queries import margin
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.facts import JobClosed
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import BillingRule, Work
from bifocal.kernel.time.models import TimeSegment
from bifocal.kernel.time.rules import Activity, Status
from bifocal.lib.errors import Refused
from bifocal.lib.money import dollars
from bifocal.service.visits.models import PartUsed
from bifocal.service.visits.rules_billing import Sold, lines_to_bill


@command("job.bill")
def bill_job(*, job: UUID, date: Date | None = None, post: bool = True, actor: Actor, call: Call) -> Invoice:
    """Invoice a finished service job by its billing rule: on site by the technician, or after review by the office.

    A flat-rate invoice never waits for time or bills; time-and-materials bills the accepted hours (service section 3).
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "job.bill")
    _may_bill(row, actor)
    inner = actor.within("job.bill")
    parts = list(PartUsed.objects.select_for_update().filter(visit__job=row, billed=False).select_related("item").order_by("id"))
    lines = [billing.LineIn(item=s.item, quantity=s.quantity, price=s.price) for s in _lines(row, parts)]
    day = date or accounting_day(call.occurred_at, row.branch)
    invoice = billing.make_draft(job=row, lines=lines, sort=InvoiceSort.SERVICE, date=day, actor=inner, call=call)
    PartUsed.objects.filter(pk__in=[p.pk for p in parts]).update(billed=True)
    if row.work_status == Work.DONE:
        jobs.move_job(row, Work.READY_TO_BILL, actor=inner, call=call, reason="invoiced")
    return billing.post_invoice_row(invoice, actor=inner, call=call.inner()) if post else invoice


def billable(row: Job) -> list[Sold]:
    """The lines that this job would bill now."""
    return _lines(row, list(PartUsed.objects.filter(visit__job=row, billed=False).select_related("item").order_by("id")))


def _lines(row: Job, parts: list[PartUsed]) -> list[Sold]:
    return lines_to_bill(
        row.billing_rule, hours=_unbilled_hours(row), labor_item=_code(row, "labor_item"), flat_item=_code(row, "flat_item"),
        parts=[Sold(p.item.code, p.quantity, p.price) for p in parts],
    )  # fmt: skip


def _may_bill(row: Job, actor: Actor) -> None:
    if row.lens == "project":
        raise Refused(f"{row.number} is a project: bill it by a pay application.")
    if row.billing_rule == BillingRule.NOT_BILLABLE:
        raise Refused(f"{row.number} is not billable.")
    if row.billing_rule == BillingRule.CONTRACT:
        raise Refused(f"{row.number} is billed as agreed on its Billing page.")
    if row.work_status not in (Work.DONE, Work.READY_TO_BILL):
        raise Refused(f"{row.number} is {row.work_status.replace('_', ' ')}: finish the work before it is billed.")
    if Invoice.objects.filter(job=row, sort=InvoiceSort.SERVICE).exclude(status=InvoiceStatus.VOID).exists():
        raise Refused(f"{row.number} has an invoice already. Post or change that one.")
    on_site = row.job_type.bills_on_site if row.job_type else False
    if not on_site and not actor.can("job.review"):
        raise Refused(f"{row.number} is billed by the office after review.")
    if row.billing_rule == BillingRule.TIME_AND_MATERIALS:
        disputed = TimeSegment.objects.filter(job=row, status__in=[Status.DISPUTED, Status.OPEN]).count()
        if disputed:
            raise Refused(f"{disputed} time entries of {row.number} are open or disputed: stop the clock or settle them first.")


def _unbilled_hours(row: Job) -> Decimal:
    total: Decimal | None = TimeSegment.objects.filter(
        job=row, activity=Activity.WORK, status__in=[Status.CLOSED, Status.APPROVED]
    ).aggregate(t=Sum("hours"))["t"]
    return total or Decimal(0)


def _code(row: Job, name: str) -> str:
    item = getattr(row.job_type, name, None) if row.job_type else None
    return item.code if item else ""


@command("job.close")
def close_job(*, job: UUID, actor: Actor, call: Call) -> Job:
    """Close a service job with its margin: invoiced (or not billable), all time approved, no draft left."""
    row: Job = Job.objects.locked(job, actor, call)
    require(actor, "job.close")
    if row.lens == "project":
        raise Refused(f"{row.number} is a project: close it by its closeout.")
    if Invoice.objects.filter(job=row, status=InvoiceStatus.DRAFT).exists():
        raise Refused(f"{row.number} has a draft invoice: post it or throw it away first.")
    waiting = TimeSegment.objects.filter(job=row).exclude(status=Status.APPROVED).count()
    if waiting:
        raise Refused(f"{waiting} time entries of {row.number} are not approved: its final cost is not known yet.")
    money = money_of_jobs([row.pk])[row.pk]
    if row.billing_rule != BillingRule.NOT_BILLABLE and money["billed"] == 0 and row.outcome == "completed":
        raise Refused(f"{row.number} has not been invoiced.")
    result = margin(row, call.occurred_at)
    inner = actor.within("job.close")
    jobs.move_job(row, Work.CLOSED, actor=inner, call=call, closed_at=call.occurred_at)
    told = JobClosed(revenue=dollars(result["revenue"]), cost=dollars(result["cost"]))
    record(told, about=row, actor=actor, call=call)
    return row
