"""What a credit, or an invoice below zero, gives back from the bank; `credit.apply` sets it off against other invoices."""

from __future__ import annotations

from datetime import date as Date
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
from bifocal.kernel.billing.facts import CreditRefunded
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.rules import InvoiceStatus
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Acc, Entry, debit
from bifocal.kernel.ledger.rules import credit as credit_
from bifocal.lib.errors import Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.money import dollars


def _giving(uid: UUID, actor: Actor, call: Call) -> Invoice:
    """The invoice that gives something back, locked."""
    row: Invoice = Invoice.objects.locked(uid, actor, call)
    require(actor, "payment.apply")
    if row.status != InvoiceStatus.POSTED or row.open_amount >= 0:
        raise Refused(f"Invoice {row.number} gives nothing back.", field="credit")
    return row


@command("credit.refund")
def refund_credit(
    *, credit: UUID, amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)], reference: str = "",
    date: Date | None = None, actor: Actor, call: Call,
) -> Invoice:  # fmt: skip
    """Pay what a credit or an invoice below zero gives back from the bank (posting R2). Refused above what is open."""
    row = _giving(credit, actor, call)
    if amount > -row.open_amount:
        raise Refused(f"{row.number} gives back {dollars(-row.open_amount)}: {dollars(amount)} is more.", field="amount")
    row.change(paid=row.paid - amount)
    dims = {"customer_id": row.customer_id, "job_id": row.job_id}
    lines = (debit(Acc.RECEIVABLE, amount, **dims), credit_(Acc.BANK, amount, branch_id=row.job.branch_id))
    day = date or accounting_day(call.occurred_at, row.job.branch)
    ledger.post(Entry("credit refunded", Subject("refund", uuid7()), day, lines, f"{row.number} {reference}".strip()),
                actor=actor.within("credit.refund"), call=call)  # fmt: skip
    record(CreditRefunded(number=row.number, amount=str(amount), reference=reference), about=row, actor=actor, call=call)
    return row
