"""The price book: every write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.kernel.pricebook.facts import ItemPriced
from bifocal.kernel.pricebook.models import Item, TaxCode, TaxRate
from bifocal.lib.errors import Invalid


@command("item.price")
def price_item(
    *, code: str, name: str = "", sort: Literal["part", "labor", "flat", "other"] = "part", unit: str = "ea",
    cost: Decimal = Decimal(0), price: Decimal = Decimal(0), taxable: bool = True, stocked: bool = False,
    actor: Actor, call: Call,
) -> Item:  # fmt: skip
    """Add an item to the price book, or change its cost, price and taxability."""
    require(actor, "pricebook.edit")
    if cost < 0 or price < 0:
        raise Invalid("Cost and price can't be negative.", field="price")
    row: Item
    row, new = Item.objects.select_for_update().get_or_create(
        code=code, defaults={"name": name or code, "sort": sort, "unit": unit, "stocked": stocked}
    )
    row.change(cost=cost, price=price, taxable=taxable, **({"name": name} if name and not new else {}))
    remember(row, title=row.name, detail=row.code)
    record(ItemPriced(code=code, cost=str(cost), price=str(price)), about=row, actor=actor, call=call)
    return row


@command("tax.set_rate")
def set_tax_rate(*, code: str, name: str = "", rate: Decimal, from_date: date, actor: Actor, call: Call) -> TaxCode:
    """Set a jurisdiction's sales-tax rate (a fraction, 0.06 for 6%) from a day on."""
    require(actor, "pricebook.edit")
    if not 0 <= rate < 1:
        raise Invalid("A tax rate is a fraction: 0.06 for 6%.", field="rate")
    row, _ = TaxCode.objects.get_or_create(code=code, defaults={"name": name or code})
    TaxRate.objects.update_or_create(tax_code=row, from_date=from_date, defaults={"rate": rate})
    record(ItemPriced(code=f"tax {code}", cost="0", price=str(rate)), about=row, actor=actor, call=call)
    return row
