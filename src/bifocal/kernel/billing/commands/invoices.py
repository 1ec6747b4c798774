"""Invoices: draft, post, credit, send."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import Removed, record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.kernel.billing.facts import CreditIssued, InvoiceDeleted, InvoiceDrafted, InvoicePosted, InvoiceSent
from bifocal.kernel.billing.models import Application, Invoice, InvoiceLine
from bifocal.kernel.billing.paper import invoice_pdf
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus, LineTotal, line_tax, post_invoice
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Entry
from bifocal.kernel.messages.commands import send
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.pricebook.queries import tax_rate
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents, dollars, extend

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class LineIn(BaseModel):
    """A line to bill: an item of the price book, or a description with its price."""

    description: str = ""
    item: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    price: Money | None = None
    taxable: bool | None = None
    revenue: Literal["labor", "parts", "contract", "agreement"] | None = None
    cost_code: str = ""


def make_draft(
    *, job: Job, lines: list[LineIn], sort: InvoiceSort, date: Date, actor: Actor, call: Call, memo: str = "",
    tax_code: str | None = None,
) -> Invoice:  # fmt: skip
    """A draft over these lines, taxed by the job's jurisdiction and the customer's exemption. No number yet."""
    require(actor, "invoice.draft")
    if not lines:
        raise Invalid("There is nothing to bill on this job.", field="lines")
    customer = job.customer
    code, rate = tax_rate(job.tax_code if tax_code is None else tax_code, date)
    exempt = bool(customer.tax_exempt) and (customer.tax_exempt_until is None or customer.tax_exempt_until >= date)
    invoice = Invoice(
        job=job, customer=customer, sort=sort, date=date, due=date + timedelta(days=customer.terms_days), tax_code=code,
        tax_rate=rate, memo=memo,
    )  # fmt: skip
    codes = {line.item for line in lines if line.item}
    items = {item.code: item for item in Item.objects.filter(code__in=codes)} if codes else {}
    rows = [_line(n, line, items.get(line.item), rate, exempt) for n, line in enumerate(lines)]
    invoice.subtotal = sum((r.amount for r in rows), ZERO)
    invoice.tax = sum((r.tax for r in rows), ZERO)
    invoice.total = invoice.subtotal + invoice.tax
    invoice.save()
    for row in rows:
        row.invoice = invoice
    InvoiceLine.objects.bulk_create(rows)
    record(InvoiceDrafted(total=str(invoice.total)), about=invoice, actor=actor, call=call)
    return invoice


def _line(place: int, line: LineIn, item: Item | None, rate: Decimal, exempt: bool) -> InvoiceLine:
    if line.item and item is None:
        raise Invalid(f"There is no item '{line.item}' in the price book.", field=f"lines.{place}.item")
    price = line.price if line.price is not None else item.price if item else None
    if price is None:
        raise Invalid("A line needs a price or an item of the price book.", field=f"lines.{place}.price")
    taxable = line.taxable if line.taxable is not None else bool(item and item.taxable)
    revenue = line.revenue or ("parts" if item and item.sort == "part" else "labor")
    amount = extend(line.quantity, price)
    return InvoiceLine(
        place=place, item=item, description=line.description or (item.name if item else ""), quantity=line.quantity,
        unit=line.unit or (item.unit if item else ""), price=price, amount=amount, taxable=taxable,
        tax=line_tax(amount, rate, taxable=taxable, exempt=exempt), revenue=revenue,
        cost_code=CostCode.objects.filter(code=line.cost_code).first() if line.cost_code else None,
    )  # fmt: skip


@command("invoice.draft")
def draft_invoice(*, job: UUID, lines: list[LineIn], date: Date | None = None, memo: str = "", actor: Actor, call: Call) -> Invoice:
    """Draft an invoice for a job, to look at before it is posted."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "invoice.draft")
    if row.lens == "project":
        raise Refused(f"{row.number} is a project: bill it by a pay application.")
    return make_draft(
        job=row,
        lines=lines,
        sort=InvoiceSort.SERVICE,
        date=date or accounting_day(call.occurred_at, row.branch),
        memo=memo,
        actor=actor,
        call=call,
    )


@command("invoice.post")
def post_draft(*, invoice: UUID, actor: Actor, call: Call) -> Invoice:
    """Post a draft: it gets its number, goes into the books and can't be changed any more."""
    return post_invoice_row(Invoice.objects.locked(invoice, actor, call), actor=actor, call=call)


def post_invoice_row(row: Invoice, *, actor: Actor, call: Call) -> Invoice:
    """`invoice.post` for a caller that holds the invoice's lock or has just made it."""
    require(actor, "invoice.post")
    if row.status != InvoiceStatus.DRAFT:
        raise Refused(f"Invoice {row.number} is posted already.")
    number = next_number("invoice", "INV-")
    row.change(status=InvoiceStatus.POSTED, number=number)
    ledger.post(entry_of(row), actor=actor.within("invoice.post"), call=call)
    remember(row, title=f"{number} {row.customer.name}", detail=f"{row.job.number} · {dollars(row.total)}")
    told = InvoicePosted(number=number, total=str(row.total), due=str(row.due))
    record(told, about=row, actor=actor, call=call)
    return row


