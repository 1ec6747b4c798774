"""The price of a call after hours, the rest that is due after it, and whose turn it is to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bifocal.lib.errors import CannotMove
from bifocal.lib.money import ZERO, cents


class CallOutStatus(StrEnum):
    ASKING = "asking"
    ACCEPTED = "accepted"
    NOBODY = "nobody_answers"


def check_open(at: str) -> None:
    """Only a call-out that is still being asked about can be answered. Raises CannotMove."""
    if at != CallOutStatus.ASKING:
        raise CannotMove("This call-out is settled: somebody took it, or the office was told that nobody did.")


@dataclass(frozen=True)
class Quote:
    """What the caller pays (`call_out` + `labor` for `billed` hours), what we pay for `paid` hours, and the rest due: `rest_until`.

    `rest_cost` is the paid rest that falls into the next shift. Dollars, to the cent.
    """

    call_out: Decimal
    billed: Decimal
    labor: Decimal
    paid: Decimal
    pay: Decimal
    rest_until: datetime
    rest_lost: Decimal
    rest_cost: Decimal

    @property
    def total(self) -> Decimal:
        """What the caller is told: before parts and tax."""
        return self.call_out + self.labor

    @property
    def cost(self) -> Decimal:
        """What it costs us."""
        return self.pay + self.rest_cost


def quote(*, start: datetime, minutes: int, drive: int, price: Decimal, rate: Decimal, next_shift: datetime, terms: Any) -> Quote:
    """Price a call of `minutes` from `start`, with `drive` minutes each way. `price` and `rate` are dollars an hour in usual hours.

    `terms` has factor, minimum_hours, call_out, pay_factor, pay_minimum_hours, rest_hours. The rest begins when they are home
    again; what of it falls into the next shift is paid at the usual rate.
    """
    work = Decimal(minutes) / 60
    away = work + Decimal(2 * drive) / 60
    billed, paid = max(work, terms.minimum_hours), max(away, terms.pay_minimum_hours)
    home = start + timedelta(minutes=minutes + drive)
    until = home + timedelta(seconds=int(terms.rest_hours * 3600))
    lost = max(ZERO, Decimal(int((until - next_shift).total_seconds())) / 3600)
    return Quote(
        cents(terms.call_out), billed, cents(billed * price * terms.factor), paid, cents(paid * rate * terms.pay_factor), until, lost,
        cents(lost * rate),
    )  # fmt: skip


def next_asked(chain: list[int], declined: set[int], asked: int | None) -> int | None:
    """Whom to ask after `asked` (None: the first): the next of the chain who has not declined; None where the chain is at its end."""
    begin = chain.index(asked) + 1 if asked in chain else 0
    return next((p for p in chain[begin:] if p not in declined), None)
