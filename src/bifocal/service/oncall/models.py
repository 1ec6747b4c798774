"""Turns of the on-call rota, and call-outs on their way to somebody who comes."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Branch, Visible
from bifocal.kernel.people.models import Person, Skill
from bifocal.service.oncall.rules import CallOutStatus
from bifocal.service.visits.models import Visit


class Turn(Aggregate):
    """Who is on call for a trade in a branch, from when to when, and who backs them up. One at a time."""

    kind = "on_call"
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="on_call")
    backup = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    during = DateTimeRangeField()
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_on_call_at_a_time",
                expressions=[
                    ("branch", RangeOperators.EQUAL), ("skill", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=~models.Q(person=models.F("backup")), name="a_backup_is_somebody_else"),
        ]  # fmt: skip


class CallOutSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """Whoever was asked sees it: by their link, or signed in."""
        if actor.person_id is not None:
            return self.filter(asked_ids__contains=[actor.person_id])
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class CallOut(Aggregate):
    """A call after hours whose rate the caller has accepted: who was asked, who declined, who comes."""

    kind = "call_out"
    answers = ("status", "total")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="call_outs")
    status = models.CharField(max_length=16, choices=[(s, s) for s in CallOutStatus], default=CallOutStatus.ASKING)
    agreed_by = models.CharField(max_length=120)
    agreed_at = models.DateTimeField()
    total = models.DecimalField(max_digits=10, decimal_places=2, help_text="What the caller was told: call-out and labor")
    cost = models.DecimalField(max_digits=10, decimal_places=2)
    rest_until = models.DateTimeField()
    asked = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    asked_ids = ArrayField(models.BigIntegerField(), default=list)
    declined = ArrayField(models.BigIntegerField(), default=list)
    answer_by = models.DateTimeField(null=True)
    objects = CallOutSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit"], condition=models.Q(status="asking"), name="one_call_out_at_a_time"),
            models.CheckConstraint(condition=~models.Q(agreed_by=""), name="a_rate_is_agreed_by_somebody"),
        ]
