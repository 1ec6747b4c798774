"""Bid packages, their scope, invitations with prices, plugs, questions and addenda."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.parties.models import Vendor
from bifocal.projects.bids.rules import Answer, Status
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.estimates.models import Estimate, EstimateLine


class BidPackage(Aggregate):
    """Work of an estimate that several subcontractors are asked to price alike."""

    kind = "bid_package"
    answers = ("number", "status", "title")
    number = models.CharField(max_length=20, unique=True)
    estimate = models.ForeignKey(Estimate, on_delete=models.PROTECT, related_name="bid_packages")
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True, help_text="Instructions to bidders")
    due = models.DateTimeField()
    status = models.CharField(max_length=12, choices=[(s, s) for s in Status], default=Status.DRAFT)
    accepts_late = models.BooleanField(default=True)
    sealed = models.BooleanField(default=False, help_text="Prices can't be looked at before they are due")
    reminded_at = models.DateTimeField(null=True)
    awarded = models.OneToOneField("BidInvitation", null=True, on_delete=models.PROTECT, related_name="awarded_package")
    award_reason = models.CharField(max_length=300, blank=True)
    commitment = models.OneToOneField(Commitment, null=True, on_delete=models.PROTECT, related_name="bid_package")
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(status="awarded") | Q(awarded__isnull=False), name="an_awarded_package_has_a_winner")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class BidScope(Record):
    """A line that every bidder prices; `budget` is what the estimate holds for it."""

    kind = "bid_scope"
    package = models.ForeignKey(BidPackage, on_delete=models.CASCADE, related_name="scope")
    place = models.PositiveSmallIntegerField()
    line = models.ForeignKey(EstimateLine, null=True, on_delete=models.SET_NULL, related_name="+")
    description = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit = models.CharField(max_length=12)
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    budget = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        ordering = ["place"]


class InvitationSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A link's holder sees their own invitation: never who else bids."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class BidInvitation(Aggregate):
    """One bidder's invitation and their bid."""

    kind = "bid_invitation"
    answers = ("status", "late")
    package = models.ForeignKey(BidPackage, on_delete=models.PROTECT, related_name="invitations")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="bid_invitations")
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    status = models.CharField(max_length=14, choices=[(a, a) for a in Answer], default=Answer.INVITED)
    inclusions = models.TextField(blank=True)
    exclusions = models.TextField(blank=True)
    days = models.PositiveSmallIntegerField(null=True, help_text="Working days they need")
    addenda_seen = models.PositiveSmallIntegerField(default=0)
    given_by = models.CharField(max_length=120, blank=True)
    given_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=60, blank=True)
    late = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    objects = InvitationSet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "vendor"], name="one_invitation_per_bidder")]


class BidPrice(models.Model):
    """What a bidder asks for one line."""

    invitation = models.ForeignKey(BidInvitation, on_delete=models.CASCADE, related_name="prices")
    scope = models.ForeignKey(BidScope, on_delete=models.CASCADE, related_name="prices")
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "scope"], name="one_bid_price_per_line")]


class BidPlug(models.Model):
    """Our own figure for what a bidder left out, with the reason."""

    invitation = models.ForeignKey(BidInvitation, on_delete=models.CASCADE, related_name="plugs")
    scope = models.ForeignKey(BidScope, on_delete=models.CASCADE, related_name="plugs")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "scope"], name="one_plug_per_line")]


class BidQuestion(Record):
    """A bidder's question. Its answer goes to all of them as an addendum, without the name."""

    kind = "bid_question"
    package = models.ForeignKey(BidPackage, on_delete=models.CASCADE, related_name="questions")
    invitation = models.ForeignKey(BidInvitation, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=1000)
    asked_at = models.DateTimeField()
    addendum = models.ForeignKey("BidAddendum", null=True, on_delete=models.PROTECT, related_name="questions")
    objects = Visible.as_manager()


class BidAddendum(Record):
    """What all bidders were told after the package went out."""

    kind = "bid_addendum"
    answers = ("number",)
    package = models.ForeignKey(BidPackage, on_delete=models.CASCADE, related_name="addenda")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["package", "number"], name="one_addendum_per_number")]
