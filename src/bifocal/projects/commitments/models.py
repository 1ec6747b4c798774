"""Commitments, their lines, changes, what was billed on them, and the papers of vendors."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Vendor
from bifocal.kernel.purchasing.models import Bill, Receipt
from bifocal.projects.commitments.rules import Paper, Sort, Status
from bifocal.projects.register.models import Document


class Commitment(Aggregate):
    """A subcontract or purchase order of a project. Its sum is the sum of its lines, checked by the database."""

    kind = "commitment"
    answers = ("number", "status", "original_sum", "sum")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="commitments")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="commitments")
    sort = models.CharField(max_length=14, choices=[(s, s) for s in Sort])
    number = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=160)
    scope = models.TextField(blank=True)
    status = models.CharField(max_length=18, choices=[(s, s) for s in Status], default=Status.DRAFT)
    original_sum = models.DecimalField(max_digits=14, decimal_places=2)
    sum = models.DecimalField(max_digits=14, decimal_places=2)
    retainage = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal(0), help_text="Share of each bill held back")
    due = models.DateField(null=True, help_text="Delivery or completion")
    executed_on = models.DateField(null=True)
    override = models.CharField(max_length=300, blank=True, help_text="Why it was executed against a gate")
    creator_key = models.CharField(max_length=80)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="one_commitment_per_number"),
            models.CheckConstraint(condition=Q(retainage__gte=0) & Q(retainage__lte=1), name="commitment_retainage_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.number or 'Draft'} {self.title}"


class CommitmentChange(Aggregate):
    """A change to a commitment: pending until it is approved, then its lines are the commitment's."""

    kind = "commitment_change"
    answers = ("number", "status", "amount")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="changes")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    status = models.CharField(max_length=12, default="pricing")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    days = models.SmallIntegerField(default=0)
    cause = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="commitment_changes")
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commitment", "number"], name="one_commitment_change_per_number")]


class CommitmentLine(Record):
    """A line of the commitment's schedule of values. A pending change's lines count only when it is approved."""

    kind = "commitment_line"
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="lines")
    change = models.ForeignKey(CommitmentChange, null=True, on_delete=models.PROTECT, related_name="lines")
    counts = models.BooleanField(default=True, help_text="False while its change is pending")
    place = models.PositiveIntegerField()
    item = models.CharField(max_length=20)
    description = models.CharField(max_length=200)
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1, default="S")
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commitment", "item"], name="one_commitment_line_per_item")]
        ordering = ["place"]


class Billed(models.Model):
    """What a bill or receipt took of one line."""

    line = models.ForeignKey(CommitmentLine, on_delete=models.PROTECT, related_name="billed")
    bill = models.ForeignKey(Bill, null=True, on_delete=models.PROTECT, related_name="commitment_parts")
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="commitment_parts")
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bill__isnull=False) | Q(receipt__isnull=False), name="billed_by_a_bill_or_a_receipt")
        ]


class VendorPaper(Record):
    """A certificate of insurance, license, W-9 or bond that a vendor showed."""

    kind = "vendor_paper"
    answers = ("sort", "until")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="papers")
    sort = models.CharField(max_length=10, choices=[(p, p) for p in Paper])
    reference = models.CharField(max_length=120, blank=True)
    until = models.DateField(null=True)
    objects = Visible.as_manager()


class ApprovalLimit(models.Model):
    """Up to what sum a role may execute a commitment."""

    role = models.CharField(max_length=30, unique=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
