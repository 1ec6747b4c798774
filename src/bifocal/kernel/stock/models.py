"""Places, levels, moves."""

from __future__ import annotations

from typing import Self

from django.db import models

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Branch, Record, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.stock.rules import Place


class LocationSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        return self.filter(person_id=actor.person_id) if actor.person_id else self.none()


class Location(Aggregate):
    """A warehouse, a truck, a container on a job site."""

    kind = "location"
    answers = ("name",)
    name = models.CharField(max_length=80, unique=True)
    sort = models.CharField(max_length=10, choices=[(p, p) for p in Place])
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="trucks")
    branch = models.ForeignKey(Branch, null=True, on_delete=models.PROTECT)
    objects = LocationSet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def home(self) -> Branch | None:
        """Its branch: its own, else that of the person whose truck it is. Its clock dates what happens here."""
        return self.branch or (self.person.branch if self.person else None)


class ItemStock(models.Model):
    """Quantity and value of an item over the whole company (one moving average)."""

    item = models.OneToOneField(Item, primary_key=True, on_delete=models.PROTECT, related_name="stock")
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    value = models.DecimalField(max_digits=14, decimal_places=2, default=0)


class StockLevel(models.Model):
    """Quantity of an item in one place. It may go below zero: the field is right, the count is late."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="levels")
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    least = models.DecimalField(max_digits=14, decimal_places=4, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["location", "item"], name="one_level_per_place")]


class Move(Record):
    """Goods from one place to another, to a job, or in and out of the company."""

    kind = "stock_move"
    answers = ("quantity", "value")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="moves")
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    value = models.DecimalField(max_digits=14, decimal_places=2)
    from_location = models.ForeignKey(Location, null=True, on_delete=models.PROTECT, related_name="+")
    to_location = models.ForeignKey(Location, null=True, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="stock_moves")
    sort = models.CharField(max_length=10, help_text="receive, transfer, use, return, count")
    occurred_at = models.DateTimeField()
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="a_move_moves_something")]
        indexes = [models.Index(fields=["job"])]
