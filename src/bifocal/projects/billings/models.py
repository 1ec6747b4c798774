"""How a job is billed, its draws, its unit-price items with what was measured, and which cost is on which invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.ledger.models import JournalLine
from bifocal.projects.billings.rules import Limit, Way


def money(**more: Any) -> models.DecimalField[Any, Any]:
    """A column of dollars and cents."""
    return models.DecimalField(max_digits=14, decimal_places=2, **more)


class BillingPlan(Aggregate):
    """The one way in which a job is billed. What was billed under it stays; the way itself can't change after that."""

    kind = "billing_plan"
    answers = ("way", "price", "limit")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="billing_plan")
    way = models.CharField(max_length=20, choices=[(w, w) for w in Way])
    price = money(null=True, help_text="Of draws on a job without a contract; with one it is the contract sum")
    retainage = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal(0))
    limit = money(null=True)
    limit_sort = models.CharField(max_length=20, blank=True, choices=[(s, s) for s in Limit if s])
    rates: Any = models.JSONField(default=dict, help_text="Hourly rate by work class or trade; '' for anybody")
    markups: Any = models.JSONField(default=dict, help_text="Share added by cost type")
    fee_rate = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal(0))
    fee_sum = money(default=Decimal(0))
    estimate = money(default=Decimal(0), help_text="Of cost, by which a fixed fee is earned")
    savings_share = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal(0), help_text="Ours")
    tax_materials = models.BooleanField(default=False)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(limit__isnull=True) | ~Q(limit_sort=""), name="a_limit_says_which"),
            models.CheckConstraint(condition=Q(retainage__gte=0) & Q(retainage__lte=1), name="plan_retainage_is_a_share"),
        ]


class Draw(Record):
    """A part of the price that is due when something is reached."""

    kind = "draw"
    answers = ("name", "amount", "reached_on")
    plan = models.ForeignKey(BillingPlan, on_delete=models.CASCADE, related_name="draws")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    amount = money()
    due = models.DateField(null=True, help_text="When it is expected")
    reached_on = models.DateField(null=True)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.SET_NULL, related_name="draws")
    objects = Visible.as_manager()

    class Meta:
        ordering = ["place", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="a_draw_is_positive")]


class UnitItem(Record):
    """Something that is sold by the unit and measured."""

    kind = "unit_item"
    answers = ("item", "description")
    plan = models.ForeignKey(BillingPlan, on_delete=models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=20)
    description = models.CharField(max_length=200)
    unit = models.CharField(max_length=12)
    estimated = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))
    price = models.DecimalField(max_digits=14, decimal_places=4)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    objects = Visible.as_manager()

    class Meta:
        ordering = ["place", "id"]
        constraints = [models.UniqueConstraint(fields=["plan", "item"], name="one_unit_item")]


class Measured(Record):
    """A quantity that was measured on a day. A mistake is corrected by a negative one."""

    kind = "measured"
    answers = ("quantity", "on")
    item = models.ForeignKey(UnitItem, on_delete=models.PROTECT, related_name="measured")
    on = models.DateField()
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    note = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=120)
    objects = Visible.as_manager()


class PlanInvoice(models.Model):
    """An invoice that was made by the plan: how much of it is cost, fee, savings. Goes with a draft that is thrown away."""

    plan = models.ForeignKey(BillingPlan, on_delete=models.PROTECT, related_name="bills")
    invoice = models.OneToOneField(Invoice, on_delete=models.CASCADE, related_name="by_plan")
    cost = money(default=Decimal(0))
    fee = money(default=Decimal(0))
    final = models.BooleanField(default=False)


class CostBilled(models.Model):
    """One line of cost in the books and what it was billed at. A line is billed once."""

    bill = models.ForeignKey(PlanInvoice, on_delete=models.CASCADE, related_name="costs")
    line = models.OneToOneField(JournalLine, on_delete=models.PROTECT, db_constraint=False, related_name="billed_cost")
    text = models.CharField(max_length=240)
    price = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    amount = money()


class UnitBilled(models.Model):
    """What of a unit-price item an invoice asked for; it goes back to the item with a draft that is thrown away."""

    bill = models.ForeignKey(PlanInvoice, on_delete=models.CASCADE, related_name="units")
    item = models.ForeignKey(UnitItem, on_delete=models.PROTECT, related_name="bills")
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    amount = money()
