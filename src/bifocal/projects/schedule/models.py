"""Activities and what links them."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.people.models import Crew


class Activity(Aggregate):
    """A piece of work in working days; 0 days is a milestone."""

    kind = "activity"
    answers = ("code", "name")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="activities")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    days = models.PositiveSmallIntegerField()
    phase = models.ForeignKey(Phase, null=True, on_delete=models.SET_NULL)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    crew = models.ForeignKey(Crew, null=True, on_delete=models.PROTECT)
    not_before = models.DateField(null=True)
    actual_start = models.DateField(null=True)
    actual_finish = models.DateField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    place = models.PositiveSmallIntegerField(default=0)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "code"], name="one_activity_per_code"),
            models.CheckConstraint(condition=models.Q(percent__lte=100), name="an_activity_is_at_most_done"),
        ]
        ordering = ["place", "id"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ActivityLink(models.Model):
    """One activity follows from another."""

    before = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="links_out")
    after = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="links_in")
    sort = models.CharField(max_length=2, default="FS")
    lag = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["before", "after", "sort"], name="one_link_per_type")]
