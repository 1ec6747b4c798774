"""What the WIP schedule posts: always the difference between what a contract's accounts should hold and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bifocal.kernel.ledger.rules import Acc, Line, credit, debit
from bifocal.lib.money import ZERO


@dataclass(frozen=True)
class Held:
    """A contract's balances, as positive amounts: underbilled (1250), overbilled (2500), provision for loss (2510)."""

    under: Decimal = ZERO
    over: Decimal = ZERO
    provision: Decimal = ZERO


def post_wip(now: Held, target: Held, *, dims: dict[str, int | None]) -> tuple[Line, ...]:
    """Postings W1 to W3 as deltas: a job that flips from one side to the other zeroes the opposite account. Nothing, when on target."""
    under, over, loss = target.under - now.under, target.over - now.over, target.provision - now.provision
    return (
        debit(Acc.UNDERBILLED, under, **dims),
        credit(Acc.OVERBILLED, over, **dims),
        credit(Acc.WIP_ADJUSTMENT, under - over, **dims),
        debit(Acc.LOSS_EXPENSE, loss, **dims),
        credit(Acc.LOSS_PROVISION, loss, **dims),
    )
