"""How sure a schedule is: three durations an activity, and the last simulation of them."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.projects.schedule.models import Activity


class ThreeDurations(models.Model):
    """The shortest, the most likely and the longest time that is left of an activity, in working minutes of its calendar.

    `base` is what the plan left of it when they were given: they grow and shrink with the plan's own duration.
    """

    activity = models.OneToOneField(Activity, on_delete=models.CASCADE, related_name="three_durations")
    low = models.PositiveIntegerField()
    likely = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    base = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(low__lte=models.F("likely"), likely__lte=models.F("high")), name="three_in_order"),
        ]


class RiskRun(Aggregate):
    """A job's simulation: asked for, worked on in the queue, kept with the plan's version that it was made of."""

    kind = "risk_run"
    answers = ("status", "samples", "share")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="risk_run")
    samples = models.PositiveIntegerField(default=1000)
    status = models.CharField(max_length=8, default="waiting", help_text="waiting, working, ready, failed")
    share = models.PositiveSmallIntegerField(default=0, help_text="How far, in percent")
    sentence = models.CharField(max_length=400, blank=True, help_text="Why it failed")
    digest = models.CharField(max_length=64, blank=True, help_text="Of the network and the durations that it was made of")
    outcome = models.JSONField(default=dict)
    objects = Visible.as_manager()
