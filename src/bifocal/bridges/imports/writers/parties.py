"""Customers, sites, contacts, equipment, vendors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.writers.base import RecordWriter
from bifocal.bridges.imports.writers.finding import customers_of, sites_of, vendors_of
from bifocal.core.copying import copy_rows
from bifocal.core.facts import record
from bifocal.core.numbering import next_numbers
from bifocal.core.search import digits
from bifocal.kernel.parties.facts import ContactAdded, CustomerAdded, EquipmentAdded, SiteAdded, VendorAdded
from bifocal.kernel.parties.models import Contact, Customer, Equipment, Site, Vendor


def given(row: Row, *names: str) -> dict[str, Any]:
    """The values of these fields that the row fills."""
    return {n: row.values[n] for n in names if row.values.get(n) not in (None, "")}


def block(row: Row) -> str:
    """An address as it stands on paper."""
    get = row.values.get
    street = ", ".join(p for p in (get("street"), get("street2")) if p)
    place = ", ".join(p for p in (get("city"), f"{get('state') or ''} {get('postcode') or ''}".strip()) if p)
    return "\n".join(p for p in (street, place) if p)


def street(row: Row) -> str:
    """Street and unit on one line."""
    return ", ".join(p for p in (row.values.get("street"), row.values.get("street2")) if p)[:200]


class CustomerWriter(RecordWriter):
    """Customers; one with an address gets it as its first site, so that work can be booked there."""

    model = Customer

    def attributes(self, row: Row) -> dict[str, Any]:
        sort = row.values.get("sort") or ("commercial" if row.values.get("company") else "")
        return {
            "name": row.values["name"], **given(row, "email", "phone", "terms_days", "tax_exempt", "po_required"),
            **({"sort": sort} if sort else {}), **({"address": block(row)} if block(row) else {}),
            **({"external_id": row.values["id"]} if row.values.get("id") else {}),
        }  # fmt: skip

    def build(self, rows: list[Row]) -> list[Any]:
        numbers = next_numbers("customer", "C-", len(rows))
        return [Customer(number=n, **self.attributes(row)) for n, row in zip(numbers, rows, strict=True)]

    def found_as(self, obj: Customer) -> tuple[str, str, str]:
        return obj.name, f"{obj.number} · {obj.phone}".strip(" ·"), f"{obj.email} {digits(obj.phone)} {obj.address}"

    def tell(self, obj: Customer) -> None:
        record(CustomerAdded(name=obj.name, number=obj.number), about=obj, actor=self.run.actor, call=self.run.call)

    def after_add(self, rows: list[Row], objects: list[Any]) -> None:
        with_address = [(row, c) for row, c in zip(rows, objects, strict=True) if street(row)]
        sites = [
            Site(customer=c, name=street(row)[:120], address=street(row), **given(row, "city", "state", "postcode"))
            for row, c in with_address
        ]
        copy_rows(sites)
        for (row, c), site in zip(with_address, sites, strict=True):
            self.run.keep(row, site, after={"name": site.name})
            self.run.found.append((site, site.name, f"{site.one_line} · {c.name}", ""))
            record(SiteAdded(name=site.name, customer=c.name), about=site, actor=self.run.actor, call=self.run.call)


class SiteWriter(RecordWriter):
    """Sites of customers. One that is there already by its address is taken up, not doubled."""

    model = Site

    def resolve(self, rows: list[Row]) -> None:
        customers_of(self.run, rows)

    def existing(self, rows: list[Row]) -> dict[str, UUID]:
        mine = {r.key: (r.values["customer_row"].pk, street(r).upper()) for r in rows if r.values.get("customer_row") and street(r)}
        sites = Site.objects.filter(customer_id__in={c for c, _ in mine.values()}).exclude(address="")
        here = {(s.customer_id, s.address.upper()): s.uid for s in sites}
        return {key: here[at] for key, at in mine.items() if at in here}

    def attributes(self, row: Row) -> dict[str, Any]:
        return {
            "customer": row.values["customer_row"], "name": str(row.values["name"])[:120],
            **({"address": street(row)} if street(row) else {}), **given(row, "city", "state", "postcode", "zone", "tax_code", "access"),
        }  # fmt: skip

    def found_as(self, obj: Site) -> tuple[str, str, str]:
        return obj.name, f"{obj.one_line} · {obj.customer.name}", ""

    def tell(self, obj: Site) -> None:
        record(SiteAdded(name=obj.name, customer=obj.customer.name), about=obj, actor=self.run.actor, call=self.run.call)


class ContactWriter(RecordWriter):
    """People at customers and vendors."""

    model = Contact

    def resolve(self, rows: list[Row]) -> None:
        customers_of(self.run, [r for r in rows if not r.values.get("vendor")])
        vendors_of(self.run, [r for r in rows if r.values.get("vendor")])

    def attributes(self, row: Row) -> dict[str, Any]:
        return {
            "name": str(row.values["name"])[:120], **given(row, "role", "email", "phone"),
            **({"vendor": row.values["vendor_row"]} if row.values.get("vendor_row") else {"customer": row.values["customer_row"]}),
        }  # fmt: skip

    def found_as(self, obj: Contact) -> tuple[str, str, str]:
        return obj.name, obj.role, f"{obj.email} {obj.phone} {digits(obj.phone)}"

    def tell(self, obj: Contact) -> None:
        record(ContactAdded(name=obj.name, role=obj.role), about=obj, actor=self.run.actor, call=self.run.call)


class EquipmentWriter(RecordWriter):
    """Units at sites."""

    model = Equipment

    def resolve(self, rows: list[Row]) -> None:
        customers_of(self.run, [r for r in rows if r.values.get("customer") or r.values.get("customer_id")])
        sites_of(self.run, rows)
        for row in rows:
            if row.values.get("site_row") is None and "new_site" in row.values:
                self.run.error(row, f"there is no site '{row.values['new_site']}'; bring sites in first, or correct it here", "site")

    def attributes(self, row: Row) -> dict[str, Any]:
        fields = given(row, "name", "make", "model", "serial", "installed_on", "warranty_until")
        return {"site": row.values["site_row"], **fields}

    def found_as(self, obj: Equipment) -> tuple[str, str, str]:
        return f"{obj.name} {obj.make} {obj.model}".strip(), f"{obj.serial} · {obj.site.name}", obj.serial

    def tell(self, obj: Equipment) -> None:
        record(EquipmentAdded(name=obj.name, serial=obj.serial), about=obj, actor=self.run.actor, call=self.run.call)


class VendorWriter(RecordWriter):
    """Suppliers and subcontractors."""

    model = Vendor

    def attributes(self, row: Row) -> dict[str, Any]:
        fields = given(row, "email", "phone", "terms_days", "is_subcontractor", "insurance_until")
        return {"name": row.values["name"], **fields, **({"address": block(row)} if block(row) else {})}

    def build(self, rows: list[Row]) -> list[Any]:
        numbers = next_numbers("vendor", "V-", len(rows))
        return [Vendor(number=n, **self.attributes(row)) for n, row in zip(numbers, rows, strict=True)]

    def found_as(self, obj: Vendor) -> tuple[str, str, str]:
        return obj.name, obj.number, f"{obj.phone} {obj.email}"

    def tell(self, obj: Vendor) -> None:
        record(VendorAdded(name=obj.name), about=obj, actor=self.run.actor, call=self.run.call)
