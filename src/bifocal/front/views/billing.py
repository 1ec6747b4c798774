"""The Billing page of a job: only the way that was agreed; a choice where none is yet."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bifocal.core.actor import Actor
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.jobs.models import Job
from bifocal.projects.billings import queries
from bifocal.projects.billings.rules import USUAL_DRAWS, Way
from bifocal.projects.contracts.models import Contract

WAYS = {
    Way.DRAWS: _("Draws: parts of the price at milestones"), Way.PROGRESS: _("Applications for payment by schedule of values"),
    Way.TIME: _("Time and materials"), Way.COST_PLUS: _("Cost plus a fee"), Way.UNITS: _("Unit prices"),
}  # fmt: skip
SAID = {"On signing": _("On signing"), "Rough-in complete": _("Rough-in complete"), "On completion": _("On completion")}


def billing_tab(row: Job, actor: Actor) -> dict[str, Any]:
    """What the page shows: the plan's figures, the applications of a contract, or the choice. Long jobs begin with draws."""
    plan = queries.plan_of(row)
    contract = Contract.objects.filter(job=row).first()
    apps = list(contract.payapps.select_related("invoice").order_by("number")) if contract else []
    by_apps = bool(apps) or (plan is not None and plan.way == Way.PROGRESS)
    found: dict[str, Any] = {
        "apps": apps, "by_apps": by_apps, "ways": WAYS.items(), "types": "MSEO",
        "other_invoices": Invoice.objects.filter(job=row, by_plan=None).order_by("-id"),
        "usual": [(SAID[name], percent) for name, percent in USUAL_DRAWS],
        "first_way": Way.PROGRESS if contract and contract.sov.count() > 3 else Way.DRAWS,
        "offers_ways": not apps and (plan is None or plan.way == Way.PROGRESS),
    }  # fmt: skip
    if plan and plan.way != Way.PROGRESS:
        found["b"] = queries.figures(plan, timezone.localdate())
        found["offers_ways"] = not found["b"]["invoices"]
        found["first_way"] = plan.way
    return found
