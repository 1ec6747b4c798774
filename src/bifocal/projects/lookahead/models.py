"""The look-ahead: what must be cleared before an activity can go, what was promised for a week, and what the field proposes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.projects.lookahead.rules import Constrains, Missed, Said
from bifocal.projects.schedule.models import Activity


class Constraint(Aggregate):
    """Something in the way of an activity: an answer, material, people, a permit, an inspection. Cleared by somebody, on a day."""

    kind = "lookahead_constraint"
    answers = ("sort", "what", "cleared_on")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="constraints")
    sort = models.CharField(max_length=12, choices=[(c, c) for c in Constrains])
    what = models.CharField(max_length=200)
    who = models.CharField(max_length=120, blank=True, help_text="Who clears it")
    needed_by = models.DateField(null=True)
    cleared_on = models.DateField(null=True)
    objects = Visible.as_manager()

    class Meta:
        ordering = ["cleared_on", "needed_by", "id"]


class Commitment(Aggregate):
    """A promise for one week: this much of an activity, by this crew; on Friday done or not, and why not."""

    kind = "week_commitment"
    answers = ("week", "what", "done", "reason")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="week_commitments")
    activity = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="week_commitments")
    week = models.DateField(help_text="The Monday")
    what = models.CharField(max_length=200)
    who = models.CharField(max_length=120, blank=True)
    done = models.BooleanField(null=True)
    reason = models.CharField(max_length=20, blank=True, choices=[(m, m) for m in Missed])
    note = models.CharField(max_length=300, blank=True)
    objects = Visible.as_manager()

    class Meta:
        ordering = ["week", "id"]
        indexes = [models.Index(fields=["job", "week"], name="commitments_of_week")]
        constraints = [models.CheckConstraint(condition=~Q(done=False) | ~Q(reason=""), name="what_was_missed_has_a_reason")]


class Proposal(Aggregate):
    """What the field says is left of an activity, for the scheduler to accept or reject."""

    kind = "remaining_proposal"
    answers = ("days", "state")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="proposals")
    days = models.DecimalField(max_digits=6, decimal_places=1, help_text="Working days left")
    was = models.DecimalField(max_digits=6, decimal_places=1, help_text="Working days left by the schedule when it was said")
    why = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=[(s, s) for s in Said], default=Said.OPEN)
    decided_by = models.CharField(max_length=120, blank=True)
    objects = Visible.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["activity"], condition=Q(state="open"), name="one_open_proposal_per_activity"),
            models.CheckConstraint(condition=Q(days__gte=0), name="what_is_left_is_not_negative"),
        ]
