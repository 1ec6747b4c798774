"""Which approved line of a subcontractor is in which application, how commitments are paid, pay runs and who was chased."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.payapps.models import PayAppLine
from bifocal.projects.subapps.models import SubApp, SubAppLine


class RolledUp(models.Model):
    """An approved line of a subcontractor, billed to the owner by a line of our application."""

    line = models.ForeignKey(PayAppLine, on_delete=models.CASCADE, related_name="rolled_up")
    sub = models.ForeignKey(SubAppLine, on_delete=models.PROTECT, related_name="rolled_up")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "sub"], name="a_sub_line_once_per_line")]


class PayTerms(Aggregate):
    """How a commitment is paid, where it is not simply by its due date."""

    kind = "pay_terms"
    answers = ("pay_when_paid",)
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, related_name="pay_terms")
    pay_when_paid = models.BooleanField(default=False)
    objects = Visible.as_manager()


class PayRun(Record):
    """A day on which subcontractors are paid."""

    kind = "pay_run"
    answers = ("on",)
    on = models.DateField(unique=True)
    objects = Visible.as_manager()


class Chase(models.Model):
    """A letter to a subcontractor whose check is held, so many days before the run. Once each."""

    run = models.ForeignKey(PayRun, on_delete=models.CASCADE, related_name="chased")
    subapp = models.ForeignKey(SubApp, on_delete=models.PROTECT, related_name="chased")
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "subapp", "days"], name="chased_once")]
