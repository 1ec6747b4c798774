"""Estimates with lines and options, their frozen versions, the assembly library, proposals."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Branch, BusinessUnit, Record, Visible
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Customer, Site, Vendor
from bifocal.projects.estimates.rules import Becomes, Shows, Status


class Estimate(Aggregate):
    """What work costs and what we ask for it, before anybody has signed."""

    kind = "estimate"
    answers = ("number", "status", "title")
    beside = ("customer", "site", "branch", "job")
    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=160)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="estimates")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="estimates")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    business_unit = models.ForeignKey(BusinessUnit, null=True, on_delete=models.PROTECT)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="estimates")
    status = models.CharField(max_length=10, choices=[(s, s) for s in Status], default=Status.DRAFT)
    becomes = models.CharField(max_length=14, choices=[(b, b) for b in Becomes], default=Becomes.PROJECT)
    shows = models.CharField(max_length=8, choices=[(s, s) for s in Shows], default=Shows.PHASES)
    charges = models.JSONField(default=list, help_text="name, rate, sort, types, compounds")
    phases = models.JSONField(default=dict, help_text="Names of the phases by their codes")
    crew = models.PositiveSmallIntegerField(default=2, help_text="People a day, for durations from hours")
    days = models.PositiveSmallIntegerField(default=0, help_text="Calendar days promised; 0: from the plan")
    retainage = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal(0))
    draws = models.JSONField(default=list, help_text="name and share, for a long job")
    taxable = models.BooleanField(default=False, help_text="Sales tax is added to the price (service quotes)")
    intro = models.TextField(blank=True)
    inclusions = models.TextField(blank=True)
    exclusions = models.TextField(blank=True)
    creator = models.CharField(max_length=120)
    objects = Visible.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status", "-id"], name="estimate_status")]
        constraints = [models.CheckConstraint(condition=Q(crew__gte=1), name="an_estimate_has_a_crew")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class EstimateOption(Record):
    """An alternate: of a group the client chooses one, without a group it is taken or left."""

    kind = "estimate_option"
    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="options")
    place = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    group = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=400, blank=True)
    usual = models.BooleanField(default=False)

    class Meta:
        ordering = ["place", "id"]
        constraints = [models.UniqueConstraint(fields=["estimate", "name"], name="one_option_per_name")]


class EstimateLine(Record):
    """A line: phase × cost code × cost type, quantity × unit cost."""

    kind = "estimate_line"
    estimate = models.ForeignKey(Estimate, on_delete=models.CASCADE, related_name="lines")
    option = models.ForeignKey(EstimateOption, null=True, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveIntegerField()
    phase = models.CharField(max_length=20, blank=True)
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1)
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit = models.CharField(max_length=12, default="ea")
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4)
    waste = models.DecimalField(max_digits=6, decimal_places=4, default=0)
    per_hour = models.DecimalField(max_digits=10, decimal_places=4, null=True, help_text="Units per labor hour")
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.PROTECT, related_name="+")
    allowance = models.BooleanField(default=False, help_text="The client chooses later; this is what is in the price")
    source = models.CharField(max_length=120, blank=True, help_text="The assemblies it came through, or the file")

    class Meta:
        ordering = ["place", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(waste__gte=0) & Q(waste__lt=10), name="waste_is_a_share"),
            models.CheckConstraint(condition=Q(per_hour__isnull=True) | Q(per_hour__gt=0), name="productivity_is_above_zero"),
        ]


class EstimateVersion(Record):
    """An estimate as it stood: whole, hashed, never changed."""

    kind = "estimate_version"
    estimate = models.ForeignKey(Estimate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    cost = models.DecimalField(max_digits=14, decimal_places=2)
    price = models.DecimalField(max_digits=14, decimal_places=2, help_text="With the usual options")
    objects = Visible.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["estimate", "number"], name="one_estimate_version_per_number")]


class Assembly(Aggregate):
    """A recipe of the library: parameters with usual values, parts with formulas."""

    kind = "assembly"
    answers = ("code", "name")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=12, default="ea")
    trade = models.CharField(max_length=40, blank=True)
    parameters = models.JSONField(default=dict)
    parts = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    objects = Visible.as_manager()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ProposalSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A link's holder sees the one proposal it names."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class Proposal(Aggregate):
    """A version sent to the client, and what they answered."""

    kind = "proposal"
    answers = ("status", "price")
    estimate = models.ForeignKey(Estimate, on_delete=models.PROTECT, related_name="proposals")
    estimate_version = models.ForeignKey(EstimateVersion, on_delete=models.PROTECT, related_name="proposals")
    status = models.CharField(max_length=10, default="sent", help_text="sent, accepted, declined, superseded, withdrawn")
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    until = models.DateField(help_text="The last day on which it can be signed")
    sent_sha256 = models.CharField(max_length=64)
    price = models.DecimalField(max_digits=14, decimal_places=2)
    chosen = models.JSONField(default=list)
    signed_name = models.CharField(max_length=120, blank=True)
    signed_at = models.DateTimeField(null=True)
    signed_address = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    made = models.JSONField(default=dict, help_text="What the signature made")
    objects = ProposalSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["estimate"], condition=Q(status="accepted"), name="an_estimate_is_signed_once"),
            models.UniqueConstraint(fields=["estimate"], condition=Q(status="sent"), name="one_proposal_out_per_estimate"),
            models.CheckConstraint(condition=~Q(status="accepted") | ~Q(signed_name=""), name="a_signed_proposal_has_a_signer"),
        ]
