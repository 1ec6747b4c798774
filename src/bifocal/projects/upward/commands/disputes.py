"""What a general contractor did not pay, line by line, and what they charge back: accepted or disputed, each with its reason."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.kernel.billing.models import Application, Invoice, Payment
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Acc, Entry, credit, debit
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps import commands as payapps
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.register.rules import check_move
from bifocal.projects.upward import queries
from bifocal.projects.upward.facts import BackChargeMoved, BackChargeReceived, PaidShort, ShortPayMoved
from bifocal.projects.upward.models import BackCharge, ShortPay
from bifocal.projects.upward.rules import CHARGE_NEXT, SHORT_NEXT, check_short

Positive = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class ShortIn(BaseModel):
    """What is missing of a line, and what they say why."""

    item: str
    amount: Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
    reason: Reason


@command("payapp.paid_short")
def note_short(*, payapp: UUID, lines: list[ShortIn], actor: Actor, call: Call) -> PayApp:
    """Note which lines a general contractor paid short, and why: it adds up to no more than what is open."""
    payapps.contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.certify")
    if app.invoice is None or app.invoice.open_amount <= 0:
        raise Refused(f"Nothing of application {app.number} is open.")
    known = sum((s.amount for s in app.short.filter(status__in=["open", "disputed"])), Decimal(0))
    items = {li.sov.item: li.this_period for li in app.lines.select_related("sov")}
    check_short([(li.item, li.amount) for li in lines], items, app.invoice.open_amount - known)
    ShortPay.objects.bulk_create(ShortPay(payapp=app, item=li.item, amount=li.amount, reason=li.reason) for li in lines)
    told = PaidShort(number=app.number, lines=[f"{li.item}: {dollars(li.amount)}, {li.reason}" for li in lines])
    record(told, about=app, actor=actor, call=call)
    return app


@command("shortpay.answer")
def answer_short(*, short: UUID, to: Literal["accepted", "disputed", "settled"], reason: Reason, actor: Actor, call: Call) -> ShortPay:
    """Accept what was paid short (the next application carries the correction), dispute it, or note that it is settled."""
    row: ShortPay = ShortPay.objects.locked(short, actor, call)
    require(actor, "payapp.certify")
    check_move(SHORT_NEXT, row.status, to, f"What is short of item {row.item}")
    before = row.status
    row.change(status=to, answer_text=reason)
    record(ShortPayMoved(item=row.item, before=before, after=to, reason=reason), about=row.payapp, actor=actor, call=call)
    return row


@command("backcharge.receive")
def receive_charge(
    *, contract: UUID, number: Annotated[str, Field(min_length=1, max_length=40)], amount: Positive, reason: Reason,
    received_on: Date | None = None, answer_by: Date | None = None, actor: Actor, call: Call,
) -> BackCharge:  # fmt: skip
    """Keep a back-charge of the general contractor with its reason and until when it must be answered. Nothing is in the books yet."""
    row: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, "payapp.certify")
    if not queries.is_below(row):
        raise Refused(f"Contract {row.number} is with the owner: a back-charge comes from a general contractor.")
    if row.back_charges.filter(number=number).exists():
        raise Refused(f"Back-charge {number} is here already.", field="number")
    day = received_on or accounting_day(call.occurred_at, row.job.branch)
    charge = BackCharge.objects.create(contract=row, number=number, amount=amount, reason=reason, received_on=day, answer_by=answer_by)
    record(BackChargeReceived(number=number, amount=str(amount)), about=row, actor=actor, call=call)
    return charge


def _move(charge: UUID, to: str, reason: str, actor: Actor, call: Call) -> BackCharge:
    found: BackCharge = BackCharge.objects.find(charge, actor)
    Contract.objects.select_for_update().get(pk=found.contract_id)
    row: BackCharge = BackCharge.objects.locked(charge, actor, call)
    require(actor, "payapp.certify")
    check_move(CHARGE_NEXT, row.status, to, f"Back-charge {row.number}")
    before = row.status
    row.change(status=to, answer_text=reason)
    told = BackChargeMoved(number=row.number, before=before, after=to, amount=str(row.amount), reason=reason)
    record(told, about=row.contract, actor=actor, call=call)
    return row


@command("backcharge.dispute")
def dispute_charge(*, charge: UUID, reason: Reason, actor: Actor, call: Call) -> BackCharge:
    """Dispute a back-charge, with the reason: what it holds back stays open."""
    return _move(charge, "disputed", reason, actor, call)


@command("backcharge.withdraw")
def withdraw_charge(*, charge: UUID, reason: Reason, actor: Actor, call: Call) -> BackCharge:
    """Note that a disputed back-charge was withdrawn."""
    return _move(charge, "withdrawn", reason, actor, call)


@command("backcharge.accept")
def accept_charge(
    *, charge: UUID, invoice: UUID, amount: Positive | None = None, cost_code: str = "", date: Date | None = None, reason: str = "",
    actor: Actor, call: Call,
) -> BackCharge:  # fmt: skip
    """Accept a back-charge, whole or the part agreed: cost of our job, and it settles that much of an invoice to them. No money moves."""
    row = _move(charge, "accepted", reason or "accepted", actor, call)
    agreed = row.amount if amount is None else amount
    to: Invoice = Invoice.objects.locked(invoice, actor)
    if to.job_id != row.contract.job_id:
        raise Invalid(f"Invoice {to.number} is of another job.", field="invoice")
    if agreed > row.amount or agreed > to.open_amount:
        raise Refused(f"{dollars(min(row.amount, to.open_amount))} at most can be accepted against {to.number}.", field="amount")
    code = CostCode.objects.filter(code=cost_code).first() if cost_code else None
    if cost_code and code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    pay = _offset(row, to, agreed, code, date or accounting_day(call.occurred_at, to.job.branch), actor.within("backcharge.accept"), call)
    return row.change(accepted=agreed, payment=pay, cost_code=code)


def _offset(row: BackCharge, to: Invoice, amount: Decimal, code: CostCode | None, day: Date, actor: Actor, call: Call) -> Payment:
    """A payment that is no money: the invoice is settled by what we owe them, as other direct cost of the job."""
    job = to.job
    pay = Payment(
        customer=to.customer, job=job, date=day, method="offset", reference=f"Back-charge {row.number}"[:80], amount=amount, unapplied=0
    )
    pay.status, pay.number = "settled", next_number("payment", "P-")
    pay.save()
    Application.objects.create(invoice=to, payment=pay, amount=amount, date=day)
    to.change(paid=to.paid + amount)
    dims = {"job_id": job.pk, "branch_id": job.branch_id, "business_unit_id": job.business_unit_id}
    lines = (
        debit(Acc.OTHER_COST, amount, cost_code_id=code.pk if code else None, **dims),
        credit(Acc.RECEIVABLE, amount, customer_id=to.customer_id, job_id=job.pk),
    )
    ledger.post(Entry("back-charge accepted", pay.subject, day, lines, f"{row.contract.job.number} {row.number}"), actor=actor, call=call)
    return pay
