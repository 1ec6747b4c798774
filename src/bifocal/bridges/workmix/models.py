"""The company's lens with its thresholds, and the assessments that were made."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models

from bifocal.core.models import Record
from bifocal.engines.workmix import Rule


class CompanyLens(models.Model):
    """One row: which lens the company runs, what it shows, and the thresholds of the assessment (engines/workmix)."""

    lens = models.CharField(max_length=10, blank=True, help_text="service, projects, both; empty before it was chosen")
    capabilities = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    days = models.PositiveSmallIntegerField(default=15)
    visits = models.PositiveSmallIntegerField(default=5)
    hours = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(80))
    value = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(25_000))
    small = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.10"))
    both = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.25"))
    contractor = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.20"))
    general_contractor = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_company_lens")]

    @property
    def rule(self) -> Rule:
        """The thresholds as the engine takes them."""
        return Rule(
            days=self.days, visits=self.visits, hours=self.hours, value=self.value, small=self.small, both=self.both,
            contractor=self.contractor, general_contractor=self.general_contractor,
        )  # fmt: skip


class KeptAssessment(Record):
    """An assessment that was made on screen: its answer, and the file where it is to be imported later."""

    kind = "assessment"
    answers = ("recommendation", "source", "name")
    source = models.CharField(max_length=10, help_text="file, answers")
    name = models.CharField(max_length=200)
    recommendation = models.CharField(max_length=10)
    answer_json = models.JSONField()
    report = models.TextField(blank=True)
    by_name = models.CharField(max_length=120)
