"""The certificate of an application, whole, lower or lower by line; it makes the one invoice of kind progress."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.kernel.billing.facts import InvoicePosted
from bifocal.kernel.billing.models import Invoice, InvoiceLine
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.payapps import queries
from bifocal.projects.payapps.commands.application import Money, contract_of, post_books, posted
from bifocal.projects.payapps.facts import PayAppCertified
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.rules import NEXT, Books, Status, after_certificate
from bifocal.projects.register.rules import check_move


class AllowedIn(BaseModel):
    """What is certified of one line: its gross amount of this period, and why it is less."""

    item: str
    amount: Money
    reason: Annotated[str, Field(min_length=1, max_length=200)]


@command("payapp.certify")
def certify_payapp(
    *,
    payapp: UUID,
    by: str,
    amount: Money | None = None,
    lines: list[AllowedIn] | None = None,
    note: str = "",
    date: Date | None = None,
    actor: Actor,
    call: Call,
) -> PayApp:
    """Record the certificate. A lower amount, in one sum or by line, needs its reason and posts the difference.

    What was certified is line 7 of the next application. Certification makes one invoice of kind progress (decision 21).
    """
    contract = contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.certify")
    check_move(NEXT, app.status, Status.CERTIFIED, f"Application {app.number}")
    certified, note = _allowed(app, amount, lines or [], note)
    inner, day = actor.within("payapp.certify"), date or accounting_day(call.occurred_at, contract.job.branch)
    last = queries.last_certified(contract)
    before = Books(last.posted_gross, last.posted_retainage) if last else Books(ZERO, ZERO)
    after = after_certificate(app.line7, certified, app.line5)
    post_books(app, "application certified", after, day, inner, call)
    invoice = _invoice(app, after, before, day, inner, call)
    done = {
        "certified": certified,
        "certified_by": by,
        "certify_note": note[:300],
        "certified_at": call.occurred_at,
        "invoice": invoice,
    }
    app.change(status=Status.CERTIFIED, **done, **posted(app))
    told = PayAppCertified(number=app.number, certified=str(certified), applied=str(app.line8), by=by)
    record(told, about=app, actor=actor, call=call)
    return app


def _allowed(app: PayApp, amount: Decimal | None, lines: list[AllowedIn], note: str) -> tuple[Decimal, str]:
    """The certified sum and its reason. By line, the sheet is computed anew with what is allowed, and the lines keep it."""
    if lines and amount is not None:
        raise Invalid("Certify either one sum or by line, not both.", field="amount")
    if lines:
        amount = queries.certified_by_line(app, {li.item: li.amount for li in lines})
        for li in lines:
            app.lines.filter(sov__item=li.item).update(certified=li.amount, certified_note=li.reason)
        note = note or "; ".join(f"{li.item}: {li.reason}" for li in lines)
    certified = app.line8 if amount is None else amount
    if not min(ZERO, app.line8) <= certified <= app.line8 or (certified < 0 and certified != app.line8):
        applied = f"between 0 and the {dollars(app.line8)} applied for" if app.line8 >= 0 else f"the {dollars(app.line8)} given back, whole"
        raise Refused(f"{dollars(certified)} is not {applied}.", field="amount")
    if certified < app.line8 and not note:
        raise Invalid("Say why less is certified than applied for.", field="note")
    return certified, note


def _invoice(app: PayApp, after: Books, before: Books, day: Date, actor: Actor, call: Call) -> Invoice:
    """The one invoice of a certificate: already in the books by the application, so it posts nothing of its own."""
    job = app.contract.job
    gross, held = after.gross - before.gross, after.retainage - before.retainage
    invoice = Invoice(
        job=job, customer=job.customer, sort=InvoiceSort.PROGRESS, status=InvoiceStatus.POSTED, date=day,
        due=day + timedelta(days=job.customer.terms_days), subtotal=gross, total=gross, retainage=held,
        memo=f"Application {app.number} of contract {app.contract.number}", number=next_number("invoice", "INV-"),
    )  # fmt: skip
    invoice.save()
    text = f"Application and certificate for payment no. {app.number}, period to {app.period_to:%B %-d, %Y}"
    InvoiceLine.objects.create(invoice=invoice, description=text, price=gross, amount=gross, revenue="contract")
    remember(invoice, title=f"{invoice.number} {job.customer.name}", detail=f"{job.number} · {dollars(invoice.due_amount)}")
    told = InvoicePosted(number=invoice.number, total=str(gross), due=str(invoice.due))
    record(told, about=invoice, actor=actor, call=call)
    return invoice
