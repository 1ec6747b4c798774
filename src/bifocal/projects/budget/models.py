"""The budget: original locked, moved only by transfers (net zero) and approved changes."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import CostCode, Job


class BudgetLine(Aggregate):
    """One cost code and cost type of a job."""

    kind = "budget_line"
    answers = ("cost_type",)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="budget")
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1, help_text="L, M, E, S, O")
    locked = models.BooleanField(default=False)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "cost_code", "cost_type"], name="one_budget_line")]


class BudgetMove(Record):
    """An amount that went into a line: original, transfer or approved change. Append-only."""

    kind = "budget_move"
    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="moves")
    sort = models.CharField(max_length=10, help_text="original, transfer, change")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    hours = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    source_uid = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=120)
