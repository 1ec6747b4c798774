"""Who may hold a check: rules of wings above, handed in at start, as facts are. The kernel asks, it doesn't know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from bifocal.kernel.purchasing.models import Bill

Gate = Callable[[Bill, Decimal, date, str], list[str]]  # the last: who the check is made out to besides the vendor
_gates: list[Gate] = []


def install(gates: Iterable[Gate]) -> None:
    """Hand over the gates, once at start."""
    _gates[:] = gates


def holds(bill: Bill, amount: Decimal, today: date, jointly: str = "") -> list[str]:
    """Why this payment of this bill is held, in words; empty when nothing holds it."""
    return [why for gate in _gates for why in gate(bill, amount, today, jointly)]
