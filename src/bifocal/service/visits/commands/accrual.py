"""Done but not billed at a month's end: the month gets its revenue, the next month gives it back (posting X8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import BillingRule, Profile, Work
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.models import JournalEntry
from bifocal.kernel.ledger.rules import Acc, Entry, credit, debit
from bifocal.kernel.pricebook.models import Item
from bifocal.lib.ids import uuid7
from bifocal.lib.money import ZERO, extend
from bifocal.lib.periods import month_start, next_month
from bifocal.service.visits.commands.billing import billable
from bifocal.service.visits.facts import UnbilledAccrued


@command("unbilled.accrue")
def accrue_unbilled(*, month: date, actor: Actor, call: Call) -> dict[str, Any]:
    """Accrue service work that was done by the month's end and not billed, reversed on the first of the next; twice changes nothing."""
    require(actor, "period.move")
    first = next_month(month_start(month))
    last, event = first - timedelta(days=1), f"unbilled {month:%Y-%m}"
    inner, count, total = actor.within("unbilled.accrue"), 0, ZERO
    done = JournalEntry.objects.filter(event=event, source_kind="job").values("source_uid")
    for job in _unbilled(last).exclude(uid__in=done):
        amount = _worth(job)
        dims = {"job_id": job.pk, "customer_id": job.customer_id, "branch_id": job.branch_id, "business_unit_id": job.business_unit_id}
        lines = (debit(Acc.UNDERBILLED, amount, **dims), credit(Acc.SERVICE_LABOR, amount, **dims))
        if ledger.post(Entry(event, job.subject, last, lines, f"{job.number} done, not billed"), actor=inner, call=call):
            ledger.reverse(source=job.subject, event=event, on=first, actor=inner, call=call)
            count, total = count + 1, total + amount
    told = UnbilledAccrued(month=f"{month:%Y-%m}", jobs=count, total=str(total))
    record(told, about=Subject("accrual", uuid7()), actor=actor, call=call)
    return {"kind": "accrual", "month": f"{month:%Y-%m}", "jobs": count, "amount": total}


def _unbilled(last: date) -> Any:
    """Billable service jobs done by that day's end in their branch's zone, with nothing posted by then."""
    billed = Invoice.objects.filter(status=InvoiceStatus.POSTED, date__lte=last).values("job_id")
    rows = Job.objects.select_for_update(of=("self",)).filter(
        profile=Profile.SERVICE, work_status__in=[Work.DONE, Work.READY_TO_BILL, Work.CLOSED], 
        done_at__lt=datetime.combine(last + timedelta(days=2), time(), UTC),
        billing_rule__in=[BillingRule.FLAT, BillingRule.TIME_AND_MATERIALS],
    )  # fmt: skip
    late = [j.pk for j in rows.select_related("branch") if accounting_day(j.done_at, j.branch) > last]
    return rows.exclude(pk__in=late).exclude(pk__in=billed).order_by("id")


def _worth(job: Job) -> Decimal:
    """What its invoice would be before tax."""
    sold = billable(job)
    prices = dict(Item.objects.filter(code__in=[s.item for s in sold]).values_list("code", "price"))
    return sum((extend(s.quantity, s.price if s.price is not None else prices[s.item]) for s in sold), ZERO)
