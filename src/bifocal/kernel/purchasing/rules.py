"""Bills: what they post."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from bifocal.kernel.ledger.rules import Acc, Line, credit, debit
from bifocal.lib.money import ZERO, allocate, cents


class BillStatus(StrEnum):
    POSTED = "posted"
    PAID = "paid"
    VOID = "void"


def spread_extras(amounts: list[Decimal], extras: Decimal) -> list[Decimal]:
    """Freight and tax go onto the lines in proportion, to the cent (largest remainder)."""
    if extras == 0:
        return amounts
    shares = allocate(extras, amounts)
    return [a + s for a, s in zip(amounts, shares, strict=True)]


def post_bill(*, costs: list[Line], total: Decimal, retainage: Decimal, on_card: bool, dims: dict[str, int | None]) -> tuple[Line, ...]:
    """Postings C1, I5, X7: the costs against payables (less retainage held back), or against the company's card."""
    if on_card:
        return (*costs, credit(Acc.CREDIT_CARD, total, **dims))
    held = [credit(Acc.RETAINAGE_PAYABLE, retainage, **dims)] if retainage else []
    return (*costs, credit(Acc.PAYABLE, total - retainage, **dims), *held)


def post_payment(*, amount: Decimal, discount: Decimal, account: str, dims: dict[str, int | None]) -> tuple[Line, ...]:
    """Posting X1: payables down, bank down; a discount taken is income."""
    return (
        debit(Acc.PAYABLE, amount + discount, **dims),
        credit(account, amount),
        *([credit(Acc.DISCOUNTS, discount, **dims)] if discount else []),
    )


def post_release(*, amount: Decimal, dims: dict[str, int | None]) -> tuple[Line, ...]:
    """Posting C2: retainage held back becomes payable."""
    return (debit(Acc.RETAINAGE_PAYABLE, amount, **dims), credit(Acc.PAYABLE, amount, **dims))


def retained(total: Decimal, percent: Decimal) -> Decimal:
    """The part of a subcontractor's bill held back, rounded once."""
    return cents(total * percent) if percent else ZERO
