"""Reads of money, project papers, files and the books."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest, HttpResponse

from bifocal.bridges.portfolio.queries import all_well, clearings
from bifocal.core.models import Fact
from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get, listed
from bifocal.front.files import file_response
from bifocal.front.queries import changes_since, history
from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.kernel.billing.paper import invoice_pdf
from bifocal.kernel.costs.queries import margin_by_unit, margin_report
from bifocal.kernel.ledger import queries as ledger
from bifocal.kernel.purchasing.models import Bill
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps import queries as payapps
from bifocal.projects.payapps.models import PayApp

INVOICE = ("uid", "number", "sort", "status", "date", "due", "subtotal", "tax", "total", "retainage", "paid", "version")


@get("/invoices", "invoices", "Invoices, newest first")
def invoices(request: HttpRequest, job: UUID | None = None, status: str = "", cursor: str = "", size: int = 50) -> Any:
    rows = Invoice.objects.visible_to(actor_of(request))
    if job:
        rows = rows.filter(job__uid=job)
    if status:
        rows = rows.filter(status=status)
    return listed(rows.values("id", *INVOICE, customer_name=F("customer__name"), job_number=F("job__number")), cursor, size)


@get("/invoices/{uid}", "invoice", "An invoice with its lines")
def invoice(request: HttpRequest, uid: UUID) -> Any:
    row: Invoice = Invoice.objects.find(uid, actor_of(request))
    lines = row.lines.values("id", "description", "quantity", "unit", "price", "amount", "taxable", "tax", "revenue")
    return {
        **{k: getattr(row, k) for k in INVOICE},
        "open": row.open_amount,
        "due_amount": row.due_amount,
        "job": row.job.uid,
        "lines": list(lines),
    }


def pdf_response(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(data, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'})


@get("/invoices/{uid}/pdf", "invoice_paper", "The invoice on paper")
def invoice_paper(request: HttpRequest, uid: UUID) -> Any:
    row: Invoice = Invoice.objects.find(uid, actor_of(request))
    return pdf_response(invoice_pdf(row), row.number or "draft")


@get("/payments", "payments", "Payments, newest first")
def payments(request: HttpRequest, customer: UUID | None = None, cursor: str = "", size: int = 50) -> Any:
    rows = Payment.objects.visible_to(actor_of(request))
    if customer:
        rows = rows.filter(customer__uid=customer)
    return listed(
        rows.values("id", "uid", "number", "date", "method", "reference", "amount", "unapplied", "status", "version"),
        cursor,
        size,
    )


@get("/bills", "bills", "Vendors' bills, newest first")
def bills(request: HttpRequest, status: str = "", cursor: str = "", size: int = 50) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    rows = Bill.objects.visible_to(actor)
    if status:
        rows = rows.filter(status=status)
    values = rows.values(
        "id",
        "uid",
        "number",
        "vendor_number",
        "date",
        "due",
        "total",
        "retainage",
        "paid",
        "status",
        "version",
        vendor_name=F("vendor__name"),
    )
    return listed(values, cursor, size)


@get("/contracts/{uid}", "contract", "A contract with its schedule of values")
def contract(request: HttpRequest, uid: UUID) -> Any:
    row: Contract = Contract.objects.find(uid, actor_of(request))
    lines = row.sov.values("uid", "item", "description", "scheduled_value", "before_contract", change_number=F("change__number"))
    apps = [a.answer() for a in row.payapps.select_related("invoice").order_by("number")]
    return {
        **row.answer(),
        "our_role": row.our_role,
        "days": row.days,
        "completion": row.completion,
        "sov": list(lines),
        "payapps": apps,
    }


@get("/payapps/{uid}", "payapp", "A pay application: continuation sheet and summary")
def payapp(request: HttpRequest, uid: UUID) -> Any:
    row: PayApp = PayApp.objects.find(uid, actor_of(request))
    result = payapps.sheet(row)
    keys = ("item", *"CDEFGHI", "percent", "work_retainage", "stored_retainage", "moved")
    return {
        **row.answer(),
        "invoice": row.invoice.uid if row.invoice else None,
        "lines": [{k: getattr(li, k) for k in keys} for li in result.lines],
        "totals": result.totals,
        "g702": result.summary,
    }


@get("/payapps/{uid}/pdf", "payapp_paper", "The application and continuation sheet on paper")
def payapp_paper(request: HttpRequest, uid: UUID) -> Any:
    from bifocal.kernel.documents.paper import render

    row: PayApp = PayApp.objects.find(uid, actor_of(request))
    return pdf_response(render("payapp", payapps.paper_data(row)), f"application-{row.number}")


@get("/files/{uid}", "file", "The bytes of a file")
def file(request: HttpRequest, uid: UUID) -> Any:
    return file_response(uid, actor_of(request))


@get("/ledger/trial-balance", "trial_balance", "The trial balance, as of a day")
def trial_balance(request: HttpRequest, upto: date | None = None) -> Any:
    require(actor_of(request), "ledger.read")
    return ledger.trial_balance(upto)


@get("/ledger/journal", "journal", "Journal lines, newest first")
def journal(request: HttpRequest, account: str = "", before: int | None = None, size: int = 100) -> Any:
    require(actor_of(request), "ledger.read")
    return ledger.journal(account, None, max(1, min(size, 500)), before)


@get("/ledger/entries/{source}", "entries", "What a document posted")
def entries(request: HttpRequest, source: UUID) -> Any:
    require(actor_of(request), "ledger.read")
    return ledger.entries_of(source)


@get("/ledger/checks", "checks", "The close: books balance, sub-ledgers equal their accounts, clearings explained")
def checks(request: HttpRequest) -> Any:
    require(actor_of(request), "ledger.read")
    return {"checks": all_well(), "clearings": clearings()}


@get("/requests/{request_id}", "request_trail", "What one request changed and what it posted")
def request_trail(request: HttpRequest, request_id: UUID) -> Any:
    require(actor_of(request), "ledger.read")
    facts = (
        Fact.objects.filter(request_id=request_id)
        .order_by("id")
        .values("name", "subject_kind", "payload", "actor_name", "path", "occurred_at")
    )
    return {"facts": list(facts), "postings": ledger.posted_by_request(request_id)}


@get("/reports/margin", "margin_by_job", "Revenue, cost and margin by job and business unit, both lenses")
def margin_by_job(request: HttpRequest, size: int = 200) -> Any:
    require(actor_of(request), "cost.see")
    return {"jobs": margin_report(limit=max(1, min(size, 1000))), "units": margin_by_unit()}


@get("/history/{uid}", "history", "What happened to a record")
def history_of(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    require(actor, "read")
    return history(uid, actor)


@get("/changes", "changes", "What changed since a cursor (decision 7); an empty cursor starts now")
def changes(request: HttpRequest, cursor: str = "", size: int = 200) -> Any:
    actor = actor_of(request)
    require(actor, "read")
    return changes_since(cursor, max(1, min(size, 1000)), actor)
