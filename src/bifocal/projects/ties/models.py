"""What hangs on an activity: its inspections, the submittal it waits for, the work that a change order puts behind it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Visible
from bifocal.projects.register.models import Document
from bifocal.projects.schedule.models import Activity
from bifocal.projects.ties.rules import Result


class Inspection(Aggregate):
    """An inspection of an activity's work. One that failed is booked again: the last that was judged decides."""

    kind = "inspection"
    answers = ("name", "planned_on", "result")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="inspections")
    name = models.CharField(max_length=120)
    inspector = models.CharField(max_length=120, blank=True)
    planned_on = models.DateField()
    result = models.CharField(max_length=6, blank=True, choices=[(r, r) for r in Result])
    judged_on = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)
    objects = Visible.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(result="", judged_on=None) | (~Q(result="") & Q(judged_on__isnull=False)),
                                              name="a_judged_inspection_has_its_day")]  # fmt: skip


class SubmittalTie(Aggregate):
    """A submittal whose material an activity begins with: its dates follow the activity's start."""

    kind = "submittal_tie"
    beside = ("document",)
    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="tie")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="submittal_ties")
    objects = Visible.as_manager()


class Fragment(Aggregate):
    """The work of a change order: pieces one after the other behind an activity; part of the plan once the change is approved."""

    kind = "change_fragment"
    answers = ("pieces", "impact")
    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="fragment")
    after = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="+")
    before = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="+")
    pieces = models.JSONField(help_text="name and working days of each, in their order")
    impact = models.JSONField(default=dict, help_text="What it did to the finish when it was analyzed")
    entered_at = models.DateTimeField(null=True)
    stuck = models.CharField(max_length=300, blank=True, help_text="Why it could not enter the plan")
    objects = Visible.as_manager()
