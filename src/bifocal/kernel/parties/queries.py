"""Reads of customers, sites and equipment."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from bifocal.core.search import digits, find
from bifocal.kernel.parties.models import Customer, Site


def likely_twins(*, name: str, phone: str = "", email: str = "") -> list[Customer]:
    """Customers who may be the same one: same e-mail, same phone digits, or the same name (case and spaces apart)."""
    test = Q(name__iexact=" ".join(name.split()))
    if email:
        test |= Q(email__iexact=email)
    found = list(Customer.objects.filter(test)[:5])
    number = digits(phone)[-10:]
    if len(number) >= 7:
        same = [hit["uid"] for hit in find(number, kinds=["customer"], limit=50)]
        found += [c for c in Customer.objects.filter(uid__in=same) if digits(c.phone)[-10:] == number and c not in found]
    return found


def tree(site: Site) -> list[Site]:
    """The path from the root down to the site."""
    path, at = [site], site.parent
    while at is not None:
        path.insert(0, at)
        at = at.parent
    return path


def as_choice(customer: Customer) -> dict[str, Any]:
    """What a duplicate warning shows."""
    return {"uid": str(customer.uid), "number": customer.number, "name": customer.name, "phone": customer.phone}
