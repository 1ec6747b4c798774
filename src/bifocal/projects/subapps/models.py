"""Applications of subcontractors, their lines, lien waivers."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Visible
from bifocal.kernel.purchasing.models import Bill
from bifocal.projects.commitments.models import Commitment, CommitmentLine
from bifocal.projects.subapps.rules import Status, Waiver


class SubAppSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A link's holder sees the one application it names: never another company's."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class SubApp(Aggregate):
    """One application of a subcontractor. What was claimed is kept beside what was approved."""

    kind = "subapp"
    answers = ("number", "status")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="applications")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=20, choices=[(s, s) for s in Status], default=Status.INVITED)
    period_to = models.DateField()
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    their_number = models.CharField(max_length=60, blank=True)
    final = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True, help_text="Why it went back")
    bill = models.OneToOneField(Bill, null=True, on_delete=models.PROTECT, related_name="application")
    cleared_on = models.DateField(null=True, help_text="When the payment cleared their bank")
    objects = SubAppSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "number"], condition=~Q(status="void"), name="one_subapp_per_number"),
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(status__in=["invited", "draft", "under_review", "revise_and_resubmit"]),
                name="one_open_subapp",
            ),
        ]  # fmt: skip


class SubAppLine(models.Model):
    """One line: approved before, claimed now, approved now, with the reviewer's word."""

    subapp = models.ForeignKey(SubApp, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(CommitmentLine, on_delete=models.PROTECT, related_name="applied")
    previous = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    claimed = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    approved = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    comment = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subapp", "line"], name="one_subapp_line")]
        ordering = ["line__place"]


class LienWaiver(Aggregate):
    """A waiver of lien for one application: by whom, through when, for how much, except what."""

    kind = "lien_waiver"
    answers = ("sort", "status", "amount")
    subapp = models.ForeignKey(SubApp, on_delete=models.PROTECT, related_name="waivers")
    sort = models.CharField(max_length=24, choices=[(w, w) for w in Waiver])
    status = models.CharField(max_length=10, default="required")
    through = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    exceptions = models.CharField(max_length=300, blank=True)
    owed = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="What a supplier is owed, where it is known")
    claimant = models.CharField(max_length=160, help_text="The subcontractor, or a supplier of theirs")
    signer = models.CharField(max_length=120, blank=True)
    signed_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=60, blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status="required") | Q(status="void") | ~Q(signer=""), name="a_signed_waiver_has_a_signer")
        ]
