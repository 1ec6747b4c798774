"""Money is Decimal with two places, rounded half-up where a document rounds. No float anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from bifocal.lib.errors import Invalid

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal | int) -> Decimal:
    """Round half-up to the cent: 2.345 -> 2.35, -2.345 -> -2.35."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def extend(quantity: Decimal, price: Decimal) -> Decimal:
    """A document's line: quantity × price, rounded once."""
    return cents(quantity * price)


def allocate(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Spread `total` over `weights` so that the cents add up (largest remainder, first of equals).

    Raises Invalid when no weight is positive. Source: the largest-remainder (Hamilton) method.
    """
    total = cents(total)
    whole = sum(weights, Decimal(0))
    if not weights or whole <= 0 or any(w < 0 for w in weights):
        raise Invalid("There is nothing to spread the amount over: at least one share must be above zero.")
    sign = -1 if total < 0 else 1
    units = int(abs(total) / CENT)
    exact = [units * w / whole for w in weights]
    floor = [int(e) for e in exact]
    order = sorted(range(len(weights)), key=lambda i: (floor[i] - exact[i], i))
    for i in order[: units - sum(floor)]:
        floor[i] += 1
    return [CENT * f * sign for f in floor]


_MONEY = re.compile(r"^\(?-?\$?\s*-?\d[\d,]*(\.\d+)?\)?-?$")


def parse_money(text: str, *, field: str = "") -> Decimal:
    """Read '1,234.50', '$12', '(500.00)' or '-5'. Raises Invalid; what can't be read is never zero."""
    raw = text.strip()
    if not _MONEY.match(raw):
        raise Invalid(f"'{text}' is not an amount of money. Write it like 1,234.50.", field=field)
    negative = raw.startswith("(") or "-" in raw
    try:
        value = Decimal(re.sub(r"[^\d.]", "", raw))
    except InvalidOperation as bad:  # pragma: no cover - the pattern keeps it out
        raise Invalid(f"'{text}' is not an amount of money.", field=field) from bad
    return -value if negative else value


def dollars(amount: Decimal | None) -> str:
    """'1,234.50', '-20.00'; an empty string for None. For screens and paper."""
    return "" if amount is None else f"{cents(amount):,.2f}"
