"""Payments: taken, applied, deposited, bounced. Money never applies itself across jobs or to retainage."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.billing.facts import MoneyDeposited, PaymentApplied, PaymentBounced, PaymentTaken
from bifocal.kernel.billing.models import Application, BankDeposit, Invoice, Payment
from bifocal.kernel.billing.rules import METHOD_ACCOUNT, InvoiceStatus, post_application, post_payment
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Acc, Entry, credit, debit
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.people.queries import office_of
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.money import ZERO, dollars

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Method = Literal["card", "ach", "check", "cash", "wire"]


class PartIn(BaseModel):
    """How much of the money settles which invoice."""

    invoice: UUID
    amount: Money


@command("payment.take", field_fact=True)
def take_payment(
    *, amount: Money, method: Method, customer: UUID | None = None, job: UUID | None = None, reference: str = "",
    parts: list[PartIn] | None = None, date: Date | None = None, uid: UUID | None = None, actor: Actor, call: Call,
) -> Payment:  # fmt: skip
    """Take money: applied to the invoices named, the rest kept as a deposit on the job or unapplied (S3, S5, D1)."""
    require(actor, "payment.take")
    if amount <= 0:
        raise Invalid("A payment must be above zero.", field="amount")
    on: Job | None = Job.objects.find(job, actor) if job else None
    payer: Customer = on.customer if on else Customer.objects.find(customer or uuid7(), actor)
    day = date or accounting_day(call.occurred_at, on.branch if on else None)
    extra = {"uid": uid} if uid else {}
    pay = Payment(customer=payer, job=on, date=day, method=method, reference=reference, amount=amount, unapplied=amount, **extra)
    pay.number = next_number("payment", "P-")
    try:
        with transaction.atomic():
            pay.save()
    except IntegrityError as twice:
        raise Refused(f"The card charge {reference} was already taken as a payment.", field="reference") from twice
    applied = [_settle(pay, part, actor, call) for part in parts or []]
    pay.save(update_fields=["unapplied"])
    ledger.post(entry_of(pay, applied), actor=actor.within("payment.take"), call=call)
    told = PaymentTaken(number=pay.number, amount=str(amount), method=method, unapplied=str(pay.unapplied))
    record(told, about=pay, actor=actor, call=call)
    return pay


def entry_of(pay: Payment, applied: list[tuple[Decimal, Invoice]]) -> Entry:
    """The posting of a payment with what it settles at once: used by the command and by the bulk loader alike."""
    parts = [(a, {"customer_id": i.customer_id, "job_id": i.job_id}) for a, i in applied]
    dims = {"customer_id": pay.customer_id, "job_id": pay.job_id}
    lines = post_payment(amount=pay.amount, applied=parts, account=METHOD_ACCOUNT[pay.method], dims=dims)
    return Entry("payment taken", pay.subject, pay.date, lines, f"{pay.number} {pay.reference}".strip())


def _day(pay: Payment, call: Call) -> Date:
    return accounting_day(call.occurred_at, pay.job.branch if pay.job else None)


def _settle(pay: Payment, part: PartIn, actor: Actor, call: Call) -> tuple[Decimal, Invoice]:
    """Apply a part of a payment to an invoice of the same customer; both rows stay locked."""
    invoice: Invoice = Invoice.objects.locked(part.invoice, actor)
    if invoice.customer_id != pay.customer_id:
        raise Refused(f"Invoice {invoice.number} is another customer's.", field="parts")
    if invoice.status != InvoiceStatus.POSTED:
        raise Refused("Only a posted invoice can be paid.", field="parts")
    if not 0 < part.amount <= invoice.open_amount:
        raise Refused(
            f"Invoice {invoice.number} has {dollars(invoice.open_amount)} open; {dollars(part.amount)} is more than that."
            " Apply what is open; the rest stays as unapplied money.", field="parts",
        )  # fmt: skip
    if part.amount > pay.unapplied:
        raise Refused(f"Only {dollars(pay.unapplied)} of this payment is left to apply.", field="parts")
    Application.objects.create(invoice=invoice, payment=pay, amount=part.amount, date=_day(pay, call))
    invoice.change(paid=invoice.paid + part.amount)
    pay.unapplied -= part.amount
    record(PaymentApplied(invoice=invoice.number, amount=str(part.amount)), about=invoice, actor=actor, call=call)
    return part.amount, invoice


@command("payment.apply")
def apply_payment(*, payment: UUID, parts: list[PartIn], actor: Actor, call: Call) -> Payment:
    """Apply a deposit or unapplied money to invoices (posting D3). Always somebody's decision."""
    pay: Payment = Payment.objects.locked(payment, actor, call)
    require(actor, "payment.apply")
    for part in parts:
        amount, invoice = _settle(pay, part, actor, call)
        to = {"customer_id": invoice.customer_id, "job_id": invoice.job_id}
        frm = {"customer_id": pay.customer_id, "job_id": pay.job_id}
        lines = post_application(amount, frm=frm, to=to)
        entry = Entry(
            "applied",
            Subject("application", uuid7()),
            _day(pay, call),
            lines,
            f"{pay.number} to {invoice.number}",
        )
        ledger.post(entry, actor=actor.within("payment.apply"), call=call)
    pay.change(unapplied=pay.unapplied)
    return pay


