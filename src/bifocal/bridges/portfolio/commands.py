"""Publishing the WIP schedule of a month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date as Date
from typing import Any

from bifocal.bridges.portfolio.facts import WipPosted
from bifocal.bridges.portfolio.models import WipMonth
from bifocal.bridges.portfolio.rules import Held, post_wip
from bifocal.bridges.portfolio.wip import Wip, held, left_over, wip
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Counter
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Entry
from bifocal.lib.errors import Refused

NAMES = ("earned", "gross_profit_to_date", "over", "under", "backlog", "loss_provision", "loss_provision_total")


@command("wip.post")
def post_wip_month(*, month: Date, unsigned: str = "", actor: Actor, call: Call) -> WipMonth:
    """Publish a month's WIP schedule and post its adjusting entries as differences: a second run changes nothing.

    Refused when the schedule does not foot to the books, or a project lacks its manager's month-end (unless a reason is given).
    """
    require(actor, "wip.post")
    last = month.replace(day=monthrange(month.year, month.month)[1])
    Counter.objects.select_for_update().get_or_create(series="wip")  # one publication at a time
    found = wip(last)
    if not found.well:
        wrong = [*found.problems, *(f"{c['name']}: {c['difference']} apart" for c in found.checks if not c["ok"])]
        raise Refused(f"The schedule can't be published: {'; '.join(wrong[:6])}.", problems=wrong)
    open_ = [r.job.number for r in found.rows if not r.signed_by]
    if open_ and not unsigned:
        raise Refused(f"No month-end of {last:%B %Y} from the managers of {', '.join(open_[:8])}. Ask them, or say why to go on without.")
    before: WipMonth | None = WipMonth.objects.filter(month=last).order_by("-revision").first()
    inner, revision = actor.within("wip.post"), before.revision + 1 if before else 0
    targets = [(r.job, Held(r.earned.under, r.earned.over, r.earned.loss_provision)) for r in found.rows]
    targets += [(job, Held()) for job in left_over([r.job.pk for r in found.rows], last)]
    entries = sum(_post(job, target, last, revision, inner, call) for job, target in targets)
    rows, totals = _frozen(found)
    if before and (before.rows, before.totals) == (rows, totals):
        return before
    kept = WipMonth.objects.create(
        month=last, revision=revision, rows=rows, totals=totals, unsigned=unsigned if open_ else "", by=actor.name
    )
    told = WipPosted(month=f"{last:%Y-%m}", revision=revision, over=totals["over"], under=totals["under"], entries=entries)
    record(told, about=kept, actor=actor, call=call)
    return kept


def _post(job: Job, target: Held, day: Date, revision: int, actor: Actor, call: Call) -> int:
    """One job's difference, if there is one. Returns how many entries were posted."""
    dims = {"job_id": job.pk, "customer_id": job.customer_id, "branch_id": job.branch_id, "business_unit_id": job.business_unit_id}
    lines = post_wip(held(job.pk, day), target, dims=dims)
    entry = Entry(f"wip {day:%Y-%m} r{revision}", job.subject, day, lines, f"{job.number} WIP {day:%B %Y}")
    return 1 if ledger.post(entry, actor=actor, call=call) else 0


def _frozen(found: Wip) -> tuple[list[dict[str, Any]], dict[str, str]]:
    rows = [
        {
            "job": str(r.job.uid), "number": r.job.number, "title": r.job.title, "price": str(r.given.price),
            "estimate": str(r.given.estimated_total_cost), "cost": str(r.given.cost_to_date), "billed": str(r.given.billed),
            "percent": f"{r.earned.percent:.10f}", "signed_by": r.signed_by, **{k: str(getattr(r.earned, k)) for k in NAMES},
        }
        for r in found.rows
    ]  # fmt: skip
    totals = {k: str(getattr(found.total, k)) for k in NAMES} | {k: str(v) for k, v in found.given.items()}
    return rows, totals
