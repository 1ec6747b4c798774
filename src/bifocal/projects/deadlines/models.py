"""From which days a job's deadlines count, the deadlines themselves, and blank waiver forms."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import Job


class LienClock(Aggregate):
    """The days that the deadlines of a job count from."""

    kind = "lien_clock"
    answers = ("sector", "first_on", "last_on", "completed_on")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="lien_clock")
    sector = models.CharField(max_length=8, default="private")
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    completed_on = models.DateField(null=True)
    objects = Visible.as_manager()


class LienDeadline(Aggregate):
    """A notice, lien or claim that must go out by a day. Done ones stay as they were."""

    kind = "lien_deadline"
    answers = ("title", "due", "done_on")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="lien_deadlines")
    title = models.CharField(max_length=80)
    due = models.DateField()
    citation = models.CharField(max_length=120)
    remark = models.CharField(max_length=200, blank=True)
    done_on = models.DateField(null=True)
    done_by = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "title"], name="one_deadline_a_kind")]
        indexes = [models.Index(fields=["due"], condition=models.Q(done_on=None), name="deadline_ahead")]


class BlankForm(Record):
    """A state's own waiver form, blank, as it was uploaded."""

    kind = "blank_form"
    answers = ("state", "sort")
    state = models.CharField(max_length=2)
    sort = models.CharField(max_length=24)
    file = models.UUIDField()
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["state", "sort"], name="one_blank_form")]
