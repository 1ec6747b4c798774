"""The money of a change order; its paper stands on the spine."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Visible
from bifocal.kernel.jobs.models import CostCode
from bifocal.projects.register.models import Document


class ChangeOrder(models.Model):
    """What a change costs, what the owner pays, how many days it adds, and how it was approved.

    Potential changes and requests have one too. Lines stand on the lowest tier; what groups others has their sums.
    """

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.PROTECT, related_name="change_order")
    markups = models.JSONField(default=list)
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    price = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    days = models.SmallIntegerField(default=0)
    sent_sha256 = models.CharField(max_length=64, blank=True)
    approved_name = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_address = models.CharField(max_length=60, blank=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    own_approval = models.BooleanField(default=False, help_text="Approved by who wrote it, as the contract's terms allow")
    group = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="members")
    rest_of = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="disputed")
    reverses = models.OneToOneField(Document, null=True, on_delete=models.PROTECT, related_name="reversal")
    dispute = models.CharField(max_length=300, blank=True, help_text="Why these lines were not agreed")
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_at__isnull=True) | models.Q(approved_sha256=models.F("sent_sha256")),
                name="what_was_approved_is_what_was_sent",
            )
        ]


class ChangeLine(models.Model):
    """One cost of a change, by cost code and type."""

    change = models.ForeignKey(ChangeOrder, on_delete=models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1)
    cost = models.DecimalField(max_digits=14, decimal_places=2)
    price = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    fixed = models.BooleanField(default=False, help_text="Its price was agreed as it is: no markup on it")
    source = models.UUIDField(null=True, help_text="The event's line that it came from")
