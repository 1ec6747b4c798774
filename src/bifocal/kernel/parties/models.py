"""Customers, vendors, contacts, sites, equipment."""

from __future__ import annotations

from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Visible
from bifocal.lib.places import Point, point_of


class Fieldwise(Visible):
    """Field people see the rows of the jobs they are on: the module of jobs keeps `Job.seen` for that."""

    def seen_by(self, actor: Actor) -> Self:
        if actor.person_id is None:
            return self.none()
        seats = apps.get_model("jobs", "JobMember").objects.filter(person_id=actor.person_id, until=None)
        return self.filter(pk__in=self.on_jobs(seats))

    def on_jobs(self, seats: Any) -> Any:
        """The keys of the rows that these seats on jobs lead to."""
        return seats.values("job__customer_id")


class Customer(Aggregate):
    """Who pays. One list for both lenses."""

    kind = "customer"
    answers = ("number", "name")
    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=160)
    sort = models.CharField(max_length=20, default="residential", help_text="residential, commercial, contractor, public")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    terms_days = models.PositiveSmallIntegerField(default=0)
    po_required = models.BooleanField(default=False)
    tax_exempt = models.CharField(max_length=60, blank=True, help_text="Number of the exemption certificate")
    tax_exempt_until = models.DateField(null=True, blank=True)
    hold_service = models.CharField(max_length=160, blank=True, help_text="Why no new service work is booked")
    hold_project = models.CharField(max_length=160, blank=True, help_text="Why no new project work is started")
    external_id = models.CharField(max_length=80, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    objects = Fieldwise.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["name", "id"]),
            models.Index(Upper("name"), name="customer_twin_name"),
            models.Index(Upper("email"), name="customer_twin_email"),
        ]

    def __str__(self) -> str:
        return self.name


class SiteSet(Fieldwise):
    def on_jobs(self, seats: Any) -> Any:
        return seats.values("job__site_id")


class EquipmentSet(Fieldwise):
    def on_jobs(self, seats: Any) -> Any:
        return apps.get_model("parties", "Equipment").objects.filter(site__in=seats.values("job__site_id")).values("pk")


class Vendor(Aggregate):
    """Who we pay: a supplier or a subcontractor."""

    kind = "vendor"
    answers = ("number", "name")
    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=160)
    is_subcontractor = models.BooleanField(default=False)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    terms_days = models.PositiveSmallIntegerField(default=30)
    insurance_until = models.DateField(null=True, blank=True)
    objects = Visible.as_manager()

    def __str__(self) -> str:
        return self.name


class Site(Aggregate):
    """Where work is done: a tree of campus, building, floor, unit."""

    kind = "site"
    answers = ("name",)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="sites")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=120)
    sort = models.CharField(max_length=12, default="building", help_text="campus, building, floor, unit, roof")
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=2, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    tz = models.CharField(max_length=40, blank=True, help_text="Where empty, the branch's zone")
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    lng = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    placed_by = models.CharField(max_length=12, blank=True, help_text="Who says where it is: hand, census, nominatim; empty: brought in")
    zone = models.CharField(max_length=40, blank=True)
    tax_code = models.CharField(max_length=20, blank=True, help_text="Tax jurisdiction of the pricebook")
    access = models.CharField(max_length=200, blank=True, help_text="Gate, hours, hazards")
    custom = models.JSONField(default=dict, blank=True)
    objects = SiteSet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def point(self) -> Point | None:
        """Where it is on the map; None where nobody has put it there."""
        return point_of(self.lat, self.lng)

    @property
    def one_line(self) -> str:
        """The address on one line."""
        return ", ".join(p for p in (self.address, self.city, f"{self.state} {self.postcode}".strip()) if p)


class Contact(Aggregate):
    """A person at a customer, vendor or site, with a role: billing, tenant, approver, architect."""

    kind = "contact"
    answers = ("name",)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts")
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=40, default="billing")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    objects = Visible.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False) | Q(vendor__isnull=False) | Q(site__isnull=False),
                name="contact_belongs_somewhere",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Equipment(Aggregate):
    """A unit at a site and its life: serial, installed by which job, under warranty until when."""

    kind = "equipment"
    answers = ("name", "serial")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="equipment")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    name = models.CharField(max_length=120)
    make = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=80, blank=True)
    serial = models.CharField(max_length=80, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    installed_by_job = models.UUIDField(null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)

    objects = EquipmentSet.as_manager()

    def __str__(self) -> str:
        return self.name
