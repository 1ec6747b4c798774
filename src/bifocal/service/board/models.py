"""What is kept of planning: acts that can be undone, drafts, proposals, pins, zones that people work in."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bifocal.core.models import Aggregate, Branch, Record, Visible
from bifocal.kernel.people.models import Person
from bifocal.service.visits.models import Visit


class Act(Record):
    """One move of the board by one person, with how it stood before: what 'undo' goes back to."""

    kind = "board_act"
    actor_key = models.CharField(max_length=80)
    at = models.DateTimeField()
    said = models.CharField(max_length=200)
    before = models.JSONField(help_text="Lines that bring it back, with the versions after the act")
    undone_at = models.DateTimeField(null=True)
    objects: Any = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["actor_key", "-id"], condition=Q(undone_at=None), name="act_to_undo")]


class Draft(Aggregate):
    """A dispatcher's what-if: moves that nobody else sees until they are published. One for each person and branch."""

    kind = "draft"
    answers = ("acts",)
    actor_key = models.CharField(max_length=80)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    acts = models.JSONField(default=list, help_text="Moves in order, each a list of lines")
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor_key", "branch"], name="one_draft_a_person")]


class Proposal(Aggregate):
    """What the optimiser would change, as differences: waiting, working, ready, accepted, dismissed or failed."""

    kind = "board_proposal"
    answers = ("status", "share")
    actor_key = models.CharField(max_length=80)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    day = models.DateField()
    scope = models.CharField(max_length=12)
    asked = models.JSONField(default=dict)
    status = models.CharField(max_length=10, default="waiting")
    share = models.PositiveSmallIntegerField(default=0, help_text="Percent of the time budget that is spent")
    found = models.JSONField(default=dict)
    sentence = models.CharField(max_length=400, blank=True)
    objects = Visible.as_manager()

    class Meta:
        indexes = [models.Index(fields=["branch", "day", "-id"], name="proposal_day")]


class Pin(Record):
    """A visit that the optimiser leaves where it is."""

    kind = "pin"
    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, related_name="pin")
    why = models.CharField(max_length=160, blank=True)
    by = models.CharField(max_length=120)
    objects: Any = models.Manager()


class Turf(Record):
    """The zones that somebody works in; without a row they go everywhere."""

    kind = "turf"
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="turf")
    zones = ArrayField(models.CharField(max_length=40))
    objects: Any = models.Manager()
