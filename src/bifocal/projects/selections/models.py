"""A job's selections with their choices, the log of decisions."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Vendor
from bifocal.projects.register.models import Document
from bifocal.projects.schedule.models import Activity
from bifocal.projects.selections.rules import Status


class ListSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A link's holder sees the one list it names."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class SelectionList(Aggregate):
    """All selections of a job: who chooses, and how an allowance is settled."""

    kind = "selection_list"
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="selection_list")
    tax = models.DecimalField(max_digits=6, decimal_places=4, default=0, help_text="On goods; counts against the allowance")
    markup = models.DecimalField(max_digits=6, decimal_places=4, default=0, help_text="On what goes over")
    on_credit = models.BooleanField(default=False, help_text="The markup is given back on a credit too")
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    objects = ListSet.as_manager()


class Selection(Aggregate):
    """One thing to choose, with the allowance that the price holds for it (as cost)."""

    kind = "selection"
    answers = ("title", "status")
    list = models.ForeignKey(SelectionList, on_delete=models.PROTECT, related_name="selections")
    place = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=120)
    location = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=400, blank=True)
    allowance = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1, default="M")
    activity = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="selections")
    lead_days = models.PositiveSmallIntegerField(default=0, help_text="Calendar days from the choice to the delivery")
    fixed_due = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=[(s, s) for s in Status], default=Status.OPEN)
    chosen = models.ForeignKey("SelectionChoice", null=True, on_delete=models.PROTECT, related_name="+")
    settled_by = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="selections")
    objects = Visible.as_manager()

    class Meta:
        ordering = ["place", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(allowance__gte=0), name="an_allowance_is_not_negative"),
            models.CheckConstraint(condition=Q(status__in=["open", "void"]) | Q(chosen__isnull=False), name="a_made_choice_names_it"),
            models.UniqueConstraint(fields=["list", "title"], condition=~Q(status="void"), name="one_selection_per_title"),
        ]


class SelectionChoice(Record):
    """Something to choose. The client sees its name, picture and what it changes; never its cost."""

    kind = "selection_choice"
    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="choices")
    place = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    text = models.CharField(max_length=400, blank=True)
    goods = models.DecimalField(max_digits=14, decimal_places=2, help_text="Net cost before tax")
    lead_days = models.PositiveSmallIntegerField(null=True, help_text="Where it differs from the selection's")
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.PROTECT, related_name="+")
    picture = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["place", "id"]


class Decision(Record):
    """One decision as it was made: by whom, when, from where, what it changed. Append-only."""

    kind = "decision"
    selection = models.ForeignKey(Selection, on_delete=models.PROTECT, related_name="decisions")
    choice = models.ForeignKey(SelectionChoice, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    address = models.CharField(max_length=60, blank=True)
    total = models.DecimalField(max_digits=14, decimal_places=2, default=0, help_text="What it changes the price by")
    late = models.BooleanField(default=False)
    delay = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
