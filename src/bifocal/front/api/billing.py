"""Reads of how jobs are billed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get
from bifocal.kernel.jobs.models import Job
from bifocal.projects.billings import queries
from bifocal.projects.rentals import queries as rented
from bifocal.projects.upward import queries as upward


@get("/jobs/{uid}/billing", "billing_plan", "How a job is billed: the way, its draws, quantities or open cost, the limit, what was billed")
def billing_plan(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    plan = queries.plan_of(row)
    if plan is None:
        return {"way": None}
    found = queries.figures(plan, timezone.localdate())
    sums = {
        k: found[k] for k in ("billed", "open", "held", "price", "limit", "gross", "cost", "fee", "left", "due", "problem") if k in found
    }
    return {
        **plan.answer(), **sums, "retainage": plan.retainage, "limit_sort": plan.limit_sort, "time_not_approved": found["waiting"],
        "draws": [
            {**d.answer(), "due": d.due, "invoice": d.invoice.uid if d.invoice else None} for d in found.get("draws", [])
        ],
        "items": [
            {**u["item"].answer(), "unit": u["item"].unit, "price": u["item"].price, "estimated": u["item"].estimated,
             "measured": u["quantity"], "billed": u["billed"], "due": u["due"]}
            for u in found.get("units", [])
        ],
        "charges": [
            {"text": c.cost.text, "cost_type": c.cost.cost_type, "cost": c.cost.amount, "price": c.price, "amount": c.amount}
            for c in found.get("charges", [])
        ],
        "invoices": [{**i.answer(), "subtotal": i.subtotal, "retainage": i.retainage} for i in found["invoices"]],
    }  # fmt: skip


@get(
    "/jobs/{uid}/general-contractor",
    "general_contractor",
    "Where we are the subcontractor: form, billing day, short payments, back-charges, papers",
)
def general_contractor(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    contract = queries.contract_of(row)
    if contract is None or not upward.is_below(contract):
        return {"due": None}
    found = upward.desk(contract, timezone.localdate())
    form = found["form"]
    return {
        "due": found["due"],
        "form": {**form.answer(), "sheet": form.sheet, "cells": form.cells, "columns": form.columns, "first": form.first, "last": form.last}
        if form else None,
        "back_charges": [{**c.answer(), "reason": c.reason, "answer_by": c.answer_by, "accepted": c.accepted} for c in found["charges"]],
        "short": [{**s.answer(), "application": s.payapp.number, "reason": s.reason} for s in found["short"]],
        "papers": [{**p.answer(), "reference": p.reference} for p in found["papers"]],
    }  # fmt: skip


@get(
    "/reports/deadlines",
    "deadlines",
    "Notices, liens and bond claims ahead, applications due to general contractors, back-charges to answer",
)
def deadlines(request: HttpRequest, on: date) -> Any:
    require(actor_of(request), "cost.see")
    return [{**r, "job": r["job"].uid, "job_number": r["job"].number} for r in upward.to_do(on)]


@get("/jobs/{uid}/rentals", "rentals", "What is on rent on a job: since when, back by, what it has cost by its rate")
def rentals(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    return [
        {**x["r"].answer(), "vendor": x["r"].vendor.name, "rate": x["r"].rate, "per": x["r"].per, "expected": x["r"].expected,
         "confirmation": x["r"].confirmation, "cost": x["cost"], "late": x["late"], "version": x["r"].version}
        for x in rented.of_job(row, timezone.localdate())
    ]  # fmt: skip
