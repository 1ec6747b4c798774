"""Accounts, periods and the journal. The tables and their triggers are SQL (migrations/0001_initial.py)."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Branch, BusinessUnit
from bifocal.kernel.jobs.models import CostCode, Job, Phase
from bifocal.kernel.parties.models import Customer, Vendor
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import Item, TaxCode


class Account(models.Model):
    """An account of the chart. Where `control` is set, only its sub-ledger posts."""

    id = models.IntegerField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    control = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "account"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class FiscalPeriod(models.Model):
    """A month of the books: open, closed (may reopen) or locked (never)."""

    id = models.IntegerField(primary_key=True)
    during = models.TextField()
    status = models.TextField()

    class Meta:
        managed = False
        db_table = "fiscal_period"


class JournalEntry(models.Model):
    """A posted event. Never changed; corrected by a reversal."""

    id = models.BigIntegerField(primary_key=True)
    uid = models.UUIDField(unique=True)
    date = models.DateField()
    document_date = models.DateField()
    source_kind = models.TextField()
    source_uid = models.UUIDField()
    event = models.TextField()
    revision = models.IntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.DO_NOTHING, related_name="reversal")
    line_count = models.IntegerField()
    memo = models.TextField()
    created_by = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "journal_entry"


class JournalLine(models.Model):
    """One signed amount with its dimensions; debit is positive."""

    id = models.BigIntegerField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, on_delete=models.DO_NOTHING, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    job = models.ForeignKey(Job, null=True, on_delete=models.DO_NOTHING, related_name="journal_lines")
    phase = models.ForeignKey(Phase, null=True, on_delete=models.DO_NOTHING)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.DO_NOTHING)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.DO_NOTHING)
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.DO_NOTHING)
    person = models.ForeignKey(Person, null=True, on_delete=models.DO_NOTHING)
    item = models.ForeignKey(Item, null=True, on_delete=models.DO_NOTHING)
    branch = models.ForeignKey(Branch, null=True, on_delete=models.DO_NOTHING)
    business_unit = models.ForeignKey(BusinessUnit, null=True, on_delete=models.DO_NOTHING)
    tax_jurisdiction = models.ForeignKey(TaxCode, null=True, on_delete=models.DO_NOTHING)
    place_kind = models.TextField(null=True)
    place_id = models.BigIntegerField(null=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    dims = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "journal_line"
