"""Customers, vendors, sites, contacts, equipment: every write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.custom import changed, custom_values
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import digits, remember
from bifocal.kernel.parties import queries
from bifocal.kernel.parties.facts import (
    ContactAdded,
    CreditHoldSet,
    CustomerAdded,
    CustomerChanged,
    EquipmentAdded,
    EquipmentChanged,
    SiteAdded,
    SiteChanged,
    VendorAdded,
)  # fmt: skip
from bifocal.kernel.parties.models import Contact, Customer, Equipment, Site, Vendor
from bifocal.lib.errors import Invalid, Refused

Sort = Literal["residential", "commercial", "contractor", "public"]


@command("customer.add")
def add_customer(
    *, name: str, sort: Sort = "residential", email: str = "", phone: str = "", address: str = "", terms_days: int = 0,
    tax_exempt: str = "", po_required: bool = False, custom: dict[str, Any] | None = None,
    even_if_twin: bool = False, uid: UUID | None = None, actor: Actor, call: Call,
) -> Customer:  # fmt: skip
    """Add a customer. Warns of a likely twin (same e-mail, phone or name) unless told to go on."""
    require(actor, "customer.edit")
    if not name:
        raise Invalid("A customer needs a name.", field="name")
    twins = [] if even_if_twin else queries.likely_twins(name=name, phone=phone, email=email)
    if twins:
        names = ", ".join(f"{t.name} ({t.number})" for t in twins)
        raise Refused(
            f"This looks like a customer you already have: {names}. Use that one, or save it anyway.",
            field="name", twins=[queries.as_choice(t) for t in twins],
        )  # fmt: skip
    extra = {"uid": uid} if uid else {}
    customer = Customer(
        name=name, sort=sort, email=email, phone=phone, address=address, terms_days=terms_days, tax_exempt=tax_exempt,
        po_required=po_required, custom=custom_values("customer", custom or {}), **extra,
    )  # fmt: skip
    customer.number = next_number("customer", "C-")
    customer.save()
    _index(customer)
    record(CustomerAdded(name=name, number=customer.number), about=customer, actor=actor, call=call)
    return customer


@command("customer.change")
def change_customer(
    *, customer: UUID, name: str | None = None, email: str | None = None, phone: str | None = None,
    address: str | None = None, terms_days: int | None = None, tax_exempt: str | None = None,
    po_required: bool | None = None, custom: dict[str, Any] | None = None, actor: Actor, call: Call,
) -> Customer:  # fmt: skip
    """Correct a customer's details or custom fields; the history keeps what they were."""
    row: Customer = Customer.objects.locked(customer, actor, call)
    require(actor, "customer.edit")
    wanted = {
        "name": name, "email": email, "phone": phone, "address": address, "terms_days": terms_days,
        "tax_exempt": tax_exempt, "po_required": po_required,
        "custom": None if custom is None else custom_values("customer", custom, row.custom),
    }  # fmt: skip
    after, was, now = changed(row, wanted)
    row.change(**after)
    _index(row)
    record(CustomerChanged(before=was, after=now), about=row, actor=actor, call=call)
    return row


@command("customer.hold")
def hold_customer(*, customer: UUID, lens: Literal["service", "project"], reason: str = "", actor: Actor, call: Call) -> Customer:
    """Stop new work of one lens for a customer, with the reason; an empty reason lifts the hold."""
    row: Customer = Customer.objects.locked(customer, actor, call)
    require(actor, "customer.hold")
    row.change(**{f"hold_{lens}": reason})
    record(CreditHoldSet(lens=lens, reason=reason), about=row, actor=actor, call=call)
    return row


@command("vendor.add")
def add_vendor(
    *, name: str, is_subcontractor: bool = False, email: str = "", phone: str = "", terms_days: int = 30,
    insurance_until: date | None = None, actor: Actor, call: Call,
) -> Vendor:  # fmt: skip
    """Add a supplier or subcontractor."""
    require(actor, "vendor.edit")
    vendor = Vendor(
        name=name, is_subcontractor=is_subcontractor, email=email, phone=phone, terms_days=terms_days,
        insurance_until=insurance_until,
    )  # fmt: skip
    vendor.number = next_number("vendor", "V-")
    vendor.save()
    remember(vendor, title=name, detail=vendor.number, also=f"{phone} {email}")
    record(VendorAdded(name=name), about=vendor, actor=actor, call=call)
    return vendor


@command("site.add")
def add_site(
    *, customer: UUID, name: str = "", parent: UUID | None = None, sort: str = "building", address: str = "",
    city: str = "", state: str = "", postcode: str = "", tz: str = "", zone: str = "", tax_code: str = "",
    access: str = "", lat: Decimal | None = None, lng: Decimal | None = None, custom: dict[str, Any] | None = None,
    uid: UUID | None = None, actor: Actor, call: Call,
) -> Site:  # fmt: skip
    """Add a place of work to a customer, alone or under another site of theirs."""
    owner: Customer = Customer.objects.find(customer, actor)
    over: Site | None = Site.objects.find(parent, actor) if parent else None
    extra = {"uid": uid} if uid else {}
    return new_site(
        owner=owner, over=over, name=name, sort=sort, address=address, city=city, state=state, postcode=postcode, tz=tz, zone=zone,
        tax_code=tax_code, access=access, lat=lat, lng=lng, custom=custom, actor=actor, call=call, **extra,
    )  # fmt: skip


