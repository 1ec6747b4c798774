"""Receivables: what is open, whose, how old; the money axis of jobs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.kernel.billing.rules import InvoiceStatus, billing_status, bucket
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import BillingRule, Work
from bifocal.kernel.ledger.queries import rows
from bifocal.lib.money import ZERO

_MONEY_OF_JOBS = """
select j.id, j.work_status, j.billing_rule,
  coalesce((select sum(i.total) from billing_invoice i where i.job_id = j.id and i.status = 'posted'), 0) as billed,
  coalesce((select sum(i.total - i.retainage - i.paid) from billing_invoice i where i.job_id = j.id and i.status = 'posted'), 0) as open,
  coalesce((select sum(i.paid) from billing_invoice i where i.job_id = j.id and i.status = 'posted'), 0) as paid,
  coalesce((select sum(p.unapplied) from billing_payment p where p.job_id = j.id), 0) as deposits
from jobs_job j where j.id = any(%s)
"""


def money_of_jobs(ids: list[int]) -> dict[int, dict[str, Any]]:
    """For each job: billing status, billed, open, paid, deposits. One query for a whole page."""
    out = {}
    for row in rows(_MONEY_OF_JOBS, [ids]):
        done = row["work_status"] in (Work.DONE, Work.READY_TO_BILL, Work.CLOSED)
        row["billing_status"] = billing_status(
            billable=row["billing_rule"] != BillingRule.NOT_BILLABLE, complete=done, billed=row["billed"],
            open_amount=row["open"], paid=row["paid"], deposits=row["deposits"],
        )  # fmt: skip
        out[row["id"]] = row
    return out


def open_invoices(customer_id: int | None = None) -> list[Invoice]:
    """Posted invoices with something open, oldest due first."""
    query = Invoice.objects.filter(status=InvoiceStatus.POSTED).exclude(paid=F("total") - F("retainage"))
    if customer_id:
        query = query.filter(customer_id=customer_id)
    return list(query.select_related("customer", "job").order_by("due", "id"))


def ageing(on: date) -> dict[str, Any]:
    """Receivables by bucket and customer, as of a day by due date; nothing is left out."""
    buckets = dict.fromkeys(("current", "1-30", "31-60", "61-90", "over 90"), ZERO)
    customers: dict[int, dict[str, Any]] = {}
    for invoice in open_invoices():
        key = bucket(invoice.due, on)
        buckets[key] += invoice.open_amount
        row = customers.setdefault(invoice.customer_id, {"customer": invoice.customer, "total": ZERO, **dict.fromkeys(buckets, ZERO)})
        row[key] += invoice.open_amount
        row["total"] += invoice.open_amount
    ordered = sorted(customers.values(), key=lambda r: -r["total"])
    return {"buckets": buckets, "customers": ordered, "total": sum(buckets.values(), ZERO)}


def customer_balance(customer_id: int) -> dict[str, Any]:
    """One balance that opens: service due, progress due, retainage not yet due, deposits by job, unapplied money."""
    sums = rows(
        "select coalesce(sum(total - retainage - paid) filter (where sort <> 'progress'), 0) as service_due,"
        " coalesce(sum(total - retainage - paid) filter (where sort = 'progress'), 0) as progress_due,"
        " coalesce(sum(retainage), 0) as retainage from billing_invoice where customer_id = %s and status = 'posted'",
        [customer_id],
    )[0]
    held = Payment.objects.filter(customer_id=customer_id, unapplied__gt=0).select_related("job")
    deposits = [{"payment": p.number, "uid": p.uid, "job": p.job.number, "amount": p.unapplied} for p in held if p.job]
    unapplied = sum((p.unapplied for p in held if p.job is None), ZERO)
    total = sums["service_due"] + sums["progress_due"] - unapplied - sum((d["amount"] for d in deposits), ZERO)
    return {**sums, "deposits": deposits, "unapplied": unapplied, "total": total}


def open_of_customers(ids: list[int]) -> dict[int, Decimal]:
    """What each of these customers owes now, invoices less unapplied money. One query for a whole page."""
    found = rows(
        "select c.id, coalesce((select sum(i.total - i.retainage - i.paid) from billing_invoice i where i.customer_id = c.id"
        " and i.status = 'posted'), 0) - coalesce((select sum(unapplied) from billing_payment where customer_id = c.id), 0) as open"
        " from parties_customer c where c.id = any(%s)",
        [ids],
    )
    return {r["id"]: r["open"] for r in found}


def held_payments() -> list[Payment]:
    """Checks and cash not yet at the bank, and cards not yet paid out."""
    return list(Payment.objects.filter(status="received").exclude(method="wire").select_related("customer").order_by("id")[:200])


def billed_net(job: Job) -> Decimal:
    """Posted invoices of a job net of tax and credits (decision 19)."""
    total: Decimal | None = Invoice.objects.filter(job=job, status=InvoiceStatus.POSTED).aggregate(t=Sum("subtotal"))["t"]
    return total or ZERO


def subledger() -> dict[str, Decimal]:
    """The sub-ledger's own sums: open invoices, retainage held, unapplied money (decision 18)."""
    open_, held = rows(
        "select coalesce(sum(total - retainage - paid), 0) as o, coalesce(sum(retainage), 0) as r"
        " from billing_invoice where status = 'posted'"
    )[0].values()
    unapplied = Payment.objects.aggregate(t=Sum("unapplied"))["t"] or ZERO
    return {"receivable": open_, "retainage": held, "deposits": unapplied}
