"""The contract and its schedule of values. Σ of the lines = the contract sum, checked by the database (decision 22)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.projects.contracts.rules import ContractStatus, OurRole
from bifocal.projects.register.models import Document


class Contract(Aggregate):
    """What was agreed. Its sum moves only with an approved change order."""

    kind = "contract"
    answers = ("number", "status", "original_sum", "sum")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="contract")
    number = models.CharField(max_length=40)
    our_role = models.CharField(max_length=14, choices=[(r, r) for r in OurRole], default=OurRole.PRIME)
    status = models.CharField(max_length=12, choices=[(s, s) for s in ContractStatus], default=ContractStatus.DRAFT)
    original_sum = models.DecimalField(max_digits=14, decimal_places=2)
    sum = models.DecimalField(max_digits=14, decimal_places=2)
    retainage_work = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal("0.10"))
    retainage_stored = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal("0.10"))
    retainage_cap = models.DecimalField(max_digits=6, decimal_places=4, null=True, help_text="Never more than this share is held")
    retainage_cap_of = models.CharField(max_length=8, default="current", help_text="original, current")
    retainage_steps = models.JSONField(default=list, help_text="at_percent, rate, retroactive")
    signed_on = models.DateField(null=True)
    starts = models.DateField()
    days = models.PositiveIntegerField(default=0, help_text="Calendar days to completion")
    completion = models.DateField(null=True)
    damages_per_day = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0), help_text="Liquidated, a calendar day")
    inclusions = models.TextField(blank=True)
    exclusions = models.TextField(blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(retainage_work__gte=0) & Q(retainage_work__lte=1), name="retainage_is_a_share")]


class SovLine(Record):
    """A line of the schedule of values. Base lines are never overwritten; change orders append."""

    kind = "sov_line"
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="sov")
    place = models.PositiveIntegerField()
    item = models.CharField(max_length=20)
    description = models.CharField(max_length=200)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    scheduled_value = models.DecimalField(max_digits=14, decimal_places=2)
    change = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="sov_lines")
    before_contract = models.BooleanField(default=False)
    retainage_work = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    retainage_stored = models.DecimalField(max_digits=6, decimal_places=4, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "item"], name="one_sov_line_per_item")]
        ordering = ["place"]
