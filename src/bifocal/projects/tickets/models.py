"""Tickets and their lines. What was signed never changes: the database refuses it; prices may still be found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bifocal.core.models import Visible
from bifocal.kernel.documents.models import File
from bifocal.kernel.people.models import Person
from bifocal.projects.events.models import ChangeEvent, EventLine
from bifocal.projects.register.models import Document
from bifocal.projects.terms.rules import Rated
from bifocal.projects.tickets.rules import Used


class Ticket(models.Model):
    """A day's work outside of the contract, as it was written on site."""

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.PROTECT, related_name="ticket")
    day = models.DateField()
    event = models.ForeignKey(ChangeEvent, null=True, on_delete=models.PROTECT, related_name="tickets")
    ordered_by = models.CharField(max_length=120, blank=True, help_text="Who of the client asked for it")
    signed_by = models.CharField(max_length=120, blank=True)
    signed_for = models.CharField(max_length=120, blank=True, help_text="Whose man: the company he signs for")
    signed_at = models.DateTimeField(null=True, help_text="Signed, or refused")
    signature = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    witness = models.CharField(max_length=120, blank=True, help_text="Who saw that he refused to sign")
    refused_because = models.CharField(max_length=300, blank=True)
    late = models.BooleanField(default=False, help_text="Not signed on the day of the work")
    photos = models.JSONField(default=list, help_text="SHA-256 of the pictures that were there when it was signed")
    sha256 = models.CharField(max_length=64, blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(signed_at=None) | ~Q(sha256=""), name="a_signed_ticket_has_a_hash"),
            models.CheckConstraint(condition=Q(refused_because="") | ~Q(witness=""), name="a_refusal_has_a_witness"),
        ]


class TicketLine(models.Model):
    """Somebody's hours, a material or a machine, with its price by the contract's rates; None where it has none yet."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="lines")
    sort = models.CharField(max_length=10, choices=[(r, r) for r in Rated])
    name = models.CharField(max_length=120, help_text="Class of labor, material, machine")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=10, decimal_places=2)
    overtime = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    unit = models.CharField(max_length=10, default="hour")
    unit_cost = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    price = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    event_line = models.ForeignKey(EventLine, null=True, on_delete=models.PROTECT, related_name="ticket_lines")

    class Meta:
        ordering = ["id"]

    @property
    def used(self) -> Used:
        """What the signature covers of it."""
        who = f"{self.person.name}, {self.name}" if self.person else self.name
        return Used(self.sort, who, self.quantity, self.overtime, self.unit)
