"""Exposure: unapproved and directed work with its cost already spent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import JOB_COST
from bifocal.lib.money import ZERO
from bifocal.projects.events.models import ChangeEvent, EventLine
from bifocal.projects.events.rules import exposed

LIVE = ("open", "proceeding", "pending")


def spent(job: Job) -> dict[int, Decimal]:
    """Posted cost on the codes of events, by code."""
    found = rows(
        "select l.cost_code_id as code, sum(l.amount) as t from journal_line l join account a on a.id = l.account_id"
        " join events_changeevent e on e.code_id = l.cost_code_id where l.job_id = %s and a.code = any(%s) group by 1",
        [job.pk, list(JOB_COST)],
    )
    return {r["code"]: r["t"] for r in found}


def exposure(job: Job) -> dict[str, Any]:
    """Every event with its latest cost and price, what is spent on its code, and what is at risk."""
    gone = spent(job)
    found = ChangeEvent.objects.filter(document__job=job).select_related("document", "owner_change__change_order", "code")
    out = []
    for e in found.prefetch_related("lines").order_by("document_id"):
        cost = sum((li.money.cost for li in e.lines.all()), ZERO)
        order = e.owner_change.change_order if e.owner_change else None
        price = order.price if order else sum((li.money.latest_price for li in e.lines.all()), ZERO)
        used = gone.get(e.code_id, ZERO) if e.code_id else ZERO
        risk = exposed(e.document.status, e.owner_change.status if e.owner_change else "", cost, used)
        out.append({"event": e, "doc": e.document, "cost": cost, "price": price, "spent": used, "at_risk": risk, "gain": price - cost})
    keys = ("cost", "price", "spent", "at_risk")
    return {"rows": out, "totals": {k: sum((r[k] for r in out), ZERO) for k in keys}}


def pending_costs(job: Job) -> list[EventLine]:
    """Lines of live events that are on no commitment's change and no approved owner change: they wait in column j."""
    found = EventLine.objects.filter(event__document__job=job, event__document__status__in=LIVE, commitment_change=None)
    return list(
        found.exclude(event__owner_change__status="approved").select_related("cost_code", "event__document").order_by("id")
    )  # fmt: skip
