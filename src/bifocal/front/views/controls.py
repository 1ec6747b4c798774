"""Project controls: the budget a to q with its cells, commitments, WIP."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bifocal.bridges.portfolio.models import WipMonth
from bifocal.bridges.portfolio.wip import wip
from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.queries import history
from bifocal.front.views.frame import page
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Vendor
from bifocal.kernel.purchasing import gates
from bifocal.kernel.purchasing.models import Bill, Receipt
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO
from bifocal.projects.budget.queries import revised
from bifocal.projects.commitments import queries as commitments
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.commitments.rules import BILLABLE, NEXT, Paper, Sort
from bifocal.projects.events.queries import exposure, of_document
from bifocal.projects.events.rules import Kind, Scope
from bifocal.projects.forecast import queries as forecast
from bifocal.projects.forecast.models import MonthEnd
from bifocal.projects.register.models import Document
from bifocal.projects.rollup import queries as rollup
from bifocal.projects.subapps import queries as subapps
from bifocal.projects.subapps.models import SubApp
from bifocal.projects.subapps.rules import OPEN as SUBAPP_OPEN
from bifocal.projects.terms.queries import terms_of
from bifocal.projects.tickets import queries as tickets

COLUMNS = {
    "a": _("Original"), "b": _("Transfers"), "c": _("Changes"), "d": _("Revised"), "e": _("Pending changes"), "f": _("Projected budget"),
    "i": _("Committed"), "j": _("Pending cost"), "k": _("Direct cost"), "l": _("Actual to date"), "m": _("Projected cost"),
    "n": _("To complete"), "o": _("At completion"), "p": _("Over / under"), "q": _("Still to spend"),
}  # fmt: skip


def budget_tab(row: Job, approved_only: bool) -> dict[str, Any]:
    """The report as rows of cells, both views; buy-out, month-ends."""
    found = forecast.report(row)
    rows = []
    for r in found.rows:
        columns = r.approved if approved_only else r.columns
        rows.append({"r": r, "auto": columns.auto, "cells": [(c, getattr(columns, c)) for c in COLUMNS], "bad": columns.p < 0})
    totals = found.approved_totals if approved_only else found.totals
    return {
        "budget_rows": rows, "budget_totals": [(c, totals[c]) for c in COLUMNS], "t": totals, "columns": COLUMNS.items(),
        "approved_only": approved_only, "buy_out": commitments.buy_out(row, revised(row)),
        "month_ends": MonthEnd.objects.filter(job=row).order_by("-month")[:12], "types": "LMESO",
        "has_budget": row.budget.filter(locked=True).exists(),
    }  # fmt: skip


def commitments_tab(row: Job) -> dict[str, Any]:
    """The commitments of a job with their sums."""
    rows = commitments.of_job(row)
    keys = ("original", "approved_changes", "revised", "pending_changes", "taken", "held", "paid", "balance")
    return {
        "rows": rows, "sums": [sum((r[k] for r in rows), ZERO) for k in keys], "vendors": Vendor.objects.order_by("name"),
        "sorts": list(Sort), "types": "SMELO",
    }  # fmt: skip


def events_tab(row: Job) -> dict[str, Any]:
    """The exposure of a job: events with cost, price, what is spent and at risk."""
    return {"exposure": exposure(row), "terms": terms_of(row), "scopes": list(Scope), "kinds": list(Kind), "types": "SMELO"}


def event_parts(doc: Document) -> dict[str, Any]:
    """What a change event's page shows beside the document: lines with quotes, both sides, exposure."""
    row = doc.change_event
    lines = row.lines.select_related("cost_code", "commitment_change__commitment").prefetch_related("requests__vendor")
    return {
        "row": row, "lines": lines.order_by("id"), "terms": terms_of(doc.job), "money": of_document(doc),
        "tickets": [r for r in tickets.of_job(doc.job) if r["t"].event_id == doc.pk],
        "commitments": doc.job.commitments.filter(status__in=BILLABLE), "vendors": Vendor.objects.order_by("name"), "types": "SMELO",
    }  # fmt: skip


