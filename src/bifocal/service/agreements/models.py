"""Service agreements."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Customer, Site


class Agreement(Aggregate):
    """A maintenance plan: sold up front, earned month by month on its own maintenance job."""

    kind = "agreement"
    answers = ("number", "status")
    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="agreements")
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="agreement")
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=14, decimal_places=2)
    starts = models.DateField()
    months = models.PositiveSmallIntegerField(default=12)
    visits_a_year = models.PositiveSmallIntegerField(default=2)
    earned_months = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=10, default="active")
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(earned_months__lte=models.F("months")), name="an_agreement_earns_its_months_once")
        ]
