"""Reads of how jobs are billed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get
from bifocal.kernel.jobs.models import Job
from bifocal.projects.billings import queries


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
