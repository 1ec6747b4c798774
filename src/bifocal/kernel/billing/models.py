"""Invoices, payments and how one settles the other."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Branch, Record, Visible
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Customer
from bifocal.kernel.pricebook.models import Item, TaxCode


class OfJobs(Visible):
    """Field people see the invoices and payments of the jobs they are on."""

    def seen_by(self, actor: Actor) -> Self:
        if actor.person_id is None:
            return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()
        return self.filter(job__in=Job.objects.visible_to(actor))


class Invoice(Aggregate):
    """What a customer owes us for a job. Numbered and immutable once posted; corrected by a credit."""

    kind = "invoice"
    answers = ("number", "status", "total", "due_amount")
    number = models.CharField(max_length=20, blank=True)
    sort = models.CharField(max_length=10, choices=[(s, s) for s in InvoiceSort])
    status = models.CharField(max_length=8, choices=[(s, s) for s in InvoiceStatus], default=InvoiceStatus.DRAFT)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="invoices")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    date = models.DateField()
    due = models.DateField()
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    subtotal = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    tax = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    retainage = models.DecimalField(max_digits=14, decimal_places=2, default=0, help_text="Held back by the customer")
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    credits = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="credit_memos")
    memo = models.CharField(max_length=200, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    emailed_at = models.DateTimeField(null=True)
    objects = OfJobs.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="one_invoice_per_number"),
            models.CheckConstraint(condition=Q(status="draft") | ~Q(number=""), name="a_posted_invoice_has_a_number"),
            models.CheckConstraint(condition=Q(total__lt=0) | Q(paid__lte=F("total") - F("retainage")), name="an_invoice_is_not_overpaid"),
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax")), name="an_invoice_adds_up"),
        ]
        indexes = [
            models.Index(fields=["job"]), models.Index(fields=["customer", "-id"]), models.Index(fields=["-date", "-id"]),
            models.Index(fields=["due"], condition=Q(status="posted"), name="invoice_due"),
        ]  # fmt: skip

    @property
    def due_amount(self) -> Decimal:
        """What may be asked for now: the total less what is held back."""
        return self.total - self.retainage

    @property
    def open_amount(self) -> Decimal:
        return self.due_amount - self.paid if self.status == InvoiceStatus.POSTED else Decimal(0)

    @property
    def credit_left(self) -> Decimal:
        """What a credit can still settle, as a positive amount; zero of an invoice."""
        return max(-self.open_amount, Decimal(0))


class InvoiceLine(models.Model):
    """A line as it was sold."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveSmallIntegerField(default=0)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT)
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=1)
    unit = models.CharField(max_length=12, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=2)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    taxable = models.BooleanField(default=False)
    tax = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    revenue = models.CharField(max_length=10, default="labor")
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["place", "id"]


class Payment(Aggregate):
    """Money from a customer. What is not applied to invoices is a liability: a deposit or unapplied money."""

    kind = "payment"
    answers = ("number", "amount", "unapplied", "status")
    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="payments")
    date = models.DateField()
    method = models.CharField(max_length=8)
    reference = models.CharField(max_length=80, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    unapplied = models.DecimalField(max_digits=14, decimal_places=2)
    status = models.CharField(max_length=10, default="received", help_text="received, deposited, bounced, refunded")
    deposit_uid = models.UUIDField(null=True)
    objects = OfJobs.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_is_positive"),
            models.CheckConstraint(condition=Q(unapplied__gte=0) & Q(unapplied__lte=F("amount")), name="a_payment_is_not_overapplied"),
            models.UniqueConstraint(
                fields=["method", "reference"],
                condition=Q(method="card") & ~Q(reference=""),
                name="one_payment_per_charge",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"]), models.Index(fields=["job"])]


class Application(Record):
    """Which money settled which invoice, and when."""

    kind = "application"
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="applications")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="applications")
    credit = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="credited")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    date = models.DateField()
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(payment__isnull=False) | Q(credit__isnull=False), name="an_application_has_a_source")
        ]


class BankDeposit(Record):
    """Checks and cash taken to the bank (posting X3). Its branch decides its accounting date."""

    kind = "bank_deposit"
    answers = ("number", "amount", "date")
    number = models.CharField(max_length=20, unique=True)
    branch = models.ForeignKey(Branch, null=True, on_delete=models.PROTECT)
    date = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    objects = Visible.as_manager()