@command("payment.bounce")
def bounce_payment(*, payment: UUID, fee: Money = ZERO, date: Date | None = None, actor: Actor, call: Call) -> Payment:
    """A check came back: its invoices are open again and the bank's fee is a cost (posting X4)."""
    pay: Payment = Payment.objects.locked(payment, actor, call)
    require(actor, "payment.bounce")
    if pay.method not in ("check", "ach") or pay.status in ("bounced", "refunded"):
        raise Refused(f"Payment {pay.number} is a {pay.method} payment, {pay.status}: it can't bounce.")
    lines = []
    for part in pay.applications.select_related("invoice").filter(undone=False).order_by("invoice_id"):
        invoice: Invoice = Invoice.objects.locked(part.invoice.uid, actor)
        invoice.change(paid=invoice.paid - part.amount)
        lines.append(debit(Acc.RECEIVABLE, part.amount, customer_id=pay.customer_id, job_id=invoice.job_id))
        part.undone = True
        part.save(update_fields=["undone"])
    lines.append(debit(Acc.DEPOSITS, pay.unapplied, customer_id=pay.customer_id, job_id=pay.job_id))
    lines.append(debit(Acc.MERCHANT_FEES, fee, customer_id=pay.customer_id))
    held = pay.status == "received" and pay.method == "check"
    lines.append(credit(Acc.UNDEPOSITED if held else Acc.BANK, pay.amount))
    lines.append(credit(Acc.BANK, fee))
    pay.change(status="bounced", unapplied=ZERO)
    entry = Entry("payment bounced", pay.subject, date or _day(pay, call), tuple(lines), pay.number)
    ledger.post(entry, actor=actor.within("payment.bounce"), call=call)
    record(PaymentBounced(number=pay.number, fee=str(fee)), about=pay, actor=actor, call=call)
    return pay


@command("bank.deposit")
def deposit_to_bank(*, payments: list[UUID], date: Date | None = None, branch: str = "", actor: Actor, call: Call) -> BankDeposit:
    """Take checks and cash to the bank: one slip, one posting (X3), dated by the clock of its branch."""
    require(actor, "bank.deposit")
    rows = list(
        Payment.objects.select_for_update().filter(uid__in=payments, status="received", method__in=["check", "cash"]).order_by("id")
    )
    if len(rows) != len(set(payments)) or not rows:
        raise Refused("Choose checks and cash that are still held: some of these are deposited already or of another kind.")
    at = office_of(actor, branch)
    slip = BankDeposit(branch=at, date=date or accounting_day(call.occurred_at, at), amount=sum((r.amount for r in rows), ZERO))
    slip.number = next_number("bank_deposit", "BD-")
    slip.save()
    for row in rows:
        row.change(status="deposited", deposit_uid=slip.uid)
    lines = (debit(Acc.BANK, slip.amount, branch_id=slip.branch_id), credit(Acc.UNDEPOSITED, slip.amount, branch_id=slip.branch_id))
    ledger.post(
        Entry("bank deposit", slip.subject, slip.date, lines, slip.number),
        actor=actor.within("bank.deposit"),
        call=call,
    )
    record(MoneyDeposited(number=slip.number, amount=str(slip.amount)), about=slip, actor=actor, call=call)
    return slip


@command("bank.card_payout")
def settle_cards(
    *, payments: list[UUID], fee: Money, date: Date | None = None, reference: str = "", branch: str = "", actor: Actor, call: Call
) -> BankDeposit:
    """The processor paid card and ACH money out, less its fee (posting S4): the clearing returns to zero."""
    require(actor, "bank.deposit")
    rows = list(Payment.objects.select_for_update().filter(uid__in=payments, status="received", method__in=["card", "ach"]).order_by("id"))
    if len(rows) != len(set(payments)) or not rows:
        raise Refused("Choose card and ACH payments that were not paid out yet.")
    gross = sum((r.amount for r in rows), ZERO)
    if not 0 <= fee < gross:
        raise Invalid("The fee must be less than the money paid out.", field="fee")
    at = office_of(actor, branch)
    slip = BankDeposit(branch=at, date=date or accounting_day(call.occurred_at, at), amount=gross - fee)
    slip.number = next_number("bank_deposit", "BD-")
    slip.save()
    for row in rows:
        row.change(status="deposited", deposit_uid=slip.uid)
    lines = (debit(Acc.BANK, gross - fee), debit(Acc.MERCHANT_FEES, fee), credit(Acc.PROCESSOR, gross))
    entry = Entry("card payout", slip.subject, slip.date, lines, reference or slip.number)
    ledger.post(entry, actor=actor.within("bank.card_payout"), call=call)
    record(MoneyDeposited(number=slip.number, amount=str(slip.amount)), about=slip, actor=actor, call=call)
    return slip
