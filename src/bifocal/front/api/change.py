"""Reads of change: terms and rates of a contract, tickets, exposure over all projects, the evidence of an event."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from bifocal.bridges.portfolio.curves import months
from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.books import pdf_response
from bifocal.front.api.queries import get
from bifocal.front.papers import evidence_pdf
from bifocal.kernel.jobs.models import Job
from bifocal.projects.budget.queries import sov_by_code
from bifocal.projects.contracts.models import Contract
from bifocal.projects.events.queries import exposure_of_all
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort
from bifocal.projects.terms.queries import terms_of
from bifocal.projects.tickets import queries as tickets


@get("/contracts/{uid}/change-terms", "change_terms", "How a contract's changes are made: tiers, markups, approvers, notice, rates")
def change_terms(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Contract = Contract.objects.select_related("job").find(uid, actor)
    terms = terms_of(row.job)
    shown = ("tiers", "notice_days", "answer_days", "own_approval", "markups", "approvers")
    rates = row.tm_rates.order_by("sort", "name", "since").values("sort", "name", "since", "unit", "rate", "overtime", "markup", "cost")
    sees = actor.can("cost.see")
    return {**{k: getattr(terms, k) for k in shown}, "rates": [{k: v for k, v in r.items() if sees or k != "cost"} for r in rates]}


@get("/jobs/{uid}/tickets", "job_tickets", "Time and materials tickets of a job: hours, who signed, and for the office their price")
def job_tickets(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    out = []
    for r in tickets.of_job(row):
        t = r["t"]
        told = {
            **r["doc"].answer(), "title": r["doc"].title, "day": t.day, "hours": r["hours"], "signed_by": t.signed_by,
            "signed_for": t.signed_for,
            "signed_at": t.signed_at, "late": t.late, "witness": t.witness, "refused_because": t.refused_because, "sha256": t.sha256,
            "event": t.event.document.uid if t.event else None,
            "lines": [
                {"sort": li.sort, "name": li.used.name, "quantity": li.quantity, "overtime": li.overtime, "unit": li.unit}
                for li in t.lines.all()
            ],
        }  # fmt: skip
        if actor.sees_all:
            told |= {"price": r["price"], "without_rate": r["without_rate"]}
        out.append({**told, "cost": r["cost"]} if actor.can("cost.see") else told)
    return out


@get("/reports/exposure", "exposure_of_all", "Work that nobody has approved, over all projects, with its cost already spent")
def exposure(request: HttpRequest) -> Any:
    require(actor_of(request), "cost.see")
    found = exposure_of_all()
    keys = ("cost", "price", "spent", "at_risk", "directed", "unapproved", "beyond", "disputed")
    rows = [
        {**r["doc"].answer(), "job": r["doc"].job.uid, "title": r["doc"].title, "directive": r["event"].directive,
         "notice_due": r["event"].notice_due, "notice_given": r["event"].notice_given, **{k: r[k] for k in keys}}
        for r in found["rows"]
    ]  # fmt: skip
    return {"rows": rows, "totals": found["totals"]}


@get("/events/{uid}/evidence", "event_evidence", "Everything that speaks for a change event, as one PDF, with our cost")
def event_evidence(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Document = Document.objects.filter(sort=Sort.EVENT).select_related("job__customer", "job__site", "job__branch").find(uid, actor)
    require(actor, "cost.see")
    return pdf_response(evidence_pdf(row, with_cost=True), f"{row.number} evidence")


@get("/contracts/{uid}/by-code", "contract_by_code", "The schedule of values by cost code beside the budget; is it front-loaded?")
def contract_by_code(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Contract = Contract.objects.select_related("job").find(uid, actor)
    require(actor, "cost.see")
    found = sov_by_code(row)
    front = found["front"]
    return {"rows": found["rows"], "front_loading": asdict(front) if front else None}


@get("/jobs/{uid}/curves", "job_curves", "Cost, cash and signed margin of a project, running sums month by month")
def job_curves(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    return [{**asdict(m), "cash": m.cash} for m in months(row)]
