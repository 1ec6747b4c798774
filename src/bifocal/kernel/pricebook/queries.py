"""Prices and tax rates in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bifocal.kernel.pricebook.models import Item, TaxCode, TaxRate
from bifocal.lib.errors import Invalid


def item(code: str) -> Item:
    """The active item with this code. Raises Invalid."""
    found: Item | None = Item.objects.filter(code=code, active=True).first()
    if found is None:
        raise Invalid(f"There is no item '{code}' in the price book.", field="item")
    return found


def tax_rate(code: str, on: date) -> tuple[TaxCode | None, Decimal]:
    """The jurisdiction and its rate that day; none and zero for an empty code. Raises Invalid for an unknown one."""
    if not code:
        return None, Decimal(0)
    row = TaxRate.objects.select_related("tax_code").filter(tax_code__code=code, from_date__lte=on)
    found = row.order_by("-from_date").first()
    if found is None:
        raise Invalid(f"There is no tax rate for '{code}' on {on}. Add it to the price book.", field="tax_code")
    return found.tax_code, found.rate
