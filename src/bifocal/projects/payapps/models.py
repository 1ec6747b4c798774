"""Pay applications and their lines."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.billing.models import Invoice
from bifocal.projects.contracts.models import Contract, SovLine
from bifocal.projects.payapps.rules import Status


def money(help_text: str = "") -> models.DecimalField[Decimal, Decimal]:
    """A column of dollars and cents that starts at zero."""
    return models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0), help_text=help_text)


class PayApp(Aggregate):
    """One application for payment. Never edited once certified: the next one carries the correction."""

    kind = "payapp"
    answers = ("number", "state", "line8", "certified")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payapps")
    number = models.PositiveSmallIntegerField()
    revision = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=20, choices=[(s, s) for s in Status], default=Status.PENCIL)
    period_to = models.DateField()
    final = models.BooleanField(default=False)
    work_rate = models.DecimalField(max_digits=6, decimal_places=4)
    stored_rate = models.DecimalField(max_digits=6, decimal_places=4)
    line4 = money()
    line5 = money()
    line7 = money()
    line8 = money()
    certified = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    certified_by = models.CharField(max_length=120, blank=True)
    certify_note = models.CharField(max_length=300, blank=True)
    posted_gross = money(help_text="Gross in the books after this application's last event")
    posted_retainage = money()
    submitted_at = models.DateTimeField(null=True)
    certified_at = models.DateTimeField(null=True)
    invoice = models.OneToOneField(Invoice, null=True, on_delete=models.PROTECT, related_name="payapp")
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    prior = models.BooleanField(default=False, help_text="Billed before the contract was here (import, promotion)")
    objects = Visible.as_manager()

    @property
    def state(self) -> str:
        """The state with its money: certified becomes partially paid and paid as its invoice is settled."""
        if self.status != Status.CERTIFIED or self.invoice is None:
            return self.status
        if self.invoice.open_amount == 0:
            return Status.PAID
        return Status.PART_PAID if self.invoice.paid else Status.CERTIFIED  # below zero: what we owe back, until it is set off

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], condition=~Q(status="void"), name="one_application_per_number"),
            models.UniqueConstraint(
                fields=["contract"], condition=Q(status__in=["pencil", "submitted", "revise_and_resubmit"]),
                name="one_open_application",
            ),
        ]  # fmt: skip


class PayAppLine(models.Model):
    """Columns D, E, F of one schedule-of-values line, and its retainage as computed then.

    `carried_*`: what the last certificate held, where present terms would not say the same (a release, a changed rate).
    """

    payapp = models.ForeignKey(PayApp, on_delete=models.CASCADE, related_name="lines")
    sov = models.ForeignKey(SovLine, on_delete=models.PROTECT, related_name="billed")
    previous = money()
    this_period = money()
    stored = money()
    stored_previous = money()
    retainage = money()
    retained_work = money()
    retained_stored = money()
    released_work = money()
    released_stored = money()
    carried_work = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    carried_stored = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    certified = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="Of this period, where less was allowed")
    certified_note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payapp", "sov"], name="one_line_per_value")]
        ordering = ["sov__place"]
