"""Exposure: unapproved and directed work with its cost already spent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Q

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import rows
from bifocal.kernel.ledger.rules import JOB_COST
from bifocal.kernel.people.models import Person
from bifocal.lib.money import ZERO
from bifocal.projects.changes.models import ChangeLine, ChangeOrder
from bifocal.projects.events.models import ChangeEvent, EventLine
from bifocal.projects.events.rules import beyond, exposed
from bifocal.projects.register.models import Document

LIVE = ("open", "proceeding", "pending")
SETTLED = ("approved", "void")
KEYS = ("cost", "price", "spent", "at_risk", "directed", "unapproved")


def people_of(job: Job) -> list[Person]:
    """The project's managers who can be written to."""
    found = Person.objects.filter(memberships__job=job, memberships__role="project_manager", memberships__until=None, active=True)
    return list(found.exclude(email="").distinct().order_by("name"))


def spent(job: Job) -> dict[int, Decimal]:
    """Posted cost on the codes of events, by code."""
    return _spent([job.pk])


def _spent(jobs: list[int]) -> dict[int, Decimal]:
    found = rows(
        "select l.cost_code_id as code, sum(l.amount) as t from journal_line l join account a on a.id = l.account_id"
        " join events_changeevent e on e.code_id = l.cost_code_id where l.job_id = any(%s) and a.code = any(%s) group by 1",
        [jobs, list(JOB_COST)],
    )
    return {r["code"]: r["t"] for r in found}


def exposure(job: Job) -> dict[str, Any]:
    """Every event with its latest cost and price, what is spent on its code, and what is at risk: directed, or only unapproved."""
    return _exposure([job.pk])


def exposure_of_all(live_only: bool = True) -> dict[str, Any]:
    """The same over every project at once; without what is settled."""
    found = ChangeEvent.objects.filter(document__status__in=LIVE) if live_only else ChangeEvent.objects.all()
    jobs = list(found.values_list("document__job_id", flat=True).distinct())
    table = _exposure(jobs)
    kept = [r for r in table["rows"] if r["at_risk"] or not live_only]
    return {"rows": kept, "totals": _totals(kept)}


def _exposure(jobs: list[int]) -> dict[str, Any]:
    gone = _spent(jobs)
    found = ChangeEvent.objects.filter(document__job__in=jobs)
    found = found.select_related("document__job", "owner_change__change_order", "code").prefetch_related("lines")
    events = list(found.order_by("document_id"))
    disputed = _disputed([e.owner_change_id for e in events if e.owner_change_id])
    out = [_row(e, gone, disputed.get(e.owner_change_id or 0, [])) for e in events]
    return {"rows": out, "totals": _totals(out)}


def _totals(found: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {k: sum((r[k] for r in found), ZERO) for k in KEYS}


def _disputed(changes: list[int]) -> dict[int, list[ChangeOrder]]:
    """What stayed disputed of these changes and is not settled yet."""
    out: dict[int, list[ChangeOrder]] = {}
    found = ChangeOrder.objects.filter(rest_of__in=changes).exclude(document__status__in=SETTLED).select_related("document")
    for row in found:
        out.setdefault(row.rest_of_id or 0, []).append(row)
    return out


def _row(e: ChangeEvent, gone: dict[int, Decimal], rests: list[ChangeOrder]) -> dict[str, Any]:
    cost = sum((li.money.cost for li in e.lines.all()), ZERO)
    order = e.owner_change.change_order if e.owner_change else None
    price = order.price if order else sum((li.money.latest_price for li in e.lines.all()), ZERO)
    used = gone.get(e.code_id, ZERO) if e.code_id else ZERO
    risk = exposed(e.document.status, e.owner_change.status if e.owner_change else "", cost, used)
    left = sum((r.cost for r in rests), ZERO)
    risk += left if not risk else ZERO
    directed = risk if e.directive else ZERO
    return {
        "event": e, "doc": e.document, "cost": cost, "price": price + sum((r.price for r in rests), ZERO), "spent": used, "at_risk": risk,
        "gain": price - cost, "directed": directed, "unapproved": risk - directed, "beyond": beyond(e.not_to_exceed, used),
        "disputed": left, "rests": rests,
    }  # fmt: skip


def pending_costs(job: Job) -> list[EventLine]:
    """Lines of live events that are on no commitment's change and no approved owner change: they wait in column j.

    A line that the owner disputes waits on, also when the rest of its change order is approved.
    """
    found = EventLine.objects.filter(event__document__job=job, event__document__status__in=LIVE, commitment_change=None)
    waiting = ChangeLine.objects.filter(change__document__job=job, change__rest_of__isnull=False, source__isnull=False)
    disputed = waiting.exclude(change__document__status__in=SETTLED).values_list("source", flat=True)
    found = found.filter(Q(uid__in=list(disputed)) | ~Q(event__owner_change__status="approved") | Q(event__owner_change=None))
    return list(found.select_related("cost_code", "event__document").order_by("id"))


def of_document(doc: Document) -> dict[str, Any]:
    """The exposure of one event."""
    row = ChangeEvent.objects.select_related("document__job", "owner_change__change_order", "code").get(pk=doc.pk)
    rests = _disputed([row.owner_change_id]).get(row.owner_change_id, []) if row.owner_change_id else []
    return _row(row, _spent([doc.job_id]), rests)
