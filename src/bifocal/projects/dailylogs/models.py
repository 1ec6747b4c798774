"""Daily logs. A signed one never changes: the database refuses it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bifocal.core.models import Visible
from bifocal.kernel.jobs.models import Job
from bifocal.projects.register.models import Document


class DailyLog(models.Model):
    """One day of a project."""

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.PROTECT, related_name="log")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="logs")
    day = models.DateField()
    sections = models.JSONField(default=dict)
    signed_by = models.CharField(max_length=120, blank=True)
    signed_at = models.DateTimeField(null=True)
    seq = models.PositiveIntegerField(null=True)
    content = models.JSONField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    prev_sha256 = models.CharField(max_length=64, blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "day"], name="one_log_a_day"),
            models.UniqueConstraint(fields=["job", "seq"], condition=Q(seq__isnull=False), name="one_place_in_the_chain"),
            models.CheckConstraint(condition=Q(signed_at=None) | ~Q(sha256=""), name="a_signed_log_has_a_hash"),
        ]


class Amendment(models.Model):
    """What is added to a signed log later; the original is printed first."""

    log = models.ForeignKey(DailyLog, on_delete=models.PROTECT, related_name="amendments")
    text = models.TextField()
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    late = models.BooleanField(default=False)
