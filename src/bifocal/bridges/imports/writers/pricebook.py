"""The price book: an item's code is its identity, so one that is here is changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.writers.base import RecordWriter
from bifocal.bridges.imports.writers.parties import given
from bifocal.core.facts import record
from bifocal.kernel.pricebook.facts import ItemPriced
from bifocal.kernel.pricebook.models import Item


class ItemWriter(RecordWriter):
    """Items with cost and price."""

    model = Item

    def existing(self, rows: list[Row]) -> dict[str, UUID]:
        codes = {r.values["code"]: r.key for r in rows}
        return {codes[i.code]: i.uid for i in Item.objects.filter(code__in=codes)}

    def attributes(self, row: Row) -> dict[str, Any]:
        fields = given(row, "code", "name", "sort", "unit", "price", "taxable", "stocked")
        cost = row.values.get("cost")
        return {**fields, **({"cost": cost.quantize(Decimal("0.0001"))} if cost is not None else {})}

    def build(self, rows: list[Row]) -> list[Any]:
        return [Item(**{"name": row.values["code"], **self.attributes(row)}) for row in rows]

    def found_as(self, obj: Item) -> tuple[str, str, str]:
        return obj.name, obj.code, ""

    def tell(self, obj: Item) -> None:
        told = ItemPriced(code=obj.code, cost=str(obj.cost), price=str(obj.price))
        record(told, about=obj, actor=self.run.actor, call=self.run.call)
