"""Activities and what links them; the plan they belong to, its updates, baselines and the journal of edits."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.people.models import Crew


class Activity(Aggregate):
    """A piece of work in working days; 0 days is a milestone."""

    kind = "activity"
    answers = ("code", "name")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="activities")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=255)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    days = models.PositiveSmallIntegerField()
    phase = models.ForeignKey(Phase, null=True, on_delete=models.SET_NULL)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    crew = models.ForeignKey(Crew, null=True, on_delete=models.PROTECT)
    not_before = models.DateField(null=True)
    actual_start = models.DateField(null=True)
    actual_finish = models.DateField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    place = models.PositiveIntegerField(default=0)
    exact = models.JSONField(default=dict, blank=True, help_text="What the engine knows beyond whole days (exact.py)")
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
    lag = models.IntegerField(default=0)
    exact = models.JSONField(default=dict, blank=True, help_text="Lag in minutes, elapsed or percent, where days don't say it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["before", "after", "sort"], name="one_link_per_type")]


class Plan(Aggregate):
    """What a job's activities share: data date, rules, calendars. A job without one is planned in whole days on the company's calendar.

    `frame` holds dialect, project, calendars, breakdown and data date in the engine's terms (exact.py); `version` counts every edit.
    """

    kind = "plan"
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="plan")
    frame = models.JSONField(default=dict, blank=True)
    source = models.ForeignKey("Update", null=True, on_delete=models.SET_NULL, related_name="+")
    objects = Visible.as_manager()


class Update(Aggregate):
    """A schedule file that was uploaded: read, shown as a difference, then accepted or put aside. Its bytes stay for the way back."""

    kind = "schedule_update"
    answers = ("number", "status")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="schedule_updates")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=8)
    project = models.CharField(max_length=80, blank=True, help_text="Which project of the file")
    data = models.BinaryField()
    status = models.CharField(max_length=10, default="read", help_text="read, accepted, discarded")
    difference = models.JSONField(default=dict)
    against = models.PositiveIntegerField(help_text="The plan's version that the difference was taken against")
    by = models.CharField(max_length=120)
    accepted_at = models.DateTimeField(null=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_update_per_number")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"Update {self.number}: {self.name}"


class Baseline(Record):
    """A plan as it was, frozen: code -> start, finish, working minutes. No command changes one."""

    kind = "baseline"
    answers = ("number", "name")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="baselines")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    rows = models.JSONField()
    finish = models.DateField()
    by = models.CharField(max_length=120)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_baseline_per_number")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Edit(models.Model):
    """One edit of a plan with what it changed, so that it can be taken back and done again."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="schedule_edits")
    version = models.PositiveIntegerField()
    by_key = models.CharField(max_length=80)
    said = models.CharField(max_length=200)
    before = models.JSONField()
    after = models.JSONField()
    undone = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["job", "-id"], name="edit_of_job")]
