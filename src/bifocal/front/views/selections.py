"""The selections of a job: what is to be chosen by when, what it costs and delays, how the allowances stand."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Vendor
from bifocal.projects.estimates.models import Proposal
from bifocal.projects.selections import queries
from bifocal.projects.selections.models import SelectionList


def shows(row: Job) -> bool:
    """Projects have selections; another job where something is to be chosen, or its signed estimate holds an allowance."""
    return row.lens == "project" or SelectionList.objects.filter(job=row).exists() or row.estimates.exists()


def tab(row: Job, actor: Actor) -> dict[str, Any]:
    """What the tab shows."""
    found = SelectionList.objects.select_related("job__customer", "job__branch").filter(job=row).first()
    signed = Proposal.objects.filter(estimate__job=row, status="accepted").first()
    shown = queries.sheet(found, timezone.localdate()) if found else {"list": None, "rows": []}
    return {
        **shown, "may_start": actor.can("selection.edit"), "vendors": Vendor.objects.order_by("name"), "activities": row.activities.all(),
        "signed": signed,
    }  # fmt: skip