def new_site(
    *, owner: Customer, over: Site | None = None, name: str = "", address: str = "", actor: Actor, call: Call, **also: Any
) -> Site:
    """`site.add` for a caller that has the customer's row."""
    require(actor, "customer.edit")
    if over and over.customer_id != owner.pk:
        raise Refused(f"{over.name} belongs to another customer.", field="parent")
    if not (name or address):
        raise Invalid("A site needs a name or an address.", field="address")
    asked = also.pop("custom", None)  # a call that is booked asks for none, and is not refused for it
    custom = custom_values("site", asked) if asked else {}
    site: Site = Site.objects.create(customer=owner, parent=over, name=name or address, address=address, custom=custom, **also)
    remember(site, title=site.name, detail=f"{site.one_line} · {owner.name}")
    record(SiteAdded(name=site.name, customer=owner.name), about=site, actor=actor, call=call)
    return site


@command("site.change")
def change_site(
    *, site: UUID, name: str | None = None, address: str | None = None, city: str | None = None, state: str | None = None,
    postcode: str | None = None, access: str | None = None, tax_code: str | None = None, custom: dict[str, Any] | None = None,
    actor: Actor, call: Call,
) -> Site:  # fmt: skip
    """Correct a site's name, address, access note or custom fields; the history keeps what they were."""
    row: Site = Site.objects.locked(site, actor, call)
    require(actor, "customer.edit")
    wanted = {
        "name": name, "address": address, "city": city, "state": state, "postcode": postcode, "access": access, "tax_code": tax_code,
        "custom": None if custom is None else custom_values("site", custom, row.custom),
    }  # fmt: skip
    after, was, now = changed(row, wanted)
    row.change(**after)
    remember(row, title=row.name, detail=f"{row.one_line} · {row.customer.name}")
    record(SiteChanged(before=was, after=now), about=row, actor=actor, call=call)
    return row


@command("contact.add")
def add_contact(
    *, name: str, role: str = "billing", email: str = "", phone: str = "", customer: UUID | None = None,
    vendor: UUID | None = None, site: UUID | None = None, actor: Actor, call: Call,
) -> Contact:  # fmt: skip
    """Add a person at a customer, vendor or site."""
    require(actor, "customer.edit")
    if not (customer or vendor or site):
        raise Invalid("Say whose contact this is: a customer's, a vendor's or a site's.", field="customer")
    contact = Contact.objects.create(
        name=name, role=role, email=email, phone=phone,
        customer=Customer.objects.find(customer, actor) if customer else None,
        vendor=Vendor.objects.find(vendor, actor) if vendor else None,
        site=Site.objects.find(site, actor) if site else None,
    )  # fmt: skip
    remember(contact, title=name, detail=role, also=f"{email} {phone} {digits(phone)}")
    record(ContactAdded(name=name, role=role), about=contact, actor=actor, call=call)
    return contact


@command("equipment.add")
def add_equipment(
    *, site: UUID, name: str, make: str = "", model: str = "", serial: str = "", installed_on: date | None = None,
    installed_by_job: UUID | None = None, warranty_until: date | None = None, custom: dict[str, Any] | None = None,
    actor: Actor, call: Call,
) -> Equipment:  # fmt: skip
    """Note a unit at a site."""
    where: Site = Site.objects.find(site, actor)
    require(actor, "equipment.edit")
    unit = Equipment.objects.create(
        site=where, name=name, make=make, model=model, serial=serial, installed_on=installed_on,
        installed_by_job=installed_by_job, warranty_until=warranty_until, custom=custom_values("equipment", custom or {}),
    )  # fmt: skip
    _index_unit(unit)
    record(EquipmentAdded(name=name, serial=serial), about=unit, actor=actor, call=call)
    return unit


@command("equipment.change")
def change_equipment(
    *, equipment: UUID, name: str | None = None, make: str | None = None, model: str | None = None, serial: str | None = None,
    installed_on: date | None = None, warranty_until: date | None = None, custom: dict[str, Any] | None = None,
    actor: Actor, call: Call,
) -> Equipment:  # fmt: skip
    """Correct a unit's details or custom fields; the history keeps what they were."""
    row: Equipment = Equipment.objects.locked(equipment, actor, call)
    require(actor, "equipment.edit")
    wanted = {
        "name": name, "make": make, "model": model, "serial": serial, "installed_on": installed_on, "warranty_until": warranty_until,
        "custom": None if custom is None else custom_values("equipment", custom, row.custom),
    }  # fmt: skip
    after, was, now = changed(row, wanted)
    row.change(**after)
    _index_unit(row)
    record(EquipmentChanged(before=was, after=now), about=row, actor=actor, call=call)
    return row


def _index_unit(unit: Equipment) -> None:
    name = f"{unit.name} {unit.make} {unit.model}".strip()
    remember(unit, title=name, detail=f"{unit.serial} · {unit.site.name}", also=unit.serial)


def _index(customer: Customer) -> None:
    remember(
        customer, title=customer.name, detail=f"{customer.number} · {customer.phone}".strip(" ·"),
        also=f"{customer.email} {digits(customer.phone)} {customer.address}",
    )  # fmt: skip
