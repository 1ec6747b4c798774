"""Loans of people: out of which activity, to which call, what it was said to cost, what the foreman answered."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from bifocal.bridges.loans.rules import LoanStatus
from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.people.models import Person
from bifocal.projects.schedule.models import Activity
from bifocal.service.visits.models import Visit


class LoanSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """The foreman's link sees the one loan it asks about; a signed-in foreman those they were asked about."""
        if actor.person_id is not None:
            return self.filter(foreman_id=actor.person_id)
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class Loan(Aggregate):
    """Somebody who was taken out of a crew day for a call, with what was known when it was decided."""

    kind = "loan"
    answers = ("status", "hours", "slip_days", "damages")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="loans")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="loans")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    foreman = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    during = DateTimeRangeField(help_text="Hours taken out of the crew day")
    made_up = DateTimeRangeField(null=True, help_text="When the same person makes them up; empty: hours that nobody is named for")
    demand = models.UUIDField(null=True, help_text="The hours that nobody is named for; empty: the same person makes them up")
    booking = models.UUIDField(null=True, help_text="The crew's booking that the hours were cut out of")
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    float_hours = models.DecimalField(max_digits=8, decimal_places=2)
    slip_days = models.DecimalField(max_digits=8, decimal_places=2)
    damages = models.DecimalField(max_digits=12, decimal_places=2)
    penalty = models.DecimalField(max_digits=12, decimal_places=2)
    margin = models.DecimalField(max_digits=12, decimal_places=2)
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=[(s, s) for s in LoanStatus], default=LoanStatus.ASKED)
    said = models.CharField(max_length=200, blank=True)
    objects = LoanSet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="a_loan_has_a_reason")]
