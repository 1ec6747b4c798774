"""What customers were told about a moved window, and what they chose."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Visible
from bifocal.service.replan.rules import Choice
from bifocal.service.visits.models import Visit


class NoticeSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A customer's link sees its one notice."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class Notice(Aggregate):
    """One message to one customer about one new window; the same window is never told twice."""

    kind = "notice"
    answers = ("choice",)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="notices")
    before = DateTimeRangeField()
    after = DateTimeRangeField()
    choice = models.CharField(max_length=14, choices=[(c, c) for c in Choice], default=Choice.WAITING)
    note = models.CharField(max_length=200, blank=True)
    objects = NoticeSet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "after"], name="one_notice_per_window")]
