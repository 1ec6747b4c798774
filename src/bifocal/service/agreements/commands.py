"""Agreements: sold, billed, earned."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.billing import commands as billing
from bifocal.kernel.billing.rules import InvoiceSort
from bifocal.kernel.jobs.commands import create_job
from bifocal.kernel.jobs.rules import BillingRule, Profile
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Acc, Entry, credit, debit
from bifocal.kernel.parties.models import Customer, Site
from bifocal.lib.ids import uuid7
from bifocal.lib.periods import next_month
from bifocal.service.agreements.facts import AgreementEarned, AgreementSold
from bifocal.service.agreements.models import Agreement
from bifocal.service.agreements.rules import months as parts


class Sold(BaseModel):
    """What selling an agreement made."""

    kind: str
    uid: UUID
    number: str
    job: UUID
    invoice: UUID


@command("agreement.sell")
def sell_agreement(
    *, site: UUID, name: str, price: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)], starts: Date,
    months: int = 12, visits_a_year: int = 2, branch: str = "", actor: Actor, call: Call,
) -> Sold:  # fmt: skip
    """Sell a maintenance agreement: its job, its invoice up front, revenue deferred (posting A1)."""
    where: Site = Site.objects.find(site, actor)
    require(actor, "agreement.sell")
    who: Customer = where.customer
    parts(price, months)
    inner, inside = actor.within("agreement.sell"), call.inner()
    office = Branch.objects.filter(code=branch).first() or Branch.objects.order_by("id")[0]
    job = create_job(
        title=name, profile=Profile.MAINTENANCE, customer=who, site=where, branch=office, billing_rule=BillingRule.NOT_BILLABLE,
        actor=inner, call=inside,
    )  # fmt: skip
    row = Agreement(
        customer=who,
        site=where,
        job=job,
        name=name,
        price=price,
        starts=starts,
        months=months,
        visits_a_year=visits_a_year,
    )
    row.number = next_number("agreement", "A-")
    row.save()
    line = billing.LineIn(description=f"{name}, {months} months from {starts:%B %-d, %Y}", price=price, revenue="agreement", taxable=False)
    draft = billing.make_draft(job=job, lines=[line], sort=InvoiceSort.AGREEMENT, date=starts, actor=inner, call=inside)
    invoice = billing.post_invoice_row(draft, actor=inner, call=inside)
    record(AgreementSold(number=row.number, price=str(price)), about=row, actor=actor, call=call)
    return Sold(kind="agreement", uid=row.uid, number=row.number, job=job.uid, invoice=invoice.uid)


@command("agreement.earn")
def earn_agreements(*, upto: Date, actor: Actor, call: Call) -> dict[str, Any]:
    """Recognize every month that has passed, once (posting A2): running it twice changes nothing."""
    require(actor, "agreement.earn")
    count, total = 0, Decimal(0)
    for row in Agreement.objects.select_for_update().filter(status="active").order_by("id"):
        for month in months_due(row, upto):
            amount = parts(row.price, row.months)[month]
            ledger.post(entry_of_month(row, month, amount), actor=actor.within("agreement.earn"), call=call)
            record(AgreementEarned(month=month + 1, amount=str(amount)), about=row, actor=actor, call=call)
            row.earned_months, count, total = month + 1, count + 1, total + amount
        row.change(earned_months=row.earned_months)
    return {"kind": "agreements", "months": count, "amount": total}


def month_end(row: Agreement, month: int) -> Date:
    """The first day after the agreement's month."""
    at = row.starts
    for _ in range(month + 1):
        at = next_month(at)
    return at


def months_due(row: Agreement, upto: Date) -> list[int]:
    """The months not yet earned whose end is not after `upto`."""
    return [m for m in range(row.earned_months, row.months) if month_end(row, m) <= upto]


def entry_of_month(row: Agreement, month: int, amount: Decimal) -> Entry:
    """Posting A2 for one month."""
    dims = {"customer_id": row.customer_id, "job_id": row.job_id, "branch_id": row.job.branch_id}
    lines = (debit(Acc.DEFERRED_AGREEMENTS, amount, **dims), credit(Acc.AGREEMENT_REVENUE, amount, **dims))
    return Entry(
        "agreement earned",
        Subject("agreement", uuid7()),
        month_end(row, month),
        lines,
        f"{row.number} month {month + 1}",
    )
