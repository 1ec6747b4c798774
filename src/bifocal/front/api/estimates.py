"""Reads of estimates, assemblies, bid packages and selections: for those who may see cost."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get, listed
from bifocal.kernel.jobs.models import Job
from bifocal.projects.bids import queries as bids
from bifocal.projects.bids.models import BidPackage
from bifocal.projects.estimates import queries as estimates
from bifocal.projects.estimates.models import Assembly, Estimate
from bifocal.projects.selections import queries as selections
from bifocal.projects.selections.models import SelectionList


@get("/estimates", "estimates", "Estimates, newest first")
def estimates_list(request: HttpRequest, status: str = "", cursor: str = "", size: int = 50) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    rows = Estimate.objects.visible_to(actor)
    if status:
        rows = rows.filter(status=status)
    values = rows.values(
        "id", "uid", "number", "title", "status", "becomes", "version", "created_at", customer_name=F("customer__name"),
        customer_uid=F("customer__uid"), job_uid=F("job__uid"),
    )  # fmt: skip
    return listed(values, cursor, size)


@get("/estimates/{uid}", "estimate", "An estimate with its lines, options, charges, figures, versions and proposals")
def estimate(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Estimate = Estimate.objects.find(uid, actor)
    require(actor, "cost.see")
    shown = estimates.sheet(row)
    return {
        **row.answer(), **estimates.content(row), "figures": shown["f"], "usual": shown["usual"],
        "versions": list(row.versions.values("uid", "number", "reason", "by", "at", "cost", "price", "sha256")),
        "proposals": list(row.proposals.values("uid", "status", "price", "until", "contact_name", "signed_name", "signed_at", "made")),
    }  # fmt: skip


@get("/assemblies", "assemblies", "The assembly library with parameters and parts")
def assemblies(request: HttpRequest, cursor: str = "", size: int = 50) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    rows = Assembly.objects.visible_to(actor)
    return listed(rows.values("id", "uid", "code", "name", "unit", "trade", "parameters", "parts", "active", "version"), cursor, size)


@get("/bid-packages", "bid_packages", "Bid packages, newest first")
def bid_packages(request: HttpRequest, cursor: str = "", size: int = 50) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    values = BidPackage.objects.visible_to(actor).values(
        "id", "uid", "number", "title", "status", "due", "sealed", "version", estimate_uid=F("estimate__uid")
    )
    return listed(values, cursor, size)


@get("/bid-packages/{uid}", "bid_package_levelled", "A bid package levelled: bids in rank with prices, plugs and what was left out")
def bid_package(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: BidPackage = BidPackage.objects.find(uid, actor)
    require(actor, "cost.see")
    shown = bids.sheet(row, datetime.now(UTC))
    keys = {str(s.pk): str(s.uid) for s in shown["scope"]}
    return {
        **row.answer(), "due": row.due, "sealed": row.sealed, "opened": shown["opened"], "budget": shown["budget"],
        "scope": [
            {"uid": s.uid, "description": s.description, "quantity": s.quantity, "unit": s.unit, "budget": s.budget} for s in shown["scope"]
        ],
        "bids": [
            {
                "invitation": c["i"].uid, "vendor": c["i"].vendor.uid, "vendor_name": c["i"].vendor.name, "rank": c["b"].rank,
                "total": c["b"].total, "plugs": c["b"].plugs, "late": c["i"].late, "exclusions": c["i"].exclusions,
                "lines": {keys[k]: asdict(cell) for k, cell in c["b"].cells.items()},
            }
            for c in shown["columns"]
        ],
        "invited": [{"vendor_name": i.vendor.name, "status": i.status} for i in shown["invited"]],
        "commitment": row.commitment.uid if row.commitment else None,
    }  # fmt: skip


@get("/jobs/{uid}/selections", "selections", "What the client chooses on a job: allowances, choices, due days, what was chosen")
def job_selections(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    found = SelectionList.objects.filter(job=row).first()
    shown = selections.sheet(found, timezone.localdate()) if found else {"rows": []}
    return {
        "rows": [
            {
                **r["s"].answer(), "allowance": r["s"].allowance, "due": r["due"], "late": r["late"],
                "choices": [{"uid": c["c"].uid, "name": c["c"].name, "goods": c["c"].goods, "client": c["m"].total, "taken": c["taken"],
                             "delay": str(c["delay"] or "")} for c in r["choices"]],
            }
            for r in shown["rows"]
        ],
        "total": shown.get("total"),
    }  # fmt: skip