@page
def subapp(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A subcontractor's application for the reviewer."""
    row: SubApp = SubApp.objects.select_related("commitment__job", "commitment__vendor", "bill").find(uid, actor)
    require(actor, "cost.see")
    return render(
        request,
        "pages/subapp.html",
        {
            "app": row, "c": row.commitment, "lines": row.lines.select_related("line"), "s": subapps.figures(row),
            "waivers": row.waivers.order_by("id"), "open": row.status in SUBAPP_OPEN, "history": history(uid, actor),
            "held": gates.holds(row.bill, row.bill.open_amount, timezone.localdate()) if row.bill and row.bill.open_amount else [],
        },
    )  # fmt: skip


@page
def pay_run(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who is paid next, who is held, and why."""
    require(actor, "cost.see")
    today = timezone.localdate()
    rows = rollup.pay_run(today)
    free = rollup.total(rows, "free")
    return render(
        request, "pages/pay_run.html",
        {"rows": rows, "due": free, "held": rollup.total(rows, "open") - free, "run": rollup.next_run(today), "today": today},
    )  # fmt: skip


@page
def budget_cell(request: HttpRequest, actor: Actor, uid: UUID, code: str, cost_type: str, column: str) -> HttpResponse:
    """What stands behind one cell of the budget."""
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    lines = forecast.cell(row, code, cost_type, column)
    found = next((r for r in forecast.report(row).rows if (r.code, r.cost_type) == (code, cost_type)), None)
    return render(
        request,
        "pages/budget_cell.html",
        {
            "job": row, "code": code, "cost_type": cost_type, "column": column, "column_name": COLUMNS[column], "lines": lines,
            "name": found.name if found else "", "value": getattr(found.columns, column) if found else ZERO, "names": COLUMNS,
        },
    )  # fmt: skip


@page
def commitment(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A commitment: its lines, changes, bills, what stands in its way, its next step."""
    row: Commitment = Commitment.objects.select_related("job", "vendor").find(uid, actor)
    require(actor, "cost.see")
    sort = Sort(row.sort)
    return render(
        request,
        "pages/commitment.html",
        {
            "c": row, "job": row.job, "s": commitments.summary(row), "lines": commitments.lines_of(row),
            "changes": row.changes.prefetch_related("lines__cost_code").order_by("number"),
            "bills": Bill.objects.filter(commitment_parts__line__commitment=row).distinct().order_by("id"),
            "receipts": Receipt.objects.filter(commitment_parts__line__commitment=row, billed=False).distinct(),
            "lacks": commitments.lacks(row.vendor, sort, timezone.localdate()), "papers": row.vendor.papers.order_by("sort", "-until"),
            "next": NEXT[sort][row.status], "codes": CostCode.objects.order_by("code"), "paper_sorts": list(Paper), "types": "SMELO",
            "applications": row.applications.exclude(status="void").order_by("number"), "when_paid": rollup.pays_when_paid(row.pk),
            "today": timezone.localdate(), "history": history(uid, actor), "files": File.objects.filter(subject_uid=uid),
        },
    )  # fmt: skip


@page
def wip_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Work in progress over both lenses; it foots to the books or says where it does not."""
    require(actor, "cost.see")
    last = month_end(request.GET.get("month", ""))
    found = wip(last)
    widest = max((max(r.earned.over, r.earned.under) for r in found.rows), default=ZERO)
    bars = [{"r": r, "over": share(r.earned.over, widest), "under": share(r.earned.under, widest)} for r in found.rows]
    return render(
        request,
        "pages/wip.html",
        {"w": found, "t": found.total, "bars": bars, "month": last, "kept": WipMonth.objects.filter(month=last).order_by("-revision"),
         "unsigned": [r for r in found.rows if not r.signed_by]},
    )  # fmt: skip


def month_end(text: str) -> date:
    """The last day of '2026-03', or of this month."""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(f"{text}-01") if text else today
    except ValueError:
        raise Invalid(f"'{text}' is not a month. Write it like 2026-03.") from None
    return day.replace(day=monthrange(day.year, day.month)[1])


def share(part: Decimal, whole: Decimal) -> int:
    """Whole percent of a bar."""
    return int(part / whole * 100) if whole else 0
