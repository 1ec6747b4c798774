"""People, crews, skills, calendars and allocations."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Branch, Record, User, Visible
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.places import Point, point_of


class PersonSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        return self.filter(pk=actor.person_id) if actor.person_id else self.none()


class Person(Aggregate):
    """Somebody who works here; with a sign-in or without."""

    kind = "person"
    answers = ("name",)
    name = models.CharField(max_length=120)
    trade = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")
    dispatchable = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    home_lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    home_lng = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    objects = PersonSet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def home(self) -> Point | None:
        """Where their day begins and ends; None where nobody has said."""
        return point_of(self.home_lat, self.home_lng)


class Skill(Record):
    kind = "skill"
    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class PersonSkill(models.Model):
    """A skill or certificate somebody holds, until the day it expires."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT)
    level = models.PositiveSmallIntegerField(default=1)
    expires = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "skill"], name="one_row_per_skill")]


class Crew(Aggregate):
    """People who are booked together."""

    kind = "crew"
    answers = ("name",)
    name = models.CharField(max_length=80, unique=True)
    foreman = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    members = models.ManyToManyField(Person, related_name="crews")
    objects = Visible.as_manager()

    def __str__(self) -> str:
        return self.name


class WorkCalendar(Record):
    """The working week of a branch or a crew: which weekdays, from when to when, and which days are off."""

    kind = "work_calendar"
    name = models.CharField(max_length=60, unique=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), help_text="Monday is 0")
    starts = models.TimeField()
    ends = models.TimeField()
    hours_per_day = models.DecimalField(max_digits=4, decimal_places=2, default=8)
    days_off = ArrayField(models.DateField(), default=list)

    def __str__(self) -> str:
        return self.name


class PayRate(models.Model):
    """What an hour of somebody costs from a day on: cash rate and burden per hour, by pay class."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="rates")
    pay_class = models.CharField(max_length=40, default="regular")
    rate = models.DecimalField(max_digits=8, decimal_places=2)
    burden = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    from_date = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "pay_class", "from_date"], name="one_rate_a_day")]


class Vehicle(Record):
    """A van, a lift, a trailer: in one place at a time, like a person."""

    kind = "vehicle"
    answers = ("name",)
    name = models.CharField(max_length=60, unique=True)
    branch = models.ForeignKey(Branch, null=True, blank=True, on_delete=models.PROTECT)
    active = models.BooleanField(default=True)
    objects = Visible.as_manager()

    def __str__(self) -> str:
        return self.name


class Allocation(Record):
    """One person (or vehicle) in one stretch of time, for one thing. Only plans write it (decision 10)."""

    kind = "allocation"
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="allocations")
    vehicle = models.ForeignKey(Vehicle, null=True, on_delete=models.PROTECT)
    during = DateTimeRangeField()
    firmness = models.CharField(max_length=14, choices=[(f, f) for f in Firmness])
    why_double = models.CharField(max_length=200, blank=True)
    use = models.CharField(max_length=14, choices=[(k, k) for k in AllocationKind])
    booking = models.UUIDField(help_text="Rows of one crew booking share it (decision 11)")
    source_kind = models.CharField(max_length=30)
    source_uid = models.UUIDField()
    label = models.CharField(max_length=160)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_firm_place_per_person",
                expressions=[("person", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(firmness="firm", person__isnull=False),
                deferrable=Deferrable.IMMEDIATE,
            ),
            ExclusionConstraint(
                name="one_firm_place_per_vehicle",
                expressions=[("vehicle", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(firmness="firm", vehicle__isnull=False),
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(condition=Q(person__isnull=False) | Q(vehicle__isnull=False), name="allocation_is_of_somebody"),
            models.CheckConstraint(condition=~Q(firmness="double_booked") | ~Q(why_double=""), name="double_booking_has_a_reason"),
        ]
        indexes = [models.Index(fields=["source_uid"]), models.Index(fields=["booking"])]

    objects: Any = models.Manager()


class Demand(Record):
    """Work that nobody is named for yet: hours by skill, zone and day (decision 11)."""

    kind = "demand"
    answers = ("day", "hours")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT)
    zone = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    source_kind = models.CharField(max_length=30)
    source_uid = models.UUIDField()
    label = models.CharField(max_length=160, blank=True)
    objects = Visible.as_manager()

    class Meta:
        indexes = [models.Index(fields=["day", "skill"])]
        constraints = [models.CheckConstraint(condition=Q(hours__gt=0), name="demand_is_for_some_hours")]
