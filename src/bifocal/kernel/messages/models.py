"""Messages out, and what became of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from bifocal.core.models import Record, Visible


class Message(Record):
    """One e-mail: what was said, to whom, about what, and whether it went out."""

    kind = "message"
    answers = ("to", "status")
    to = models.EmailField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    files = ArrayField(models.UUIDField(), default=list)
    subject_kind = models.CharField(max_length=30)
    subject_uid = models.UUIDField()
    status = models.CharField(max_length=10, default="queued")
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    objects = Visible.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_uid"])]
