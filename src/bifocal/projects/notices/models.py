"""Who must know when dates move: who follows an activity, which dates they last heard, and whether they confirmed."""

from __future__ import annotations

from typing import Self

from django.db import models

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.projects.notices.rules import MORE_THAN, REMIND, SETTLE, Way
from bifocal.projects.schedule.models import Activity


class Follower(Aggregate):
    """Somebody outside who must know an activity's dates: a subcontractor, a supplier, an inspector. Crews' foremen need no row."""

    kind = "follower"
    answers = ("name", "email")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="followers")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["activity", "email"], name="one_follower_per_address")]


class Heard(models.Model):
    """The dates of an activity that an address last heard."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    first = models.DateField()
    last = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["activity", "email"], name="one_date_heard_per_address")]


class NoticeSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A link's holder sees the one notice it is for."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class Notice(Aggregate):
    """One message to one address: the activities that moved, old and new dates; confirmed or not yet."""

    kind = "date_notice"
    answers = ("name", "confirmed_at")
    beside = ("job",)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="date_notices")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    moves = models.JSONField(help_text="code, name, first and last day before (null: never told), first and last day now")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    reminded_at = models.DateTimeField(null=True)
    objects = NoticeSet.as_manager()

    class Meta:
        ordering = ["-id"]


class TellingSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """Who is asked by a link sees the one job's question."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class Telling(Aggregate):
    """How a job's dates are told: for which moves, after how much quiet, by itself or asked first. A job without one has the defaults."""

    kind = "date_telling"
    beside = ("job",)
    answers = ("way", "more_than", "settle_minutes", "remind_days")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="date_telling")
    way = models.CharField(max_length=10, choices=[(w, w) for w in Way], default=Way.ITSELF)
    more_than = models.PositiveSmallIntegerField(default=MORE_THAN, help_text="Days; smaller moves wait until they add up")
    settle_minutes = models.PositiveIntegerField(default=SETTLE, help_text="So long nothing moves before anybody is told")
    remind_days = models.PositiveSmallIntegerField(default=REMIND, help_text="Who has not confirmed by then is reminded once; 0: nobody")
    waiting_since = models.DateTimeField(null=True, help_text="The first move that nobody was told of")
    tell_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="Since when the scheduler is asked")
    objects = TellingSet.as_manager()
