"""Agreed response times with their penalties; what is charged after hours."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from bifocal.core.models import Record, Visible
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.people.models import Person


class ServiceLevel(Record):
    """How soon somebody must be there for a priority, and what a late arrival costs: once, and by the hour, at most so much."""

    kind = "service_level"
    answers = ("priority", "arrive_hours")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, help_text="Empty: for everybody")
    priority = models.PositiveSmallIntegerField()
    arrive_hours = models.DecimalField(max_digits=6, decimal_places=2)
    penalty = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    per_hour = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    most = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "priority"], nulls_distinct=False, name="one_service_level")]


class Preferred(Record):
    """Somebody whom a customer would like to see again: offered first, and no promise."""

    kind = "preferred"
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="preferred")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=160, blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "person"], name="one_preference_a_person")]


class AfterHours(models.Model):
    """One row: what a call outside of working hours costs the caller and us, and how long somebody must rest after it."""

    factor = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("1.50"), help_text="Of the usual hourly price")
    minimum_hours = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("2.00"), help_text="Billed at least")
    call_out = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("95.00"), help_text="Once for coming")
    pay_factor = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("1.50"), help_text="Of the usual hourly pay")
    pay_minimum_hours = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("2.00"))
    rest_hours = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("8.00"), help_text="Due before work begins again")
    answer_minutes = models.PositiveSmallIntegerField(default=10, help_text="Then the next one is asked")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_after_hours")]

    @classmethod
    def get(cls) -> AfterHours:
        return cls.objects.get_or_create(id=1)[0]
