"""How a line's forecast is made, and month-ends as they were frozen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.projects.forecast.rules import Item, Method


class LineForecast(Aggregate):
    """The forecast to complete of one code and type: an amount, or the share that is done of the whole's cost."""

    kind = "line_forecast"
    answers = ("method", "value", "percent")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="forecasts")
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1)
    method = models.CharField(max_length=8, default="auto", choices=[(m, m) for m in Method])
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    percent = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    items = models.JSONField(default=list, help_text="description, quantity, rate, done, starts, ends")
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=120)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "cost_code", "cost_type"], name="one_forecast_per_line"),
            models.CheckConstraint(condition=Q(percent=None) | (Q(percent__gte=0) & Q(percent__lte=1)), name="forecast_percent_is_a_share"),
        ]

    @property
    def parts(self) -> list[Item]:
        """The listed parts as the rules see them."""
        return [
            Item(
                i["description"], Decimal(i["quantity"]), Decimal(i["rate"]), Decimal(i["done"]),
                date.fromisoformat(i["starts"]) if i["starts"] else None, date.fromisoformat(i["ends"]) if i["ends"] else None,
            )
            for i in self.items
        ]  # fmt: skip


class MonthEnd(Record):
    """A project's budget report as its manager signed it for a month. Never changed."""

    kind = "month_end"
    answers = ("month", "eac", "reason")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="month_ends")
    month = models.DateField(help_text="Its first day")
    eac = models.DecimalField(max_digits=14, decimal_places=2)
    approved_eac = models.DecimalField(max_digits=14, decimal_places=2, help_text="Without pending changes: what WIP is computed with")
    contract_sum = models.DecimalField(max_digits=14, decimal_places=2)
    change = models.DecimalField(max_digits=14, decimal_places=2, help_text="Of the estimate at completion since the month before")
    reason = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=120)
    rows = models.JSONField()
    totals = models.JSONField()
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "month"], name="one_month_end")]
        ordering = ["month"]
