"""Visits and what happened on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import MOST_PEOPLE
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.stock.models import Location
from bifocal.service.visits.rules import Status


class VisitSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A technician sees every visit assigned to them in the last 30 days, canceled ones too (decision 1)."""
        if actor.person_id is None:
            return self.none()
        since = timezone.now() - timedelta(days=30)
        mine = Assignment.objects.filter(person_id=actor.person_id).filter(Q(removed_at=None) | Q(removed_at__gte=since))
        return self.filter(pk__in=mine.values("visit_id"))


class Visit(Aggregate):
    """One trip to one job."""

    kind = "visit"
    answers = ("status", "seq")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="visits")
    seq = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=12, choices=[(s, s) for s in Status], default=Status.UNSCHEDULED)
    minutes = models.PositiveIntegerField(default=60)
    skill = models.CharField(max_length=30, blank=True)
    people = models.PositiveSmallIntegerField(default=1, help_text="How many must be there at once; one of them holds the skill")
    planned = DateTimeRangeField(null=True)
    on_list = models.BooleanField(default=False, help_text="On somebody's day without a time; planned is the shift")
    window = DateTimeRangeField(null=True, help_text="Arrival window promised to the customer")
    confirmed_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, blank=True)
    note = models.TextField(blank=True)
    signed_by = models.CharField(max_length=120, blank=True)
    objects = VisitSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "seq"], name="one_visit_per_number"),
            models.CheckConstraint(condition=Q(people__gte=1, people__lte=MOST_PEOPLE), name="a_visit_needs_somebody"),
            models.CheckConstraint(condition=~Q(status=Status.DONE) | ~Q(outcome=""), name="a_done_visit_has_an_outcome"),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.SCHEDULED, Status.DISPATCHED]) | Q(planned__isnull=False),
                name="a_scheduled_visit_has_a_time",
            ),
        ]
        indexes = [models.Index(fields=["status"], condition=~Q(status__in=["done", "cancelled"]), name="visit_live")]

    @property
    def label(self) -> str:
        """How the calendar names it: '10-12 service call at Elm Street'."""
        return f"{self.job.number} {self.job.title} at {self.job.site.name}"

    @property
    def missing(self) -> int:
        """How many more must be sent along; none before somebody is. One query."""
        there = self.assignments.filter(removed_at=None).count() if self.people > 1 else 1
        return max(0, self.people - there) if there else 0


class Assignment(models.Model):
    """A technician on a visit; removed ones stay visible to them for 30 days."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    lead = models.BooleanField(default=True)
    status = models.CharField(max_length=12, blank=True, help_text="Where they stand, where several are on it; empty before they report")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "person"], condition=Q(removed_at=None), name="one_seat_on_a_visit")]


class Promise(models.Model):
    """Every arrival window that a customer was told, who changed it and why."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="promises")
    window = DateTimeRangeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, blank=True)


class Ban(Record):
    """Somebody whom a customer does not want to see again: they are not sent there without a reason."""

    kind = "ban"
    answers = ("why",)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="bans")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="bans")
    why = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "person"], name="one_ban_a_person")]

    objects: Any = models.Manager()


class PartUsed(Record):
    """A part that went into the job on this visit, at the price the customer sees."""

    kind = "part_used"
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="parts")
    item = models.ForeignKey(Item, on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    move_uid = models.UUIDField()
    billed = models.BooleanField(default=False)


class Card(Aggregate):
    """Something the field did that the plan did not expect: the dispatcher looks at it and settles it."""

    kind = "conflict_card"
    answers = ("sentence",)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="cards")
    sentence = models.CharField(max_length=300)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=120, blank=True)
    objects = Visible.as_manager()


def window_of(value: object) -> tuple[datetime, datetime] | None:
    """A range column as (start, end), or None."""
    lower, upper = getattr(value, "lower", None), getattr(value, "upper", None)
    if isinstance(value, tuple):
        lower, upper = value
    return (lower, upper) if lower and upper else None
