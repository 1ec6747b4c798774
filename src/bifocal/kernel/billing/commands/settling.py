"""What settles without money coming in: a credit applied to other invoices, retainage that a customer lets go."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.billing.commands.payments import PartIn
from bifocal.kernel.billing.facts import CreditApplied, HeldBackReleased
from bifocal.kernel.billing.models import Application, Invoice
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus, post_credit, post_held_released
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Entry
from bifocal.lib.errors import Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.money import dollars

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


@command("credit.apply")
def apply_credit(*, credit: UUID, parts: Annotated[list[PartIn], Field(min_length=1)], actor: Actor, call: Call) -> Invoice:
    """Settle invoices with what is open of a credit of the same customer: no cash moves, the receivable moves between their jobs."""
    memo: Invoice = Invoice.objects.locked(credit, actor, call)
    require(actor, "payment.apply")
    if memo.sort != InvoiceSort.CREDIT or memo.status != InvoiceStatus.POSTED:
        raise Refused(f"{memo.number or 'This draft'} is no posted credit.", field="credit")
    day = accounting_day(call.occurred_at, memo.job.branch)
    for part in parts:
        invoice: Invoice = Invoice.objects.locked(part.invoice, actor)
        _check_part(memo, invoice, part.amount)
        Application.objects.create(invoice=invoice, credit=memo, amount=part.amount, date=day)
        invoice.change(paid=invoice.paid + part.amount)
        memo.paid -= part.amount
        lines = post_credit(part.amount, frm=_dims(memo), to=_dims(invoice))
        entry = Entry("credit applied", Subject("application", uuid7()), day, lines, f"{memo.number} to {invoice.number}")
        ledger.post(entry, actor=actor.within("credit.apply"), call=call)
        record(CreditApplied(credit=memo.number, amount=str(part.amount)), about=invoice, actor=actor, call=call)
    memo.change(paid=memo.paid)
    return memo


def _dims(row: Invoice) -> dict[str, int | None]:
    return {"customer_id": row.customer_id, "job_id": row.job_id, "branch_id": row.job.branch_id}


def _check_part(memo: Invoice, invoice: Invoice, amount: Decimal) -> None:
    """Raises Refused where the credit can't settle that much of the invoice."""
    if invoice.customer_id != memo.customer_id:
        raise Refused(f"Invoice {invoice.number} is another customer's.", field="parts")
    if invoice.status != InvoiceStatus.POSTED or invoice.sort == InvoiceSort.CREDIT:
        raise Refused("A credit settles posted invoices.", field="parts")
    if not 0 < amount <= invoice.open_amount:
        raise Refused(f"Invoice {invoice.number} has {dollars(invoice.open_amount)} open; {dollars(amount)} does not fit.", field="parts")
    if amount > -memo.open_amount:
        raise Refused(f"Only {dollars(-memo.open_amount)} of credit {memo.number} is left.", field="parts")


@command("invoice.release")
def release_held(*, invoice: UUID, amount: Money, date: Date | None = None, actor: Actor, call: Call) -> Invoice:
    """The customer lets go what was held back: it is due by their terms from now on. A project's goes by a pay application."""
    row: Invoice = Invoice.objects.locked(invoice, actor, call)
    require(actor, "invoice.post")
    if row.status != InvoiceStatus.POSTED:
        raise Refused("Only a posted invoice holds retainage.")
    if row.job.lens == "project":
        raise Refused(f"{row.job.number} is a project: its retainage is released by a pay application.")
    if not 0 < amount <= row.retainage:
        raise Refused(f"{row.number} holds {dollars(row.retainage)} of retainage; {dollars(amount)} can't be released.", field="amount")
    day = date or accounting_day(call.occurred_at, row.job.branch)
    row.change(retainage=row.retainage - amount, due=day + timedelta(days=row.customer.terms_days))
    posting = post_held_released(amount, dims=_dims(row))
    entry = Entry(f"retainage released {row.version}", row.subject, day, posting, row.number)
    ledger.post(entry, actor=actor.within("invoice.release"), call=call)
    record(HeldBackReleased(number=row.number, amount=str(amount)), about=row, actor=actor, call=call)
    return row
