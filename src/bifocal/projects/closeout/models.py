"""Substantial completion and the warranties it starts."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Site


class Completion(Aggregate):
    """The certificate of substantial completion: it fixes the date that starts the warranty clocks."""

    kind = "completion"
    answers = ("date",)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="completion")
    date = models.DateField()
    certified_by = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True)
    objects = Visible.as_manager()


class Warranty(Aggregate):
    """What we answer for at a site, until when."""

    kind = "warranty"
    answers = ("name", "ends")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="warranties")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="warranties")
    name = models.CharField(max_length=120)
    starts = models.DateField()
    ends = models.DateField()
    objects = Visible.as_manager()


class Deliverable(Aggregate):
    """Something the owner gets at the end; the project does not close while one is open."""

    kind = "deliverable"
    answers = ("name", "status")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="deliverables")
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, default="open", help_text="open, delivered, waived")
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(null=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="one_deliverable_of_a_name")]