def entry_of(row: Invoice) -> Entry:
    """The posting of an invoice or credit: used by the command and by the bulk loader alike."""
    lines = [LineTotal(li.revenue, li.amount, li.tax, li.cost_code_id, li.item_id) for li in row.lines.all()]
    dims = {
        "job_id": row.job_id, "customer_id": row.customer_id, "branch_id": row.job.branch_id,
        "business_unit_id": row.job.business_unit_id,
    }  # fmt: skip
    event = "credit issued" if row.sort == InvoiceSort.CREDIT else "invoice posted"
    return Entry(event, row.subject, row.date, post_invoice(lines, tax_id=row.tax_code_id, dims=dims, retainage=row.retainage), row.number)


@command("invoice.delete_draft")
def delete_draft(*, invoice: UUID, reason: str, actor: Actor, call: Call) -> dict[str, str]:
    """Throw a draft away. Posted invoices are never deleted: issue a credit."""
    row: Invoice = Invoice.objects.locked(invoice, actor, call)
    require(actor, "invoice.draft")
    if row.status != InvoiceStatus.DRAFT:
        raise Refused(f"Invoice {row.number} is posted; issue a credit instead.")
    record(InvoiceDeleted(reason=reason), about=row, actor=actor, call=call)
    record(Removed(why=reason), about=row, actor=actor, call=call)
    row.delete()
    return {"kind": "invoice", "uid": str(invoice), "status": "deleted"}


class CreditLine(BaseModel):
    """How much of which line of the invoice is given back, before tax."""

    line: int
    amount: Money


@command("invoice.credit")
def credit_invoice(*, invoice: UUID, lines: list[CreditLine], reason: str, actor: Actor, call: Call) -> Invoice:
    """Give part of an invoice back, tax at the original rate; it settles what is open of that invoice (posting R1)."""
    old: Invoice = Invoice.objects.locked(invoice, actor, call)
    require(actor, "invoice.credit")
    if old.status != InvoiceStatus.POSTED or old.sort == InvoiceSort.CREDIT:
        raise Refused("Only a posted invoice can be credited.")
    memo = _credit_of(old, lines, reason, accounting_day(call.occurred_at, old.job.branch))
    if abs(memo.total) + sum((abs(c.total) for c in old.credit_memos.exclude(pk=memo.pk)), ZERO) > old.total:
        raise Refused(f"That is more than invoice {old.number} was for.", field="lines")
    memo.change(status=InvoiceStatus.POSTED, number=next_number("credit", "CR-"))
    ledger.post(entry_of(memo), actor=actor.within("invoice.credit"), call=call)
    settle = min(-memo.total, old.open_amount)
    if settle > 0:
        Application.objects.create(invoice=old, credit=memo, amount=settle, date=memo.date)
        old.change(paid=old.paid + settle)
        memo.change(paid=-settle)
    record(CreditIssued(number=memo.number, credits=old.number, total=str(memo.total)), about=old, actor=actor, call=call)
    return memo


def _credit_of(old: Invoice, lines: list[CreditLine], reason: str, day: Date) -> Invoice:
    known = {li.pk: li for li in old.lines.all()}
    memo = Invoice(
        job=old.job, customer=old.customer, sort=InvoiceSort.CREDIT, date=day, due=day, tax_code=old.tax_code,
        tax_rate=old.tax_rate, memo=reason, credits=old,
    )  # fmt: skip
    rows = []
    for place, line in enumerate(lines):
        of = known.get(line.line)
        if of is None or not 0 < line.amount <= of.amount:
            raise Invalid(f"Line {line.line} can't give back {line.amount}.", field=f"lines.{place}")
        tax = cents(of.tax * line.amount / of.amount) if of.amount else ZERO
        rows.append(InvoiceLine(
            place=place, item=of.item, description=of.description, quantity=1, price=-line.amount, amount=-line.amount,
            taxable=of.taxable, tax=-tax, revenue=of.revenue, cost_code=of.cost_code,
        ))  # fmt: skip
    memo.subtotal, memo.tax = sum((r.amount for r in rows), ZERO), sum((r.tax for r in rows), ZERO)
    memo.total = memo.subtotal + memo.tax
    memo.save()
    for row in rows:
        row.invoice = memo
    InvoiceLine.objects.bulk_create(rows)
    return memo


@command("invoice.email")
def email_invoice(*, invoice: UUID, to: str = "", actor: Actor, call: Call) -> Invoice:
    """Send a posted invoice as PDF to the customer, from our letterhead."""
    row: Invoice = Invoice.objects.locked(invoice, actor, call)
    require(actor, "invoice.send")
    if row.status != InvoiceStatus.POSTED:
        raise Refused("Post the invoice before it is sent.")
    address = to or row.customer.email
    if not address:
        raise Invalid(f"{row.customer.name} has no e-mail address. Type one.", field="to")
    inner = actor.within("invoice.email")
    paper = keep(data=invoice_pdf(row), name=f"{row.number}.pdf", sort="paper", about=row.subject, actor=inner, call=call)
    row.change(pdf_sha256=paper.sha256, emailed_at=call.occurred_at)
    text = f"Dear {row.customer.name},\n\nyour invoice {row.number} over ${dollars(row.total)} is attached.\n"
    send(
        to=address,
        title=f"Invoice {row.number}",
        body=text,
        about=row.subject,
        files=[paper.uid, *File.objects.filter(subject_uid=row.uid, sort="backup").values_list("uid", flat=True)],
        actor=inner,
        call=call,
    )
    record(InvoiceSent(number=row.number, to=address), about=row, actor=actor, call=call)
    return row
