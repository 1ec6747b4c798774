"""Rented equipment on a job."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Vendor
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.rentals.rules import Per


class Rental(Aggregate):
    """A machine that costs by the day until somebody calls it off."""

    kind = "rental"
    answers = ("description", "on_hire", "off_hire")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="rentals")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="rentals")
    order = models.ForeignKey(Commitment, null=True, on_delete=models.PROTECT, related_name="rentals")
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    description = models.CharField(max_length=160)
    rate = models.DecimalField(max_digits=12, decimal_places=2)
    per = models.CharField(max_length=6, choices=[(p, p) for p in Per])
    on_hire = models.DateField()
    expected = models.DateField(help_text="Back by")
    off_hire = models.DateField(null=True)
    confirmation = models.CharField(max_length=60, blank=True, help_text="The vendor's off-hire number")
    told = models.SmallIntegerField(null=True, help_text="The last reminder that went out")
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expected__gte=F("on_hire")), name="a_rental_ends_after_it_began"),
            models.CheckConstraint(condition=Q(off_hire=None) | Q(off_hire__gte=F("on_hire")), name="off_hire_after_on_hire"),
        ]
