"""The terms of change of a contract, and its rates of time and materials."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.projects.contracts.models import Contract
from bifocal.projects.terms.rules import OwnApproval, Rate, Rated


class ChangeTerms(Aggregate):
    """How changes of a contract are made: one without a row has one tier and nothing set before."""

    kind = "change_terms"
    answers = ("tiers", "notice_days", "own_approval")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="change_terms")
    tiers = models.PositiveSmallIntegerField(default=1, help_text="1: order; 2: potential change, order; 3: with a request between")
    notice_days = models.PositiveSmallIntegerField(null=True, help_text="Calendar days to give notice, from the event")
    answer_days = models.PositiveSmallIntegerField(default=10, help_text="Calendar days an approver has")
    own_approval = models.CharField(max_length=8, choices=[(o, o) for o in OwnApproval], default=OwnApproval.NEVER)
    markups = models.JSONField(default=list)
    approvers = models.JSONField(default=list, help_text="who, step, days")
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(tiers__gte=1) & Q(tiers__lte=3), name="one_to_three_tiers")]


class TmRate(Record):
    """A rate of time and materials from a day on. A later row takes over; a ticket keeps what it was priced with."""

    kind = "tm_rate"
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="tm_rates")
    sort = models.CharField(max_length=10, choices=[(r, r) for r in Rated])
    name = models.CharField(max_length=80, blank=True, help_text="Class of labor, machine; empty: all of its sort")
    since = models.DateField()
    unit = models.CharField(max_length=10, default="hour")
    rate = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    overtime = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    markup = models.DecimalField(max_digits=6, decimal_places=4, null=True, help_text="On what it cost, where there is no rate")
    cost = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="What a unit costs us")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "sort", "name", "since"], name="one_tm_rate_a_day"),
            models.CheckConstraint(condition=Q(rate=None) ^ Q(markup=None), name="a_rate_or_a_markup"),
        ]

    @property
    def rule(self) -> Rate:
        """The rate as the rules see it."""
        return Rate(Rated(self.sort), self.name, self.since, self.rate, self.overtime, self.markup, self.cost)
