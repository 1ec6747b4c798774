"""Time segments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.people.models import Person
from bifocal.kernel.time.rules import ACCEPTED, Activity, HourCost, Status


class SegmentSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        return self.filter(person_id=actor.person_id) if actor.person_id else self.none()


class TimeSegment(Aggregate):
    """A stretch of one person's day. Exactly one is open; accepted ones never overlap (decision 12)."""

    kind = "time_segment"
    answers = ("status",)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="segments")
    during = DateTimeRangeField()
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="segments")
    phase = models.ForeignKey(Phase, null=True, on_delete=models.PROTECT)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    activity = models.CharField(max_length=8, choices=[(a, a) for a in Activity])
    work_class = models.CharField(max_length=40, blank=True)
    pay_class = models.CharField(max_length=40)
    rate = models.DecimalField(max_digits=8, decimal_places=2)
    burden = models.DecimalField(max_digits=8, decimal_places=2)
    why = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=[(s, s) for s in Status])
    hours = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    source_kind = models.CharField(max_length=30, blank=True)
    source_uid = models.UUIDField(null=True)
    dispute = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=200, blank=True)
    objects = SegmentSet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_place_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(status__in=[str(s) for s in ACCEPTED]),
            ),
            models.UniqueConstraint(fields=["person"], condition=Q(status="open"), name="one_open_clock"),
            models.CheckConstraint(condition=Q(status="open") | Q(hours__isnull=False), name="closed_time_has_hours"),
        ]
        indexes = [
            models.Index(fields=["job", "status"], name="time_job"),
            models.Index(fields=["status"], condition=Q(status__in=["closed", "disputed"]), name="time_to_approve"),
        ]

    @property
    def cost(self) -> HourCost:
        return HourCost(self.pay_class, self.rate, self.burden, self.why)

    @property
    def amount(self) -> Decimal:
        """What the segment costs with burden, once it has an end."""
        from bifocal.lib.money import extend

        return extend(self.hours or Decimal(0), self.rate + self.burden)

    @property
    def began(self) -> Any:
        return self.during.lower

    @property
    def ended(self) -> Any:
        return self.during.upper
