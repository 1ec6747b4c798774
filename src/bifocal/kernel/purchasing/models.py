"""Receipts, bills, payments to vendors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from bifocal.core.models import Aggregate, Branch, Record, Visible
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.parties.models import Vendor
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.purchasing.rules import BillStatus
from bifocal.kernel.stock.models import Location


class Receipt(Record):
    """Goods delivered straight to a job before their bill came."""

    kind = "receipt"
    answers = ("number", "total")
    number = models.CharField(max_length=20, unique=True)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="receipts")
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    received_on = models.DateField()
    description = models.CharField(max_length=200)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    billed = models.BooleanField(default=False)
    objects = Visible.as_manager()


class Bill(Aggregate):
    """What a vendor wants from us: a bill, a credit, or a purchase by card."""

    kind = "bill"
    answers = ("number", "status", "total")
    number = models.CharField(max_length=20, unique=True)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="bills")
    branch = models.ForeignKey(Branch, null=True, on_delete=models.PROTECT, help_text="Whose books' clock and page it is")
    vendor_number = models.CharField(max_length=60)
    sort = models.CharField(max_length=8, default="bill", help_text="bill, credit, card")
    date = models.DateField()
    due = models.DateField()
    freight = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    tax = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    retainage = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    status = models.CharField(max_length=8, choices=[(s, s) for s in BillStatus], default=BillStatus.POSTED)
    receipt = models.OneToOneField(Receipt, null=True, on_delete=models.PROTECT)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "vendor_number"], condition=~Q(status="void"), name="one_bill_per_vendor_number"),
            models.CheckConstraint(condition=Q(sort="credit") | Q(paid__lte=F("total") - F("retainage")), name="a_bill_is_not_overpaid"),
        ]
        indexes = [models.Index(fields=["status", "due"])]

    @property
    def open_amount(self) -> Decimal:
        return Decimal(0) if self.sort == "card" or self.status == "void" else self.total - self.retainage - self.paid


class BillLine(models.Model):
    """What it was for."""

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="bill_lines")
    phase = models.ForeignKey(Phase, null=True, on_delete=models.PROTECT)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1, blank=True)
    account = models.CharField(max_length=10, blank=True)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, null=True, on_delete=models.PROTECT)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=1)
    amount = models.DecimalField(max_digits=14, decimal_places=2, help_text="With its share of freight and tax")


class BillPayment(Record):
    """One check or transfer to a vendor, over one or more bills."""

    kind = "bill_payment"
    answers = ("number", "amount")
    number = models.CharField(max_length=20, unique=True)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT)
    branch = models.ForeignKey(Branch, null=True, on_delete=models.PROTECT)
    date = models.DateField()
    method = models.CharField(max_length=10, default="check")
    reference = models.CharField(max_length=60, blank=True)
    jointly_with = models.CharField(max_length=160, blank=True, help_text="Who the check is made out to besides the vendor")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    parts: Any = models.JSONField(default=list, help_text="[[bill uid, amount], …]")
    objects = Visible.as_manager()
