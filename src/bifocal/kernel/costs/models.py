"""Audited transfers of cost between jobs. What moved stays on its source row; the journal says where it counts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.ledger.models import JournalLine


class CostTransfer(Aggregate):
    """Cost moved from one job to another, with the reason."""

    kind = "cost_transfer"
    answers = ("number", "amount")
    number = models.CharField(max_length=20, unique=True)
    from_job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="cost_out")
    to_job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="cost_in")
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reversed = models.BooleanField(default=False)
    objects = Visible.as_manager()


class CostTransferLine(models.Model):
    """One journal line that moved, whole; it can't move twice unless the first move was undone."""

    transfer = models.ForeignKey(CostTransfer, on_delete=models.CASCADE, related_name="lines")
    source_line = models.ForeignKey(JournalLine, on_delete=models.PROTECT, db_constraint=False)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_line"], condition=Q(active=True), name="a_cost_moves_once")]
