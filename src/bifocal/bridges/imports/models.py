"""What was brought in, from where, and how to take it back."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from bifocal.bridges.imports.rules import BatchStatus
from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Customer


class ImportBatch(Aggregate):
    """One file: checked, brought in whole or not at all, and taken back whole."""

    kind = "import_batch"
    answers = ("number", "status", "added", "changed", "same", "error_count")
    number = models.CharField(max_length=20, unique=True)
    sort = models.CharField(max_length=20, help_text="The kind of import: customers, receivables, …")
    status = models.CharField(max_length=8, choices=[(s, s) for s in BatchStatus], default=BatchStatus.CHECKED)
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=40, blank=True, help_text="The system it came from; ids are unique within it")
    how: Any = models.JSONField(default=dict, help_text="Mapping, preset, date style, sheet, branch")
    cutover = models.DateField(null=True)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    told: Any = models.JSONField(default=dict, help_text="Columns, errors, notes, lines left out, a sample")
    trial: Any = models.JSONField(default=dict, help_text="A trial balance by account, to tie against")
    by_name = models.CharField(max_length=120)
    done_at = models.DateTimeField(null=True)
    undone_why = models.CharField(max_length=200, blank=True)
    failed_why = models.TextField(blank=True)
    objects = Visible.as_manager()

    def __str__(self) -> str:
        return self.number


class ImportedRow(models.Model):
    """One record that a batch made or changed, with its values before and after."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="records")
    line = models.PositiveIntegerField()
    action = models.CharField(max_length=8, help_text="added, changed")
    kind = models.CharField(max_length=30)
    record_id = models.BigIntegerField()
    uid = models.UUIDField()
    before: Any = models.JSONField(default=dict)
    after: Any = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["kind", "record_id"], name="imported_record")]


class PastWork(Record):
    """What another system knew of a piece of past work. Nothing of it is in our books: it is history, read by the work mix."""

    kind = "past_work"
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="past")
    started = models.DateField(null=True)
    finished = models.DateField(null=True)
    value = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    hours = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    visits = models.PositiveIntegerField(null=True)
    change_orders = models.PositiveIntegerField(null=True)
    days = models.PositiveIntegerField(null=True, help_text="Working days, where the dates are not known")
    kind_said = models.CharField(max_length=120, blank=True, help_text="The other system's word for this kind of work")

    def __str__(self) -> str:
        return f"history of {self.job}"


class ExternalKey(models.Model):
    """The same thing in another system: found again at the next import."""

    source = models.CharField(max_length=40, blank=True)
    sort = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    uid = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=40)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="keys")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "sort", "key"], name="one_record_per_external_key")]


class ImportProgress(models.Model):
    """How far a running batch is: written from outside of its transaction."""

    batch_uid = models.UUIDField(unique=True)
    stage = models.CharField(max_length=60, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)


class SavedMapping(models.Model):
    """A mapping kept under a name, for the next file of the same program."""

    name = models.CharField(max_length=60, unique=True)
    sort = models.CharField(max_length=20)
    how: Any = models.JSONField(default=dict)


class CustomerMerge(Aggregate):
    """Two rows of one customer made one: what moved, so that it can move back."""

    kind = "customer_merge"
    answers = ("undone",)
    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merged_from")
    gone = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merged_into")
    moved: Any = models.JSONField(default=dict)
    by_name = models.CharField(max_length=120)
    undone = models.BooleanField(default=False)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gone"], condition=Q(undone=False), name="merged_once")]


class NotTwins(Record):
    """Somebody looked: these two customers are two."""

    kind = "not_twins"
    one = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    by_name = models.CharField(max_length=120)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="kept_apart_once")]
