"""Invoices and payments: states, totals, and what each posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bifocal.kernel.ledger.rules import Acc, Line, credit, debit
from bifocal.lib.money import ZERO, cents


class InvoiceStatus(StrEnum):
    DRAFT = "draft"
    POSTED = "posted"
    VOID = "void"


class InvoiceSort(StrEnum):
    SERVICE = "service"
    PROGRESS = "progress"
    AGREEMENT = "agreement"
    CREDIT = "credit"


class BillingStatus(StrEnum):
    NOT_BILLABLE = "not_billable"
    UNBILLED = "unbilled"
    DEPOSIT_HELD = "deposit_held"
    PART_BILLED = "part_billed"
    BILLED = "billed"
    PART_PAID = "part_paid"
    PAID = "paid"


def stands(status: str, open_amount: Decimal, paid: Decimal, due: date, today: date) -> str:
    """How an invoice stands, as people say it: draft, void, paid, overdue, part paid, open."""
    if status != InvoiceStatus.POSTED:
        return status
    if open_amount == 0:
        return "paid"
    if due < today:
        return "overdue"
    return "part_paid" if paid else "open"


REVENUE = {
    "labor": Acc.SERVICE_LABOR,
    "parts": Acc.SERVICE_PARTS,
    "contract": Acc.CONTRACT_BILLINGS,
    "agreement": Acc.DEFERRED_AGREEMENTS,
}
METHOD_ACCOUNT = {
    "card": Acc.PROCESSOR,
    "ach": Acc.PROCESSOR,
    "check": Acc.UNDEPOSITED,
    "cash": Acc.UNDEPOSITED,
    "wire": Acc.BANK,
}


@dataclass(frozen=True)
class LineTotal:
    """One line of an invoice as the posting needs it."""

    revenue: str
    amount: Decimal
    tax: Decimal
    cost_code_id: int | None = None
    item_id: int | None = None


def line_tax(amount: Decimal, rate: Decimal, *, taxable: bool, exempt: bool) -> Decimal:
    """Sales tax of a line, rounded half-up per line (decision 17)."""
    return cents(amount * rate) if taxable and not exempt else ZERO


def post_invoice(
    lines: Sequence[LineTotal], *, tax_id: int | None, dims: dict[str, int | None], retainage: Decimal = ZERO
) -> tuple[Line, ...]:
    """Posting S1 (and R1 with negative lines): receivable against revenue by nature and tax by jurisdiction.

    What the customer holds back is retainage receivable (P1); a negative one asks for what was held (P3).
    """
    revenue: dict[tuple[str, int | None], Decimal] = {}
    for line in lines:
        key = (REVENUE[line.revenue], line.cost_code_id)
        revenue[key] = revenue.get(key, ZERO) + line.amount
    tax = sum((line.tax for line in lines), ZERO)
    total = sum((line.amount for line in lines), ZERO) + tax
    receivable = debit(Acc.RECEIVABLE, total - retainage, **dims)
    held = debit(Acc.RETAINAGE_RECEIVABLE, retainage, **dims)
    income = [credit(account, amount, **{**dims, "cost_code_id": code}) for (account, code), amount in revenue.items()]
    return (receivable, held, *income, credit(Acc.SALES_TAX, tax, **{**dims, "tax_jurisdiction_id": tax_id}))


def post_payment(
    *, amount: Decimal, applied: Sequence[tuple[Decimal, Mapping[str, int | None]]], account: str,
    dims: dict[str, int | None],
) -> tuple[Line, ...]:  # fmt: skip
    """Postings S3, S5, D1: money in; what is applied settles receivables, the rest is a liability."""
    rest = amount - sum((a for a, _ in applied), ZERO)
    settled = [credit(Acc.RECEIVABLE, a, **to) for a, to in applied]
    return (debit(account, amount, **dims), *settled, credit(Acc.DEPOSITS, rest, **dims))


def post_application(amount: Decimal, *, frm: Mapping[str, int | None], to: Mapping[str, int | None]) -> tuple[Line, ...]:
    """Posting D3: unapplied money or a deposit settles an invoice; no cash moves."""
    return (debit(Acc.DEPOSITS, amount, **frm), credit(Acc.RECEIVABLE, amount, **to))


def post_credit(amount: Decimal, *, frm: Mapping[str, int | None], to: Mapping[str, int | None]) -> tuple[Line, ...]:
    """A credit settles an invoice: the receivable as a whole stays, its parts on the two jobs move."""
    return (debit(Acc.RECEIVABLE, amount, **frm), credit(Acc.RECEIVABLE, amount, **to))


def post_held_released(amount: Decimal, *, dims: Mapping[str, int | None]) -> tuple[Line, ...]:
    """What a customer held back becomes due: from retainage to receivable."""
    return (debit(Acc.RECEIVABLE, amount, **dims), credit(Acc.RETAINAGE_RECEIVABLE, amount, **dims))


def bucket(due: date, on: date) -> str:
    """The ageing bucket by due date: current, 1-30, 31-60, 61-90, over 90."""
    late = (on - due).days
    if late <= 0:
        return "current"
    return "1-30" if late <= 30 else "31-60" if late <= 60 else "61-90" if late <= 90 else "over 90"


def billing_status(
    *, billable: bool, complete: bool, billed: Decimal, open_amount: Decimal, paid: Decimal, deposits: Decimal
) -> BillingStatus:
    """The money axis of a job, derived from its documents; nothing sets it by hand."""
    if billed > 0:
        if open_amount <= 0:
            return BillingStatus.PAID if complete else BillingStatus.PART_BILLED
        if paid > 0:
            return BillingStatus.PART_PAID
        return BillingStatus.BILLED if complete else BillingStatus.PART_BILLED
    if deposits > 0:
        return BillingStatus.DEPOSIT_HELD
    return BillingStatus.UNBILLED if billable else BillingStatus.NOT_BILLABLE
