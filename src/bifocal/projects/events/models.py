"""Change events, their lines, requests for quotes."""

from __future__ import annotations

from typing import Self

from django.db import models

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Record, Visible
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.parties.models import Vendor
from bifocal.projects.commitments.models import Commitment, CommitmentChange
from bifocal.projects.events.rules import Kind, Money, Scope
from bifocal.projects.register.models import Document


class ChangeEvent(models.Model):
    """What happened that may change cost, price or time. Its code takes time, parts and purchases at once."""

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.PROTECT, related_name="change_event")
    scope = models.CharField(max_length=14, choices=[(s, s) for s in Scope], default=Scope.TBD)
    kind = models.CharField(max_length=14, choices=[(k, k) for k in Kind], default=Kind.TBD)
    happened = models.DateField()
    notice_due = models.DateField(null=True)
    notice_given = models.DateField(null=True)
    code = models.OneToOneField(CostCode, null=True, on_delete=models.PROTECT, related_name="change_event")
    directive = models.CharField(max_length=200, blank=True, help_text="Who told us in writing to go on, and the reference")
    not_to_exceed = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    owner_change = models.OneToOneField(Document, null=True, on_delete=models.PROTECT, related_name="from_event")
    objects = Visible.as_manager()


class EventLine(Record):
    """One cost of the event with its price: cost and revenue on one line."""

    kind = "event_line"
    event = models.ForeignKey(ChangeEvent, on_delete=models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    cost_code = models.ForeignKey(CostCode, on_delete=models.PROTECT)
    cost_type = models.CharField(max_length=1)
    rom_cost = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    rom_price = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    quote = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    fixed = models.BooleanField(default=False, help_text="Its price is agreed by rates (time and materials): no markup on it")
    commitment_change = models.ForeignKey(CommitmentChange, null=True, on_delete=models.PROTECT, related_name="event_lines")

    @property
    def money(self) -> Money:
        """Cost and price as the rules see them."""
        return Money(self.rom_cost, self.rom_price, self.quote, self.rom_price if self.fixed else None)


class RequestSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A link's holder sees its one request."""
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class QuoteRequest(Aggregate):
    """A request for a quote to one vendor for one line, answered from a link."""

    kind = "quote_request"
    answers = ("status", "amount")
    line = models.ForeignKey(EventLine, on_delete=models.CASCADE, related_name="requests")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT)
    commitment = models.ForeignKey(Commitment, null=True, on_delete=models.PROTECT)
    status = models.CharField(max_length=16, default="out_for_pricing")
    due = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    days = models.SmallIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    answered_by = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True)

    objects = RequestSet.as_manager()


class Reminder(models.Model):
    """That somebody was reminded of something on a day: of an answer to a change order, of a notice. Once a day, no more."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="reminders")
    what = models.CharField(max_length=60)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "what", "day"], name="one_reminder_a_day")]
