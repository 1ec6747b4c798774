"""Reads of project controls: the budget report and its cells, commitments, WIP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from bifocal.bridges.portfolio.models import WipMonth
from bifocal.bridges.portfolio.wip import wip
from bifocal.core.policy import require
from bifocal.front.api import actor_of
from bifocal.front.api.queries import get, listed
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.purchasing import gates
from bifocal.projects.budget.queries import revised
from bifocal.projects.commitments import queries as commitments
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.events.queries import exposure
from bifocal.projects.forecast import queries as forecast
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.rollup import queries as rollup
from bifocal.projects.subapps import queries as subapps
from bifocal.projects.subapps.models import SubApp


@get("/jobs/{uid}/budget-report", "budget_report", "The budget a to q by code and type, with pending changes and approved only")
def budget_report(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    found = forecast.report(row)
    return {
        "lines": [{"cost_code": r.code, "cost_type": r.cost_type, "name": r.name, "note": r.note, **asdict(r.columns)} for r in found.rows],
        "totals": found.totals,
        "approved_only": {"lines": [asdict(r.approved) for r in found.rows], "totals": found.approved_totals},
        "buy_out": commitments.buy_out(row, revised(row)),
    }


@get("/jobs/{uid}/budget-report/{code}/{cost_type}/{column}", "budget_cell", "The transactions behind one cell of the budget report")
def budget_cell(request: HttpRequest, uid: UUID, code: str, cost_type: str, column: str) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    return forecast.cell(row, code, cost_type, column)


@get("/commitments", "commitments", "Subcontracts and purchase orders, newest first")
def commitments_list(request: HttpRequest, job: UUID | None = None, status: str = "", cursor: str = "", size: int = 50) -> Any:
    actor = actor_of(request)
    require(actor, "cost.see")
    rows = Commitment.objects.visible_to(actor)
    if job:
        rows = rows.filter(job__uid=job)
    if status:
        rows = rows.filter(status=status)
    values = rows.values(
        "id", "uid", "number", "sort", "title", "status", "original_sum", "sum", "retainage", "version",
        vendor_name=F("vendor__name"), job_number=F("job__number"),
    )  # fmt: skip
    return listed(values, cursor, size)


@get("/commitments/{uid}", "commitment", "A commitment with its lines, changes and what was billed")
def commitment(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Commitment = Commitment.objects.find(uid, actor)
    require(actor, "cost.see")
    return {
        **row.answer(),
        "sort": row.sort, "title": row.title, "vendor": row.vendor.uid, "job": row.job.uid, "retainage": row.retainage,
        "figures": commitments.summary(row),
        "lines": [
            {"item": li.item, "description": li.description, "cost_code": li.cost_code.code, "cost_type": li.cost_type,
             "amount": li.amount, "billed": li.taken or 0, "counts": li.counts}
            for li in commitments.lines_of(row)
        ],
        "changes": list(row.changes.order_by("number").values("uid", "number", "title", "status", "amount", "days")),
    }  # fmt: skip


@get("/jobs/{uid}/exposure", "exposure", "Change events with cost, price, what is spent and what is at risk")
def exposure_of(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: Job = Job.objects.find(uid, actor)
    require(actor, "cost.see")
    found = exposure(row)
    return {
        "rows": [
            {**r["doc"].answer(), "title": r["doc"].title, "code": r["event"].code.code if r["event"].code else None,
             "notice_due": r["event"].notice_due, "notice_given": r["event"].notice_given,
             "owner_change": r["event"].owner_change.uid if r["event"].owner_change else None,
             "lines": [
                 {"uid": li.uid, "description": li.description, "cost_code": li.cost_code.code, "cost": li.money.cost,
                  "requests": list(li.requests.values("uid", "status", "amount", "vendor__name"))}
                 for li in r["event"].lines.select_related("cost_code")
             ],
             **{k: r[k] for k in ("cost", "price", "spent", "at_risk", "gain")}}
            for r in found["rows"]
        ],
        "totals": found["totals"],
    }  # fmt: skip


@get("/subapps/{uid}", "subapp", "A subcontractor's application: claimed beside approved, its waivers, why its check is held")
def subapp(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: SubApp = SubApp.objects.find(uid, actor)
    held = gates.holds(row.bill, row.bill.open_amount, timezone.localdate()) if actor.sees_all and row.bill and row.bill.open_amount else []
    return {
        **row.answer(), "commitment": row.commitment.uid, "period_to": row.period_to, "figures": subapps.figures(row), "held": held,
        "bill": row.bill.uid if row.bill else None, "cleared_on": row.cleared_on,
        "lines": [
            {"item": li.line.item, "description": li.line.description, "amount": li.line.amount, "previous": li.previous,
             "claimed": li.claimed, "approved": li.approved, "comment": li.comment}
            for li in row.lines.select_related("line")
        ],
        "waivers": list(row.waivers.order_by("id").values("uid", "sort", "status", "claimant", "amount", "through", "signer", "signed_at")),
    }  # fmt: skip


@get("/reports/pay-run", "pay_run", "Subcontractors' open bills: who is held and why")
def pay_run(request: HttpRequest, on: date) -> Any:
    require(actor_of(request), "cost.see")
    return [
        {"vendor": r["app"].commitment.vendor.name, "subapp": r["app"].uid, "bill": r["bill"].uid, "open": r["open"], "held": r["why"],
         "free": r["free"]}
        for r in rollup.pay_run(on)
    ]  # fmt: skip


@get(
    "/payapps/{uid}/from-subcontractors", "payapp_from_subs", "What approvals of subcontractors propose for an application; what was taken"
)
def payapp_from_subs(request: HttpRequest, uid: UUID) -> Any:
    actor = actor_of(request)
    row: PayApp = PayApp.objects.find(uid, actor)
    require(actor, "cost.see")
    found = rollup.proposals(row)
    return {
        "proposed": [
            {"item": r["item"], "this_period": r["now"], "proposed": r["proposed"], "bought": r["bought"], "approved": r["approved"],
             "sources": [_source(s) for s in r["sources"]]}
            for r in found["rows"]
        ],
        "without_a_line": [_source(s) for s in found["without"]],
        "taken": [{"item": t.line.sov.item, **_source(t.sub)} for t in rollup.taken_from(row)],
    }  # fmt: skip


def _source(line: Any) -> dict[str, Any]:
    app = line.subapp
    return {"subapp": app.uid, "commitment": app.commitment.number, "vendor": app.commitment.vendor.name, "number": app.number,
            "item": line.line.item, "approved": line.approved}  # fmt: skip


@get("/reports/wip", "wip", "Work in progress over both lenses, as of a day, and whether it foots to the books")
def wip_report(request: HttpRequest, upto: date) -> Any:
    require(actor_of(request), "cost.see")
    found = wip(upto)
    return {
        "rows": [{"job": r.job.uid, **asdict(r.given), **asdict(r.earned), "signed_by": r.signed_by, "fade": r.fade} for r in found.rows],
        "totals": {**asdict(found.total), **found.given}, "problems": found.problems, "checks": found.checks, "well": found.well,
        "service": found.service, "agreements": found.agreements,
        "published": list(WipMonth.objects.filter(month=upto).values("uid", "revision", "by", "unsigned", "totals")),
    }  # fmt: skip
