"""The general contractor's form, our waivers to them, our papers, what they paid short and charged back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.billing.models import Payment
from bifocal.kernel.jobs.models import CostCode
from bifocal.projects.commitments.rules import Paper
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.subapps.rules import Waiver


class GcForm(Aggregate):
    """How a general contractor wants to be billed: by which day, to whom, on which sheet, in which cells."""

    kind = "gc_form"
    answers = ("billing_day", "file_name")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, related_name="gc_form")
    billing_day = models.PositiveSmallIntegerField(default=25, help_text="Of the month; 31: the last day")
    to_name = models.CharField(max_length=120, blank=True)
    to_email = models.EmailField(blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    sheet = models.CharField(max_length=80, blank=True)
    cells: Any = models.JSONField(default=dict)
    columns: Any = models.JSONField(default=dict)
    first = models.PositiveIntegerField(default=0)
    last = models.PositiveIntegerField(default=0)
    warned = models.CharField(max_length=200, blank=True, help_text="What of their file can't be kept")
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(billing_day__gte=1) & Q(billing_day__lte=31), name="a_billing_day_is_a_day")]


class OurWaiver(Aggregate):
    """A waiver of lien that we gave for an application."""

    kind = "our_waiver"
    answers = ("sort", "status", "amount")
    payapp = models.ForeignKey(PayApp, on_delete=models.PROTECT, related_name="our_waivers")
    sort = models.CharField(max_length=24, choices=[(w, w) for w in Waiver])
    status = models.CharField(max_length=10, default="given")
    through = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    exceptions = models.CharField(max_length=300, blank=True)
    signer = models.CharField(max_length=120)
    given_on = models.DateField()
    cleared_on = models.DateField(null=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payapp", "sort"], condition=~Q(status="void"), name="one_waiver_of_ours_a_sort"),
            models.CheckConstraint(
                condition=Q(sort__startswith="conditional") | Q(cleared_on__isnull=False), name="unconditional_is_after_clearing"
            ),
        ]


class OurPaper(Record):
    """Our own certificate of insurance, license or W-9, which others ask for."""

    kind = "our_paper"
    answers = ("sort", "until")
    sort = models.CharField(max_length=10, choices=[(p, p) for p in Paper])
    reference = models.CharField(max_length=120, blank=True)
    until = models.DateField(null=True)
    file = models.UUIDField()
    objects = Visible.as_manager()


class ShortPay(Aggregate):
    """What a general contractor did not pay of a line, and why."""

    kind = "short_pay"
    answers = ("item", "amount", "status")
    payapp = models.ForeignKey(PayApp, on_delete=models.PROTECT, related_name="short")
    item = models.CharField(max_length=20)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=300)
    status = models.CharField(max_length=10, default="open")
    answer_text = models.CharField(max_length=300, blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="short_is_positive")]


class BackCharge(Aggregate):
    """What a general contractor charges us back. Accepted, it is cost of our job and settles that much of an application."""

    kind = "back_charge"
    answers = ("number", "amount", "status")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="back_charges")
    number = models.CharField(max_length=40)
    received_on = models.DateField()
    answer_by = models.DateField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=300)
    status = models.CharField(max_length=10, default="received")
    answer_text = models.CharField(max_length=300, blank=True)
    accepted = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="back_charge")
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="one_back_charge_per_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_back_charge_is_positive"),
        ]
