"""What an application is made of: its lines, the contract's terms of retainage, its change orders, its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO


class BrokenIdentity(Invalid):
    """An identity of the sheet does not hold: the sentence names which and where."""

    code = "broken_identity"


@dataclass(frozen=True, slots=True)
class Split:
    """Retainage by what it is held on: work in place, stored material."""

    work: Decimal = ZERO
    stored: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.work + self.stored


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is applied for. Amounts in dollars; rates as fractions, None for the application's.

    `change` is the number of the change order that brought the line. `retainage_previous` is what the last certificate held
    on it (None: computed at present rates); `released` is given back with this application, work first where it is one amount.
    """

    item: str
    scheduled: Decimal
    previous: Decimal
    this_period: Decimal
    stored: Decimal = ZERO
    stored_previous: Decimal = ZERO
    change: str = ""
    work_rate: Decimal | None = None
    stored_rate: Decimal | None = None
    retainage_previous: Split | None = None
    released: Decimal | Split = ZERO

    @property
    def before(self) -> Decimal:
        """Column G of the application before."""
        return self.previous + self.stored_previous

    @property
    def to_date(self) -> Decimal:
        """Column G."""
        return self.previous + self.this_period + self.stored


@dataclass(frozen=True, slots=True)
class Step:
    """From `at_percent` complete (a fraction of the contract sum) the rate is `rate`: on what goes beyond, or, retroactive, on all."""

    at_percent: Decimal
    rate: Decimal
    retroactive: bool = False


@dataclass(frozen=True, slots=True)
class Cap:
    """Retainage never exceeds `rate` of the original or the current contract sum."""

    rate: Decimal
    of: Literal["original", "current"] = "current"


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """An approved change order; the lines that name it add up to its amount."""

    number: str
    amount: Decimal
    this_month: bool = False


@dataclass(frozen=True, slots=True)
class Certified:
    """What the certifier allows: one net amount, or gross amounts of this period for some lines (the others as applied for)."""

    amount: Decimal | None = None
    lines: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Application:
    """What one application is computed from. `previous_certificates` is line 7; None: computed at present rates.

    Without `change_orders`, line 2 is the sum of the lines that name a change.
    """

    original_sum: Decimal
    lines: tuple[Line, ...]
    work_rate: Decimal
    stored_rate: Decimal
    previous_certificates: Decimal | None = ZERO
    rounding: Literal["line", "total"] = "line"
    cap: Cap | None = None
    steps: tuple[Step, ...] = ()
    change_orders: tuple[ChangeOrder, ...] = ()
    certified: Certified | None = None
