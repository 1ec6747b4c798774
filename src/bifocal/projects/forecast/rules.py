"""How a line's forecast to complete is made: automatic, a lump sum, itemised, quantity and unit rate, resources over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents


class Method(StrEnum):
    """`manual` is a lump sum, `quantity` the share done of the whole's cost."""

    AUTO = "auto"
    MANUAL = "manual"
    QUANTITY = "quantity"
    ITEMS = "items"
    UNITS = "units"
    RESOURCE = "resource"


LISTED = (Method.ITEMS, Method.UNITS, Method.RESOURCE)
WORKDAYS = range(5)


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a forecast. Itemised: `quantity` · `rate`. Units: what is left of `quantity` after `done`. Resource: so many of it
    at `rate` a working day, from `starts` to `ends`."""

    description: str
    quantity: Decimal = Decimal(1)
    rate: Decimal = ZERO
    done: Decimal = ZERO
    starts: date | None = None
    ends: date | None = None


def check_items(method: Method, items: Sequence[Item]) -> None:
    """What can't be forecast. Raises Invalid."""
    if not items:
        raise Invalid("List what is still to come: at least one part.", field="items")
    for n, i in enumerate(items):
        if method == Method.UNITS and i.done > i.quantity:
            raise Invalid(f"{i.description}: {i.done} of {i.quantity} are done. Raise the quantity first.", field=f"items.{n}.done")
        if method == Method.RESOURCE and (i.ends is None or (i.starts is not None and i.starts > i.ends)):
            raise Invalid(f"{i.description}: say until when it is here.", field=f"items.{n}.ends")


def workdays(first: date, last: date) -> int:
    """Mondays to Fridays from one day to another, both counted; 0 where the last is before the first."""
    if last < first:
        return 0
    weeks, rest = divmod((last - first).days + 1, 7)
    return weeks * 5 + sum((first + timedelta(days=n)).weekday() in WORKDAYS for n in range(rest))


def to_complete(method: Method, items: Sequence[Item], day: date) -> Decimal:
    """What the listed parts still cost after `day`; each rounded half-up. Resources draw down by themselves as days go by."""
    total = ZERO
    for i in items:
        if method == Method.RESOURCE:
            assert i.ends is not None
            after = day + timedelta(days=1)
            total += cents(i.quantity * i.rate * workdays(max(after, i.starts or after), i.ends))
        else:
            total += cents((i.quantity - (i.done if method == Method.UNITS else ZERO)) * i.rate)
    return total
