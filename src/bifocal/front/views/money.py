"""Money, reports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from bifocal.bridges.portfolio.queries import all_well, clearings
from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.files import file_response
from bifocal.front.lists import show
from bifocal.front.queries import history
from bifocal.front.views.frame import page
from bifocal.front.views.lists import INVOICES
from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.kernel.billing.paper import invoice_pdf
from bifocal.kernel.billing.queries import ageing, held_payments
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus, stands
from bifocal.kernel.costs.queries import margin_by_unit, margin_report
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.jobs.rules import Work
from bifocal.kernel.ledger import queries as ledger
from bifocal.kernel.parties.models import Vendor
from bifocal.kernel.purchasing.models import Bill
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.money import ZERO


@page
def money(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Invoices, ageing, bank, bills, time."""
    require(actor, "ledger.read")
    tab = request.GET.get("tab", "invoices")
    out: dict[str, Any] = {
        "tab": tab,
        "tabs": [
            ("invoices", _("Invoices")),
            ("ageing", _("Aging")),
            ("bank", _("To the bank")),
            ("bills", _("Bills")),
            ("time", _("Time")),
        ],
    }
    if tab == "invoices":
        return show(INVOICES, request, actor, template="pages/money.html", **out)
    if tab == "ageing":
        out["ageing"] = ageing(timezone.localdate())
    elif tab == "bank":
        out["held"] = held_payments()
    elif tab == "bills":
        out |= {
            "bills": Bill.objects.select_related("vendor").order_by("-id")[:100],
            "vendors": Vendor.objects.order_by("name"),
            "codes": CostCode.objects.order_by("code"),
            "jobs": Job.objects.exclude(work_status__in=[Work.CLOSED, Work.CANCELLED]).order_by("-id")[:100],
        }
    elif tab == "time":
        out["segments"] = TimeSegment.objects.filter(status__in=["closed", "disputed"]).select_related("person", "job").order_by("id")[:200]
    return render(request, "pages/money.html", out)


@page
def close(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The page of the close."""
    require(actor, "ledger.read")
    return render(request, "pages/close.html", {"checks": all_well(), "clearings": clearings(), "periods": ledger.periods()[:30]})


@page
def trial_balance(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One trial balance; an account opens its lines."""
    require(actor, "ledger.read")
    rows = ledger.trial_balance()
    account = request.GET.get("account", "")
    return render(
        request,
        "pages/trial.html",
        {
            "rows": rows,
            "debit": sum((r["debit"] for r in rows), ZERO),
            "credit": sum((r["credit"] for r in rows), ZERO),
            "account": account,
            "journal": ledger.journal(account) if account else [],
        },
    )


@page
def invoice(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """An invoice, what it posted, what settled it."""
    row: Invoice = Invoice.objects.select_related("job", "customer").find(uid, actor)
    return render(
        request,
        "pages/invoice.html",
        {
            "invoice": row,
            "state": stands(row.status, row.open_amount, row.paid, row.due, timezone.localdate()),
            "lines": row.lines.all(),
            **_at_hand(row, actor),
            "backup": File.objects.filter(subject_uid=uid, sort="backup").order_by("id"),
            "applications": row.applications.select_related("payment", "credit"),
            "posted": ledger.entries_of(uid) if actor.can("ledger.read") else [],
            "history": history(uid, actor),
        },
    )


def _at_hand(row: Invoice, actor: Actor) -> dict[str, Any]:
    """What of this customer's is here to settle it: money not yet applied, open credits; for a credit, the invoices it may settle."""
    if not actor.can("payment.apply") or row.open_amount == 0:
        return {}
    theirs = Invoice.objects.filter(customer=row.customer, status=InvoiceStatus.POSTED).order_by("date", "id")
    due = F("total") - F("retainage")
    if row.open_amount < 0:
        return {"settles": theirs.exclude(sort=InvoiceSort.CREDIT).filter(paid__lt=due)[:200]}
    return {
        "credits": theirs.filter(sort=InvoiceSort.CREDIT, paid__gt=due)[:50],
        "unapplied": Payment.objects.filter(customer=row.customer, unapplied__gt=0).order_by("date", "id")[:50],
    }


@page
def invoice_paper(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """The invoice on paper."""
    return HttpResponse(invoice_pdf(Invoice.objects.find(uid, actor)), content_type="application/pdf")


@page
def reports(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Margin by business unit and by job; a job opens down to the hour and the receipt."""
    require(actor, "cost.see")
    units = margin_by_unit()
    for u in units:
        u["margin"] = u["revenue"] - u["cost"]
        u["share"] = u["margin"] / u["revenue"] if u["revenue"] else None
    return render(
        request,
        "pages/reports.html",
        {"units": units, "top": max((u["revenue"] for u in units), default=1), "jobs": margin_report(limit=200)},
    )


@page
def file(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A file's bytes."""
    return file_response(uid, actor)
