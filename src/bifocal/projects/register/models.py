"""One table for what all project documents share."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Contact
from bifocal.kernel.people.models import Person
from bifocal.projects.register.rules import Asked, Sort


class DocumentSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A link's holder sees its one document; a field person those of their jobs."""
        if actor.link_uid:
            return self.filter(uid=actor.link_uid)
        if actor.person_id is None:
            return self.none()
        return self.filter(job__in=Job.objects.visible_to(actor))


class Document(Aggregate):
    """A numbered paper of a project: its state, its parties, whose move it is."""

    kind = "document"
    answers = ("number", "revision", "status", "ball")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="documents")
    sort = models.CharField(max_length=14, choices=[(s, s) for s in Sort])
    number = models.CharField(max_length=40, blank=True)
    revision = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    status = models.CharField(max_length=20, default="draft")
    creator = models.CharField(max_length=120)
    creator_key = models.CharField(max_length=80)
    manager = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    ball = models.CharField(max_length=10, blank=True, help_text="Role that must act, computed by the module's rule")
    ball_name = models.CharField(max_length=240, blank=True)
    due = models.DateField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cost_impact = models.CharField(max_length=12, default="tbd", help_text="yes_known, yes_unknown, no_impact, tbd, n_a")
    cost_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    days_impact = models.CharField(max_length=12, default="tbd")
    days_amount = models.SmallIntegerField(null=True)
    cost_code = models.ForeignKey(CostCode, null=True, on_delete=models.PROTECT)
    location = models.CharField(max_length=120, blank=True)
    spec_section = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="Drawing and detail, like A-201/4")
    reopened = models.PositiveSmallIntegerField(default=0)
    distribution = ArrayField(models.EmailField(), default=list, blank=True)
    private = models.BooleanField(default=False)
    external = models.JSONField(default=dict, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    objects = DocumentSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "sort", "number", "revision"], condition=~Q(number=""), name="one_document_per_number")
        ]
        indexes = [
            models.Index(fields=["job", "sort", "-id"], name="document_register"),
            models.Index(fields=["ball", "due"], condition=~Q(ball=""), name="document_ball"),
        ]

    def __str__(self) -> str:
        return f"{self.number or 'Draft'} {self.title}"


class Response(Aggregate):
    """Somebody's answer or review, kept as given."""

    kind = "response"
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="responses")
    revision = models.PositiveSmallIntegerField(default=0)
    by = models.CharField(max_length=120)
    by_key = models.CharField(max_length=80)
    code = models.CharField(max_length=24, blank=True)
    text = models.TextField(blank=True)
    official = models.BooleanField(default=False)
    required = models.BooleanField(default=True)
    step = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Seat(Aggregate):
    """Somebody who is asked on a document: an assignee of an RFI, a reviewer in a step of a submittal."""

    kind = "seat"
    answers = ("state", "step")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="seats")
    revision = models.PositiveSmallIntegerField(default=0)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, blank=True, help_text="Actor who answers for this seat: a user's or a link's key")
    step = models.PositiveSmallIntegerField(default=1)
    required = models.BooleanField(default=True)
    days = models.PositiveSmallIntegerField(default=0, help_text="Calendar days to answer, from when its step starts")
    state = models.CharField(max_length=10, choices=[(s, s) for s in Asked], default=Asked.WAITING)
    back_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="forwards")
    due = models.DateField(null=True)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["step", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(contact=None) ^ Q(person=None), name="a_seat_is_somebodys"),
            models.CheckConstraint(condition=~Q(state=Asked.ANSWERED) | Q(answered_at__isnull=False), name="an_answer_has_a_time"),
        ]

    @property
    def name(self) -> str:
        """Whose seat it is."""
        who = self.contact or self.person
        return who.name if who else ""


class Clock(models.Model):
    """How long the ball lay with whom; reviewers of one step hold it together."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="clocks")
    role = models.CharField(max_length=10)
    holder = models.CharField(max_length=120)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "holder"], condition=Q(until=None), name="one_clock_a_holder")]


class DocumentLink(models.Model):
    """One document led to another: an RFI to a change order."""

    source = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="links_out")
    target = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="links_in")
    why = models.CharField(max_length=40, default="led to")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="one_link")]
